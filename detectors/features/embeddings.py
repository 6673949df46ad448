"""Locally aware patch embeddings of PatchCore: `official` (two-stage pooling) and `concat`.

Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022, section 3.1; `official`
follows the authors' code, `concat` is the common variant that averages each neighbourhood and
concatenates the layers.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

OFFICIAL_DIM = 1024
_CLOSED_FORM_CHANNELS = (512, 1024)


def concat(layers: Sequence[Tensor], patch_size: int) -> Tensor:
    """Mean over each p x p neighbourhood (zero padded), every layer on the first one's grid, concatenated.

    Args:
        layers: (B, C_l, h_l, w_l) maps, the finest first.
        patch_size: p, odd.

    Returns:
        (B, sum of C_l, h_0, w_0).
    """
    grid = layers[0].shape[-2:]
    return torch.cat([_on_grid(_local_mean(layer, patch_size), grid) for layer in layers], dim=1)


def official(layers: Sequence[Tensor], patch_size: int) -> Tensor:
    """The authors' pipeline: unfold, align, pool each layer to 1,024 values, then all layers to 1,024.

    Returns:
        (B, 1024, h_0, w_0). The two widths of WideResNet-50-2's layers 2 and 3 take the closed form.
    """
    if tuple(layer.shape[1] for layer in layers) == _CLOSED_FORM_CHANNELS and patch_size == 3:
        return _official_closed_form(layers[0], layers[1])
    return official_by_definition(layers, patch_size)


def official_by_definition(layers: Sequence[Tensor], patch_size: int) -> Tensor:
    """`official` step by step, for any widths."""
    batch, _, height, width = layers[0].shape
    pooled = []
    for layer in layers:
        patches = F.unfold(layer, patch_size, padding=patch_size // 2)
        planes = patches.view(batch, -1, *layer.shape[-2:])
        aligned = _on_grid(planes, (height, width)).flatten(2).transpose(1, 2)
        pooled.append(F.adaptive_avg_pool1d(aligned, OFFICIAL_DIM))
    merged = F.adaptive_avg_pool1d(torch.cat(pooled, dim=2), OFFICIAL_DIM)
    return merged.transpose(1, 2).reshape(batch, OFFICIAL_DIM, height, width)


def _official_closed_form(fine: Tensor, coarse: Tensor) -> Tensor:
    # 512 x 9 values pooled to 1,024 overlap in the centre tap, which counts twice: weights 0.2 and 8 x 0.1.
    first = 0.9 * _local_mean(fine, 3) + 0.1 * fine
    pairs = _on_grid(_local_mean(coarse, 3), fine.shape[-2:]).unflatten(1, (-1, 2)).mean(dim=2)
    return torch.cat([first, pairs], dim=1)


def _local_mean(layer: Tensor, patch_size: int) -> Tensor:
    if patch_size == 1:
        return layer
    return F.avg_pool2d(layer, patch_size, stride=1, padding=patch_size // 2)


def _on_grid(layer: Tensor, grid: Sequence[int]) -> Tensor:
    if tuple(layer.shape[-2:]) == tuple(grid):
        return layer
    return F.interpolate(layer, size=tuple(grid), mode="bilinear", align_corners=False)

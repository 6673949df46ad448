"""Whether a pool shows a texture, which looks the same anywhere in the image, or an object with its place."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from detectors.features.backbones import load_backbone

_BACKBONE, _LAYER, _SIDE_PX = "efficientnet_lite0", "blocks.2", 224
_BLOCKS = 4
_MOST_IMAGES = 16
FEW_IMAGES = 4
"""Of fewer images the guess is unsure: one texture's chance differences look like places."""

_LIMIT, _LIMIT_OF_ONE = 0.02, 0.1


def kind_of(small: Sequence[Tensor]) -> str:
    """`texture` or `object`, of images (3, h, w) uint8; few of them get the benefit of the doubt."""
    # Of a texture, what chance puts at the same place of all n images is one n-th of the variance.
    limit = _LIMIT + (_LIMIT_OF_ONE - _LIMIT) / len(small)
    return "texture" if placed_share(small) < limit else "object"


@torch.inference_mode()
def placed_share(small: Sequence[Tensor]) -> float:
    """The part of the features' variance that the place in the image explains; 0 for a perfect texture.

    Features are averaged over a grid of blocks; the variance between blocks that all images share is compared
    with the variance between cells.
    """
    backbone = load_backbone(_BACKBONE, "imagenet", (_LAYER,), seed=0)
    step = max(1, len(small) // _MOST_IMAGES)
    chosen = list(small[::step])[:_MOST_IMAGES]
    maps = torch.cat([backbone(_prepared(one))[0] for one in chosen])
    mean = maps.mean((0, 2, 3), keepdim=True)
    total = (maps - mean).square().mean((0, 2, 3))
    blocks = functional.adaptive_avg_pool2d(maps, _BLOCKS).mean(0)
    between = (blocks - mean[0]).square().mean((1, 2))
    return float(np.median((between / total.clamp_min(1e-6)).numpy()))


def _prepared(small: Tensor) -> Tensor:
    pixels = small.float()[None]
    return functional.interpolate(pixels, size=(_SIDE_PX, _SIDE_PX), mode="bilinear", antialias=True)

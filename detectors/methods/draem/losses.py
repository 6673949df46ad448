"""DRAEM's losses. Each is a mean over the pixels that may train.

Where we differ from the authors' code: the range in SSIM is fixed at 1 (theirs is guessed from the
restoration, and jumps), and pixels can be left out.
"""

import torch
from torch import Tensor
from torch.nn import functional

_WINDOW_PX, _WINDOW_SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2
_SMOOTHING = 1e-5


def squared_error(restored: Tensor, clean: Tensor, usable: Tensor) -> Tensor:
    """Mean squared error.

    Args:
        restored: (N, 3, H, W).
        clean: (N, 3, H, W), the image WITHOUT its made-up defect.
        usable: (N, 1, H, W) in {0, 1}.
    """
    return _mean((restored - clean) ** 2, usable)


def structural_loss(restored: Tensor, clean: Tensor, usable: Tensor) -> Tensor:
    """1 - mean SSIM (Wang et al. 2004): 11 × 11 Gaussian window of σ 1.5, per channel, zero padding.

    Only where the whole window is usable.
    """
    seen = 1 - functional.max_pool2d(1 - usable, _WINDOW_PX, stride=1, padding=_WINDOW_PX // 2)
    dissimilarity = 1 - structural_similarity(restored, clean)
    return _mean(dissimilarity, seen)


def structural_similarity(first: Tensor, second: Tensor) -> Tensor:
    """SSIM at each pixel and channel, (N, C, H, W); the values' range is 1."""
    channels = first.shape[1]
    planes = torch.cat([first, second, first * first, second * second, first * second], dim=1)
    mean1, mean2, square1, square2, product = _windowed(planes).split(channels, dim=1)
    variance1, variance2 = square1 - mean1**2, square2 - mean2**2
    covariance = product - mean1 * mean2
    above = (2 * mean1 * mean2 + _C1) * (2 * covariance + _C2)
    return above / ((mean1**2 + mean2**2 + _C1) * (variance1 + variance2 + _C2))


def focal_loss(probabilities: Tensor, mask: Tensor, usable: Tensor, gamma: float) -> Tensor:
    """Focal loss (Lin et al. 2017) with weight 1 for both classes: -mean((1 - p_t)^γ log p_t).

    Args:
        probabilities: (N, 2, H, W), softmax of the logits; channel 1 is anomalous.
        mask: (N, 1, H, W) in {0, 1}, 1 on the defect.
        usable: (N, 1, H, W) in {0, 1}.
        gamma: 0 gives the cross entropy.
    """
    target = torch.cat([1 - mask, mask], dim=1).clamp(_SMOOTHING, 1 - _SMOOTHING)
    of_truth = (target * probabilities).sum(dim=1, keepdim=True) + _SMOOTHING
    # Rounding may lift p_t above 1, where a fractional power has no value.
    return _mean(-((1 - of_truth).clamp_min(0) ** gamma) * of_truth.log(), usable)


def _mean(values: Tensor, usable: Tensor) -> Tensor:
    return (values * usable).sum() / (usable.sum() * values.shape[1]).clamp_min(1)


def _windowed(planes: Tensor) -> Tensor:
    """Gaussian means around each pixel, by rows and columns in turn."""
    offsets = torch.arange(_WINDOW_PX, dtype=planes.dtype, device=planes.device) - _WINDOW_PX // 2
    weights = torch.exp(-(offsets**2) / (2 * _WINDOW_SIGMA**2))
    weights = weights / weights.sum()
    channels = planes.shape[1]
    for shape in ((1, 1, _WINDOW_PX, 1), (1, 1, 1, _WINDOW_PX)):
        kernel = weights.view(shape).repeat(channels, 1, 1, 1)
        padding = shape[2] // 2, shape[3] // 2
        planes = functional.conv2d(planes, kernel, padding=padding, groups=channels)
    return planes

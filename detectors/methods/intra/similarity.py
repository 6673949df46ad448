"""How alike two pictures are: structure (SSIM) and gradient magnitude (GMS), pixel by pixel.

All take (B, C, H, W) float pictures of values in [0, 1] and work channel by channel.
"""

import torch
from torch import Tensor
from torch.nn import functional

_GMS_CONSTANT = 0.0026
_SSIM_WINDOW_PX, _SSIM_SIGMA_PX = 11, 1.5
_SSIM_LUMINANCE, _SSIM_CONTRAST = 0.01**2, 0.03**2
_SCALES = 3


def gradient_similarity(first: Tensor, second: Tensor) -> Tensor:
    """GMS, (B, C, H, W) in (0, 1]: Prewitt gradients, borders padded by zeros (Xue et al. 2014)."""
    one, other = _gradient_magnitude(first), _gradient_magnitude(second)
    return (one * other + one * other + _GMS_CONSTANT) / (one * one + other * other + _GMS_CONSTANT)


def multiscale_gradient_similarity(first: Tensor, second: Tensor) -> Tensor:
    """The mean of GMS at full, half and quarter size, each brought to full size (Zavrtanik et al. 2021)."""
    size = first.shape[-2:]
    total = torch.zeros_like(first)
    for scale in range(_SCALES):
        if scale:
            first, second = functional.avg_pool2d(first, 2), functional.avg_pool2d(second, 2)
        similarity = gradient_similarity(first, second)
        total = total + functional.interpolate(similarity, size, mode="bilinear", align_corners=False)
    return total / _SCALES


def structural_similarity(first: Tensor, second: Tensor) -> Tensor:
    """SSIM, (B, C, H, W) in [-1, 1]: Gaussian window, borders padded by zeros (Wang et al. 2004)."""
    channels = first.shape[1]
    kernel = _gaussian_kernel(first).expand(channels, 1, -1, -1)

    def blurred(picture: Tensor) -> Tensor:
        return functional.conv2d(picture, kernel, padding=_SSIM_WINDOW_PX // 2, groups=channels)

    mean_one, mean_other = blurred(first), blurred(second)
    variance_one = blurred(first * first) - mean_one**2
    variance_other = blurred(second * second) - mean_other**2
    covariance = blurred(first * second) - mean_one * mean_other
    luminance = (2 * mean_one * mean_other + _SSIM_LUMINANCE) / (
        mean_one**2 + mean_other**2 + _SSIM_LUMINANCE
    )
    contrast = (2 * covariance + _SSIM_CONTRAST) / (variance_one + variance_other + _SSIM_CONTRAST)
    return luminance * contrast


def _gradient_magnitude(picture: Tensor) -> Tensor:
    channels = picture.shape[1]
    across = picture.new_tensor([[-1.0, 0.0, 1.0]] * 3) / 3
    kernels = torch.stack([across, across.T])[:, None].repeat(channels, 1, 1, 1)
    gradients = functional.conv2d(picture, kernels, padding=1, groups=channels).unflatten(1, (channels, 2))
    # The small constant keeps the root's slope finite where the picture is flat.
    return (gradients.square().sum(dim=2) + 1e-12).sqrt()


def _gaussian_kernel(like: Tensor) -> Tensor:
    places = torch.arange(_SSIM_WINDOW_PX, device=like.device, dtype=like.dtype) - _SSIM_WINDOW_PX // 2
    line = torch.exp(-(places**2) / (2 * _SSIM_SIGMA_PX**2))
    line = line / line.sum()
    return line[:, None] * line[None, :]

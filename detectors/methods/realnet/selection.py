"""Which feature channels to look at: anomaly-aware selection before training, residual selection in use."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional

_RANGE_FLOOR = 1e-4
"""Added to a channel's range before dividing by it, as the authors' code does."""


def channel_losses(made_up: Tensor, clean: Tensor, mask: Tensor) -> Tensor:
    """How badly each channel's response to the defects matches their mask.

    The squared difference, scaled to [0, 1] over the whole batch, against the mask taken down to the grid of
    the features by the nearest pixel.

    Args:
        made_up: (B, C, h, w), features of images with defects.
        clean: the same images' features without them.
        mask: (B, 1, H, W), 1 = defect.

    Returns:
        (C,) float32, lower = better; a channel that gives NaN counts as the worst.
    """
    response = (made_up - clean).float().square()
    low = response.amin(dim=(0, 2, 3), keepdim=True)
    high = response.amax(dim=(0, 2, 3), keepdim=True)
    scaled = (response - low) / (high - low + _RANGE_FLOOR)
    target = functional.interpolate(mask.float(), size=response.shape[-2:], mode="nearest")
    losses = (scaled - target).square().mean(dim=(0, 2, 3))
    worst = losses.nan_to_num(nan=-torch.inf).max()
    return losses.nan_to_num(nan=float(worst))


def best_channels(losses: Iterable[Tensor], count: int) -> Tensor:
    """The channels with the smallest summed losses, (count,) int64 in ascending order of their number."""
    total = torch.stack(list(losses)).sum(dim=0)
    chosen = torch.argsort(total, stable=True)[:count]
    return chosen.sort().values


class ResidualSelection(nn.Module):
    """The most anomalous residual channels of each image: by their greatest cell, and by their mean.

    Channels are compared after a batch normalisation without parameters, whose statistics follow the
    training; the residuals handed on are not normalised. The choice passes no gradient, the residuals do.
    """

    def __init__(self, channels: int, kept: int) -> None:
        """Choose `kept` of `channels` by each of the two rules; a channel may be chosen by both."""
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False, momentum=0.9)
        self.kept = kept

    def forward(self, residuals: Tensor) -> Tensor:
        """(B, C, h, w) to (B, 2·kept, h, w): by maximum, then by mean, each from the highest down."""
        with torch.no_grad():
            comparable = self.norm(residuals.float())
            by_maximum = _top(comparable.amax(dim=(2, 3)), self.kept)
            by_mean = _top(comparable.mean(dim=(2, 3)), self.kept)
            chosen = torch.cat([by_maximum, by_mean], dim=1)
        rows = torch.arange(len(residuals), device=residuals.device)[:, None]
        return residuals[rows, chosen]


def _top(scores: Tensor, count: int) -> Tensor:
    return torch.argsort(scores, dim=1, descending=True, stable=True)[:, :count]

"""RealNet's discriminator: from selected residuals to a map of defects."""

from torch import Tensor, nn
from torch.nn import functional

from detectors.methods.realnet.blocks import upsampled


class _Refinement(nn.Module):
    """ReLU, 3×3, ReLU, 1×1, both without bias, and a skip."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.wide = nn.Conv2d(channels, hidden, 3, padding=1, bias=False)
        self.narrow = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.narrow(functional.relu(self.wide(functional.relu(x))))
        return result


class Discriminator(nn.Module):
    """Two refinements and a funnel of convolutions; for 512 channels the published widths 128, 32, 8, 4."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(channels // 4, 32)
        narrow = max(channels // 16, 16)
        self.refine = nn.Sequential(_Refinement(channels, hidden), _Refinement(channels, hidden), nn.ReLU())
        self.funnel = nn.Sequential(
            nn.Conv2d(channels, hidden, 3, padding=1),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, narrow, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(narrow, 8, 3, padding=1),
            nn.ReLU(),
        )
        self.finish = nn.Sequential(nn.Conv2d(8, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 3, padding=1))

    def forward(self, residuals: Tensor, side_px: int) -> Tensor:
        """(B, channels, h, w) to logits (B, 2, side, side); channel 1 = defect."""
        x = self.funnel(self.refine(residuals))
        x = self.finish(upsampled(x, 2 * x.shape[-1]))
        return functional.interpolate(
            x.float(), size=(side_px, side_px), mode="bilinear", align_corners=False
        )

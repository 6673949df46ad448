"""Redrawing a picture before it is generated from: mirrored, flipped, turned, scaled, shifted and bent."""

from dataclasses import asdict, dataclass, replace
from math import cos, exp, radians, sin
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from detectors.generation.hyperparameters import GenerationHyperparameters

_BEND_CELLS = 6
_OBJECT_SHIFT, _OBJECT_TURN_DEG = 0.02, 2.0


@dataclass(frozen=True)
class View:
    """One way to see a picture.

    Attributes:
        is_mirrored: left and right exchanged.
        is_flipped: top and bottom exchanged.
        turn_deg: anticlockwise.
        scale: above 1 shows things larger.
        shift: (rows, columns), of the side.
        bend: seed of the bending, -1 for none.
        bend_amount: its standard deviation, of the side.
        brightness: added, of the full range.
        contrast: factor about the mean.
    """

    is_mirrored: bool = False
    is_flipped: bool = False
    turn_deg: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    bend: int = -1
    bend_amount: float = 0.0
    brightness: float = 0.0
    contrast: float = 1.0

    def apply(self, picture: Tensor) -> Tensor:
        """(3, H, W) with values 0…1 to the same; what comes from beyond the border is mirrored in."""
        bend = None if self.bend < 0 else _bend(self.bend, self.bend_amount)
        is_still = self == View(brightness=self.brightness, contrast=self.contrast)
        if not is_still:
            picture = picture.flip(2) if self.is_mirrored else picture
            picture = picture.flip(1) if self.is_flipped else picture
            picture = warped(
                picture,
                turn_deg=self.turn_deg,
                scale=self.scale,
                shift=self.shift,
                bend=bend,
            )
        mean = picture.mean()
        return (mean + (picture - mean) * self.contrast + self.brightness).clamp(0, 1)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, for provenance."""
        return {**asdict(self), "shift": list(self.shift)}


def draw_view(kind: str, chosen: GenerationHyperparameters, random: np.random.Generator) -> View:
    """A view of the kind `texture`, `object` or `none`."""
    if kind == "none":
        return View()
    # Plain floats: they are kept in checkpoints and in the provenance.
    brightness, contrast = (float(value) * chosen.view_light for value in random.uniform(-1, 1, 2))
    lit = View(brightness=brightness / 2, contrast=1 + contrast)
    if kind == "object":
        turn_deg = random.uniform(-_OBJECT_TURN_DEG, _OBJECT_TURN_DEG)
        return replace(lit, turn_deg=turn_deg, shift=_shift(_OBJECT_SHIFT, random))
    return replace(
        lit,
        is_mirrored=bool(random.random() < 0.5),
        is_flipped=bool(random.random() < chosen.view_flip),
        turn_deg=random.uniform(-chosen.view_turn_deg, chosen.view_turn_deg),
        scale=exp(random.uniform(-chosen.view_zoom, chosen.view_zoom)),
        shift=_shift(chosen.view_shift, random),
        bend=int(random.integers(2**31)),
        bend_amount=chosen.view_bend,
    )


def warped(
    picture: Tensor,
    *,
    turn_deg: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
    bend: npt.NDArray[np.float32] | None = None,
) -> Tensor:
    """Resample (bicubic) a picture, (3, H, W), mirrored beyond its border.

    Args:
        picture: any range.
        turn_deg: anticlockwise about the centre.
        scale: above 1 enlarges.
        shift: (rows, columns) of the sides.
        bend: (2, n, n) displacements (rows, columns) of the sides, interpolated smoothly.
    """
    height_px, width_px = picture.shape[1:]
    aspect = width_px / height_px
    c, s = cos(radians(turn_deg)) / scale, sin(radians(turn_deg)) / scale
    # Coordinates run from -1 to 1 along each side, x first.
    matrix = torch.tensor([[c, s / aspect, 2 * shift[1]], [-s * aspect, c, 2 * shift[0]]])
    grid = functional.affine_grid(matrix[None].float(), [1, 1, height_px, width_px], align_corners=False)
    if bend is not None:
        field = torch.from_numpy(2 * bend[::-1].copy())[None]
        fine = functional.interpolate(field, size=(height_px, width_px), mode="bicubic", align_corners=True)
        grid = grid + fine.permute(0, 2, 3, 1)
    return functional.grid_sample(
        picture[None], grid.to(picture), mode="bicubic", padding_mode="reflection", align_corners=False
    )[0]


def _shift(most: float, random: np.random.Generator) -> tuple[float, float]:
    return random.uniform(-most, most), random.uniform(-most, most)


def _bend(seed: int, amount: float) -> npt.NDArray[np.float32]:
    shape = 2, _BEND_CELLS, _BEND_CELLS
    return np.random.default_rng(seed).normal(0, amount, shape).astype(np.float32)

"""A whole frame inpainted patch by patch, and how far it is from what was there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from detectors.methods.intra.network import InpaintingTransformer
from detectors.methods.intra.similarity import multiscale_gradient_similarity
from detectors.methods.intra.windows import WindowGrid, as_frames, as_patches
from detectors.training.loop import autocast

_WINDOWS_PER_PASS = 256
"""A pass holds windows of one frame only, so that scores do not depend on how images are grouped."""


class Inpainter:
    """Inpaints frames with a network, each patch from the window that centres it best."""

    def __init__(
        self, network: InpaintingTransformer, grid: WindowGrid, patch_px: int, *, is_global: bool
    ) -> None:
        self._network, self._patch_px = network, patch_px
        origins = grid.centred_origins()
        shown = grid.patches_of(origins)
        self._grid = grid
        self._shown = torch.from_numpy(shown[..., 0] * grid.cols + shown[..., 1])
        self._hidden = torch.from_numpy(grid.places_in(origins))
        own = (
            grid.global_positions(origins)
            if is_global
            else np.tile(grid.local_positions(), (len(origins), 1))
        )
        self._positions = torch.from_numpy(own)

    @torch.inference_mode()
    def inpaint(self, frame: npt.NDArray[np.generic], seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """(S, S, 3) of 0…255 and (rows, cols) bool, patches that may be looked at, to (S, S, 3) in [0, 1]."""
        device = self._network.head.weight.device
        patches = self._flat(torch.from_numpy(as_patches(_unit(frame), self._patch_px))).to(device)
        may_see = None if seen.all() else torch.from_numpy(seen.reshape(-1)).to(device)
        groups = zip(
            *(
                part.to(device).split(_WINDOWS_PER_PASS)
                for part in (self._shown, self._positions, self._hidden)
            ),
            strict=True,
        )
        inpainted = []
        with autocast(device):
            for shown, positions, hidden in groups:
                visible = None if may_see is None else may_see[shown]
                inpainted.append(self._network(patches[shown], positions, hidden, visible).float())
        whole = torch.cat(inpainted).reshape(self._grid.rows, self._grid.cols, -1).cpu().numpy()
        return np.asarray(as_frames(whole, self._patch_px), dtype=np.float32)

    def error(
        self, frame: npt.NDArray[np.generic], seen: npt.NDArray[np.bool_], rule: "ErrorRule"
    ) -> npt.NDArray[np.float32]:
        """How far a frame is from its inpainting, (S / cell_px, S / cell_px); see `ErrorRule.between`."""
        return rule.between(_unit(frame), self.inpaint(frame, seen))

    def _flat(self, patches: Tensor) -> Tensor:
        return patches.reshape(self._grid.rows * self._grid.cols, -1)


@dataclass(frozen=True)
class ErrorRule:
    """How the difference of a picture and its inpainting becomes a map: `diff` of the paper.

    Attributes:
        filter_px: side of the square over which errors are averaged, odd; at the border, of its part inside.
        cell_px: side of a cell of the map; divides the pictures' side.
        colour_weight: weight of the mean absolute difference of the colours beside the unlikeness of the
            gradients; 0 as published.
    """

    filter_px: int
    cell_px: int
    colour_weight: float = 0.0

    def between(
        self, original: npt.NDArray[np.float32], inpainted: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """1 - multi-scale GMS, and the colours' difference, averaged over colours, a square, and each cell.

        Args:
            original: (S, S, 3) in [0, 1].
            inpainted: the same shape.

        Returns:
            (S / cell_px, S / cell_px) float32, 0 where both are the same.
        """
        pair = torch.from_numpy(np.stack([original, inpainted])).permute(0, 3, 1, 2)
        one, other = pair[:1], pair[1:]
        unlike = 1 - multiscale_gradient_similarity(one, other) + self.colour_weight * (one - other).abs()
        unlike = unlike.mean(dim=1, keepdim=True)
        smooth = functional.avg_pool2d(
            unlike, self.filter_px, 1, self.filter_px // 2, count_include_pad=False
        )
        cells: npt.NDArray[np.float32] = functional.avg_pool2d(smooth, self.cell_px)[0, 0].numpy()
        return cells


def _unit(frame: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """0…255 to [0, 1]."""
    return np.asarray(frame, dtype=np.float32) / np.float32(255)

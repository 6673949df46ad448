"""Guards against poisoning a bank with defects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import BoolArray, IndexArray


@dataclass(frozen=True)
class Bands:
    """The two image thresholds: pass < review_from <= review < fail_from <= fail.

    Attributes:
        review_from: T1, or None while it cannot be given: then every image is at least in review.
        fail_from: T2, or None while it cannot be given: then no image fails.
    """

    review_from: float | None
    fail_from: float | None

    def rank(self, score: float) -> int:
        """0 for pass, 1 for review, 2 for fail."""
        if self.fail_from is not None and score >= self.fail_from:
            return 2
        return int(self.review_from is None or score >= self.review_from)


def dropped_bands(
    defective: Iterable[str],
    before: Mapping[str, float],
    after: Mapping[str, float],
    bands_before: Bands,
    bands_after: Bands,
) -> tuple[str, ...]:
    """Confirmed-defective images that a change would move to a lower band.

    Args:
        defective: the images to look at; those without both scores are passed over.
        before: image scores now.
        after: image scores with the change.
        bands_before: thresholds now.
        bands_after: thresholds with the change, from the rescored calibration normals.
    """
    return tuple(
        image
        for image in defective
        if image in before
        and image in after
        and bands_after.rank(after[image]) < bands_before.rank(before[image])
    )


def clear_cells(defect_mask: BoolArray, grid: tuple[int, int], support_px: float) -> BoolArray:
    """Cells that see nothing of a defect, and may therefore join the bank.

    Args:
        defect_mask: (H, W), true = defect; the image that the grid covers edge to edge.
        grid: (rows, columns) of the feature grid.
        support_px: side of the square that one cell sees, centred on the cell, in pixels of the mask.

    Returns:
        (rows, columns), true = clear.

    Raises:
        InputError: a mask that is not (H, W), or a support that is not positive.
    """
    if defect_mask.ndim != 2 or support_px <= 0:
        raise InputError("A defect mask must be (height, width), and a cell must see some pixels.")
    sums = np.zeros((defect_mask.shape[0] + 1, defect_mask.shape[1] + 1), np.int64)
    sums[1:, 1:] = defect_mask.astype(np.int64).cumsum(axis=0).cumsum(axis=1)
    top, bottom = _spans(defect_mask.shape[0], grid[0], support_px)
    left, right = _spans(defect_mask.shape[1], grid[1], support_px)
    seen = sums[bottom[:, None], right] - sums[top[:, None], right]
    seen -= sums[bottom[:, None], left] - sums[top[:, None], left]
    result: BoolArray = seen == 0
    return result


def _spans(length_px: int, cells: int, support_px: float) -> tuple[IndexArray, IndexArray]:
    """First pixel and the one after the last that each cell sees along one side."""
    centres = (np.arange(cells) + 0.5) * length_px / cells
    first = np.floor(centres - support_px / 2).clip(0, length_px)
    last = np.ceil(centres + support_px / 2).clip(0, length_px)
    return first.astype(np.int64), last.astype(np.int64)

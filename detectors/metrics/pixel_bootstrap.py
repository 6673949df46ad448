"""A paired bootstrap of pixel AUROC over images: what two detectors' maps say of the same test images.

Pixel scores are counted once per image, in bins between the quantiles of each detector's own maps; a resample
then only adds up counts. AUROC depends on ranks alone, so bins of equal filling lose almost nothing: pairs
inside one bin count as ties.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError
from detectors.maps import FloatMap, upsample
from detectors.metrics.bootstrap import Interval, resampled

BINS = 1024
_EDGE_SAMPLE = 200_000
"""Cells that the quantiles are taken from, spread evenly over the maps."""

BoolMask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.float64]

PixelTruth = Callable[[int], tuple[BoolMask | None, BoolMask | None]]
"""Called with an image's number: (H, W) masks at the image's own size, True = defect, and True = counts.

No defect mask: nobody has drawn its defects, and the image counts nowhere. None for the second: every pixel
counts.
"""


@dataclass(frozen=True)
class PairedPixels:
    """Pixel AUROC of two detectors on the same images, and the interval of their difference."""

    auroc: float
    other_auroc: float
    difference: Interval


def paired_pixel_bootstrap(
    maps: Sequence[FloatMap],
    other_maps: Sequence[FloatMap],
    truth_of: PixelTruth,
    defective: npt.ArrayLike,
    *,
    resamples: int = 2_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> PairedPixels | None:
    """Interval of AUROC(maps) - AUROC(other_maps) over all pixels, images resampled within each class.

    Args:
        maps: one (h, w) native map per image; higher = more anomalous.
        other_maps: the other detector's maps of the same images.
        truth_of: what is known of each image's pixels.
        defective: (n,), true = the image shows a defect.
        resamples: number of resamples.
        confidence: 0 to 1.
        seed: fixes the resamples.

    Returns:
        None where no defect was drawn, or no normal image is there.

    Raises:
        InputError: different numbers of images.
    """
    labels = np.asarray(defective).astype(bool)
    if not len(maps) == len(other_maps) == len(labels):
        raise InputError(f"{len(maps)} maps, {len(other_maps)} maps and {len(labels)} labels do not agree.")
    drawn = [number for number in range(len(labels)) if truth_of(number)[0] is not None]
    ours, others = (_counts(given, drawn, truth_of) for given in (maps, other_maps))
    interval = resampled(
        lambda taken: _auroc(ours, taken) - _auroc(others, taken), labels[drawn], resamples, confidence, seed
    )
    if interval is None:
        return None
    everything = np.arange(len(drawn))
    return PairedPixels(_auroc(ours, everything), _auroc(others, everything), interval)


def _counts(maps: Sequence[FloatMap], drawn: Sequence[int], truth_of: PixelTruth) -> tuple[Counts, Counts]:
    """(len(drawn), BINS) numbers of anomalous and of normal pixels by bin."""
    edges = _edges(maps)
    anomalous, normal = (np.zeros((len(drawn), BINS)) for _ in range(2))
    for row, number in enumerate(drawn):
        mask, counting = truth_of(number)
        assert mask is not None, "only images with a mask are drawn"
        bins = np.searchsorted(edges, upsample(maps[number], *mask.shape), side="right")
        inside = np.ones(mask.shape, bool) if counting is None else counting
        anomalous[row] = np.bincount(bins[mask & inside], minlength=BINS)
        normal[row] = np.bincount(bins[~mask & inside], minlength=BINS)
    return anomalous, normal


def _edges(maps: Sequence[FloatMap]) -> npt.NDArray[np.float32]:
    """BINS - 1 rising edges."""
    step = max(1, sum(native.size for native in maps) // _EDGE_SAMPLE)
    cells = np.concatenate([native.ravel()[::step] for native in maps])
    return np.quantile(cells, np.linspace(0, 1, BINS + 1)[1:-1]).astype(np.float32)


def _auroc(counts: tuple[Counts, Counts], taken: npt.NDArray[np.int64]) -> float:
    """Share of (anomalous, normal) pixel pairs in the right order, ties for half."""
    weights = np.bincount(taken, minlength=len(counts[0])).astype(np.float64)
    anomalous, normal = weights @ counts[0], weights @ counts[1]
    below = np.cumsum(normal) - normal
    pairs = anomalous.sum() * normal.sum()
    return float((anomalous * (below + normal / 2)).sum() / pairs) if pairs else float("nan")

"""Trials: how well a network finds made-up defects in normal images that were held out of its training.

The defects are made of the images themselves (marks, and pieces moved about), by rules that are the same for
every product; no test image takes part.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt
from typing import overload

import numpy as np
import numpy.typing as npt

from detectors.base import CellScores
from detectors.metrics.ranking import auroc
from detectors.regions import BoolGrid
from detectors.samples import Sample
from detectors.synthesis.base import MixedSynthesis
from detectors.synthesis.cutpaste import CutPaste
from detectors.synthesis.marks import Marks

_LEAST_POOL = 6
"""Of fewer images none can be spared."""

_HELD_OUT_PART, _LEAST_HELD_OUT, _MOST_HELD_OUT, _MOST_PART = 6, 6, 12, 3
_REFERENCES = 20
_SPOILED_PER_NORMAL = 3
_ATTEMPTS = 5
_LEAST_SHARE = 1e-6
"""Scores below this part of the greatest count as it, so that they have a logarithm."""

_TINY, _LEAST_VARIANCE = 1e-30, 1e-12
"""Keep scores that are all 0, or all the same, from undefined results."""


_STREAM = 3
"""Keeps the draws of the defects apart from those of the training."""

Judge = Callable[[Sample], CellScores]


class ChosenSamples(Sequence[Sample]):
    """Some of a pool's samples, each prepared when it is asked for."""

    def __init__(self, samples: Sequence[Sample], numbers: Sequence[int]) -> None:
        self._samples, self._numbers = samples, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self._samples[number] for number in self._numbers[index]]
        return self._samples[self._numbers[index]]


@dataclass(frozen=True)
class Trials:
    """What a network is tried on.

    Attributes:
        references: a few of the images that train, for what a method remembers of normal ones.
        held_out: normal images that do not train.
        seed: of the made-up defects, which are the same in every trial.
    """

    references: Sequence[Sample]
    held_out: Sequence[Sample]
    seed: int

    def quality(self, judge: Judge) -> float:
        """Mean of the separation of the images and the AUROC of the cells, 0 to 1; see `separation`.

        Without both classes each counts as 0.
        """
        scores, spoiled, cells, marked = [], [], [], []
        for sample, mask in self.samples():
            judged = judge(sample)
            scores.append(judged.image_score)
            spoiled.append(mask.any())
            cells.append(judged.cells[sample.usable])
            marked.append(mask[sample.usable])
        if not scores:
            return 0.0
        by_cell = auroc(np.concatenate(cells), np.concatenate(marked))
        return (separation(np.array(scores), np.array(spoiled)) + (by_cell or 0.0)) / 2

    def samples(self) -> Iterator[tuple[Sample, BoolGrid]]:
        """Each held-out image and its spoiled copies, with the cells (rows, cols) on which a defect lies.

        Images without a usable cell are left out.
        """
        synthesis = MixedSynthesis([Marks(), CutPaste()], [0.75, 0.25])
        for number, sample in enumerate(self.held_out):
            if not sample.usable.any():
                continue
            yield sample, np.zeros_like(sample.usable)
            for copy in range(_SPOILED_PER_NORMAL):
                random = np.random.default_rng((self.seed, _STREAM, number, copy))
                yield _spoiled(sample, synthesis, random)


def separation(scores: npt.NDArray[np.floating], spoiled: npt.NDArray[np.bool_]) -> float:
    """The AUROC that two normal distributions of the scores' logarithms would have.

    From their means and variances: of so few images the AUROC itself hardly changes from one network to the
    next, and in large jumps.

    Args:
        scores: (N,) of at least 0.
        spoiled: (N,) bool.

    Returns:
        0 to 1; 0 without both classes, 0.5 where all scores are the same.
    """
    if spoiled.all() or not spoiled.any():
        return 0.0
    logs = np.log(np.maximum(scores, _LEAST_SHARE * float(scores.max())) + _TINY, dtype=np.float64)
    ours, theirs = logs[spoiled], logs[~spoiled]
    deviation = sqrt(ours.var() + theirs.var() + _LEAST_VARIANCE)
    return (1 + erf(float(ours.mean() - theirs.mean()) / (sqrt(2) * deviation))) / 2


def split(samples: Sequence[Sample], seed: int) -> tuple[Sequence[Sample], Trials | None]:
    """The samples that train, and trials on every so many others; all and None where there are too few."""
    count = len(samples)
    if count < _LEAST_POOL:
        return samples, None
    spared = min(max(count // _HELD_OUT_PART, _LEAST_HELD_OUT), _MOST_HELD_OUT, count // _MOST_PART)
    held_out = np.linspace(0, count - 1, spared).astype(int).tolist()
    learned = np.setdiff1d(np.arange(count), held_out)
    references = learned[np.linspace(0, len(learned) - 1, min(_REFERENCES, len(learned))).astype(int)]
    trials = Trials(ChosenSamples(samples, references.tolist()), ChosenSamples(samples, held_out), seed)
    return ChosenSamples(samples, learned.tolist()), trials


def _spoiled(
    sample: Sample, synthesis: MixedSynthesis, random: np.random.Generator
) -> tuple[Sample, BoolGrid]:
    """A copy with a defect in the cells that one of its tiles owns; after a few misses, without any."""
    layout, number = sample.layout, int(random.integers(len(sample.tiles)))
    tile, cell_px, side = sample.tiles[number], layout.cell_px, layout.tile_cells
    numbers = np.broadcast_to(np.arange(len(sample.tiles))[:, None, None], (len(sample.tiles), side, side))
    allowed = (sample.usable & (layout.stitch(numbers) == number)).repeat(cell_px, 0).repeat(cell_px, 1)
    allowed = layout.cut(allowed[..., None])[number, ..., 0]
    for _ in range(_ATTEMPTS):
        made = synthesis.make(np.rint(tile).astype(np.uint8), random, allowed)
        if made.mask.any():
            break
    tiles = sample.tiles.copy()
    tiles[number] = np.where(made.mask[..., None], made.image.astype(tile.dtype), tile)
    cells = np.zeros((len(tiles), side, side), dtype=bool)
    cells[number] = made.mask.reshape(side, cell_px, side, cell_px).any(axis=(1, 3))
    return replace(sample, tiles=tiles), layout.stitch(cells)

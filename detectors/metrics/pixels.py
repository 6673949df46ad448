"""Pixel metrics of a stream of maps: exact, with bounded memory."""

import os
import tempfile
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError
from detectors.metrics.overlap import aupro_of, region_weights
from detectors.metrics.ranking import (
    F1Max,
    RankCounts,
    auroc_of,
    average_precision_of,
    f1_max_of,
    finite_scores,
)

_DEFAULT_NORMALS_IN_MEMORY = 64_000_000


@dataclass(frozen=True)
class PixelReport:
    """Metrics over all pixels seen; None where undefined.

    Attributes:
        auroc: over all pixels of all images, normal images included.
        average_precision: over the same pixels.
        aupro: area under the per-region overlap up to `aupro_limit`, divided by it.
        f1: best pixel F1 and its threshold.
        aupro_limit: the false-positive rate up to which the overlap was integrated.
    """

    auroc: float | None
    average_precision: float | None
    aupro: float | None
    f1: F1Max | None
    aupro_limit: float


class PixelMetrics:
    """Accumulates maps and masks image by image.

    Anomalous pixels stay in memory. Normal pixels are kept as float32 up to a limit; beyond it they are
    sorted and spilled to an unnamed temporary file, run by run, and only counted at the end: results stay
    exact.
    """

    def __init__(
        self, *, aupro_limit: float = 0.3, normals_in_memory: int = _DEFAULT_NORMALS_IN_MEMORY
    ) -> None:
        """Start empty.

        Args:
            aupro_limit: false-positive rate to integrate the overlap to.
            normals_in_memory: normal pixels held in memory (4 bytes each) before a run is spilled.
        """
        self._aupro_limit = aupro_limit
        self._normals_in_memory = normals_in_memory
        self._anomalous: list[npt.NDArray[np.float32]] = []
        self._weights: list[npt.NDArray[np.float64]] = []
        self._normal: list[npt.NDArray[np.float32]] = []
        self._held = 0
        self._spilled_runs: list[int] = []
        self._spill: BinaryIO | None = None

    def update(
        self, score_map: npt.ArrayLike, mask: npt.ArrayLike, valid: npt.ArrayLike | None = None
    ) -> None:
        """Add one image.

        Args:
            score_map: (h, w), higher = more anomalous; kept as float32.
            mask: (h, w), true = anomalous.
            valid: (h, w), false = outside the region of interest: the pixel counts nowhere. None: all count.

        Raises:
            InputError: shapes that differ, NaN or infinite scores.
        """
        values = np.asarray(score_map, np.float32)
        truth = np.asarray(mask).astype(bool)
        inside = np.ones(values.shape, bool) if valid is None else np.asarray(valid).astype(bool)
        if values.ndim != 2 or not values.shape == truth.shape == inside.shape:
            raise InputError(f"A map {values.shape} and its mask {truth.shape} must have one shape (h, w).")
        finite_scores(values[inside])
        self._weights.append(region_weights(truth, inside))
        self._anomalous.append(values[truth & inside])
        normal = values[~truth & inside]
        self._normal.append(normal)
        self._held += len(normal)
        if self._held > self._normals_in_memory:
            self._spill_run()

    def compute(self) -> PixelReport:
        """The metrics of everything seen so far; more images may follow."""
        anomalous = np.concatenate([*self._anomalous, np.empty(0, np.float32)])
        weights = np.concatenate([*self._weights, np.empty(0)])
        order = np.argsort(anomalous, kind="stable")
        counts = self._counts(anomalous[order])
        return PixelReport(
            auroc_of(counts),
            average_precision_of(counts),
            aupro_of(counts, weights[order], self._aupro_limit),
            f1_max_of(counts),
            self._aupro_limit,
        )

    def _counts(self, ordered: npt.NDArray[np.float32]) -> RankCounts:
        self._normal = [np.sort(np.concatenate([*self._normal, np.empty(0, np.float32)]))]
        distinct, inverse = np.unique(ordered, return_inverse=True)
        above = np.zeros(len(distinct), np.int64)
        not_below = np.zeros(len(distinct), np.int64)
        spilled = (self._read_run(number) for number in range(len(self._spilled_runs)))
        for run in chain(self._normal, spilled):
            above += len(run) - np.searchsorted(run, distinct, side="right")
            not_below += len(run) - np.searchsorted(run, distinct, side="left")
        total = self._held + sum(self._spilled_runs)
        return RankCounts(ordered, above[inverse], not_below[inverse], total)

    def _spill_run(self) -> None:
        spill = self._spill_file()
        run = np.sort(np.concatenate(self._normal))
        spill.seek(0, os.SEEK_END)
        spill.write(run.data)
        self._spilled_runs.append(len(run))
        self._normal, self._held = [], 0

    def _read_run(self, number: int) -> npt.NDArray[np.float32]:
        spill = self._spill_file()
        spill.seek(4 * sum(self._spilled_runs[:number]))
        return np.frombuffer(spill.read(4 * self._spilled_runs[number]), np.float32)

    def _spill_file(self) -> BinaryIO:
        if self._spill is None:
            self._spill = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as this object
        return self._spill

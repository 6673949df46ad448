"""The contract of every detector, and what the library does once for all of them. Torch-free.

A method turns prepared samples into cell scores; sizes, colour, intensity window, region of interest,
tiling, smoothing, artifacts and the checks around them live here and in the modules this one names.
"""

import functools
import tempfile
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from detectors import artifacts, regions
from detectors.acquisition import AS_IT_IS, Acquisition
from detectors.artifacts import Artifact
from detectors.errors import InputError, NotFittedError
from detectors.hyperparameters import Hyperparameters
from detectors.images import ImageArray
from detectors.layout import Framing
from detectors.maps import FloatMap
from detectors.placement import Placement
from detectors.samples import MarkedDefect, Mask, Sample, Samples
from detectors.training.fingerprint import pool_fingerprint
from detectors.training.report import TrainingReport
from detectors.watching import Checkpoints, FitWatcher

Progress = Callable[[float, str], None]
"""Called with a fraction in [0, 1] and a message, about once a second; may raise `Cancelled`."""


class ScoreMaps(NamedTuple):
    """Scores of N images; higher = more anomalous.

    Attributes:
        image_scores: (N,) float32.
        maps: (N, h, w) float32 on the native grid, which spans the whole image; `maps.upsample` makes pixels.
    """

    image_scores: npt.NDArray[np.float32]
    maps: FloatMap


class CellScores(NamedTuple):
    """What a method says of one image: its score, and one raw score per cell (0 where not usable)."""

    image_score: float
    cells: FloatMap


@dataclass(frozen=True)
class FitContext:
    """What a fit may use besides its samples.

    Attributes:
        progress: the caller's callback, or one that does nothing.
        scratch: a folder for large intermediate files, removed after the fit.
        watcher: whom to tell of losses and example pictures.
        checkpoints: where a training keeps its state to go on after a kill, or None.
        fingerprint: names the fit (method, hyperparameters, images); a checkpoint of another is not taken up.
            A function, because it reads every image.
        acquisition: how the samples' images were read; for images besides them.
        defects: real defects that may help.
    """

    progress: Progress
    scratch: Path
    watcher: FitWatcher = field(default_factory=FitWatcher)
    checkpoints: Checkpoints | None = None
    fingerprint: Callable[[], str] = str
    acquisition: Acquisition = AS_IT_IS
    defects: Sequence[MarkedDefect] = ()

    def part(self, number: int, count: int) -> "FitContext":
        """The context of one of `count` equal parts of the fit, with scratch space of its own."""
        scratch = self.scratch / f"part{number}"
        scratch.mkdir()
        return replace(self.share(number / count, (number + 1) / count), scratch=scratch)

    def share(self, start: float, end: float) -> "FitContext":
        """The context of a stage that takes the progress from `start` to `end`, both in [0, 1]."""
        return replace(
            self,
            progress=lambda fraction, message: self.progress(start + (end - start) * fraction, message),
        )


class Detector(ABC):
    """A method that learns from normal images and scores new ones.

    `__init__` only stores validated hyperparameters. Same seed, data and device: same result. Scores do
    not depend on how images are grouped into calls.
    """

    name: ClassVar[str]
    hyperparameters_class: ClassVar[type[Hyperparameters]]

    def __init__(self, **hyperparameters: Any) -> None:
        self.hyperparameters = self.hyperparameters_class.parse(hyperparameters)
        self._acquisition: Acquisition | None = None

    def fit(
        self,
        images: Sequence[ImageArray],
        masks: Sequence[Mask | None] | None = None,
        progress: Progress | None = None,
        *,
        watcher: FitWatcher | None = None,
        checkpoints: Checkpoints | None = None,
        defects: Sequence[MarkedDefect] = (),
    ) -> Self:
        """Learn what normal looks like.

        Args:
            images: normal images, (H, W, 1|3) uint8 or uint16; read lazily, more than once.
            masks: one (H, W) bool per image, True = exclude, or None.
            progress: called about once a second or oftener; raise `Cancelled` in it to stop.
            watcher: told of losses and example pictures by methods that train a network.
            checkpoints: where such a method keeps its state. Called again with the same arguments after its
                process was killed, `fit` goes on from there, to the same bytes as without the kill.
            defects: real defects that people marked elsewhere, on the same product; pasted into normal images
                by methods that learn from made-up defects, not heeded by the others.

        Raises:
            InputError: no images, an image or mask that cannot be used, or nothing left after exclusion.
        """
        if len(images) == 0:
            raise InputError("There are no images to train on.")
        if masks is not None and len(masks) != len(images):
            raise InputError(f"There are {len(images)} images but {len(masks)} masks.")
        report = progress or ignore_progress
        report(0.0, "Reading images")
        acquisition = Acquisition.learn(images, self.hyperparameters.alignment)
        samples = Samples(
            images, acquisition, self._framing(), excluded=masks, margin_cells=self._margin_cells()
        )
        with tempfile.TemporaryDirectory(prefix="detector-fit-") as scratch:
            fingerprint = functools.cache(lambda: self._fingerprint(images, masks, defects))
            told = watcher or FitWatcher()
            context = FitContext(report, Path(scratch), told, checkpoints, fingerprint, acquisition, defects)
            self._fit(samples, context)
        self._acquisition = acquisition
        report(1.0, "Fitted")
        return self

    def score(self, images: Sequence[ImageArray], rois: Sequence[Mask | None] | None = None) -> ScoreMaps:
        """Score images.

        Args:
            images: (H, W, 1|3) uint8 or uint16.
            rois: one (H, W) bool per image, True = inspected; cells outside score 0, never the maximum.

        Raises:
            NotFittedError: before `fit`.
            InputError: no images, an unusable image or region, or (with tiling) sizes whose grids differ.
        """
        if len(images) == 0:
            raise InputError("There are no images to score.")
        return self._stacked(list(self.score_each(images, rois)))

    def score_each(
        self, images: Sequence[ImageArray], rois: Sequence[Mask | None] | None = None
    ) -> Iterator[CellScores]:
        """Score images one after the other, in bounded memory; each result is what `score` gives for it."""
        places: deque[tuple[regions.BoolGrid, Placement | None]] = deque()

        def remembered() -> Iterator[Sample]:
            for sample in self._samples(images, rois):
                places.append((sample.usable, sample.placement))
                yield sample

        for judged in self._judge(remembered()):
            yield self._finished(judged, *places.popleft())

    @property
    def device_name(self) -> str:
        """Where this detector computes: `cpu`, or the name of the GPU."""
        return "cpu"

    @property
    def training_report(self) -> TrainingReport | None:
        """How long the network was trained; None before `fit`, and for methods that train none."""
        return None

    def save(self, folder: Path | str) -> None:
        """Write the fitted detector for `detectors.load`; an artifact in the same place is replaced at once.

        Raises:
            NotFittedError: before `fit`.
            InputError: the folder exists and holds something else.
        """
        acquisition = self._fitted_acquisition()
        with artifacts.writing(Path(folder)) as draft:
            state = self._write(draft)
            description = {
                "detector": self.name,
                "hyperparameters": self.hyperparameters.to_dict(),
                "acquisition": acquisition.to_dict(),
                "state": state,
            }
            artifacts.seal(draft, description)

    @classmethod
    def from_artifact(cls, artifact: Artifact, device: str = "auto") -> Self:
        """Make a fitted detector from a checked artifact; `detectors.load` is the way in."""
        detector = cls(**artifacts.understood(artifact.hyperparameters, cls.hyperparameters_class, device))
        detector._acquisition = artifacts.acquisition(artifact)
        detector._read(artifact)
        return detector

    def _fingerprint(
        self,
        images: Sequence[ImageArray],
        masks: Sequence[Mask | None] | None,
        defects: Sequence[MarkedDefect],
    ) -> str:
        settings = {"detector": self.name, **self.hyperparameters.to_dict()}
        return pool_fingerprint(settings, images, masks, defects)

    def _samples(self, images: Sequence[ImageArray], rois: Sequence[Mask | None] | None = None) -> Samples:
        if rois is not None and len(rois) != len(images):
            raise InputError(f"There are {len(images)} images but {len(rois)} regions of interest.")
        return Samples(images, self._fitted_acquisition(), self._framing(), rois=rois)

    def _finished(
        self, judged: CellScores, usable: regions.BoolGrid, placement: Placement | None = None
    ) -> CellScores:
        """The map smoothed and, where the image was aligned, carried back to the image itself."""
        cells = regions.smoothed(judged.cells, usable, self._smoothing_sigma())
        return CellScores(judged.image_score, cells if placement is None else placement.back(cells, usable))

    def _stacked(self, scored: list[CellScores]) -> ScoreMaps:
        if len({one.cells.shape for one in scored}) > 1:
            raise InputError("Images of these sizes have different map grids; score them in separate calls.")
        scores = np.array([one.image_score for one in scored], dtype=np.float32)
        return ScoreMaps(scores, np.stack([one.cells for one in scored]))

    def _fitted_acquisition(self) -> Acquisition:
        if self._acquisition is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        return self._acquisition

    def _margin_cells(self) -> int:
        """How many cells around an excluded pixel also see it."""
        return 0

    def _smoothing_sigma(self) -> float:
        """Standard deviation, in cells, of the smoothing that the library applies to the map."""
        return 0.0

    @abstractmethod
    def _framing(self) -> Framing:
        """How images are resized and cut for this method's network."""

    @abstractmethod
    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        """Learn from prepared samples; on any error the detector stays as it was."""

    @abstractmethod
    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        """Raw cell scores of each sample, in order."""

    @abstractmethod
    def _write(self, folder: Path) -> dict[str, Any]:
        """Write tensors into the folder; return what else must be known, as plain JSON values."""

    @abstractmethod
    def _read(self, artifact: Artifact) -> None:
        """Take up what `_write` wrote."""


def ignore_progress(fraction: float, message: str) -> None:
    """The progress callback of a caller who gave none."""

"""PatchCore with several backbones: each has its own memory, and their scores are averaged.

The paper's ensemble (Roth et al., CVPR 2022, table 10) brings its members together by the smallest and
largest score of the test set. Here each member is divided by its largest leave-one-image-out score of the
training images: no test image is needed, and a score of 1 means "as far as the oddest normal image".
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.artifacts import Artifact
from detectors.base import CellScores, Detector, FitContext, Progress
from detectors.errors import ArtifactError, NotFittedError
from detectors.images import ImageArray
from detectors.layout import Framing
from detectors.memory.explained import Neighbour, most_frequent_source
from detectors.methods.patchcore import PatchCore
from detectors.methods.patchcore_ensemble_hyperparameters import PatchCoreEnsembleHyperparameters
from detectors.methods.patchcore_explain import Suspect
from detectors.samples import Mask, Sample


@dataclass(frozen=True)
class _Member:
    detector: PatchCore
    scale: float


class PatchCoreEnsemble(Detector):
    """One `PatchCore` per backbone over the same cells."""

    name = "patchcore_ensemble"
    hyperparameters_class = PatchCoreEnsembleHyperparameters
    hyperparameters: PatchCoreEnsembleHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._unfitted: list[PatchCore] = []
        self._members: list[_Member] = []

    @property
    def device_name(self) -> str:
        return self._detectors()[0].device_name

    @property
    def training_sizes_px(self) -> npt.NDArray[np.int32]:
        """(images, 2) (height, width) of each training image."""
        return self._fitted_members()[0].detector.training_sizes_px

    def explain(
        self, image: ImageArray, row: int, col: int, k: int = 5, roi: Mask | None = None
    ) -> list[Neighbour]:
        """The k nearest patches over all members; see `memory.explained.Explains`.

        Distances are divided by each member's scale, as scores are.
        """
        members = self._fitted_members()
        sample = self._samples([image], [roi])[0]
        found = [
            replace(neighbour, distance=neighbour.distance / member.scale)
            for member in members
            for neighbour in member.detector._explained(sample, (row, col), k)
        ]
        return sorted(found, key=lambda neighbour: neighbour.distance)[:k]

    def most_alike(self, image: ImageArray, roi: Mask | None = None) -> int:
        """See `memory.explained.Explains`."""
        sample = self._samples([image], [roi])[0]
        members = [member.detector for member in self._fitted_members()]
        return most_frequent_source((member.bank, member.vectors_of(sample)) for member in members)

    def suspects(
        self,
        progress: Progress | None = None,
        groups: Sequence[int] | None = None,
        only: Sequence[int] | None = None,
    ) -> list[Suspect]:
        """Training images by falling mean of the members' scores, each in units of its scale.

        Arguments and errors as `PatchCore.suspects`. The patch shown for an image is that of the member
        which finds it oddest.
        """
        by_image: dict[int, list[Suspect]] = {}
        for member in self._fitted_members():
            for one in member.detector.suspects(progress, groups, only):
                by_image.setdefault(one.image, []).append(replace(one, score=one.score / member.scale))
        ranked = [
            replace(
                max(views, key=lambda view: view.score), score=float(np.mean([view.score for view in views]))
            )
            for views in by_image.values()
        ]
        return sorted(ranked, key=lambda one: (-one.score, one.image))

    def _framing(self) -> Framing:
        return self._detectors()[0]._framing()

    def _margin_cells(self) -> int:
        return self._detectors()[0]._margin_cells()

    def _smoothing_sigma(self) -> float:
        return self.hyperparameters.smoothing_sigma

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        detectors = self._make_detectors()
        members = []
        for number, detector in enumerate(detectors):
            part = context.part(number, len(detectors))
            detector._fit(samples, part)
            members.append(_Member(detector, _largest_normal_score(detector, len(samples))))
        self._members = members

    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        members = self._fitted_members()
        streams = itertools.tee(samples, len(members))
        judged = (member.detector._judge(stream) for member, stream in zip(members, streams, strict=True))
        scales = np.array([member.scale for member in members])
        for scores in zip(*judged, strict=True):
            image_score = np.mean([one.image_score for one in scores] / scales)
            cells = np.mean([one.cells / scale for one, scale in zip(scores, scales, strict=True)], axis=0)
            yield CellScores(float(image_score), cells.astype(np.float32))

    def _write(self, folder: Path) -> dict[str, Any]:
        return {
            "members": [
                {"scale": member.scale, "state": member.detector._write_as(folder, f"member{number}-")}
                for number, member in enumerate(self._members)
            ]
        }

    def _read(self, artifact: Artifact) -> None:
        detectors, stored = self._make_detectors(), artifact.state.get("members")
        if not isinstance(stored, list) or len(stored) != len(detectors):
            raise ArtifactError(f"The manifest of {artifact.folder} is incomplete: members.")
        try:
            states = [(dict(entry["state"]), float(entry["scale"])) for entry in stored]
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"The manifest of {artifact.folder} is incomplete: {error}.") from error
        for number, (detector, (state, scale)) in enumerate(zip(detectors, states, strict=True)):
            detector._read_as(artifact.with_state(state), f"member{number}-")
            self._members.append(_Member(detector, scale))

    def _fitted_members(self) -> list[_Member]:
        if not self._members:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        return self._members

    def _detectors(self) -> list[PatchCore]:
        if self._members:
            return [member.detector for member in self._members]
        self._unfitted = self._unfitted or self._make_detectors()
        return self._unfitted

    def _make_detectors(self) -> list[PatchCore]:
        return [PatchCore(**values) for values in self.hyperparameters.of_members()]


def _largest_normal_score(detector: PatchCore, images: int) -> float:
    """The member's yardstick; with one image there is none to leave out, and the bank's cover must do."""
    if images < 2:
        return detector.bank.cover_radius or 1.0
    return float(np.nanmax(detector.leave_one_image_out_scores())) or 1.0

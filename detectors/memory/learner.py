"""What a fitted detector must offer so that its memory can be corrected while images wait.

A learner reads images into features at each of its scales (`read`), which the caller keeps, and makes the
live memory that follows them (`memory`). Where an image's patches lie (`Places`) is the same for all images
of one size, and says which patches a correction adds, and what map belongs to patch distances.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from detectors.images import ImageArray
from detectors.maps import FloatMap
from detectors.memory.arrays import Float16Array, Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.cache import FeatureSpace
from detectors.memory.live import FeatureSource
from detectors.memory.live_scales import LiveScales
from detectors.memory.rows import BankRows
from detectors.samples import Mask


class Places(Protocol):
    """Where the patches of all images of one size lie, and what map their distances make."""

    def joining(
        self,
        features: Mapping[str, Float16Array],
        identity: int,
        wanted: Mask | None,
        refused: Mask | None,
    ) -> dict[str, BankRows]:
        """The patches of an image that may join the banks, by scale.

        Args:
            features: (P, d) of the image, by scale.
            identity: the image's name in the banks.
            wanted: (H, W), True = the region meant; None: everywhere.
            refused: (H, W), True = no patch that sees any of it is taken.
        """

    def score_map(self, distances: Mapping[str, Float32Array]) -> FloatMap:
        """(h, w) map of (P,) patch distances at each scale, as `score` of the detector makes it."""


@dataclass(frozen=True)
class Seen:
    """One image as a learner sees it: where its patches lie, and their (P, d) features by scale."""

    places: Places
    features: Mapping[str, Float16Array]


PlacesOf = Callable[[str], Places]
"""Called with an image's name; returns where its patches lie."""


class LiveLearner(Protocol):
    """The memory of a fitted detector, ready to be corrected."""

    @property
    def banks(self) -> Mapping[str, MemoryBank]:
        """The banks that the detector itself scores with, by scale; whoever changes them changes it."""

    def feature_space(self) -> FeatureSpace:
        """What the features depend on: the key of a feature cache."""

    def read(self, images: Sequence[ImageArray], rois: Sequence[Mask | None]) -> Iterator[Seen]:
        """Images, one after the other, as `score` of the detector would see them.

        Raises:
            InputError: one of them does not fit the detector.
        """

    def memory(self, features: FeatureSource, places: PlacesOf) -> LiveScales:
        """A live memory of its own as the detector was trained, with an empty journal and nothing watched.

        Args:
            features: the features of images to be watched, by `ScaleFeatures.name`.
            places: where their patches lie.
        """


@runtime_checkable
class LearnsLive(Protocol):
    """A detector with a memory that can be corrected live."""

    def live_learner(self) -> LiveLearner:
        """The memory as a learner; its methods raise NotFittedError before `fit`."""


def as_trained(bank: MemoryBank) -> MemoryBank:
    """A copy of a bank before any of its journal, with an empty journal."""
    back = bank.copy()
    for operation in reversed(bank.journal):
        back.apply(operation.inverse())
    return MemoryBank(back.vectors, back.source_image, back.cell, back.cover_radius)

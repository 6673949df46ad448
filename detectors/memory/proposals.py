"""Changes of a live memory that are worked out but not visible yet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from detectors.memory.arrays import Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.neighbours import Neighbours
from detectors.memory.operations import Operation
from detectors.memory.rows import BankRows

Guard = Callable[[Mapping[str, float], Mapping[str, float]], Sequence[str]]
"""Called with image scores before and after; returns the images for whose sake the change must wait."""


@dataclass(frozen=True)
class Proposal:
    """A change that is worked out but not visible yet.

    Attributes:
        operation: the change of the bank.
        before: score of every watched image now.
        after: score of every watched image with the change; images whose features are gone are missing.
        stale: watched images whose features must be extracted again, since the cache lost them.
        held_by: images for whose sake the guard holds the change; empty: free to commit.
        queued: patches that the addition had no room for, still farther than the cover radius.
    """

    operation: Operation
    before: Mapping[str, float]
    after: Mapping[str, float]
    stale: tuple[str, ...]
    held_by: tuple[str, ...]
    queued: BankRows | None
    base: MemoryBank = field(repr=False)
    bank: MemoryBank = field(repr=False)
    neighbours: Mapping[str, Neighbours] = field(repr=False)


@dataclass(frozen=True)
class Preview:
    """What one image would look like after a change.

    Attributes:
        score: its image score, higher = more anomalous.
        distances: (P,) float32 distance of each patch to the bank.
    """

    score: float
    distances: Float32Array


@dataclass(frozen=True)
class ScalesProposal:
    """A change at every scale that is worked out but not visible yet.

    Attributes:
        parts: each scale's proposal.
        before: image score of every watched image now.
        after: image score with the change; images whose features are gone at some scale are missing.
        stale: those images.
        held_by: images for whose sake the guard holds the change; empty: free to commit.
    """

    parts: Mapping[str, Proposal]
    before: Mapping[str, float]
    after: Mapping[str, float]
    stale: tuple[str, ...]
    held_by: tuple[str, ...]

    @property
    def operations(self) -> dict[str, Operation]:
        """The change of each scale's bank, for the journal."""
        return {scale: part.operation for scale, part in self.parts.items()}

    @property
    def queued(self) -> dict[str, BankRows]:
        """Patches of each scale that an addition had no room for; scales without such are missing."""
        waiting = {scale: part.queued for scale, part in self.parts.items()}
        return {scale: rows for scale, rows in waiting.items() if rows is not None and len(rows)}

    @property
    def is_empty(self) -> bool:
        """Would nothing at all change at any scale?"""
        return all(operation.is_empty for operation in self.operations.values())

    def distances(self, image: str) -> dict[str, Float32Array]:
        """(P,) score of each patch of an image of `after`, for each scale, with the change."""
        return {scale: part.neighbours[image].distances for scale, part in self.parts.items()}


@dataclass(frozen=True)
class ScalesPreview:
    """What one image would look like after a change: its score, and (P,) distances at each scale."""

    score: float
    distances: Mapping[str, Float32Array]

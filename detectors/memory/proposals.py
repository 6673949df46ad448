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

"""Live memories of a detector with several embedding scales, each with a bank of its own.

For methods such as Patch SVDD and MSPB, whose patches of each size have their own bank, and whose image score
comes from all scales' distances together (spread to pixels, then multiplied or added):

    scales = {
        name: LiveMemory(banks[name], ScaleFeatures(cache, name), training=…, image_score="max")
        for name in ("64", "32")
    }
    live = LiveScales(scales, combine)   # combine("image", {"64": (P,), "32": (P',)}) -> image score

An image is watched at every scale or not at all, and one change is one operation at every scale (an empty one
where a scale needs nothing), so that the banks' journals run in parallel and are undone together. Each scale
follows its patches incrementally and exactly (see `LiveMemory`); `combine` is called again only for images of
which some patch's distance changed. A detector with one scale uses `LiveMemory` alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import Float16Array, Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.live import FeatureSource, LiveMemory
from detectors.memory.operations import Operation
from detectors.memory.proposals import Guard, Proposal
from detectors.memory.rows import BankRows

Combine = Callable[[str, Mapping[str, Float32Array]], float]
"""Called with an image and its (P,) patch distances at each scale; returns the image score."""


class ScaleFeatures:
    """One scale's features in a source that holds those of all scales, each under `name(image, scale)`."""

    def __init__(self, source: FeatureSource, scale: str) -> None:
        self._source, self._scale = source, scale

    @staticmethod
    def name(image: str, scale: str) -> str:
        """What an image's features of one scale are called in the source."""
        return f"{image} at {scale}"

    def get(self, image: str) -> Float16Array | None:
        """(P, d) float16, or None if they are gone."""
        return self._source.get(self.name(image, self._scale))


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
        """Patches of each scale that an addition had no room for."""
        return {scale: part.queued for scale, part in self.parts.items() if part.queued is not None}


class LiveScales:
    """Several live memories that change together."""

    def __init__(
        self, memories: Mapping[str, LiveMemory], combine: Combine, *, guard: Guard | None = None
    ) -> None:
        """Start with no watched image.

        Args:
            memories: one for each scale, watching nothing yet and without guards of their own.
            combine: makes an image score of the distances at all scales.
            guard: decides by image scores whether a proposal is held; None: never.
        """
        self._memories = dict(memories)
        self._combine = combine
        self._guard = guard
        self._scores: dict[str, float] = {}

    @property
    def banks(self) -> Mapping[str, MemoryBank]:
        """The visible banks."""
        return {scale: memory.bank for scale, memory in self._memories.items()}

    @property
    def scores(self) -> Mapping[str, float]:
        """Score of every watched image; higher = more anomalous."""
        return dict(self._scores)

    def watch(self, images: Sequence[str]) -> tuple[str, ...]:
        """Score images and follow them from now on; returns those whose features are gone at some scale."""
        stale = {image for memory in self._memories.values() for image in memory.watch(images)}
        for image in images:
            if image in stale:
                self.unwatch(image)
            else:
                self._scores[image] = self._combine(image, self.distances(image))
        return tuple(image for image in images if image in stale)

    def unwatch(self, image: str) -> None:
        """Follow an image no longer."""
        for memory in self._memories.values():
            memory.unwatch(image)
        self._scores.pop(image, None)

    def distances(self, image: str) -> dict[str, Float32Array]:
        """(P,) score of each patch of a watched image, for each scale.

        Raises:
            InputError: the image is not watched.
        """
        return {scale: memory.distances(image) for scale, memory in self._memories.items()}

    def propose_addition(self, rows: Mapping[str, BankRows]) -> ScalesProposal:
        """Work out "these patches are normal" at every scale; errors as `LiveMemory.propose_addition`."""
        self._require_all(rows)
        return self._proposal(
            {scale: memory.propose_addition(rows[scale]) for scale, memory in self._memories.items()}
        )

    def propose_removal(self, images: Sequence[int]) -> ScalesProposal:
        """Work out "these training images were mislabelled"; errors as `LiveMemory.propose_removal`."""
        return self._proposal(
            {scale: memory.propose_removal(images) for scale, memory in self._memories.items()}
        )

    def propose_undo(self) -> ScalesProposal:
        """Work out the inverse of the last change that is not undone yet; `InputError` if there is none."""
        return self._proposal({scale: memory.propose_undo() for scale, memory in self._memories.items()})

    def propose(self, operations: Mapping[str, Operation]) -> ScalesProposal:
        """Work out a change from elsewhere, such as another process's journal.

        Raises:
            ArtifactError: an operation belongs to another state of its bank.
            InputError: the scales are not these.
        """
        self._require_all(operations)
        return self._proposal(
            {scale: memory.propose(operations[scale]) for scale, memory in self._memories.items()}
        )

    def commit(self, proposal: ScalesProposal) -> None:
        """Make a proposal visible at every scale, or at none.

        Raises:
            InputError: a bank has changed since the proposal was made.
        """
        if any(part.base is not self._memories[scale].bank for scale, part in proposal.parts.items()):
            raise InputError("The memory banks have changed since this correction was prepared.")
        late = [image for image in self._scores if image not in proposal.before]
        for scale, part in proposal.parts.items():
            self._memories[scale].commit(part)
        for image in proposal.stale:
            self.unwatch(image)
        self._scores = dict(proposal.after)
        self.watch(late)

    def _proposal(self, parts: dict[str, Proposal]) -> ScalesProposal:
        before = dict(self._scores)
        stale = {image for part in parts.values() for image in part.stale}
        after = {image: self._after(image, parts) for image in before if image not in stale}
        return ScalesProposal(
            parts,
            before,
            after,
            tuple(image for image in before if image in stale),
            () if self._guard is None else tuple(self._guard(before, after)),
        )

    def _after(self, image: str, parts: Mapping[str, Proposal]) -> float:
        now = self.distances(image)
        then = {scale: part.neighbours[image].distances for scale, part in parts.items()}
        if all(np.array_equal(now[scale], then[scale]) for scale in parts):
            return self._scores[image]
        return self._combine(image, then)

    def _require_all(self, given: Mapping[str, object]) -> None:
        if set(given) != set(self._memories):
            raise InputError(
                f"A change concerns the scales {', '.join(sorted(self._memories))}, "
                f"not {', '.join(sorted(given))}."
            )

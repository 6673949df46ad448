"""The live memory of a fitted detector: a bank for each of its embedding scales, one or several.

For methods such as Patch SVDD and MSPB, whose patches of each size have their own bank, and whose image score
comes from all scales' distances together (spread to pixels, then multiplied or added):

    scales = {
        name: LiveMemory(banks[name], ScaleFeatures(cache, name), training=…, image_score="max")
        for name in ("64", "32")
    }
    live = LiveScales(scales, combine)   # combine("image", {"64": (P,), "32": (P',)}) -> image score

PatchCore has one scale, whose name is empty, and scores as that memory does:

    live = LiveScales({ONLY_SCALE: LiveMemory(bank, cache, training=…)})

An image is watched at every scale or not at all, and one change is one operation at every scale (an empty one
where a scale needs nothing), so that the banks' journals run in parallel and are undone together. Each scale
follows its patches incrementally and exactly (see `LiveMemory`); `combine` is called again only for images of
which some patch's distance changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import Float16Array, Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.live import FeatureSource, LiveMemory
from detectors.memory.neighbours import Neighbours
from detectors.memory.operations import Operation
from detectors.memory.proposals import Guard, Proposal, ScalesPreview, ScalesProposal
from detectors.memory.rows import BankRows

ONLY_SCALE = ""
"""The name of the scale of a detector that has but one."""

Combine = Callable[[str, Mapping[str, Float32Array]], float]
"""Called with an image and its (P,) patch distances at each scale; returns the image score."""


class ScaleFeatures:
    """One scale's features in a source that holds those of all scales, each under `name(image, scale)`."""

    def __init__(self, source: FeatureSource, scale: str) -> None:
        self._source, self._scale = source, scale

    @staticmethod
    def name(image: str, scale: str) -> str:
        """What an image's features of one scale are called in the source: the only scale's as the image."""
        return f"{image} at {scale}" if scale else image

    def get(self, image: str) -> Float16Array | None:
        """(P, d) float16, or None if they are gone."""
        return self._source.get(self.name(image, self._scale))


class LiveScales:
    """Several live memories that change together."""

    def __init__(
        self,
        memories: Mapping[str, LiveMemory],
        combine: Combine | None = None,
        *,
        guard: Guard | None = None,
    ) -> None:
        """Start with no watched image.

        Args:
            memories: one for each scale, watching nothing yet and without guards of their own.
            combine: makes an image score of the distances at all scales; None: the only scale's own score.
            guard: decides by image scores whether a proposal is held; None: never.

        Raises:
            ValueError: no `combine`, but several scales.
        """
        if combine is None and len(memories) != 1:
            raise ValueError("Several scales need a rule that makes one image score of them.")
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

    @property
    def kinds_done(self) -> list[str]:
        """The kind of every operation in the banks' journals, which run in parallel, oldest first."""
        return [operation.kind for operation in next(iter(self.banks.values())).journal]

    def watch(self, images: Sequence[str]) -> tuple[str, ...]:
        """Score images and follow them from now on; returns those whose features are gone at some scale."""
        stale = {image for memory in self._memories.values() for image in memory.watch(images)}
        for image in images:
            if image in stale:
                self.unwatch(image)
        self._score([image for image in images if image not in stale])
        return tuple(image for image in images if image in stale)

    def watched(self) -> dict[str, Neighbours]:
        """The neighbours of every watched image at every scale, for a later `resume`."""
        return {
            ScaleFeatures.name(image, scale): neighbours
            for scale, memory in self._memories.items()
            for image, neighbours in memory.watched().items()
        }

    def resume(self, earlier: Mapping[str, Neighbours], banks: Mapping[str, MemoryBank]) -> None:
        """Watch images whose neighbours in an earlier state are known; see `LiveMemory.resume`.

        Images whose features are gone at some scale are not watched.

        Args:
            earlier: what `watched` gave then.
            banks: each scale's bank then.

        Raises:
            InputError: a bank's history is another one.
        """
        for scale, memory in self._memories.items():
            suffix = ScaleFeatures.name("", scale)
            own = {
                name.removesuffix(suffix): found for name, found in earlier.items() if name.endswith(suffix)
            }
            memory.resume(own, banks[scale])
        watched = [set(memory.scores) for memory in self._memories.values()]
        everywhere = set.intersection(*watched)
        for image in set.union(*watched) - everywhere:
            self.unwatch(image)
        self._score(sorted(everywhere))

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

    def preview_addition(self, image: str, rows: Mapping[str, BankRows]) -> ScalesPreview:
        """What `propose_addition` would do to one watched image: quick, since no other is looked at."""
        self._require_all(rows)
        parts = {
            scale: memory.preview_addition(image, rows[scale]) for scale, memory in self._memories.items()
        }
        distances = {scale: part.distances for scale, part in parts.items()}
        if self._combine is None:
            return ScalesPreview(next(iter(parts.values())).score, distances)
        return ScalesPreview(self._combine(image, distances), distances)

    def propose_removal(self, images: Sequence[int]) -> ScalesProposal:
        """Work out "these training images were mislabelled"; errors as `LiveMemory.propose_removal`."""
        return self._proposal(
            {scale: memory.propose_removal(images) for scale, memory in self._memories.items()}
        )

    def with_joining(self, addition: ScalesProposal, images: Sequence[int]) -> ScalesProposal:
        """The same addition, with which training images return to the pool at every scale."""
        joining = np.asarray(images, np.int64)
        parts = {
            scale: replace(
                self._memories[scale].propose(replace(part.operation, joining=joining)), queued=part.queued
            )
            for scale, part in addition.parts.items()
        }
        return self._proposal(parts)

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
        if late:
            self.watch(late)

    def _proposal(self, parts: dict[str, Proposal]) -> ScalesProposal:
        before = dict(self._scores)
        stale = {image for part in parts.values() for image in part.stale}
        left = [image for image in before if image not in stale]
        if self._combine is None:
            own = next(iter(parts.values())).after
            after = {image: own[image] for image in left}
        else:
            after = {image: self._after(self._combine, image, parts) for image in left}
        return ScalesProposal(
            parts,
            before,
            after,
            tuple(image for image in before if image in stale),
            () if self._guard is None else tuple(self._guard(before, after)),
        )

    def _score(self, images: Sequence[str]) -> None:
        if self._combine is None:
            own = next(iter(self._memories.values())).scores
            self._scores.update({image: own[image] for image in images})
        else:
            self._scores.update({image: self._combine(image, self.distances(image)) for image in images})

    def _after(self, combine: Combine, image: str, parts: Mapping[str, Proposal]) -> float:
        now = self.distances(image)
        then = {scale: part.neighbours[image].distances for scale, part in parts.items()}
        if all(np.array_equal(now[scale], then[scale]) for scale in parts):
            return self._scores[image]
        return combine(image, then)

    def _require_all(self, given: Mapping[str, object]) -> None:
        if set(given) != set(self._memories):
            raise InputError(
                f"A change concerns the scales {', '.join(sorted(self._memories))}, "
                f"not {', '.join(sorted(given))}."
            )

"""A memory bank that is corrected while images wait: every score stays exact after every change.

A change is prepared on the side (`propose_…`): the new bank, the new neighbours of every watched patch and
the new image scores. A guard sees the scores before and after; only `commit` makes the change visible.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float16Array, Float32Array, IndexArray
from detectors.memory.bank import MemoryBank
from detectors.memory.growth import uncovered
from detectors.memory.neighbours import Neighbours, Transition, found_neighbours, joined
from detectors.memory.operations import Operation, net_operation
from detectors.memory.proposals import Guard, Preview, Proposal
from detectors.memory.rows import BankRows
from detectors.memory.scores import ImageScore, WorstPatch, image_scores, worst_patch
from detectors.memory.training_patches import TrainingPatches

_IMAGES_PER_BATCH = 16


class FeatureSource(Protocol):
    """Where features of watched images come from, such as a `FeatureCache`."""

    def get(self, image: str) -> Float16Array | None:
        """(P, d) float16, or None if they are gone."""


class LiveMemory:
    """The bank, the images that are watched against it, and the training pool behind it."""

    def __init__(
        self,
        bank: MemoryBank,
        features: FeatureSource,
        *,
        training: TrainingPatches | None = None,
        image_score: ImageScore = "reweighted",
        neighbours: int = 9,
        patch_neighbours: int = 1,
        guard: Guard | None = None,
    ) -> None:
        """Start with no watched image.

        Args:
            bank: the bank as trained, or with its journal replayed; it is not changed in place.
            features: where the watched images' features are read.
            training: the pool's patches, in the same state as the bank; without them a removal leaves gaps.
            image_score: how images are scored.
            neighbours: b of the re-weighting.
            patch_neighbours: k of the patch scores, each the mean distance to its k nearest vectors.
            guard: decides whether a proposal is held; None: never.
        """
        self._bank = bank
        self._features = features
        self._training = training
        self._mode = image_score
        self._count = neighbours
        self._k = patch_neighbours
        self._guard = guard
        self._neighbours: dict[str, Neighbours] = {}
        self._scores: dict[str, float] = {}

    @property
    def bank(self) -> MemoryBank:
        """The visible bank."""
        return self._bank

    @property
    def scores(self) -> Mapping[str, float]:
        """Score of every watched image; higher = more anomalous."""
        return dict(self._scores)

    def watch(self, images: Sequence[str]) -> tuple[str, ...]:
        """Score images and follow them from now on.

        Returns:
            Those of `images` whose features are gone: they are not watched.
        """
        stale = []
        worst: dict[str, WorstPatch] = {}
        for image in images:
            features = self._features.get(image)
            if features is None:
                stale.append(image)
                continue
            found = found_neighbours(self._bank, features, self._k)
            worst[image] = worst_patch(found.distances, found.first, features)
            self._neighbours[image] = found
        self._scores.update(self._scored(worst, self._bank))
        return tuple(stale)

    def watched(self) -> Mapping[str, Neighbours]:
        """The neighbours of every watched image in the visible bank, for a later `resume`."""
        return dict(self._neighbours)

    def resume(self, earlier: Mapping[str, Neighbours], bank: MemoryBank) -> tuple[str, ...]:
        """Watch images whose neighbours in an earlier state of this bank are known: no search is needed.

        Args:
            earlier: what `watched` gave then.
            bank: the bank then; its journal is the beginning of this one's.

        Returns:
            Those whose features are gone: they are not watched.

        Raises:
            InputError: the bank's history is another one.
        """
        since = self._bank.journal[len(bank.journal) :]
        transition = Transition(net_operation(since, bank, self._bank), bank, self._bank)
        carried: dict[str, Neighbours] = {}
        worst: dict[str, WorstPatch] = {}
        for batch in self._batches(earlier):
            self._carry(batch, earlier, transition, carried, worst)
        self._neighbours.update(carried)
        self._scores.update(self._scored(worst, self._bank))
        return tuple(image for image in earlier if image not in carried)

    def unwatch(self, image: str) -> None:
        """Follow an image no longer."""
        self._neighbours.pop(image, None)
        self._scores.pop(image, None)

    def distances(self, image: str) -> Float32Array:
        """(P,) score of each patch of a watched image: its score map before smoothing.

        Raises:
            InputError: the image is not watched.
        """
        return self._of(image).distances

    def nearest(self, image: str) -> IndexArray:
        """(P,) position in the bank of each patch's nearest vector; errors as `distances`."""
        return self._of(image).first

    def propose_addition(self, rows: BankRows) -> Proposal:
        """Work out "these patches are normal": those not covered yet join the bank, at most 128.

        Args:
            rows: patches of a region or image. The caller leaves out cells that see a remaining defect.

        Raises:
            InputError: NaN or infinite features, or rows that do not fit the bank.
        """
        taken, queued = uncovered(self._bank, rows.vectors)
        return self._proposal(self._bank.planned("add", rows=rows.take(taken)), rows.take(queued))

    def preview_addition(self, image: str, rows: BankRows) -> Preview:
        """What `propose_addition` would do to one watched image: quick, since no other image is looked at.

        Raises:
            InputError: the image is not watched, or as `propose_addition`.
        """
        old, features = self._of(image), self._features.get(image)
        if features is None:
            raise InputError(f"The features of the image {image} must be extracted again.")
        taken, _ = uncovered(self._bank, rows.vectors)
        operation = self._bank.planned("add", rows=rows.take(taken))
        after = self._bank.copy()
        after.apply(operation)
        new = Transition(operation, self._bank, after).carried(old, features)
        worst = worst_patch(new.distances, new.first, features)
        return Preview(self._scored({image: worst}, after)[image], new.distances)

    def propose_removal(self, images: Sequence[int]) -> Proposal:
        """Work out "these training images were mislabelled": their vectors go, orphaned normals are
        re-picked.

        Raises:
            InputError: nothing would be left in the bank.
        """
        identities = np.asarray(images, np.int64)
        if self._training is not None:
            return self._proposal(self._training.planned_removal(self._bank, identities))
        positions = np.flatnonzero(np.isin(self._bank.source_image, identities))
        if len(positions) == len(self._bank):
            raise InputError("Removing these images would leave the memory bank empty.")
        return self._proposal(self._bank.planned("remove", positions, leaving=identities))

    def propose_undo(self) -> Proposal:
        """Work out the inverse of the last operation that is not undone yet.

        Raises:
            InputError: everything is undone, or nothing was done.
        """
        return self._proposal(self._bank.undoing())

    def propose(self, operation: Operation) -> Proposal:
        """Work out an operation from elsewhere, such as another process's journal.

        Raises:
            ArtifactError: the operation belongs to another state of the bank.
        """
        return self._proposal(operation)

    def commit(self, proposal: Proposal) -> None:
        """Make a proposal visible, held or not: a held one is the curator's to commit.

        Raises:
            InputError: the bank has changed since the proposal was made.
        """
        if proposal.base is not self._bank:
            raise InputError("The memory bank has changed since this correction was prepared.")
        self._bank = proposal.bank
        late = [image for image in self._neighbours if image not in proposal.before]
        self._neighbours = dict(proposal.neighbours)
        self._scores = dict(proposal.after)
        if self._training is not None:
            self._training.follow(proposal.operation, self._bank)
        if late:
            self.watch(late)

    def _proposal(self, operation: Operation, queued: BankRows | None = None) -> Proposal:
        after_bank = self._bank.copy()
        after_bank.apply(operation)
        self._require_enough(after_bank)
        transition = Transition(operation, self._bank, after_bank)
        carried: dict[str, Neighbours] = {}
        worst: dict[str, WorstPatch] = {}
        for batch in self._batches(self._neighbours):
            self._carry(batch, self._neighbours, transition, carried, worst)
        after = self._scored(worst, after_bank)
        before = dict(self._scores)
        return Proposal(
            operation=operation,
            before=before,
            after=after,
            stale=tuple(image for image in before if image not in after),
            held_by=() if self._guard is None else tuple(self._guard(before, after)),
            queued=queued,
            base=self._bank,
            bank=after_bank,
            neighbours=carried,
        )

    def _require_enough(self, bank: MemoryBank) -> None:
        """A bank that could not score any more must not become visible, watched images or none."""
        needed = max(self._k, self._count if self._mode == "reweighted" else 1)
        if len(bank) < needed:
            raise InputError(
                f"This would leave {len(bank)} vectors in the memory bank; scoring needs {needed} neighbours."
            )

    def _batches(self, images: Iterable[str]) -> Iterator[list[tuple[str, AnyArray]]]:
        """Images with their features, a few at a time; those without are left out."""
        batch = []
        for image in images:
            features = self._features.get(image)
            if features is not None:
                batch.append((image, features))
            if len(batch) == _IMAGES_PER_BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _carry(
        self,
        batch: Sequence[tuple[str, AnyArray]],
        earlier: Mapping[str, Neighbours],
        transition: Transition,
        carried: dict[str, Neighbours],
        worst: dict[str, WorstPatch],
    ) -> None:
        together = np.concatenate([features for _, features in batch])
        moved = transition.carried(joined([earlier[image] for image, _ in batch]), together)
        start = 0
        for image, features in batch:
            one = moved.take(slice(start, start + len(features)))
            carried[image] = one
            worst[image] = worst_patch(one.distances, one.first, features)
            start += len(features)

    def _scored(self, worst: Mapping[str, WorstPatch], bank: MemoryBank) -> dict[str, float]:
        scores = image_scores(list(worst.values()), bank, mode=self._mode, neighbours=self._count)
        return dict(zip(worst, scores.tolist(), strict=True))

    def _of(self, image: str) -> Neighbours:
        if image not in self._neighbours:
            raise InputError(f"The image {image} is not watched, or its features must be extracted again.")
        return self._neighbours[image]

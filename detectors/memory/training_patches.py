"""The training pool's patches: what a bank's vectors stand for, so that a removal can be repaired."""

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, IndexArray, Int32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.growth import farthest_until_covered
from detectors.memory.operations import Operation
from detectors.memory.rows import BankRows, no_rows

NO_VECTOR = -1


class TrainingPatches:
    """All patches of the training images, each assigned to the bank vector that stands for it."""

    def __init__(
        self, features: AnyArray, source_image: IndexArray, cell: Int32Array, assignment: Int32Array
    ) -> None:
        """Hold the pool.

        Args:
            features: (N, d) float16; a memory map is read only where it is needed.
            source_image: (N,) identity of each patch's image.
            cell: (N, 2) (row, column) of each patch on its image's grid.
            assignment: (N,) position of the nearest vector in the bank as it was trained.

        Raises:
            InputError: lengths that differ.
        """
        lengths = {len(features), len(source_image), len(cell), len(assignment)}
        if len(lengths) != 1:
            raise InputError(f"The training patches' arrays differ in length: {sorted(lengths)}.")
        self._features = features
        self._source_image = source_image
        self._cell = cell
        self._assignment = assignment.astype(np.int64)
        self._left: set[int] = set()

    @property
    def assignment(self) -> IndexArray:
        """(N,) position of each patch's vector in the bank as it is now; -1 for images that left the pool."""
        return self._assignment

    def planned_removal(self, bank: MemoryBank, images: IndexArray) -> Operation:
        """The operation that takes images out of the pool, and closes the gaps that they leave.

        Patches of other images whose vector goes are orphans: of these, the farthest is chosen greedily until
        all lie within the bank's cover radius again.

        Args:
            bank: the present bank.
            images: identities of the images that leave.

        Raises:
            InputError: nothing would be left in the bank, or none of the images is in the pool or the bank.
        """
        going = np.isin(bank.source_image, images)
        leaving = np.intersect1d(np.setdiff1d(images, list(self._left)), self._source_image)
        if not going.any() and len(leaving) == 0:
            raise InputError("These images are not in the training pool, or have left it already.")
        lost = (self._assignment >= 0) & going[self._assignment]
        orphans = np.flatnonzero(lost & ~np.isin(self._source_image, leaving))
        if going.all() and len(orphans) == 0:
            raise InputError("Removing these images would leave the memory bank empty.")
        rows = self._repicked(bank, ~going, orphans)
        return bank.planned("remove", np.flatnonzero(going), rows, leaving=leaving)

    def follow(self, operation: Operation, after: MemoryBank) -> None:
        """Keep the assignment right after an operation, or its inverse, was done.

        Args:
            operation: what was done.
            after: the bank after it.
        """
        size_before = len(after) - len(operation.inserted) + len(operation.removed)
        moved = operation.moved(size_before)
        known = self._assignment >= 0
        self._assignment[known] = moved[self._assignment[known]]
        self._left |= set(operation.leaving.tolist())
        self._left -= set(operation.joining.tolist())
        gone = self._is_from(self._left)
        self._assignment[gone] = NO_VECTOR
        open_rows = np.flatnonzero((self._assignment < 0) & ~gone)
        if len(open_rows):
            self._assignment[open_rows] = after.search(np.asarray(self._features[open_rows]), 1)[1][:, 0]

    def _repicked(self, bank: MemoryBank, kept: AnyArray, orphans: IndexArray) -> BankRows:
        if len(orphans) == 0:
            return no_rows(bank.vectors.shape[1])
        features = np.asarray(self._features[orphans])
        squared = np.full(len(orphans), np.inf)
        if kept.any():
            squared = bank.without(~kept).search_squared(features, 1)[0][:, 0]
        taken = farthest_until_covered(features, squared, bank.cover_radius, len(orphans)).taken
        rows = orphans[taken]
        return BankRows(features[taken], self._source_image[rows], self._cell[rows])

    def _is_from(self, images: set[int]) -> AnyArray:
        return np.isin(self._source_image, np.fromiter(images, np.int64, len(images)))

"""Changes of a memory bank, each with its inverse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from detectors.errors import ArtifactError, InputError
from detectors.memory.arrays import AnyArray, Float16Array, IndexArray, Int32Array
from detectors.memory.rows import BankRows

OperationKind = Literal["add", "remove", "replace", "undo"]


class BankState(Protocol):
    """What net changes need of a memory bank."""

    def __len__(self) -> int: ...

    @property
    def vectors(self) -> Float16Array: ...

    @property
    def source_image(self) -> IndexArray: ...

    @property
    def cell(self) -> Int32Array: ...

    @property
    def cover_radius(self) -> float: ...


@dataclass(frozen=True, eq=False)
class Operation:
    """One change: rows taken out at positions of the bank before, rows put in at positions of the bank after.

    Attributes:
        kind: what the change was for.
        removed_positions: (r,) int64 ascending, positions in the bank before.
        removed: the r rows taken out.
        inserted_positions: (a,) int64 ascending, positions in the bank after.
        inserted: the a rows put in.
        radius_before: the bank's cover radius before.
        radius_after: the bank's cover radius after.
        leaving: (n,) int64, images that leave the training pool with this change.
        joining: (n,) int64, images that return to it.
    """

    kind: OperationKind
    removed_positions: IndexArray
    removed: BankRows
    inserted_positions: IndexArray
    inserted: BankRows
    radius_before: float
    radius_after: float
    leaving: IndexArray
    joining: IndexArray

    @property
    def is_empty(self) -> bool:
        """Does it change neither the bank nor the training pool?"""
        return not any(len(rows) for rows in (self.inserted, self.removed, self.leaving, self.joining))

    def inverse(self) -> "Operation":
        """The change that restores the bank's bytes."""
        return Operation(
            "undo",
            self.inserted_positions,
            self.inserted,
            self.removed_positions,
            self.removed,
            self.radius_after,
            self.radius_before,
            self.joining,
            self.leaving,
        )

    def moved(self, size_before: int) -> IndexArray:
        """Where each row of the bank before went: (size_before,) new positions, -1 for removed rows."""
        kept = np.ones(size_before, bool)
        kept[self.removed_positions] = False
        free = np.ones(int(kept.sum()) + len(self.inserted), bool)
        free[self.inserted_positions] = False
        moved = np.full(size_before, -1, np.int64)
        moved[kept] = np.flatnonzero(free)
        return moved

    def to_arrays(self) -> dict[str, AnyArray]:
        """Plain arrays for a journal file (safetensors keeps them as they are)."""
        return {
            "kind": np.frombuffer(self.kind.encode("ascii"), np.uint8).copy(),
            "radii": np.array([self.radius_before, self.radius_after]),
            "removed_positions": self.removed_positions,
            "inserted_positions": self.inserted_positions,
            "leaving": self.leaving,
            "joining": self.joining,
            **_named("removed", self.removed),
            **_named("inserted", self.inserted),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, AnyArray]) -> "Operation":
        """Read what `to_arrays` wrote.

        Raises:
            ArtifactError: an array is missing.
        """
        try:
            before, after = arrays["radii"].tolist()
            return cls(
                arrays["kind"].tobytes().decode("ascii"),  # type: ignore[arg-type]
                arrays["removed_positions"],
                _rows("removed", arrays),
                arrays["inserted_positions"],
                _rows("inserted", arrays),
                before,
                after,
                arrays["leaving"],
                arrays["joining"],
            )
        except (KeyError, ValueError, UnicodeDecodeError) as error:
            raise ArtifactError(f"The journal entry of the memory bank cannot be read: {error}.") from error


def net_operation(operations: Sequence[Operation], before: BankState, after: BankState) -> Operation:
    """Several operations as one: what they change between two states of a bank, and nothing in between.

    Args:
        operations: oldest first; they lead from `before` to `after`.
        before: the bank before the first.
        after: the bank after the last.

    Raises:
        InputError: the operations do not lead from one to the other.
    """
    moved, size = np.arange(len(before), dtype=np.int64), len(before)
    for operation in operations:
        here = moved >= 0
        moved[here] = operation.moved(size)[moved[here]]
        size += len(operation.inserted) - len(operation.removed)
    kept = moved[moved >= 0]
    if size != len(after) or not np.array_equal(before.cell[moved >= 0], after.cell[kept]):
        raise InputError("These operations do not lead from one state of the memory bank to the other.")
    inserted = np.setdiff1d(np.arange(size), kept)
    removed = np.flatnonzero(moved < 0)
    nobody = np.empty(0, np.int64)
    return Operation(
        kind="replace",
        removed_positions=removed,
        removed=_rows_of(before, removed),
        inserted_positions=inserted,
        inserted=_rows_of(after, inserted),
        radius_before=before.cover_radius,
        radius_after=after.cover_radius,
        leaving=nobody,
        joining=nobody,
    )


def _rows_of(bank: BankState, positions: IndexArray) -> BankRows:
    return BankRows(bank.vectors[positions], bank.source_image[positions], bank.cell[positions])


def _named(prefix: str, rows: BankRows) -> dict[str, AnyArray]:
    return {
        f"{prefix}_vectors": rows.vectors,
        f"{prefix}_source_image": rows.source_image,
        f"{prefix}_cell": rows.cell,
    }


def _rows(prefix: str, arrays: dict[str, AnyArray]) -> BankRows:
    return BankRows(arrays[f"{prefix}_vectors"], arrays[f"{prefix}_source_image"], arrays[f"{prefix}_cell"])

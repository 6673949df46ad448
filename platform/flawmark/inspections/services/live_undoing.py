"""Taking a visible change of a bank back: exactly if it is the last that stands, else by the opposite."""

from dataclasses import replace
from uuid import UUID

import numpy as np

from detectors.memory.arrays import IndexArray, Int32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.operations import Operation
from detectors.memory.proposals import ScalesProposal
from flawmark.core.errors import Conflict
from flawmark.inspections.models import BankOperation, BankRevision
from flawmark.inspections.services.live_changes import Change, change_make
from flawmark.inspections.services.live_journal import operations_read, revisions_visible
from flawmark.inspections.services.live_models import LiveModel
from flawmark.inspections.services.live_teachings import Teaching


def revision_undo(live: LiveModel, revision_id: UUID, author_id: UUID | None, job: str) -> bool:
    """Take back one part of a change, the newest first; returns whether that was the change itself.

    Raises:
        Conflict: a newer change, which does not continue this one, concerns the same image.
    """
    visible = revisions_visible(live.model)
    revision = visible.select_related("payload", "source_image").get(id=revision_id)
    undone = set(visible.values_list("summary__undoes", flat=True))
    if revision.sequence in undone:
        return True
    newest = revision
    if revision.source_image is not None:
        newer = visible.filter(sequence__gt=revision.sequence, source_image=revision.source_image)
        for later in newer.select_related("payload", "source_image"):
            if later.sequence in undone or later.summary["undoes"] is not None:
                continue
            if not _continues(later):
                raise Conflict(
                    "A newer change concerns the same image; undo that one first.", code="not_newest"
                )
            newest = later
    _take_back(live, newest, author_id, job)
    return newest.id == revision.id


def _continues(revision: BankRevision) -> bool:
    """Did this change only take in patches that an earlier one had no room for?"""
    return Teaching.from_json(revision.summary["teaching_before"]).partial


def _take_back(live: LiveModel, revision: BankRevision, author_id: UUID | None, job: str) -> None:
    last = last_standing(live)
    exact = last is not None and last.id == revision.id
    proposal = live.memory.propose_undo() if exact else _opposite(live, revision)
    change = Change(
        BankOperation.UNDO,
        revision.source_image,
        Teaching.from_json(revision.summary["teaching_after"]),
        Teaching.from_json(revision.summary["teaching_before"]),
        author_id,
        job,
        revision.sequence,
    )
    change_make(live, proposal, change)


def last_standing(live: LiveModel) -> BankRevision | None:
    """The newest revision whose exact inverse has not been done."""
    standing = standing_revisions(live)
    return standing[-1] if standing else None


def standing_revisions(live: LiveModel) -> list[BankRevision]:
    """Revisions whose exact inverse has not been done; the banks' journals run in parallel."""
    standing: list[BankRevision] = []
    for revision, kind in zip(revisions_visible(live.model), live.memory.kinds_done, strict=True):
        if kind == "undo":
            standing.pop()
        else:
            standing.append(revision)
    return standing


def _opposite(live: LiveModel, revision: BankRevision) -> ScalesProposal:
    """Take out the rows that a revision put in, and put back those that it took out, in today's banks."""
    operations, banks = operations_read(revision.payload), live.memory.banks
    return live.memory.propose(
        {scale: _opposite_operation(bank, operations[scale]) for scale, bank in banks.items()}
    )


def _opposite_operation(bank: MemoryBank, operation: Operation) -> Operation:
    names = set(_names(operation.inserted.source_image, operation.inserted.cell))
    here = _names(bank.source_image, bank.cell)
    positions = [number for number, name in enumerate(here) if name in names]
    planned = bank.planned("replace", np.asarray(positions, np.int64), operation.removed)
    return replace(planned, leaving=operation.joining, joining=operation.leaving)


def _names(source_image: IndexArray, cell: Int32Array) -> list[tuple[int, int, int]]:
    """What tells bank vectors apart: (image, row, column)."""
    pairs = zip(source_image.tolist(), cell.tolist(), strict=True)
    return [(source, row, col) for source, (row, col) in pairs]

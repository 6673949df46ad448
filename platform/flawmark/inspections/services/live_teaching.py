"""Bringing what a bank holds of an image to what the image teaches now, one change of the bank at a time."""

from dataclasses import replace
from uuid import UUID

from detectors.memory.proposals import ScalesProposal
from detectors.memory.rows import BankRows
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image
from flawmark.datasets.selectors.layers import IGNORE, NORMAL_REGION, defect_mask_of, revision_masks
from flawmark.inspections.models import BankOperation, BankRevision
from flawmark.inspections.services.live_changes import Change, change_make, held_changes_supersede
from flawmark.inspections.services.live_models import LiveModel
from flawmark.inspections.services.live_teachings import (
    NOTHING,
    Extent,
    Teaching,
    teaching_held,
    teaching_wanted,
)
from flawmark.inspections.services.live_undoing import last_standing, standing_revisions


class Teacher:
    """One image and the bank that learns from it."""

    def __init__(self, live: LiveModel, image: Image, author_id: UUID | None, job: str) -> None:
        self._live, self._image, self._author_id, self._job = live, image, author_id, job

    def step(self, *, guarded: bool) -> bool:
        """Make the next change that is needed; returns whether the bank then holds what is wanted, or waits
        for a curator.
        """
        held_changes_supersede(self._live.model, self._image)
        wanted = teaching_wanted(self._image)
        held = teaching_held(self._live.model, self._image, self._live.trained_with(self._image))
        if held == wanted:
            return True
        proposal, change = self._next(held, wanted)
        if proposal.is_empty:
            return True
        revision = change_make(self._live, proposal, replace(change, guarded=guarded))
        return revision.held or change.after == wanted

    def _next(self, held: Teaching, wanted: Teaching) -> tuple[ScalesProposal, Change]:
        """What is held of an image is taken out first, then what is wanted is put in."""
        adds = grows(held, wanted)
        target = wanted if adds else NOTHING
        undone = self._undone_for(target)
        if undone is not None:
            after = Teaching.from_json(undone.summary["teaching_before"])
            change = self._change(BankOperation.UNDO, held, after, undoes=undone.sequence)
            return self._live.memory.propose_undo(), change
        if not adds:
            removal = self._live.memory.propose_removal([self._live.identity(self._image)])
            return removal, self._change(BankOperation.REMOVE, held, target)
        proposal = self._addition(wanted)
        after = wanted.part() if proposal.queued else wanted
        return proposal, self._change(BankOperation.ADD, held, after)

    def _undone_for(self, target: Teaching) -> BankRevision | None:
        """The last change that stands, if exact inverses lead from it back to what is wanted."""
        last = last_standing(self._live)
        for revision in reversed(standing_revisions(self._live)):
            if revision.source_image_id != self._image.id:
                return None
            if Teaching.from_json(revision.summary["teaching_before"]) == target:
                return last
        return None

    def _addition(self, wanted: Teaching) -> ScalesProposal:
        """An image that left the training pool and is normal after all returns to it with its patches."""
        proposal = self._live.memory.propose_addition(addition_rows(self._live, self._image, wanted))
        if self._live.trained_with(self._image) == NOTHING:
            return proposal
        return self._live.memory.with_joining(proposal, [self._live.identity(self._image)])

    def _change(
        self, operation: BankOperation, before: Teaching, after: Teaching, *, undoes: int | None = None
    ) -> Change:
        return Change(operation, self._image, before, after, self._author_id, self._job, undoes)


def grows(held: Teaching, wanted: Teaching) -> bool:
    """Can what is wanted be reached by adding to what is held?"""
    same = (held.extent, held.mask_revision) == (wanted.extent, wanted.mask_revision)
    return same or held == NOTHING or wanted.extent == Extent.WHOLE


def is_addition(live: LiveModel, image: Image) -> Teaching | None:
    """What an image adds to the bank, if that is what comes next."""
    wanted = teaching_wanted(image)
    held = teaching_held(live.model, image, live.trained_with(image))
    return wanted if held != wanted and wanted != NOTHING and grows(held, wanted) else None


def addition_rows(live: LiveModel, image: Image, wanted: Teaching) -> dict[str, BankRows]:
    """The patches that an image adds at each scale, none of which sees a defect or what is ignored."""
    return live.rows(image, *_masks(image, wanted))


def _masks(image: Image, wanted: Teaching) -> tuple[Mask | None, Mask | None]:
    """(region meant, pixels that no added patch may see), each (H, W) or None."""
    if image.current_revision is None:
        return None, None
    masks = revision_masks(image.current_revision)
    refused = defect_mask_of(masks, height_px=image.height_px, width_px=image.width_px)
    if IGNORE in masks:
        refused = refused | masks[IGNORE]
    region = masks.get(NORMAL_REGION) if wanted.extent == Extent.REGION else None
    return region, refused if refused.any() else None

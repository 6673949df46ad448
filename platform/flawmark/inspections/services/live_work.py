"""The scorer's side of live learning: carry out one request about a model's bank."""

import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np

from detectors.errors import DetectorError
from detectors.memory.arrays import IndexArray, Int32Array
from detectors.memory.proposals import Proposal
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.jobs import JobPaused, JobRun
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image
from flawmark.datasets.selectors.layers import IGNORE, NORMAL_REGION, defect_mask_of, revision_masks
from flawmark.inspections.models import BankOperation, BankRevision
from flawmark.inspections.services.bulk import scoring_request
from flawmark.inspections.services.live_changes import Change, change_make, held_changes_supersede
from flawmark.inspections.services.live_journal import bank_writer, operation_read, revisions_visible
from flawmark.inspections.services.live_models import LIVE, LiveModel, images_followed
from flawmark.inspections.services.live_teachings import (
    NOTHING,
    Extent,
    Teaching,
    teaching_held,
    teaching_wanted,
)
from flawmark.training.models import ModelVersion

# A prediction waits for at most one slice of the work of following images.
SLICE_S = 0.5


def live_execute(run: JobRun) -> dict[str, Any]:
    """The work of an `inspections.live_update` job; repeated after a crash, it finds what is done already.

    Raises:
        JobPaused: more images must be followed first, after the predictions that wait.
        InvalidInput: the bank cannot take the change, such as a removal that would leave it empty.
    """
    model = ModelVersion.objects.select_related("dataset__team", "artifact", "dataset_version").get(
        id=run.payload["model_version"]
    )
    with bank_writer(model):
        live = LIVE.get(model)
        images = list(images_followed(model))
        left = live.follow(images, until=time.monotonic() + SLICE_S)
        if left:
            done = len(images) - left
            run.progress(done / len(images), f"Following {done} of {len(images)} images")
            raise JobPaused
        try:
            revisions = _carry_out(live, run.payload)
        except DetectorError as error:
            raise InvalidInput(str(error), code="live_update_refused") from error
    scoring_request(model_version=model)
    return _said(revisions)


def _said(revisions: list[BankRevision]) -> dict[str, Any]:
    return {
        "bank_revisions": [str(revision.id) for revision in revisions],
        "held": any(revision.held for revision in revisions),
        "images_changed": sum(revision.summary.get("images_changed", 0) for revision in revisions),
        "left_review": sum(revision.summary.get("left_review", 0) for revision in revisions),
    }


def _carry_out(live: LiveModel, payload: dict[str, Any]) -> list[BankRevision]:
    author_id = UUID(payload["author"]) if payload.get("author") else None
    if payload["action"] == "undo":
        return _undo(live, UUID(payload["revision"]), author_id)
    guarded = payload["action"] != "approve"
    image = (
        Image.objects.select_related("blob", "dataset", "current_revision")
        .filter(id=payload["image"], dataset_id=live.model.dataset_id)
        .first()
    )
    return [] if image is None else _teach(live, image, author_id, guarded)


def _teach(live: LiveModel, image: Image, author_id: UUID | None, guarded: bool) -> list[BankRevision]:
    """Bring what the bank holds of an image to what the image teaches now."""
    wanted = teaching_wanted(image)
    held_changes_supersede(live.model, image)
    done: list[BankRevision] = []
    for _ in range(2):  # what is held is taken out first, then what is wanted is put in
        held = teaching_held(live.model, image, live.trained_with(image))
        if held == wanted:
            break
        grows = held == NOTHING or wanted.extent == Extent.WHOLE
        target = wanted if grows else NOTHING
        back = _taking_back(live, image, target)
        if back is not None:
            proposal, undone = back
            change = Change(BankOperation.UNDO, image, held, target, author_id, undone.sequence, guarded)
        elif grows:
            proposal = _addition(live, image, wanted)
            change = Change(BankOperation.ADD, image, held, target, author_id, guarded=guarded)
        else:
            proposal = live.memory.propose_removal([live.identity(image)])
            change = Change(BankOperation.REMOVE, image, held, target, author_id, guarded=guarded)
        if _is_empty(proposal):
            break
        done.append(change_make(live, proposal, change))
        if done[-1].held:
            break
    return done


def _taking_back(live: LiveModel, image: Image, target: Teaching) -> tuple[Proposal, BankRevision] | None:
    """The exact inverse of the last change that stands, if that restores what is wanted of this image."""
    last = _last_standing(live)
    if last is None or last.source_image_id != image.id:
        return None
    if Teaching.from_json(last.summary["teaching_before"]) != target:
        return None
    return live.memory.propose_undo(), last


def _last_standing(live: LiveModel) -> BankRevision | None:
    """The newest revision whose exact inverse has not been done; the bank's journal runs in parallel."""
    standing: list[BankRevision] = []
    for revision, operation in zip(revisions_visible(live.model), live.memory.bank.journal, strict=True):
        if operation.kind == "undo":
            standing.pop()
        else:
            standing.append(revision)
    return standing[-1] if standing else None


def _addition(live: LiveModel, image: Image, wanted: Teaching) -> Proposal:
    """An image that left the training pool and is normal after all returns to it with its patches."""
    region, refused = _masks(image, wanted)
    proposal = live.memory.propose_addition(live.rows(image, region, refused))
    if live.trained_with(image) == NOTHING:
        return proposal
    joining = np.array([live.identity(image)], np.int64)
    return replace(live.memory.propose(replace(proposal.operation, joining=joining)), queued=proposal.queued)


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


def _is_empty(proposal: Proposal) -> bool:
    operation = proposal.operation
    return not (
        len(operation.inserted) or len(operation.removed) or len(operation.leaving) or len(operation.joining)
    )


def _undo(live: LiveModel, revision_id: UUID, author_id: UUID | None) -> list[BankRevision]:
    """Take one revision back: exactly if it is the last that stands, else by the opposite change.

    Raises:
        Conflict: a newer change concerns the same image.
    """
    revision = revisions_visible(live.model).select_related("payload", "source_image").get(id=revision_id)
    visible = revisions_visible(live.model)
    if visible.filter(summary__undoes=revision.sequence).exists():
        return []
    newer = visible.filter(sequence__gt=revision.sequence, source_image=revision.source_image)
    if revision.source_image is not None and newer.exists():
        raise Conflict("A newer change concerns the same image; undo that one first.", code="not_newest")
    last = _last_standing(live)
    if last is not None and last.id == revision.id:
        proposal = live.memory.propose_undo()
    else:
        proposal = _opposite(live, revision)
    change = Change(
        BankOperation.UNDO,
        revision.source_image,
        Teaching.from_json(revision.summary["teaching_after"]),
        Teaching.from_json(revision.summary["teaching_before"]),
        author_id,
        revision.sequence,
    )
    return [change_make(live, proposal, change)]


def _opposite(live: LiveModel, revision: BankRevision) -> Proposal:
    """Take out the rows that a revision put in, and put back those that it took out, in today's bank."""
    operation, bank = operation_read(revision.payload), live.memory.bank
    names = set(_names(operation.inserted.source_image, operation.inserted.cell))
    here = _names(bank.source_image, bank.cell)
    positions = [number for number, name in enumerate(here) if name in names]
    planned = bank.planned("replace", np.asarray(positions, np.int64), operation.removed)
    return live.memory.propose(replace(planned, leaving=operation.joining, joining=operation.leaving))


def _names(source_image: IndexArray, cell: Int32Array) -> list[tuple[int, int, int]]:
    """What tells bank vectors apart: (image, row, column)."""
    pairs = zip(source_image.tolist(), cell.tolist(), strict=True)
    return [(source, row, col) for source, (row, col) in pairs]

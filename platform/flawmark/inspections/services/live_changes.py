"""Making a worked-out change of a bank visible: journal, inspections, thresholds and bands at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from detectors.maps import dequantise, quantise
from detectors.memory.guard import Bands, dropped_bands
from detectors.memory.proposals import Proposal
from flawmark.core.events import publish
from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.models import Band, BankOperation, BankRevision, Inspection
from flawmark.inspections.selectors import calibration_normals
from flawmark.inspections.services.bands import bands_refresh, scored_announce
from flawmark.inspections.services.calibration import thresholds_recalibrate
from flawmark.inspections.services.live_journal import operation_store
from flawmark.inspections.services.live_models import LIVE, LiveModel
from flawmark.inspections.services.live_teachings import Teaching
from flawmark.inspections.services.maps import map_store
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.pixel_peaks import map_peak
from flawmark.training.services.thresholds import BY_PERSON, HeldOut, model_lock, thresholds_compute
from flawmark.training.services.weights import calibration_weights

WRITTEN_FIELDS = ["image_score", "map_peak", "score_map", "stale", "updated_at"]


@dataclass(frozen=True)
class Change:
    """Why the bank changes: whose image, what the bank knows of it before and after, and on whose word.

    Attributes:
        undoes: sequence number of the revision that is taken back, or None.
        guarded: hold the change if a confirmed defect drops a band.
    """

    operation: BankOperation
    image: Image | None
    before: Teaching
    after: Teaching
    author_id: UUID | None
    undoes: int | None = None
    guarded: bool = True


def change_make(live: LiveModel, proposal: Proposal, change: Change) -> BankRevision:
    """Make a change visible, or hold it for a curator when a confirmed defect would drop a band."""
    held_by = _held_by(live.model, proposal, change) if change.guarded else ()
    if held_by:
        return _hold(live.model, proposal, change, held_by)
    try:
        with transaction.atomic():
            revision = _store(live, proposal, change)
    except BaseException:
        LIVE.forget(live.model.id)
        raise
    live.memory.commit(proposal)
    return revision


def held_changes_supersede(model_version: ModelVersion, image: Image) -> None:
    """A newer word about an image makes what is held because of an older one pointless."""
    for revision in BankRevision.objects.filter(model_version=model_version, source_image=image, held=True):
        summary = revision.summary | {"decision": "superseded"}
        BankRevision.objects.filter(id=revision.id, held=True).update(held=False, summary=summary)


def _held_by(model: ModelVersion, proposal: Proposal, change: Change) -> tuple[str, ...]:
    """Confirmed defects, never of the test split, that would drop a band.

    In a corrected image itself a false alarm may well have scored higher than the defect: that image must
    only not pass.
    """
    before, after = thresholds_of(model), _thresholds_with(model, proposal.after)
    defects = Image.objects.filter(
        inspections__model_version=model, label=Label.DEFECTIVE, quarantined_at__isnull=True
    ).exclude(split=Split.TEST)
    names = [str(image_id) for image_id in defects.order_by("id").values_list("id", flat=True)]
    dropped = dropped_bands(names, proposal.before, proposal.after, _bands(before), after)
    itself = str(change.image.id) if change.image else ""
    return tuple(name for name in dropped if name != itself or after.rank(proposal.after[name]) == 0)


def _thresholds_with(model: ModelVersion, scores: Mapping[str, float]) -> Bands:
    """The thresholds that the rescored held-out normals would give; those set by a person stay."""
    now = thresholds_of(model)
    if now is not None and now.method == BY_PERSON:
        return _bands(now)
    ids = list(calibration_normals(model).order_by("id").values_list("image_id", flat=True))
    weights = calibration_weights(ids)
    known = [image_id for image_id in ids if str(image_id) in scores]
    values = [scores[str(image_id)] for image_id in known]
    held_out = HeldOut(
        scores=values,
        peaks=values,  # only the pixel threshold comes from peaks, and bands do not need that one
        weights=[weights.get(image_id, 1.0) for image_id in known],
    )
    computed = thresholds_compute(held_out)
    return Bands(computed.t1, computed.t2)


def _bands(thresholds: ThresholdSet | None) -> Bands:
    return Bands(thresholds.t1, thresholds.t2) if thresholds else Bands(None, None)


def _hold(model: ModelVersion, proposal: Proposal, change: Change, held_by: tuple[str, ...]) -> BankRevision:
    with transaction.atomic():
        model_lock(model)
        revision = _revision(model, proposal, change, held=True, extra={"held_by": list(held_by)})
        _announce(revision)
    return revision


def _store(live: LiveModel, proposal: Proposal, change: Change) -> BankRevision:
    model = live.model
    model_lock(model)
    bands_before = _bands_of(model)
    revision = _revision(model, proposal, change, held=False, extra={})
    moved = _moved(live, proposal)
    _rewrite(live, proposal, moved)
    followed = [UUID(name) for name in proposal.after]
    rows = Inspection.objects.filter(model_version=model)
    rows.filter(image_id__in=followed).update(bank_revision=revision.sequence)
    rows.filter(image_id__in=[UUID(name) for name in proposal.stale]).update(stale=True)
    thresholds = thresholds_recalibrate(model_version=model)
    if thresholds is not None:
        bands_refresh(model_version=model, thresholds=thresholds)
    if moved:
        scored_announce(model_version=model, image_ids=moved)
    revision.summary |= _counted(bands_before, _bands_of(model)) | {"images_changed": len(moved)}
    revision.save(update_fields=["summary", "updated_at"])
    _announce(revision)
    return revision


def _revision(
    model: ModelVersion, proposal: Proposal, change: Change, *, held: bool, extra: dict[str, object]
) -> BankRevision:
    team_id, operation = model.dataset.team_id, proposal.operation
    newest = BankRevision.objects.filter(model_version=model).aggregate(newest=Max("sequence"))["newest"]
    waiting = 0 if proposal.queued is None else len(proposal.queued)
    return BankRevision.objects.create(
        model_version=model,
        sequence=(newest or 0) + 1,
        operation=change.operation,
        source_image=change.image,
        payload=operation_store(team_id=team_id, operation=operation),
        inverse=operation_store(team_id=team_id, operation=operation.inverse()),
        summary={
            "teaching_before": change.before.to_json(),
            "teaching_after": change.after.to_json(),
            "undoes": change.undoes,
            "patches_added": len(operation.inserted),
            "patches_removed": len(operation.removed),
            "patches_waiting": waiting,
            **extra,
        },
        held=held,
        visible_at=None if held else timezone.now(),
        author_id=change.author_id,
    )


def _moved(live: LiveModel, proposal: Proposal) -> list[UUID]:
    """Images whose score or map the change moves, and those whose stored score is of an older bank."""
    current = len(live.memory.bank.journal)
    behind = {
        str(image_id)
        for image_id in Inspection.objects.filter(
            model_version=live.model, bank_revision__lt=_newest_sequence(live.model, current)
        ).values_list("image_id", flat=True)
    }
    return [
        UUID(name)
        for name, after in proposal.neighbours.items()
        if name in behind
        or proposal.before[name] != proposal.after[name]
        or not np.array_equal(after.distances, live.memory.distances(name))
    ]


def _newest_sequence(model: ModelVersion, count: int) -> int:
    """Sequence number of the last of `count` visible revisions; 0 for none."""
    if count == 0:
        return 0
    visible = BankRevision.objects.filter(model_version=model, visible_at__isnull=False, held=False)
    return visible.order_by("sequence").values_list("sequence", flat=True)[count - 1]


def _rewrite(live: LiveModel, proposal: Proposal, moved: list[UUID]) -> None:
    """Store the new scores and maps of the images that moved."""
    model, now = live.model, timezone.now()
    rows = list(
        Inspection.objects.filter(model_version=model, image_id__in=moved).select_related("image__blob")
    )
    for row in rows:
        name, image = str(row.image_id), row.image
        steps = quantise(live.score_map(image, proposal.neighbours[name].distances), model.map_scale)
        row.image_score = proposal.after[name]
        row.map_peak = map_peak(dequantise(steps, model.map_scale), image.height_px, image.width_px)
        row.score_map = map_store(team_id=model.dataset.team_id, steps=steps)
        row.stale, row.updated_at = False, now
    Inspection.objects.bulk_update(rows, WRITTEN_FIELDS, batch_size=500)


def _bands_of(model: ModelVersion) -> dict[UUID, str]:
    unreviewed = Inspection.objects.filter(model_version=model, image__label=Label.UNLABELLED)
    return dict(unreviewed.values_list("image_id", "band"))


def _counted(before: dict[UUID, str], after: dict[UUID, str]) -> dict[str, int]:
    """How many unreviewed images no longer ask for a person, and how many newly do."""
    return {
        "left_review": sum(
            band != Band.PASS and after.get(image_id) == Band.PASS for image_id, band in before.items()
        ),
        "entered_review": sum(
            band == Band.PASS and after.get(image_id) != Band.PASS for image_id, band in before.items()
        ),
    }


def _announce(revision: BankRevision) -> None:
    model = revision.model_version
    publish(
        team_id=model.dataset.team_id,
        event="review",
        data={
            "what": "bank_revision",
            "dataset": model.dataset_id,
            "model_version": model.id,
            "bank_revision": revision.id,
            "sequence": revision.sequence,
            "held": revision.held,
            "image": revision.source_image_id,
            "images_changed": revision.summary.get("images_changed", 0),
            "left_review": revision.summary.get("left_review", 0),
        },
    )

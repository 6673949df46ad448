"""Making a worked-out change of a bank visible: journal, inspections, thresholds and bands at once."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from detectors.maps import quantise
from detectors.memory.guard import Bands
from detectors.memory.proposals import ScalesProposal
from flawmark.core.events import publish
from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.models import Band, BankOperation, BankRevision, Inspection
from flawmark.inspections.selectors import calibration_normals
from flawmark.inspections.services.bands import bands_refresh, scored_announce
from flawmark.inspections.services.calibration import calibration_request, thresholds_recalibrate
from flawmark.inspections.services.live_guard import bands_after, defects_hidden
from flawmark.inspections.services.live_journal import operations_store
from flawmark.inspections.services.live_models import LIVE, LiveModel
from flawmark.inspections.services.live_teachings import Teaching
from flawmark.inspections.services.scoring import Score, inspections_write
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.thresholds import BY_PERSON, model_lock
from flawmark.training.services.weights import calibration_weights


@dataclass(frozen=True)
class Change:
    """Why the bank changes: whose image, what the bank knows of it before and after, and on whose word.

    Attributes:
        job: id of the job that carries the change out.
        undoes: sequence number of the revision that is taken back, or None.
        guarded: hold the change if a confirmed defect drops a band.
    """

    operation: BankOperation
    image: Image | None
    before: Teaching
    after: Teaching
    author_id: UUID | None
    job: str
    undoes: int | None = None
    guarded: bool = True


def change_make(live: LiveModel, proposal: ScalesProposal, change: Change) -> BankRevision:
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


def _held_by(model: ModelVersion, proposal: ScalesProposal, change: Change) -> tuple[str, ...]:
    """Confirmed defects, never of the test split, that would drop a band."""
    now = thresholds_of(model)
    defects = Image.objects.filter(
        inspections__model_version=model, label=Label.DEFECTIVE, quarantined_at__isnull=True
    ).exclude(split=Split.TEST)
    names = [str(image_id) for image_id in defects.order_by("id").values_list("id", flat=True)]
    if now is not None and now.method == BY_PERSON:
        after = _bands(now)
    else:
        after = bands_after(_calibration_weights(model), proposal.after)
    corrected = str(change.image.id) if change.image else ""
    return defects_hidden(names, proposal, _bands(now), after, corrected=corrected)


def _calibration_weights(model: ModelVersion) -> dict[str, float]:
    ids = list(calibration_normals(model).order_by("id").values_list("image_id", flat=True))
    weights = calibration_weights(ids)
    return {str(image_id): weights.get(image_id, 1.0) for image_id in ids}


def _bands(thresholds: ThresholdSet | None) -> Bands:
    return Bands(thresholds.t1, thresholds.t2) if thresholds else Bands(None, None)


def _hold(
    model: ModelVersion, proposal: ScalesProposal, change: Change, held_by: tuple[str, ...]
) -> BankRevision:
    with transaction.atomic():
        model_lock(model)
        revision = _revision(model, proposal, change, held=True, extra={"held_by": list(held_by)})
        _announce(revision)
    return revision


def _store(live: LiveModel, proposal: ScalesProposal, change: Change) -> BankRevision:
    model = live.model
    model_lock(model)
    bands_before = _bands_of(model)
    revision = _revision(model, proposal, change, held=False, extra={})
    moved = _moved(live, proposal)
    rows = Inspection.objects.filter(model_version=model)
    rows.filter(image_id__in=[UUID(name) for name in proposal.after]).update(bank_revision=revision.sequence)
    rows.filter(image_id__in=[UUID(name) for name in proposal.stale]).update(stale=True)
    _rewrite(live, proposal, moved, revision.sequence)
    thresholds = thresholds_recalibrate(model_version=model, keep_pixel_threshold=True)
    if thresholds is not None:
        moved |= set(bands_refresh(model_version=model, thresholds=thresholds, announce=False))
    if moved:
        scored_announce(model_version=model, image_ids=_urgent_first(moved, proposal, thresholds))
    revision.summary |= _counted(bands_before, _bands_of(model)) | {"images_changed": len(moved)}
    revision.save(update_fields=["summary", "updated_at"])
    _announce(revision)
    calibration_request(dataset=model.dataset)  # the pixel threshold follows: it may take reading many masks
    return revision


def _urgent_first(moved: set[UUID], proposal: ScalesProposal, thresholds: ThresholdSet | None) -> list[UUID]:
    """Those nearest to the review threshold lead the queue: they are brought up to date first."""
    edge = thresholds.t1 if thresholds is not None and thresholds.t1 is not None else np.inf
    distance = {
        image_id: abs(proposal.after.get(str(image_id), np.inf) - edge)
        if np.isfinite(edge)
        else -proposal.after.get(str(image_id), 0.0)
        for image_id in moved
    }
    return sorted(moved, key=lambda image_id: (distance[image_id], str(image_id)))


def _revision(
    model: ModelVersion, proposal: ScalesProposal, change: Change, *, held: bool, extra: dict[str, object]
) -> BankRevision:
    team_id, operations = model.dataset.team_id, proposal.operations
    newest = BankRevision.objects.filter(model_version=model).aggregate(newest=Max("sequence"))["newest"]
    inverses = {scale: operation.inverse() for scale, operation in operations.items()}
    return BankRevision.objects.create(
        model_version=model,
        sequence=(newest or 0) + 1,
        operation=change.operation,
        source_image=change.image,
        payload=operations_store(team_id=team_id, operations=operations),
        inverse=operations_store(team_id=team_id, operations=inverses),
        summary={
            "teaching_before": change.before.to_json(),
            "teaching_after": change.after.to_json(),
            "undoes": change.undoes,
            "job": change.job,
            "patches_added": sum(len(operation.inserted) for operation in operations.values()),
            "patches_removed": sum(len(operation.removed) for operation in operations.values()),
            "patches_waiting": sum(len(rows) for rows in proposal.queued.values()),
            **extra,
        },
        held=held,
        visible_at=None if held else timezone.now(),
        author_id=change.author_id,
    )


def _moved(live: LiveModel, proposal: ScalesProposal) -> set[UUID]:
    """Images whose score or map the change moves, and those whose stored score is of an older bank."""
    behind = {
        str(image_id)
        for image_id in Inspection.objects.filter(
            model_version=live.model, bank_revision__lt=live.sequence()
        ).values_list("image_id", flat=True)
    }
    return {
        UUID(name)
        for name, score in proposal.after.items()
        if name in behind or proposal.before[name] != score or _map_moves(live, proposal, name)
    }


def _map_moves(live: LiveModel, proposal: ScalesProposal, name: str) -> bool:
    now, then = live.memory.distances(name), proposal.distances(name)
    return not all(np.array_equal(now[scale], then[scale]) for scale in now)


def _rewrite(live: LiveModel, proposal: ScalesProposal, moved: set[UUID], sequence: int) -> None:
    """Store the new scores and maps of the images that moved."""
    model = live.model
    scored = []
    for image in Image.objects.filter(id__in=moved, inspections__model_version=model):
        name = str(image.id)
        steps = quantise(live.score_map(image, proposal.distances(name)), model.map_scale)
        scored.append((image, Score(sequence, proposal.after[name], steps)))
    inspections_write(model_version=model, scored=scored)


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
            "entered_review": revision.summary.get("entered_review", 0),
        },
    )

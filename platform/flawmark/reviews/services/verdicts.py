"""Taking a verdict: one transaction from the lease's check to the audit line."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.events import publish
from flawmark.datasets.models import Image
from flawmark.datasets.services.labels import image_state
from flawmark.reviews.models import Disagreement, Review, ReviewTask, TaskState, Verdict
from flawmark.reviews.selectors.queue import counted_reviews
from flawmark.reviews.services.admission import (
    draft_seen,
    lease_check,
    lease_is_alive,
    task_check_open,
    task_locked,
)
from flawmark.reviews.services.leases import FREE
from flawmark.reviews.services.masks import Evidence, layers_of_verdict, revision_aside
from flawmark.reviews.services.opinions import opinion_compare, opinion_request
from flawmark.reviews.services.outcomes import outcome_apply
from flawmark.training.services.weights import calibration_weights


@dataclass(frozen=True)
class VerdictGiven:
    """What the browser sends. `draft_version` is the draft that the person saw; 0: none was saved."""

    verdict: str
    lease_token: int
    draft_version: int = 0
    pixel_threshold: float | None = None
    defect_type: UUID | None = None
    reason: str = ""
    comment: str = ""
    elapsed_ms: int | None = None


@transaction.atomic
def review_submit(*, task: ReviewTask, reviewer: User, given: VerdictGiven) -> Review:
    """Take a verdict and do what it says; one that comes after its lease ended is kept and changes nothing.

    Raises:
        LostRace: the draft is not the one that the person saw; `current` carries it. Nothing happened.
        Conflict: `already_judged` (this lease's verdict is here already), `test_image`.
        InvalidInput: a verdict that cannot be carried out, such as accepting an empty prediction.
    """
    task = task_locked(task.id)
    lease_check(task=task, reviewer=reviewer, lease_token=given.lease_token)
    task_check_open(task=task, reviewer=reviewer, lease_token=given.lease_token)
    draft = draft_seen(task=task, reviewer=reviewer, verdict=given.verdict, version=given.draft_version)
    evidence = Evidence(task, draft, given.pixel_threshold, given.defect_type)
    review = _new_review(task, reviewer, given)
    review.late = not lease_is_alive(task=task, reviewer=reviewer, lease_token=given.lease_token)
    if given.verdict != Verdict.SKIP:
        layers = layers_of_verdict(given.verdict, evidence)
        review.pixel_threshold = evidence.cut_at
        if layers is not None:
            review.mask_revision = revision_aside(
                image=task.image, layers=layers, author=reviewer, verdict=given.verdict, evidence=evidence
            )
    if review.late:
        _keep_late(review)
    elif given.verdict == Verdict.SKIP:
        review.save()
        ReviewTask.objects.filter(id=task.id).update(**FREE)
    else:
        _count(review)
    _record(review)
    return review


def _new_review(task: ReviewTask, reviewer: User, given: VerdictGiven) -> Review:
    inspection = task.inspection
    return Review(
        task=task,
        image=task.image,
        reviewer=reviewer,
        verdict=given.verdict,
        lease_token=given.lease_token,
        model_version_id=inspection.model_version_id if inspection else None,
        bank_revision=inspection.bank_revision if inspection else None,
        image_score=inspection.image_score if inspection else None,
        sampling_probability=task.sampling_probability,
        reason=given.reason,
        comment=given.comment,
        elapsed_ms=given.elapsed_ms,
        before=state_before(task.image),
    )


def state_before(image: Image) -> dict[str, Any]:
    """What an undo of the next change has to put back."""
    return image_state(image) | {"calibration_weight": calibration_weights([image.id]).get(image.id)}


def _keep_late(review: Review) -> None:
    review.save()
    if review.verdict == Verdict.SKIP:
        return
    counted = counted_reviews().filter(image=review.image).order_by("-id").first()
    Disagreement.objects.create(image=review.image, first=counted, second=review, cause="late")


def _count(review: Review) -> None:
    task, image = review.task, review.image
    ReviewTask.objects.filter(id=task.id).update(state=TaskState.DONE, lease_expires_at=None)
    if task.round > 1:
        review.save()
        opinion_compare(review=review)
        return
    live = outcome_apply(
        image=image,
        verdict=review.verdict,
        revision=review.mask_revision,
        author=review.reviewer,
        sampling_probability=review.sampling_probability,
    )
    review.image_version = image.version
    if live is not None and live.applied:
        review.bank_revision = live.bank_revision
    review.save()
    Disagreement.objects.filter(image=image, cause="late", first=None, settled_at=None).update(first=review)
    opinion_request(review=review)


def _record(review: Review) -> None:
    dataset = review.image.dataset
    detail = {
        "verdict": review.verdict,
        "late": review.late,
        "task": str(review.task_id),
        "review": str(review.id),
        "label_before": review.before["label"],
        "label": review.image.label,
        "mask_revision": str(review.mask_revision_id) if review.mask_revision_id else None,
    }
    audit_record(
        team=dataset.team,
        actor=review.reviewer,
        action="review.verdict",
        object_type="image",
        object_id=review.image_id,
        detail=detail,
    )
    event = {"what": "verdict", "dataset": dataset.id, "image": review.image_id, **detail}
    publish(team_id=dataset.team_id, event="review", data=event)

"""Taking a verdict: one transaction from the lease's check to the audit line."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, InvalidInput, LostRace, NotAllowed
from flawmark.core.events import publish
from flawmark.datasets.models import Draft, Image, Split
from flawmark.datasets.services.drafts import draft_open, draft_state
from flawmark.datasets.services.labels import image_state
from flawmark.reviews.models import Disagreement, Review, ReviewTask, TaskState, Verdict
from flawmark.reviews.selectors import counted_reviews, reviewable
from flawmark.reviews.services.leases import FREE
from flawmark.reviews.services.opinions import opinion_compare, opinion_request
from flawmark.reviews.services.outcomes import (
    Evidence,
    layers_of_verdict,
    outcome_apply,
    revision_aside,
)
from flawmark.training.services.weights import calibration_weights

# These take the mask from the draft. The others must not wait for a stroke that is still being saved.
DRAWN_VERDICTS = (Verdict.DEFECTIVE, Verdict.CORRECTED)


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
    _check_open(task, reviewer, given.lease_token)
    draft = _draft_seen(task, reviewer, given)
    evidence = Evidence(task, draft, given.pixel_threshold, given.defect_type)
    review = _new_review(task, reviewer, given)
    review.late = not _is_in_time(task, reviewer, given.lease_token)
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


def task_locked(task_id: UUID) -> ReviewTask:
    """The task and its image with both rows locked, always in this order. Call it in a transaction."""
    tasks = ReviewTask.objects.select_for_update(of=("self",))
    task = tasks.select_related("dataset__team", "inspection__model_version").get(id=task_id)
    images = Image.objects.select_for_update(of=("self",)).select_related("dataset__team", "current_revision")
    task.image = images.get(id=task.image_id)
    return task


def lease_check(*, task: ReviewTask, reviewer: User, lease_token: int) -> None:
    """Raise unless this person can have had this lease; it may have ended since."""
    if not 1 <= lease_token <= task.lease_token:
        raise InvalidInput("This task was never leased with that token.", field="lease_token")
    if lease_token == task.lease_token and task.leased_to_id not in (None, reviewer.id):
        raise NotAllowed("Somebody else has this image in their hands.", field="lease_token")
    if task.excluded_reviewer_id == reviewer.id:
        raise NotAllowed("A second opinion comes from somebody else.", field="task")


def _check_open(task: ReviewTask, reviewer: User, lease_token: int) -> None:
    if task.image.split == Split.TEST:
        raise Conflict("Test images stay as they are: they are not reviewed.", code="test_image")
    earlier = task.reviews.filter(reviewer=reviewer, lease_token=lease_token, undone_at__isnull=True).first()
    if earlier is not None:
        current = {"id": str(earlier.id), "verdict": earlier.verdict, "late": earlier.late}
        raise Conflict("You have judged this image already.", code="already_judged", current=current)


def _draft_seen(task: ReviewTask, reviewer: User, given: VerdictGiven) -> Draft:
    image = image_for_drafts(task)
    draft = draft_open(task_id=task.id, reviewer=reviewer, image=image)
    if given.verdict in DRAWN_VERDICTS and draft.version != given.draft_version:
        raise LostRace(
            "The mask was changed in another window; look at it before you submit.",
            current=draft_state(draft, image),
        )
    return draft


def image_for_drafts(task: ReviewTask) -> Image:
    """The image that drafts of this task start from: a second opinion starts from an empty mask."""
    if task.round == 1:
        return task.image
    blind = Image.objects.select_related("dataset").get(id=task.image_id)
    blind.current_revision = None
    return blind


def _is_in_time(task: ReviewTask, reviewer: User, lease_token: int) -> bool:
    """Is the lease alive, by the database's clock, and has nobody else labelled the image meanwhile?"""
    return ReviewTask.objects.filter(
        reviewable(),
        id=task.id,
        state=TaskState.LEASED,
        leased_to=reviewer,
        lease_token=lease_token,
        lease_expires_at__gt=Now(),
    ).exists()


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

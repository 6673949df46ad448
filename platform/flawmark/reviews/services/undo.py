"""Taking a verdict back."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, NotAllowed
from flawmark.core.events import publish
from flawmark.datasets.services.labels import images_changed_announce
from flawmark.inspections.services.calibration import calibration_request
from flawmark.reviews.models import Disagreement, Review, ReviewTask, TaskReason, TaskState, Verdict
from flawmark.reviews.selectors.queue import WAITING_STATES
from flawmark.reviews.services.admission import task_locked
from flawmark.reviews.services.leases import FREE, lease_grant
from flawmark.reviews.services.teaching import in_pool, model_teach, normal_region_of
from flawmark.training.services.weights import calibration_weight_set


def review_undo(*, review: Review, actor: User, is_curator: bool) -> Review:
    """Put the image back to what it was before the verdict, and its task back into the queue.

    Only the newest verdict of an image can be undone, by whoever gave it or by a curator.

    Raises:
        NotAllowed: somebody else's verdict, and the actor is no curator.
        Conflict: `already_undone`, `late_verdict`, `not_newest`, `image_changed`, or `task_waiting` when the
            image has been queued again since.
    """
    if review.reviewer_id != actor.id and not is_curator:
        raise NotAllowed("Only the person who judged, or a curator, can take a verdict back.")
    try:
        with transaction.atomic():
            return _undo(review.id, review.task_id, actor)
    except IntegrityError as error:
        raise Conflict("This image waits for review again already.", code="task_waiting") from error


def _undo(review_id: UUID, task_id: UUID, actor: User) -> Review:
    task = task_locked(task_id)
    review = Review.objects.select_related("reviewer", "mask_revision").get(id=review_id)
    review.image, review.task = task.image, task
    _check(review)
    if review.image_version is not None:
        _restore(review)
    review.undone_at = timezone.now()
    review.save(update_fields=["undone_at", "updated_at"])
    _reopen(review, actor)
    audit_record(
        team=task.dataset.team,
        actor=actor,
        action="review.undo",
        object_type="image",
        object_id=review.image_id,
        detail={"review": str(review.id), "verdict": review.verdict, "label": task.image.label},
    )
    event = {"what": "undo", "dataset": task.dataset_id, "image": review.image_id, "review": review.id}
    publish(team_id=task.dataset.team_id, event="review", data=event)
    return review


def _check(review: Review) -> None:
    if review.undone_at is not None:
        raise Conflict("This verdict was taken back already.", code="already_undone")
    if review.late:
        raise Conflict("A late verdict changed nothing, so there is nothing to undo.", code="late_verdict")
    newer = Review.objects.filter(image=review.image, id__gt=review.id, late=False, undone_at__isnull=True)
    if newer.exists():
        raise Conflict("Somebody judged this image again since; undo that first.", code="not_newest")
    if review.image_version not in (None, review.image.version):
        raise Conflict("This image was changed since; change it there.", code="image_changed")


def _restore(review: Review) -> None:
    image, before = review.image, review.before
    was_in_pool = in_pool(image.label, image.split)
    image.label, image.split = before["label"], before["split"]
    image.current_revision_id = before["current_revision"] and UUID(before["current_revision"])
    image.labelled_by_id = before["labelled_by"] and UUID(before["labelled_by"])
    labelled_at = before["labelled_at"]
    image.labelled_at = datetime.fromisoformat(labelled_at) if labelled_at else None
    image.version += 1
    image.save()
    # The image is again what the verdict before this one made of it, so that one can be undone next.
    Review.objects.filter(image=image, image_version=before["version"]).update(image_version=image.version)
    calibration_weight_set(image=image, weight=before["calibration_weight"])
    calibration_request(dataset=image.dataset)
    images_changed_announce(dataset=image.dataset, image_ids=[image.id])
    region = normal_region_of(review.mask_revision) if review.verdict == Verdict.CORRECTED else None
    model_teach(image=image, was_in_pool=was_in_pool, normal_region=region, forget_region=True)


def _reopen(review: Review, actor: User) -> None:
    """Whoever takes back their own verdict gets the task first of all; one taken back for them is free."""
    task = review.task
    if review.verdict == Verdict.SKIP and task.state != TaskState.OPEN:
        return
    if review.reviewer_id == actor.id:
        lease_grant(task=task, reviewer=actor, comes_first=True)
    else:
        ReviewTask.objects.filter(id=task.id).update(**FREE)
    Disagreement.objects.filter(second=review, settled_at=None).delete()
    if task.round == 1:  # an opinion on what is gone is not needed
        ReviewTask.objects.filter(
            image=review.image, reason=TaskReason.SECOND_OPINION, state__in=WAITING_STATES
        ).update(state=TaskState.WITHDRAWN)

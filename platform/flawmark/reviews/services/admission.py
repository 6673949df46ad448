"""May this verdict be taken, and does it still count? What is checked before it is carried out."""

from uuid import UUID

from django.db.models.functions import Now

from flawmark.accounts.models import User
from flawmark.core.errors import Conflict, InvalidInput, LostRace, NotAllowed
from flawmark.datasets.models import Draft, Image, Split
from flawmark.datasets.services.drafts import draft_open, draft_state
from flawmark.reviews.models import ReviewTask, TaskState, Verdict
from flawmark.reviews.selectors.queue import reviewable

# These take the mask from the draft. The others must not wait for a stroke that is still being saved.
DRAWN_VERDICTS = (Verdict.DEFECTIVE, Verdict.CORRECTED)


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


def task_check_open(*, task: ReviewTask, reviewer: User, lease_token: int) -> None:
    """Raise Conflict when nothing more can be said about this task with this lease."""
    if task.image.split == Split.TEST:
        raise Conflict("Test images stay as they are: they are not reviewed.", code="test_image")
    earlier = task.reviews.filter(reviewer=reviewer, lease_token=lease_token, undone_at__isnull=True).first()
    if earlier is not None:
        current = {"id": str(earlier.id), "verdict": earlier.verdict, "late": earlier.late}
        raise Conflict("You have judged this image already.", code="already_judged", current=current)


def image_for_drafts(task: ReviewTask) -> Image:
    """The image that drafts of this task start from: a second opinion starts from an empty mask."""
    if task.round == 1:
        return task.image
    blind = Image.objects.select_related("dataset").get(id=task.image_id)
    blind.current_revision = None
    return blind


def draft_seen(*, task: ReviewTask, reviewer: User, verdict: str, version: int) -> Draft:
    """The reviewer's draft. Raises LostRace when the verdict takes its mask and it is not at `version`."""
    image = image_for_drafts(task)
    draft = draft_open(task_id=task.id, reviewer=reviewer, image=image)
    if verdict in DRAWN_VERDICTS and draft.version != version:
        raise LostRace(
            "The mask was changed in another window; look at it before you submit.",
            current=draft_state(draft, image),
        )
    return draft


def lease_is_alive(*, task: ReviewTask, reviewer: User, lease_token: int) -> bool:
    """Is the lease alive, by the database's clock, and has nobody else labelled the image meanwhile?"""
    return ReviewTask.objects.filter(
        reviewable(),
        id=task.id,
        state=TaskState.LEASED,
        leased_to=reviewer,
        lease_token=lease_token,
        lease_expires_at__gt=Now(),
    ).exists()

"""Reads of the queue, of what people said, and of what they do not agree on."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from flawmark.accounts.models import Team, User
from flawmark.datasets.models import Dataset, Label, Split
from flawmark.reviews.models import (
    Disagreement,
    Pin,
    QueueSettings,
    Review,
    ReviewTask,
    TaskReason,
    TaskState,
    Verdict,
)

# Whoever skipped a task is not asked again during the same shift; everybody else is.
SKIP_HIDES_FOR = timedelta(hours=8)
WAITING_STATES = (TaskState.OPEN, TaskState.LEASED)
# These tasks ask about images that already have a label; all others end when their image gets one.
REASONS_FOR_LABELLED = (TaskReason.REQUESTED, TaskReason.SECOND_OPINION, TaskReason.SUSPECT)


def tasks_of(team: Team) -> QuerySet[ReviewTask]:
    """All tasks of the team, with what their JSON shows."""
    return ReviewTask.objects.filter(dataset__team=team).select_related(
        "dataset", "image", "leased_to", "inspection__model_version"
    )


def reviewable() -> Q:
    """What an image must be for its task to make sense."""
    return (
        Q(image__quarantined_at__isnull=True)
        & ~Q(image__split=Split.TEST)
        & (Q(image__label=Label.UNLABELLED) | Q(reason__in=REASONS_FOR_LABELLED))
    )


def waiting_tasks(dataset: Dataset) -> QuerySet[ReviewTask]:
    return ReviewTask.objects.filter(reviewable(), dataset=dataset, state__in=WAITING_STATES)


def offered_tasks(dataset: Dataset, reviewer: User) -> QuerySet[ReviewTask]:
    """Waiting tasks that nobody holds and this person may be given, best first."""
    skipped = Review.objects.filter(
        task=OuterRef("pk"),
        reviewer=reviewer,
        verdict=Verdict.SKIP,
        undone_at__isnull=True,
        created_at__gt=Now() - SKIP_HIDES_FOR,
    )
    # A second opinion is blind: whoever has said anything about the image before is not asked again.
    judged = Review.objects.filter(image=OuterRef("image"), reviewer=reviewer, undone_at__isnull=True)
    free = Q(state=TaskState.OPEN) | Q(state=TaskState.LEASED, lease_expires_at__lte=Now())
    return (
        waiting_tasks(dataset)
        .filter(free, ~Exists(skipped))
        .exclude(excluded_reviewer=reviewer)
        .exclude(Q(round__gt=1) & Exists(judged.exclude(verdict=Verdict.SKIP)))
        .order_by("-priority", "id")
    )


def held_tasks(dataset: Dataset, reviewer: User) -> QuerySet[ReviewTask]:
    """Tasks that this person holds a living lease on, longest held first."""
    return (
        waiting_tasks(dataset)
        .filter(state=TaskState.LEASED, leased_to=reviewer, lease_expires_at__gt=Now())
        .order_by("leased_at", "id")
    )


def queue_length(dataset: Dataset, reviewer: User) -> int:
    """How many tasks wait for this person, those in their hands included."""
    return offered_tasks(dataset, reviewer).count() + held_tasks(dataset, reviewer).count()


def queue_settings_of(dataset: Dataset) -> QueueSettings:
    """The dataset's settings, or an unsaved row with the defaults."""
    return QueueSettings.objects.filter(dataset=dataset).first() or QueueSettings(dataset=dataset, version=0)


def blind_images(reader: User) -> QuerySet[ReviewTask, UUID]:
    """Images whose second opinion this person holds: what others said of them stays hidden meanwhile."""
    held = ReviewTask.objects.filter(
        state=TaskState.LEASED, leased_to=reader, round__gt=1, lease_expires_at__gt=Now()
    )
    return held.values_list("image_id", flat=True)


def reviews_of(team: Team, reader: User) -> QuerySet[Review]:
    """What people said, except what this reader must not know yet."""
    rows = Review.objects.filter(image__dataset__team=team)
    return rows.exclude(~Q(reviewer=reader), image__in=blind_images(reader)).select_related(
        "task", "image", "reviewer", "mask_revision"
    )


def counted_reviews() -> QuerySet[Review]:
    """Verdicts that changed an image and still count."""
    return Review.objects.filter(late=False, undone_at__isnull=True).exclude(verdict=Verdict.SKIP)


def disagreements_of(team: Team, reader: User) -> QuerySet[Disagreement]:
    """Open and settled ones, except about images that this reader judges blind right now."""
    rows = Disagreement.objects.filter(image__dataset__team=team).exclude(image__in=blind_images(reader))
    return rows.select_related("image", "first__reviewer", "second__reviewer", "settled_by")


def queue_summary(dataset: Dataset, reviewer: User) -> dict[str, object]:
    """What waits, by reason and by band, and what was judged today (UTC)."""
    waiting = waiting_tasks(dataset)
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    done = counted_reviews().filter(image__dataset=dataset, created_at__gte=today)
    return {
        "waiting": waiting.count(),
        "waiting_for_me": queue_length(dataset, reviewer),
        "by_reason": _counts(waiting, "reason"),
        "by_band": _counts(waiting.filter(inspection__isnull=False), "inspection__band"),
        "done_today_by_me": done.filter(reviewer=reviewer).count(),
        "done_today": done.count(),
        "open_disagreements": Disagreement.objects.filter(
            image__dataset=dataset, settled_at__isnull=True
        ).count(),
    }


def _counts(tasks: QuerySet[ReviewTask], field: str) -> dict[str, int]:
    return {row[field]: row["n"] for row in tasks.order_by().values(field).annotate(n=Count("id"))}


def pins_of(team: Team, reader: User) -> QuerySet[Pin]:
    """Comments on images, oldest first, except other people's where this reader judges blind right now."""
    rows = Pin.objects.filter(image__dataset__team=team)
    shown = rows.exclude(~Q(author=reader), image__in=blind_images(reader))
    return shown.select_related("author", "resolved_by", "image__dataset").order_by("id")

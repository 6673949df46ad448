"""Keeping the queue in step with what the serving model has inspected."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from celery import current_app
from django.core.cache import cache
from django.db import transaction

from flawmark.core.events import publish
from flawmark.core.jobs import job_create
from flawmark.core.models import Job, JobState
from flawmark.datasets.models import Dataset, Label, Split
from flawmark.inspections.models import Inspection
from flawmark.reviews.models import Disagreement, ReviewTask, TaskState
from flawmark.reviews.selectors.queue import (
    REASONS_FOR_LABELLED,
    queue_settings_of,
    reviewable,
)
from flawmark.reviews.services.choice import Choice, band_disagreement, choose
from flawmark.training.models import ModelVersion, Stage
from flawmark.training.selectors import champion_of, thresholds_of

FILL_JOB = "reviews.fill_queue"
REFRESH_TASK = "reviews.refresh_queue"
# Changes of thresholds that come within this time cause one refresh.
SETTLE_S = 5
CHUNK = 1000
REFRESHED_FIELDS = ["inspection_id", "state", "reason", "priority", "sampling_probability"]


def queue_fill(
    *,
    model_version: ModelVersion,
    image_ids: Iterable[UUID] | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> int:
    """Create, refresh or withdraw the tasks of a champion's unreviewed images.

    Args:
        model_version: Nothing happens unless it is the champion.
        image_ids: Only these images; None means all that it has inspected.
        progress: Told the fraction done and a sentence after every thousand images.

    Returns:
        How many tasks were created.
    """
    ids = _inspected_unlabelled(model_version) if image_ids is None else list(image_ids)
    created = withdrawn = 0
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            more, fewer = _fill_chunk(model_version, ids[start : start + CHUNK])
        created, withdrawn = created + more, withdrawn + fewer
        if progress is not None:
            done = min(start + CHUNK, len(ids))
            progress(done / len(ids), f"Looked at {done} of {len(ids)} images")
    _announce(model_version.dataset, "queue_filled", created)
    _announce(model_version.dataset, "queue_withdrawn", withdrawn)
    return created


def queue_catch_up(*, dataset: Dataset, image_ids: Iterable[UUID]) -> None:
    """Bring tasks up to date that were in somebody's hands while the queue moved."""
    champion = champion_of(dataset)
    if champion is not None:
        queue_fill(model_version=champion, image_ids=image_ids)


def _announce(dataset: Dataset, what: str, count: int) -> None:
    """Tell the open workspaces that another number of images waits."""
    if count:
        data = {"dataset": dataset.id, "what": what, "count": count}
        publish(team_id=dataset.team_id, event="review", data=data)


def _inspected_unlabelled(model_version: ModelVersion) -> list[UUID]:
    inspections = Inspection.objects.filter(model_version=model_version, image__label=Label.UNLABELLED)
    return list(inspections.order_by("image_id").values_list("image_id", flat=True))


def queue_fill_request(*, model_version: ModelVersion) -> Job | None:
    """Fill the queue in a job, unless one that has not begun yet will do it anyway."""
    waiting = Job.objects.filter(kind=FILL_JOB, state=JobState.QUEUED, subject_id=model_version.id)
    if waiting.exists():
        return None
    return job_create(
        team_id=model_version.dataset.team_id,
        kind=FILL_JOB,
        queue="io",
        title=f"Fill the review queue of {model_version.dataset.name}"[:200],
        payload={"model_version": str(model_version.id)},
        subject_type="model_version",
        subject_id=model_version.id,
    )


def queue_refresh_request(*, model_version: ModelVersion) -> None:
    """Look at everything again soon, without a job that people see: thresholds move often and by little."""
    if cache.add(f"reviews.refresh:{model_version.id}", 1, timeout=SETTLE_S):
        current_app.send_task(
            REFRESH_TASK, args=[str(model_version.id)], queue="io", countdown=SETTLE_S, retry=False
        )


def _fill_chunk(model_version: ModelVersion, image_ids: Sequence[UUID]) -> tuple[int, int]:
    """Returns how many tasks were created and withdrawn."""
    # The lock makes a fill and a change of champion take turns: no task of a dethroned model is left over.
    champion = ModelVersion.objects.select_for_update(no_key=True, of=("self",)).filter(
        id=model_version.id, stage=Stage.CHAMPION
    )
    if not champion.exists():
        return 0, 0
    thresholds = thresholds_of(model_version)
    audit_probability = queue_settings_of(model_version.dataset).audit_probability
    inspections = _reviewable_inspections(model_version, image_ids)
    disagreements = _disagreements(model_version, inspections)
    open_tasks = {
        task.image_id: task
        for task in ReviewTask.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            image_id__in=image_ids, round=1, state=TaskState.OPEN
        )
    }
    new: list[ReviewTask] = []
    changed: list[ReviewTask] = []
    for inspection in inspections:
        choice = choose(
            inspection, thresholds, audit_probability, disagreements.get(inspection.image_id, 0.0)
        )
        task = open_tasks.get(inspection.image_id)
        if task is None and choice is not None:
            new.append(_task_for(model_version.dataset_id, inspection, choice))
        elif task is not None and _refresh(task, inspection, choice):
            changed.append(task)
    _update(changed)
    return _create(new), sum(task.state == TaskState.WITHDRAWN for task in changed)


def _reviewable_inspections(model_version: ModelVersion, image_ids: Sequence[UUID]) -> list[Inspection]:
    inspections = Inspection.objects.filter(
        model_version=model_version,
        image_id__in=image_ids,
        image__label=Label.UNLABELLED,
        image__quarantined_at__isnull=True,
    )
    return list(inspections.exclude(image__split=Split.TEST))


def _disagreements(model_version: ModelVersion, inspections: Sequence[Inspection]) -> dict[UUID, float]:
    """How much challengers, or people whose verdict came late, differ about these images."""
    image_ids = [inspection.image_id for inspection in inspections]
    others: dict[UUID, list[str]] = defaultdict(list)
    challengers = Inspection.objects.filter(
        image_id__in=image_ids,
        stale=False,
        model_version__dataset=model_version.dataset_id,
        model_version__stage=Stage.CANDIDATE,
    )
    for image_id, band in challengers.values_list("image_id", "band"):
        others[image_id].append(band)
    found = {
        inspection.image_id: band_disagreement(inspection.band, others[inspection.image_id])
        for inspection in inspections
    }
    unsettled = Disagreement.objects.filter(image_id__in=image_ids, settled_at=None)
    return found | dict.fromkeys(unsettled.values_list("image_id", flat=True), 1.0)


def _refresh(task: ReviewTask, inspection: Inspection, choice: Choice | None) -> bool:
    """Bring an open task up to date in memory; says whether anything changed."""
    before = [getattr(task, name) for name in REFRESHED_FIELDS]
    task.inspection_id = inspection.id
    if task.reason not in REASONS_FOR_LABELLED:
        if choice is None:
            task.state = TaskState.WITHDRAWN
        else:
            task.reason, task.priority = choice.reason, choice.priority
            task.sampling_probability = choice.sampling_probability
    return [getattr(task, name) for name in REFRESHED_FIELDS] != before


def _task_for(dataset_id: UUID, inspection: Inspection, choice: Choice) -> ReviewTask:
    return ReviewTask(
        dataset_id=dataset_id,
        image_id=inspection.image_id,
        inspection=inspection,
        reason=choice.reason,
        sampling_probability=choice.sampling_probability,
        priority=choice.priority,
    )


def _update(tasks: list[ReviewTask]) -> None:
    """Write tasks that are locked and changed in memory.

    As rows that are there already: a `bulk_update` would build a condition for each row and field, which took
    most of the time of bringing a queue up to date.
    """
    ReviewTask.objects.bulk_create(
        tasks, update_conflicts=True, unique_fields=["id"], update_fields=REFRESHED_FIELDS
    )


def _create(tasks: list[ReviewTask]) -> int:
    """Insert tasks; where one already waits for the image and round, that one stays."""
    ReviewTask.objects.bulk_create(tasks, ignore_conflicts=True)
    return ReviewTask.objects.filter(id__in=[task.id for task in tasks]).count()


def queue_withdraw(*, dataset: Dataset, image_ids: Iterable[UUID]) -> int:
    """Withdraw open tasks of these images that make no sense any more. Returns how many."""
    obsolete = ReviewTask.objects.filter(
        ~reviewable(), dataset=dataset, image_id__in=list(image_ids), state=TaskState.OPEN
    )
    withdrawn = obsolete.update(state=TaskState.WITHDRAWN)
    _announce(dataset, "queue_withdrawn", withdrawn)
    return withdrawn


def queue_change_champion(*, model_version: ModelVersion) -> None:
    """Withdraw the open tasks that another model chose; what is in somebody's hands stays with them."""
    others = ReviewTask.objects.filter(dataset=model_version.dataset_id, state=TaskState.OPEN, round=1)
    others = others.exclude(reason__in=REASONS_FOR_LABELLED).exclude(inspection__model_version=model_version)
    _announce(model_version.dataset, "queue_withdrawn", others.update(state=TaskState.WITHDRAWN))

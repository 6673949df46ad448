"""Retraining by itself: after N new normals, and by a cron schedule (UTC)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from croniter import croniter
from django.db import transaction
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import FlawmarkError, InvalidInput
from flawmark.core.http.etag import lock_version
from flawmark.core.models import FINAL_JOB_STATES
from flawmark.datasets.models import Dataset, DatasetVersion, Image, Label, Split
from flawmark.training.models import RetrainingPolicy, TrainingRun, Trigger
from flawmark.training.services.hyperparameters import hyperparameters_check
from flawmark.training.services.pool import pool_of
from flawmark.training.services.runs import training_run_create

PREVIEWED_RUNS = 5
CHANGEABLE = ("name", "enabled", "detector", "hyperparameters", "new_normals", "cron")


def policy_create(*, dataset: Dataset, actor: User, fields: dict[str, Any]) -> RetrainingPolicy:
    """Make a policy. Raises InvalidInput for rules that never fire or a detector that cannot be trained."""
    policy = RetrainingPolicy(dataset=dataset, created_by=actor)
    return _store(policy, fields, actor, "policy.create")


@transaction.atomic
def policy_change(
    *, policy: RetrainingPolicy, actor: User, fields: dict[str, Any], expected_version: int | None
) -> RetrainingPolicy:
    """Change a policy. Raises LostRace when somebody changed it first, else as `policy_create`."""
    rows = RetrainingPolicy.objects.filter(id=policy.id).select_related("dataset__team")
    locked = lock_version(rows, expected_version)
    locked.version += 1
    return _store(locked, fields, actor, "policy.change")


@transaction.atomic
def policy_delete(*, policy: RetrainingPolicy, actor: User, expected_version: int | None) -> None:
    locked = lock_version(RetrainingPolicy.objects.filter(id=policy.id), expected_version)
    _record(policy, actor, "policy.delete")
    locked.delete()


def next_runs(cron: str, count: int = PREVIEWED_RUNS) -> list[datetime]:
    """The next times (UTC) that a cron schedule fires."""
    if not cron:
        return []
    times = croniter(cron, timezone.now())
    return [times.get_next(datetime) for _ in range(count)]


def policies_check() -> int:
    """Start what is due. Several schedulers may call it at once: no policy fires twice. Returns how many."""
    due = RetrainingPolicy.objects.filter(enabled=True).values_list("id", flat=True)
    return sum(_check_one(policy_id) for policy_id in due)


@transaction.atomic
def _check_one(policy_id: UUID) -> bool:
    """Check one policy under its row's lock; one that another scheduler is checking now is left to it.

    The run is stored before the lock is given back, so whoever checks next finds it.
    """
    rows = RetrainingPolicy.objects.select_for_update(skip_locked=True, of=("self",))
    policy = rows.filter(id=policy_id, enabled=True).select_related("dataset__team", "created_by").first()
    if policy is None:
        return False
    policy.checked_at = timezone.now()
    trigger = _due(policy)
    if trigger is not None:
        policy.last_outcome = _start(policy, trigger)
    if trigger == Trigger.SCHEDULE:
        policy.next_run_at = next_runs(policy.cron, 1)[0]
    policy.save(update_fields=["checked_at", "last_outcome", "last_run_at", "next_run_at"])
    return trigger is not None


def _start(policy: RetrainingPolicy, trigger: Trigger) -> str:
    try:
        with transaction.atomic():
            run = training_run_create(
                dataset=policy.dataset,
                detector=policy.detector,
                hyperparameters=policy.hyperparameters,
                actor=policy.created_by,
                trigger=trigger,
                policy=policy,
            )
    except FlawmarkError as error:
        return f"Could not start: {error.detail}"[:300]
    policy.last_run_at = timezone.now()
    return f"Started training on version {run.dataset_version.number} ({Trigger(trigger).label.lower()})."


def _due(policy: RetrainingPolicy) -> Trigger | None:
    """Why the policy fires now, or None. One run of a policy at a time."""
    if TrainingRun.objects.filter(policy=policy).exclude(job__state__in=FINAL_JOB_STATES).exists():
        return None
    if policy.next_run_at is not None and policy.next_run_at <= timezone.now():
        return Trigger.SCHEDULE
    if policy.new_normals and new_normals_count(policy.dataset) >= policy.new_normals:
        return Trigger.NEW_NORMALS
    return None


def new_normals_count(dataset: Dataset) -> int:
    """Normal training images that the version used by the newest training run does not hold."""
    version = (
        DatasetVersion.objects.filter(training_runs__dataset=dataset).order_by("-training_runs__id").first()
    )
    normals = Image.objects.filter(
        dataset=dataset, label=Label.NORMAL, split=Split.TRAIN, quarantined_at__isnull=True
    )
    known = {image.image_id for image in pool_of(version).train} if version else set()
    return sum(image_id not in known for image_id in normals.values_list("id", flat=True))


def _store(policy: RetrainingPolicy, fields: dict[str, Any], actor: User, action: str) -> RetrainingPolicy:
    for name in CHANGEABLE:
        if name in fields:
            setattr(policy, name, fields[name])
    policy.hyperparameters = hyperparameters_check(policy.detector, policy.hyperparameters)
    if not policy.new_normals and not policy.cron:
        raise InvalidInput("Say after how many new normals, or on which schedule, to retrain.", field="cron")
    if policy.cron and not croniter.is_valid(policy.cron):
        raise InvalidInput("The schedule is not a valid cron expression.", field="cron")
    policy.next_run_at = next_runs(policy.cron, 1)[0] if policy.cron and policy.enabled else None
    with transaction.atomic():
        policy.save()
        _record(policy, actor, action)
    return policy


def _record(policy: RetrainingPolicy, actor: User, action: str) -> None:
    audit_record(
        team=policy.dataset.team,
        actor=actor,
        action=action,
        object_type="retraining_policy",
        object_id=policy.id,
        detail={name: getattr(policy, name) for name in CHANGEABLE},
    )

"""Rows that know no app: durable jobs, blobs, idempotency keys, and the bases of all other models."""

from django.db import models
from django.utils import timezone

from flawmark.core.ids import uuid7


class Record(models.Model):
    """A row with a time-ordered id and its times of creation and last change."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class VersionedRecord(Record):
    """Shared state that people update: `version` is the ETag and grows by one with every change."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


class Blob(Record):
    """Bytes of one team, addressed by content. Written once, never changed."""

    team_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team_id", "sha256"], name="blob_once_per_team")]

    @property
    def storage_key(self) -> str:
        return f"{self.team_id}/{self.sha256[:2]}/{self.sha256}"


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_JOB_STATES = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Job(Record):
    """One long task. This row is the truth; the message in the broker only says "look here".

    `kind` is the name of the Celery task that runs it. `attempt` grows with every claim, and every later
    write filters on it, so a worker that lost its claim can no longer change anything. `losses` counts the
    workers that died with it: a job that kills every worker is given up in the end.
    """

    team_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=60)
    queue = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    payload = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    fraction = models.FloatField(default=0.0)
    message = models.CharField(max_length=300, blank=True)
    eta_s = models.FloatField(null=True)
    log_tail = models.TextField(blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_detail = models.TextField(blank=True)
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    created_by_id = models.UUIDField(null=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.UUIDField(null=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_state_heartbeat")]


class IdempotencyKey(Record):
    """A create that must not happen twice: the answer of the first is given again."""

    team_id = models.UUIDField()
    endpoint = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team_id", "endpoint", "key"], name="idempotency_key_once")
        ]

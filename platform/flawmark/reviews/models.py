"""Review tasks, their leases, verdicts, and disagreements."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Record, VersionedRecord
from flawmark.datasets.models import Dataset, Image, MaskRevision
from flawmark.inspections.models import Inspection

DEFAULT_AUDIT_PROBABILITY = 0.02
DEFAULT_REASONS = ("Dust", "Reflection", "Shadow", "Edge of the part", "Allowed tolerance", "Not sure")


class OpinionRule(models.TextChoices):
    """When another person always judges again, whatever the lot says."""

    OVERRULES_MODEL = "overrules_model"
    NEW_REVIEWER = "new_reviewer"
    AUDIT = "audit"


def default_reasons() -> list[str]:
    return list(DEFAULT_REASONS)


class QueueSettings(VersionedRecord):
    """How a dataset's queue is filled. A dataset without a row has the defaults.

    `audit_probability`: share of every band that a person is asked about early, and the share of the images
    that pass which a person sees all the same. `second_opinion_probability`: share of the verdicts that
    another person gives again, blind; those that a rule of `second_opinion_always` names always are.
    `canned_reasons`: what a reviewer can say with one key, in the order of the keys.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="queue_settings")
    audit_probability = models.FloatField(default=DEFAULT_AUDIT_PROBABILITY)
    second_opinion_probability = models.FloatField(default=0.0)
    second_opinion_always = models.JSONField(default=list)
    canned_reasons = models.JSONField(default=default_reasons)


class TaskState(models.TextChoices):
    OPEN = "open"
    LEASED = "leased"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class TaskReason(models.TextChoices):
    """Why an image was chosen for review."""

    NEAR_THRESHOLD = "near_threshold"
    FAIL_BAND = "fail_band"
    UNCALIBRATED = "uncalibrated"
    AUDIT = "audit"
    SECOND_OPINION = "second_opinion"
    REQUESTED = "requested"
    SUSPECT = "suspect"


class ReviewTask(Record):
    """One image waiting for a person. Higher `priority` comes first.

    `lease_token` is the fencing token: it grows with every lease, and a verdict that carries an older one is
    late. Lease times are the database's.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="review_tasks")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="review_tasks")
    inspection = models.ForeignKey(Inspection, on_delete=models.SET_NULL, null=True, related_name="+")
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    reason = models.CharField(max_length=20, choices=TaskReason)
    sampling_probability = models.FloatField(default=1.0)
    priority = models.FloatField(default=0.0)
    excluded_reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    leased_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    lease_token = models.PositiveIntegerField(default=0)
    leased_at = models.DateTimeField(null=True)
    lease_expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "round"],
                condition=models.Q(state__in=["open", "leased"]),
                name="one_waiting_task_per_image_and_round",
            )
        ]
        indexes = [models.Index(fields=["dataset", "state", "-priority"], name="review_queue")]


class Verdict(models.TextChoices):
    ACCEPT = "accept"
    NORMAL = "normal"
    DEFECTIVE = "defective"
    CORRECTED = "corrected"
    SKIP = "skip"


class Review(Record):
    """What one person said about one task. Kept for ever; `undone_at` says that it no longer counts.

    `before` holds what an undo puts back (see `services.image_state`), `image_version` the image's version
    that the verdict made: an undo changes nothing once somebody else has changed the image since.
    A second opinion says with which verdict it was compared, and whether the two agree.
    """

    task = models.ForeignKey(ReviewTask, on_delete=models.CASCADE, related_name="reviews")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="reviews"
    )
    verdict = models.CharField(max_length=10, choices=Verdict)
    late = models.BooleanField(default=False)
    lease_token = models.PositiveIntegerField()
    mask_revision = models.ForeignKey(MaskRevision, on_delete=models.PROTECT, null=True, related_name="+")
    model_version_id = models.UUIDField(null=True)
    bank_revision = models.PositiveIntegerField(null=True)
    image_score = models.FloatField(null=True)
    pixel_threshold = models.FloatField(null=True)
    sampling_probability = models.FloatField(default=1.0)
    reason = models.CharField(max_length=100, blank=True)
    comment = models.TextField(blank=True)
    elapsed_ms = models.PositiveIntegerField(null=True)
    before = models.JSONField(default=dict)
    image_version = models.PositiveIntegerField(null=True)
    undone_at = models.DateTimeField(null=True)
    compared_with = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    agrees = models.BooleanField(null=True)
    mask_agreement = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"],
                condition=models.Q(late=False, undone_at__isnull=True) & ~models.Q(verdict="skip"),
                name="one_counted_verdict_per_task",
            )
        ]
        indexes = [models.Index(fields=["image", "-id"], name="review_history")]


class Disagreement(Record):
    """Two verdicts on one image that do not fit together, waiting for a lead."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="disagreements")
    first = models.ForeignKey(Review, on_delete=models.CASCADE, null=True, related_name="+")
    second = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=20, choices=[("late", "late"), ("label", "label"), ("mask", "mask")])
    mask_agreement = models.FloatField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    settled_in_favour_of = models.ForeignKey(Review, on_delete=models.SET_NULL, null=True, related_name="+")


class Pin(VersionedRecord):
    """A comment on one place of an image: (x_px, y_px) from the top left, in image pixels."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="pins")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    x_px = models.PositiveIntegerField()
    y_px = models.PositiveIntegerField()
    text = models.TextField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["image", "id"], name="pins_of_image")]

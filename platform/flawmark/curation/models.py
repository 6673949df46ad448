"""Health of a pool: measurements of images, reports, their findings, and what people did about them."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Blob, Job, Record
from flawmark.datasets.models import BulkChange, Dataset, Image
from flawmark.training.models import ModelVersion


class ImageLook(Record):
    """What is measured on an image once (`detectors.pool.looks`); only looks of one recipe compare."""

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="look")
    recipe = models.CharField(max_length=80)
    pixels_sha256 = models.CharField(max_length=64)
    fingerprint = models.BinaryField()
    sharpness = models.FloatField()
    brightness = models.FloatField()
    clipped_share = models.FloatField()


class PoolHealthReport(Record):
    """One computation over the pool of a dataset; its job tells how far it is.

    `figures` are the numbers of the whole pool, `map` its picture: see `services.mapping`.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="health_reports")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField(default=dict)
    map = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )


class FindingKind(models.TextChoices):
    NEAR_DUPLICATES = "near_duplicates"
    SMALL_MODE = "small_mode"
    SUSPECTED_MISLABEL = "suspected_mislabel"
    NORMAL_LOOKING_DEFECT = "normal_looking_defect"
    QUALITY_OUTLIER = "quality_outlier"
    UNEVEN_METADATA = "uneven_metadata"
    COVERAGE_GAP = "coverage_gap"


class Finding(Record):
    """Something about the pool that a curator should look at. Higher `severity` (0…1) comes first."""

    report = models.ForeignKey(PoolHealthReport, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=24, choices=FindingKind)
    severity = models.FloatField()
    figures = models.JSONField(default=dict)
    image_count = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["report", "kind", "-severity"], name="findings_of_report")]


class FindingImage(Record):
    """One picture of a finding, in the finding's order, with what was found about it."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="pictures")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="findings")
    rank = models.PositiveIntegerField()
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "rank"], name="finding_rank_once")]


class FindingActionKind(models.TextChoices):
    QUARANTINE = "quarantine"
    RELABEL = "relabel"
    MERGE = "merge"
    REVIEW = "review"


class FindingAction(Record):
    """What somebody did about a finding, with what an undo needs.

    Quarantine, relabel and merge are one bulk change; `asked` holds the review tasks as
    `reviews.services.requests` describes them.
    """

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="actions")
    action = models.CharField(max_length=12, choices=FindingActionKind)
    images = models.JSONField(default=list)
    changed = models.PositiveIntegerField(default=0)
    bulk_change = models.ForeignKey(BulkChange, on_delete=models.PROTECT, null=True, related_name="+")
    asked = models.JSONField(default=list)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)

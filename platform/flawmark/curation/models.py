"""Health of a pool: reports and their findings."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Job, Record
from flawmark.datasets.models import Dataset, Image
from flawmark.training.models import ModelVersion


class PoolHealthReport(Record):
    """One computation over the pool of a dataset."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="health_reports")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )


class FindingKind(models.TextChoices):
    NEAR_DUPLICATES = "near_duplicates"
    SMALL_MODE = "small_mode"
    SUSPECTED_MISLABEL = "suspected_mislabel"
    QUALITY_OUTLIER = "quality_outlier"
    COVERAGE_GAP = "coverage_gap"


class Finding(Record):
    """Something about the pool that a curator should look at, with the images it concerns."""

    report = models.ForeignKey(PoolHealthReport, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=20, choices=FindingKind)
    severity = models.FloatField()
    figures = models.JSONField(default=dict)
    images = models.ManyToManyField(Image, related_name="findings")
    action = models.CharField(max_length=20, blank=True)
    acted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    acted_at = models.DateTimeField(null=True)


class ImageEmbedding(Record):
    """A vector of a whole image, for the pool's map, look-alikes and queue diversity (float16 bytes)."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="embeddings")
    encoder = models.CharField(max_length=80)
    vector = models.BinaryField()
    position_x = models.FloatField(null=True)
    position_y = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "encoder"], name="embedding_once")]

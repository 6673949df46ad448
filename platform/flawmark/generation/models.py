"""Generated normals: runs, candidates with their provenance, and reports of what they changed."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Blob, Job, Record
from flawmark.datasets.models import Dataset, Image
from flawmark.training.models import TrainingRun


class GenerationRun(Record):
    """keyword → prompt → candidate normals."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="generation_runs")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    keyword = models.CharField(max_length=60)
    prompt = models.CharField(max_length=200, blank=True)
    words = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=0)
    sources = models.ManyToManyField(Image, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )


class CandidateState(models.TextChoices):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


class CandidateNormal(Record):
    """A generated image. Only approved ones join the pool, in the training split, marked `generated`."""

    run = models.ForeignKey(GenerationRun, on_delete=models.CASCADE, related_name="candidates")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    provenance = models.JSONField(default=dict)
    nearest_image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, related_name="+")
    nearest_distance = models.FloatField(null=True)
    image_score = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=CandidateState, default=CandidateState.WAITING)
    image = models.OneToOneField(Image, on_delete=models.SET_NULL, null=True, related_name="candidate")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)


class RepairReport(Record):
    """The same detector and seed with and without the generated images, on the frozen test split."""

    run = models.ForeignKey(GenerationRun, on_delete=models.CASCADE, related_name="reports")
    without = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="+")
    with_generated = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField(default=dict)

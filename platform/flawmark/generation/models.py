"""Generated normals: runs, candidates with their provenance, and reports of what they changed."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Blob, Job, Record, VersionedRecord
from flawmark.curation.models import Finding
from flawmark.datasets.models import Dataset, Image
from flawmark.training.models import ModelVersion, TrainingRun


class GenerationRun(Record):
    """keyword → prompt → candidate normals, made from `sources`: real normals of the training split.

    `words` is a list of `{"word", "prompt", "distance", "similarity", "status"}`; `iterations` one of
    `{"index", "score", "best"}`, where `best` says that its set was the best until then; `curves` as
    `TrainingRun.curves`. `copy_distance`: a candidate nearer than this to a real image is a copy of it.
    `judged_by` is the champion whose scores the candidates carry; None while there was none.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="generation_runs")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    keyword = models.CharField(max_length=60)
    prompt = models.CharField(max_length=200, blank=True)
    count = models.PositiveIntegerField()
    options = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=0)
    sources = models.ManyToManyField(Image, related_name="+")
    finding = models.ForeignKey(Finding, on_delete=models.SET_NULL, null=True, related_name="+")
    words = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    curves = models.JSONField(default=list)
    iterations = models.JSONField(default=list)
    copy_distance = models.FloatField(null=True)
    judged_by = models.ForeignKey(ModelVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )


class GenerationSheet(Record):
    """Pictures of the set that was the best after an iteration, side by side, as a PNG."""

    run = models.ForeignKey(GenerationRun, on_delete=models.CASCADE, related_name="sheets")
    iteration = models.PositiveIntegerField()
    picture = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["iteration", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "iteration"], name="sheet_once_per_iteration")]


class CandidateState(models.TextChoices):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


class CandidateNormal(VersionedRecord):
    """A generated picture. Only approved ones join the pool, in the training split, marked `generated`.

    `nearest_distance` is between unit vectors of what the pictures look like (0 = alike, 2 = opposite).
    `image` is what an approved one became; where that image is in quarantine, it was removed from the pool.
    """

    run = models.ForeignKey(GenerationRun, on_delete=models.CASCADE, related_name="candidates")
    position = models.PositiveIntegerField()
    picture = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    thumbnail = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    provenance = models.JSONField(default=dict)
    nearest_image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, related_name="+")
    nearest_distance = models.FloatField(null=True)
    is_copy = models.BooleanField(default=False)
    image_score = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=CandidateState, default=CandidateState.WAITING)
    image = models.OneToOneField(Image, on_delete=models.SET_NULL, null=True, related_name="candidate")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="candidate_position_once")]


class RepairReport(Record):
    """The same detector and seed with and without the generated images, on the frozen test split.

    Its job begins when both trainings have their models; `figures` are its result, empty until then.
    """

    run = models.ForeignKey(GenerationRun, on_delete=models.CASCADE, related_name="reports")
    without = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="+")
    with_generated = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="+")
    generated_images = models.PositiveIntegerField()
    figures = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

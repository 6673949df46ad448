"""Training runs, the model registry, thresholds, promotion and retraining policies."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Blob, Job, Record, VersionedRecord
from flawmark.datasets.models import Dataset, DatasetVersion, Image


class Trigger(models.TextChoices):
    PERSON = "person"
    NEW_NORMALS = "new_normals"
    SCHEDULE = "schedule"
    DRIFT = "drift"
    REPORT = "report"


class TrainingRun(Record):
    """One request to fit a detector on a dataset version. Its job tells how far it is.

    A run with the trigger `report` belongs to a comparison: its model never begins to serve by itself.
    `curves` is a list of `{"stage": name, "step": n, "losses": {…}}`; a stage counts its own steps.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="training_runs")
    dataset_version = models.ForeignKey(
        DatasetVersion, on_delete=models.PROTECT, related_name="training_runs"
    )
    detector = models.CharField(max_length=40)
    hyperparameters = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=0)
    trigger = models.CharField(max_length=12, choices=Trigger, default=Trigger.PERSON)
    policy = models.ForeignKey(
        "training.RetrainingPolicy", on_delete=models.SET_NULL, null=True, related_name="runs"
    )
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    curves = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )


class TrainingStrip(Record):
    """An example of what a stage of a run learned from: pictures side by side, as a PNG."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="strips")
    stage = models.CharField(max_length=60)
    step = models.PositiveIntegerField()
    picture = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["stage", "step", "id"]


class Stage(models.TextChoices):
    CANDIDATE = "candidate"
    CHAMPION = "champion"
    RETIRED = "retired"


class ModelVersion(VersionedRecord):
    """A fitted detector: immutable artifact, metrics on the frozen test split, where it came from.

    `map_scale`: score = stored uint16 × map_scale, for every score map of this model. `region_of_interest` is
    the dataset's at the time of training: what the model was taught to look at never changes under it.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="model_versions")
    number = models.PositiveIntegerField()
    run = models.OneToOneField(TrainingRun, on_delete=models.PROTECT, related_name="model_version")
    detector = models.CharField(max_length=40)
    hyperparameters = models.JSONField(default=dict)
    seed = models.PositiveIntegerField()
    dataset_version = models.ForeignKey(
        DatasetVersion, on_delete=models.PROTECT, related_name="model_versions"
    )
    artifact = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    artifact_sha256 = models.CharField(max_length=64)
    map_height = models.PositiveIntegerField()
    map_width = models.PositiveIntegerField()
    map_scale = models.FloatField()
    supports_live_bank = models.BooleanField(default=False)
    region_of_interest = models.JSONField(null=True)
    metrics = models.JSONField(default=dict)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CANDIDATE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="model_version_number_once"),
            models.UniqueConstraint(
                fields=["dataset"], condition=models.Q(stage="champion"), name="one_champion_per_dataset"
            ),
        ]


class ThresholdSet(Record):
    """T1, T2 and the pixel threshold of a model version at a bank revision. Newest counts; none is edited.

    t1 and t2 are None while too few held-out normals exist; `missing_normals` says how many more are
    needed, and every image is `review` until then.
    """

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="threshold_sets")
    bank_revision = models.PositiveIntegerField(default=0)
    t1 = models.FloatField(null=True)
    t2 = models.FloatField(null=True)
    pixel_threshold = models.FloatField(null=True)
    alpha_review = models.FloatField(default=0.05)
    alpha_fail = models.FloatField(default=0.01)
    missing_normals = models.PositiveIntegerField(default=0)
    calibration_normals = models.PositiveIntegerField(default=0)
    method = models.CharField(max_length=40)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)


class CalibrationWeight(Record):
    """How much a reviewed image counts in the thresholds: 1 / the probability with which it was picked.

    Images without a row count 1. Queue-picked normals score high: unweighted they would inflate T1.
    """

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="calibration_weight")
    weight = models.FloatField()


class Promotion(Record):
    """A change of champion, with the one before, so that it can be rolled back."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="promotions")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="promotions")
    previous = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)


class RetrainingPolicy(VersionedRecord):
    """When to retrain by itself: after N new normals, and/or by a cron schedule (UTC)."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="retraining_policies")
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    detector = models.CharField(max_length=40, default="patchcore")
    hyperparameters = models.JSONField(default=dict)
    new_normals = models.PositiveIntegerField(null=True, blank=True)
    cron = models.CharField(max_length=100, blank=True)
    drift_alpha = models.FloatField(null=True, blank=True)
    next_run_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

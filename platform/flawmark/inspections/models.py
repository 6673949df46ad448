"""Scored images, their score maps, and the live changes of memory banks."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Blob, Record
from flawmark.datasets.models import Image
from flawmark.training.models import ModelVersion


class Band(models.TextChoices):
    """`pass` < T1 ≤ `review` < T2 ≤ `fail`."""

    PASS = "pass"
    REVIEW = "review"
    FAIL = "fail"


class Inspection(Record):
    """One image scored by one model version, as of one bank revision.

    `score_map` holds raw little-endian uint16, model_version.map_height × map_width unless the image is
    tiled; score = value × model_version.map_scale. Higher = more anomalous. `map_peak` is the pixel score
    that at most one pixel in a thousand exceeds: what a normal image says about the pixel threshold.
    """

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="inspections")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="inspections")
    bank_revision = models.PositiveIntegerField(default=0)
    image_score = models.FloatField()
    map_peak = models.FloatField()
    band = models.CharField(max_length=6, choices=Band)
    score_map = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    map_height = models.PositiveIntegerField()
    map_width = models.PositiveIntegerField()
    stale = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "model_version"], name="inspection_once_per_model")
        ]
        indexes = [models.Index(fields=["model_version", "band", "image_score"], name="inspection_band")]


class BankOperation(models.TextChoices):
    ADD = "add"
    REMOVE = "remove"
    UNDO = "undo"


class BankRevision(Record):
    """One live change of a model version's memory bank; a journal that is only ever appended to.

    `payload` and `inverse` point at arrays kept as blobs. A revision that would make a confirmed defect drop
    a band is `held` until a curator decides.
    """

    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="bank_revisions")
    sequence = models.PositiveIntegerField()
    operation = models.CharField(max_length=6, choices=BankOperation)
    source_image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, related_name="+")
    payload = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    inverse = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    summary = models.JSONField(default=dict)
    held = models.BooleanField(default=False)
    visible_at = models.DateTimeField(null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model_version", "sequence"], name="bank_revision_sequence_once")
        ]


class ImageEmbedding(Record):
    """What an image looks like, as float16 values of one vector of length 1 (`detectors.features.pooled`).

    Made when an image is first scored; only vectors of the same `recipe` can be compared.
    """

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="embedding")
    recipe = models.CharField(max_length=80)
    vector = models.BinaryField()


class LeftOutScore(Record):
    """A training normal scored by a model's memory without what its group put there.

    `group_key` names the near-duplicates that were left out with it, empty for the image alone. Higher
    `score` = more suspicious. `box_xyxy` is its worst patch in pixels, `nearest_image` the image that comes
    nearest to that.
    """

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="left_out_scores")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="left_out_scores")
    group_key = models.CharField(max_length=64, blank=True)
    score = models.FloatField()
    box_xyxy = models.JSONField(default=list)
    nearest_image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "model_version"], name="left_out_score_once_per_model")
        ]

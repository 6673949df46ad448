"""Datasets, their images and captures."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from flawmark.accounts.models import Team
from flawmark.core.models import Blob, Record, VersionedRecord


class Dataset(VersionedRecord):
    """One product and view under inspection.

    `region_of_interest` is None (every pixel counts) or polygons in image pixels:
    `{"polygons": [[[x, y], …], …]}`.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=200, blank=True)
    region_of_interest = models.JSONField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="dataset_name_once_per_team")]


class DefectType(VersionedRecord):
    """A kind of defect; each has a layer of its own in the masks."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="defect_types")
    name = models.CharField(max_length=60)
    colour = models.CharField(max_length=7, default="#ff5a5f")
    hotkey = models.CharField(max_length=1, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="defect_type_once")]


class Label(models.TextChoices):
    UNLABELLED = "unlabelled"
    NORMAL = "normal"
    DEFECTIVE = "defective"


class Split(models.TextChoices):
    UNASSIGNED = "unassigned"
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Origin(models.TextChoices):
    CAPTURED = "captured"
    GENERATED = "generated"


class Image(VersionedRecord):
    """Pixels of a dataset, addressed by content: the same bytes are one image, however often captured.

    `current_revision` is the mask that counts now. `lot` (metadata `lot`, else the part, else the content
    hash) decides by its hash whether a reviewed image joins train or validation. `browser_ready`: a browser
    that shows the original bytes shows exactly the pixels that a detector reads.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="images")
    sha256 = models.CharField(max_length=64)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    thumbnail = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=255)
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    bit_depth = models.PositiveSmallIntegerField()
    browser_ready = models.BooleanField(default=True)
    perceptual_hash = models.BigIntegerField(null=True)
    label = models.CharField(max_length=10, choices=Label, default=Label.UNLABELLED)
    split = models.CharField(max_length=10, choices=Split, default=Split.UNASSIGNED)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.CAPTURED)
    lot = models.CharField(max_length=200)
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.CharField(max_length=200, blank=True)
    labelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    labelled_at = models.DateTimeField(null=True)
    current_revision = models.ForeignKey(
        "datasets.MaskRevision", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "sha256"], name="image_once_per_dataset"),
            # What a generator made must never measure anything, whatever code moves it.
            models.CheckConstraint(
                condition=~models.Q(origin="generated", split__in=["validation", "test"]),
                name="generated_images_only_train",
            ),
        ]
        indexes = [models.Index(fields=["dataset", "split", "label"], name="image_pool")]


class Capture(Record):
    """One shot of a part: the same pixels may be captured twice; verdicts roll up per part."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="captures")
    part = models.CharField(max_length=120, blank=True)
    station = models.CharField(max_length=120, blank=True)
    view = models.CharField(max_length=120, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["part"]), GinIndex(fields=["metadata"], name="capture_metadata")]


class BulkChange(Record):
    """One change of many images at once, with what an undo needs.

    `before` maps an image's id to what it was, and to the version that the change gave it: an image that was
    changed again since is not touched by the undo.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="bulk_changes")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    changes = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

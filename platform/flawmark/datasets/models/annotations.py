"""Masks: content-addressed tiles, mutable drafts, immutable revisions.

Drafts and revisions both hold `layers`, a list of
`{"kind": "defect"|"ignore"|"normal", "defect_type": id|None, "tiles": [{"row", "col", "sha256"}]}`
with one entry per layer, sorted, and no empty tiles.
"""

from django.conf import settings
from django.db import models

from flawmark.accounts.models import Team
from flawmark.core.models import Record, VersionedRecord
from flawmark.datasets.models.images import Image


class LayerKind(models.TextChoices):
    DEFECT = "defect"
    IGNORE = "ignore"
    NORMAL = "normal"


class MaskTile(Record):
    """512×512 pixels of 0 and 1, deflated (see `core.masks.tiles`); shared by every mask that has them."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "sha256"], name="mask_tile_once_per_team")]


class MaskRevision(Record):
    """A mask that somebody submitted. Never edited, never deleted; the image points at the current one."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    tool = models.CharField(max_length=40)
    model_version_id = models.UUIDField(null=True)
    pixel_threshold = models.FloatField(null=True)
    layers = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "number"], name="mask_revision_number_once")]


class Draft(VersionedRecord):
    """What one reviewer has painted for one task so far."""

    task_id = models.UUIDField()
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="drafts")
    base_revision = models.ForeignKey(MaskRevision, on_delete=models.PROTECT, null=True, related_name="+")
    layers = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task_id", "reviewer"], name="draft_once_per_task")]

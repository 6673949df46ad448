"""Immutable versions of a dataset: all that training ever reads."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Blob, Record
from flawmark.datasets.models.images import Dataset


class DatasetVersion(Record):
    """A hashed manifest of images, labels, splits, mask revisions and normal regions.

    The manifest is canonical JSON (sorted keys, sorted by image hash), so equal contents have equal hashes.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    manifest = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    counts = models.JSONField(default=dict)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_once"),
            models.UniqueConstraint(fields=["dataset", "sha256"], name="dataset_version_content_once"),
        ]

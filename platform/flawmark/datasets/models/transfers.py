"""Imports and exports, with a line for every file."""

from django.conf import settings
from django.db import models

from flawmark.core.models import Blob, Job, Record
from flawmark.datasets.models.images import Dataset, Image
from flawmark.datasets.models.versions import DatasetVersion


class ImportSource(models.TextChoices):
    ZIP = "zip"
    FOLDER = "folder"
    FILES = "files"


class Import(Record):
    """One delivery of images: a zip, a folder on the server, or single files.

    `uploads` are the files as they were sent, `{"name", "key", "size_bytes"}`, kept only until the import has
    ended. `defaults` are label, split and capture fields given to images whose place in the layout says
    nothing.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.CharField(max_length=10, choices=ImportSource)
    uploads = models.JSONField(default=list)
    folder = models.CharField(max_length=500, blank=True)
    defaults = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )


class ItemOutcome(models.TextChoices):
    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class ImportItem(Record):
    """What happened to one file, and why. Files that have a line are skipped when an import resumes."""

    parent = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="items")
    path = models.CharField(max_length=1000)
    outcome = models.CharField(max_length=10, choices=ItemOutcome)
    reason = models.CharField(max_length=300, blank=True)
    image = models.ForeignKey(Image, on_delete=models.SET_NULL, null=True, related_name="+")
    is_mask = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "path"], name="import_path_once")]


class Export(Record):
    """A dataset version written out for other tools."""

    version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="exports")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    format = models.CharField(max_length=10, choices=[("mvtec", "MVTec AD folders"), ("coco", "COCO JSON")])
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

"""What `/imports/` takes and gives."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from flawmark.core.models import Job
from flawmark.datasets.api.image_shapes import SPLIT_CHOICES
from flawmark.datasets.models import Import, ImportItem, Label
from flawmark.datasets.selectors.imports import outcome_counts


class TransferJob(serializers.ModelSerializer[Job]):
    """How far the job is; `/jobs/{id}/` has its log."""

    class Meta:
        model = Job
        fields = ["id", "state", "fraction", "message", "eta_s", "error_code", "error_detail"]
        read_only_fields = fields


class ImportCounts(serializers.Serializer[Any]):
    imported = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    refused = serializers.IntegerField()


class ImportOut(serializers.ModelSerializer[Import]):
    dataset = serializers.UUIDField(source="dataset_id")
    job = TransferJob(allow_null=True)
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Import
        fields = ["id", "dataset", "source", "folder", "defaults", "job", "counts", "created_at"]

    @extend_schema_field(ImportCounts)
    def get_counts(self, delivery: Import) -> dict[str, int]:
        return outcome_counts(delivery)


class ImportDefaults(serializers.Serializer[Any]):
    """For images whose place says nothing (label, split), and for all of them (the rest)."""

    label = serializers.ChoiceField(choices=Label.choices, required=False)  # type: ignore[assignment]
    split = serializers.ChoiceField(choices=SPLIT_CHOICES, required=False)
    part = serializers.CharField(max_length=120, required=False, allow_blank=True)
    station = serializers.CharField(max_length=120, required=False, allow_blank=True)
    view = serializers.CharField(max_length=120, required=False, allow_blank=True)
    lot = serializers.CharField(max_length=200, required=False, allow_blank=True)
    captured_at = serializers.DateTimeField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False)


@extend_schema_field(ImportDefaults)
class DefaultsField(serializers.JSONField):
    """`ImportDefaults`, as an object in JSON or as a JSON text in a form."""

    def to_internal_value(self, data: Any) -> Any:
        given = ImportDefaults(data=super().to_internal_value(data))
        given.is_valid(raise_exception=True)
        return given.data


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class PathsField(serializers.JSONField):
    """A list of names, in JSON or as a JSON text in a form."""

    def to_internal_value(self, data: Any) -> Any:
        names = super().to_internal_value(data)
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise serializers.ValidationError("Give a list of names.")
        return names


class ImportIn(serializers.Serializer[Any]):
    """Exactly one of `archive` (a zip), `files` and `folder` (on the server)."""

    dataset = serializers.UUIDField()
    archive = serializers.FileField(required=False)
    files = serializers.ListField(child=serializers.FileField(), required=False, allow_empty=False)
    folder = serializers.CharField(max_length=500, required=False)
    paths = PathsField(required=False, help_text="Names with folders, one for each of `files`.")
    defaults = DefaultsField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ("archive", "files", "folder")) != 1:
            raise serializers.ValidationError("Give exactly one of archive, files and folder.")
        return attrs


class ImportItemOut(serializers.ModelSerializer[ImportItem]):
    image = serializers.UUIDField(source="image_id", allow_null=True)

    class Meta:
        model = ImportItem
        fields = ["id", "path", "outcome", "reason", "image", "is_mask"]

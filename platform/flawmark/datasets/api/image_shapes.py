"""What `/images/` and `/captures/` take and give."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from flawmark.datasets.models import Capture, Image, Label, Split
from flawmark.datasets.services.images import BY_LOT

SPLIT_CHOICES = [*Split.choices, (BY_LOT, "train or validation, by the lot's hash")]


class CaptureOut(serializers.ModelSerializer[Capture]):
    image = serializers.UUIDField(source="image_id")

    class Meta:
        model = Capture
        fields = ["id", "image", "part", "station", "view", "captured_at", "metadata", "created_at"]


class ImageOut(serializers.ModelSerializer[Image]):
    dataset = serializers.UUIDField(source="dataset_id")
    labelled_by = serializers.CharField(source="labelled_by.username", default=None, allow_null=True)
    current_revision = serializers.UUIDField(source="current_revision_id", allow_null=True)
    content_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id", "dataset", "sha256", "filename", "width_px", "height_px", "channels", "bit_depth",
            "label", "split", "origin", "lot", "quarantined_at", "quarantine_reason", "labelled_by",
            "labelled_at", "current_revision", "version", "created_at", "content_url", "thumbnail_url",
        ]  # fmt: skip
        read_only_fields = fields

    def get_content_url(self, image: Image) -> str:
        return reverse("image-content", args=[image.id])

    def get_thumbnail_url(self, image: Image) -> str:
        return reverse("image-thumbnail", args=[image.id])


class ImageDetailOut(ImageOut):
    captures = CaptureOut(many=True)

    class Meta(ImageOut.Meta):
        fields = [*ImageOut.Meta.fields, "captures"]


class ImagePatch(serializers.Serializer[Any]):
    """At least one of label, split and quarantined. `leave_test` lets a test image be trained on."""

    label = serializers.ChoiceField(choices=Label.choices, required=False)  # type: ignore[assignment]
    split = serializers.ChoiceField(choices=SPLIT_CHOICES, required=False)
    quarantined = serializers.BooleanField(required=False)
    quarantine_reason = serializers.CharField(max_length=200, required=False, allow_blank=True)
    leave_test = serializers.BooleanField(required=False)


class ImageSelection(serializers.Serializer[Any]):
    """The same conditions as the list's query parameters; lists take several values."""

    label = serializers.ListField(child=serializers.ChoiceField(choices=Label.choices), required=False)  # type: ignore[assignment]
    split = serializers.ListField(child=serializers.ChoiceField(choices=Split.choices), required=False)
    origin = serializers.ListField(child=serializers.CharField(), required=False)
    quarantined = serializers.BooleanField(required=False)
    filename = serializers.CharField(required=False)
    lot = serializers.CharField(required=False)
    part = serializers.CharField(required=False)
    station = serializers.CharField(required=False)
    has_mask = serializers.BooleanField(required=False)


class BulkIn(serializers.Serializer[Any]):
    """Either `ids` or `filter`; `filter: {}` means every image of the dataset."""

    dataset = serializers.UUIDField()
    ids = serializers.ListField(child=serializers.UUIDField(), required=False, allow_empty=False)
    filter = ImageSelection(required=False)
    changes = ImagePatch()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError("Give either ids or filter.")
        return attrs


class BulkOutcomeOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="image_id")
    outcome = serializers.ChoiceField(choices=["changed", "unchanged", "refused"])
    version = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True)


class BulkOut(serializers.Serializer[Any]):
    """`undo_id` is for `POST /images/bulk/{undo_id}/undo/`; null in the answer of an undo."""

    undo_id = serializers.UUIDField(allow_null=True)
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    outcomes = BulkOutcomeOut(many=True)


class HistoryEntry(serializers.Serializer[Any]):
    """`kind` is `change`, `bulk_change` or `mask`; `detail` says what."""

    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    kind = serializers.CharField()
    action = serializers.CharField()
    detail = serializers.JSONField()


class CaptureIn(serializers.Serializer[Any]):
    image = serializers.UUIDField()
    part = serializers.CharField(max_length=120, required=False, allow_blank=True)
    station = serializers.CharField(max_length=120, required=False, allow_blank=True)
    view = serializers.CharField(max_length=120, required=False, allow_blank=True)
    captured_at = serializers.DateTimeField(required=False, allow_null=True)
    metadata = serializers.DictField(required=False)

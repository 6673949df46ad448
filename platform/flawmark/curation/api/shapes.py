"""What `/pool-health/`, `/findings/` and `/finding-actions/` take and give."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from flawmark.core.api import JobOut
from flawmark.curation.models import (
    Finding,
    FindingAction,
    FindingActionKind,
    FindingImage,
    PoolHealthReport,
)
from flawmark.curation.selectors import images_since
from flawmark.datasets.models import Label

SHOWN_PICTURES = 12


class PoolHealthIn(serializers.Serializer[Any]):
    dataset = serializers.UUIDField()


class PoolHealthOut(serializers.ModelSerializer[PoolHealthReport]):
    """`figures` are the numbers of the whole pool; empty until the job has succeeded."""

    job = JobOut()
    model_number = serializers.IntegerField(source="model_version.number", default=None, allow_null=True)
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    class Meta:
        model = PoolHealthReport
        fields = [
            "id", "dataset", "model_version", "model_number", "job", "figures", "created_by", "created_at"
        ]  # fmt: skip
        read_only_fields = fields


class PoolHealthDetailOut(PoolHealthOut):
    """`images_since`: images of the pool that came or were changed since the report was asked for."""

    images_since = serializers.SerializerMethodField()
    findings_by_kind = serializers.SerializerMethodField()

    class Meta(PoolHealthOut.Meta):
        fields = [*PoolHealthOut.Meta.fields, "images_since", "findings_by_kind"]
        read_only_fields = fields

    def get_images_since(self, report: PoolHealthReport) -> int:
        return images_since(report)

    def get_findings_by_kind(self, report: PoolHealthReport) -> dict[str, int]:
        kinds = list(report.findings.values_list("kind", flat=True))
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


class FindingPictureOut(serializers.ModelSerializer[FindingImage]):
    """An image as it is now, with what the report found about it."""

    id = serializers.UUIDField(source="image_id")
    filename = serializers.CharField(source="image.filename")
    width_px = serializers.IntegerField(source="image.width_px")
    height_px = serializers.IntegerField(source="image.height_px")
    label = serializers.CharField(source="image.label")  # type: ignore[assignment]
    split = serializers.CharField(source="image.split")
    quarantined_at = serializers.DateTimeField(source="image.quarantined_at", allow_null=True)
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = FindingImage
        fields = [
            "id", "rank", "figures", "filename", "width_px", "height_px", "label", "split",
            "quarantined_at", "thumbnail_url",
        ]  # fmt: skip
        read_only_fields = fields

    def get_thumbnail_url(self, picture: FindingImage) -> str:
        return reverse("image-thumbnail", args=[picture.image_id])


class FindingActionOut(serializers.ModelSerializer[FindingAction]):
    """`images` are those that were changed, or that now wait for review."""

    finding = serializers.UUIDField(source="finding_id")
    images = serializers.ListField(child=serializers.UUIDField())
    actor = serializers.CharField(source="actor.username", default=None, allow_null=True)

    class Meta:
        model = FindingAction
        fields = ["id", "finding", "action", "images", "changed", "actor", "created_at", "undone_at"]
        read_only_fields = fields


class FindingOut(serializers.ModelSerializer[Finding]):
    """`pictures` are the first 12 of `image_count`; `/findings/{id}/images/` has them all."""

    report = serializers.UUIDField(source="report_id")
    dataset = serializers.UUIDField(source="report.dataset_id")
    pictures = serializers.SerializerMethodField()
    actions = FindingActionOut(many=True)

    class Meta:
        model = Finding
        fields = [
            "id", "report", "dataset", "kind", "severity", "figures", "image_count", "pictures", "actions"
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(FindingPictureOut(many=True))
    def get_pictures(self, finding: Finding) -> list[dict[str, Any]]:
        return FindingPictureOut(finding.first_pictures, many=True).data  # type: ignore[attr-defined,return-value]


class FindingActIn(serializers.Serializer[Any]):
    """Without `images` all of the finding's; `label` for a relabel, `keep` for a merge."""

    action = serializers.ChoiceField(choices=FindingActionKind.choices)
    images = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=1000)
    label = serializers.ChoiceField(choices=Label.choices, required=False)  # type: ignore[assignment]
    keep = serializers.UUIDField(required=False, allow_null=True)


class PoolMapOut(serializers.Serializer[Any]):
    """Columns of equal length, one entry an image; `score` higher = more suspicious, `mode` from 1."""

    ids = serializers.ListField(child=serializers.UUIDField())
    x = serializers.ListField(child=serializers.FloatField())
    y = serializers.ListField(child=serializers.FloatField())
    label = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    split = serializers.ListField(child=serializers.CharField())
    score = serializers.ListField(child=serializers.FloatField(allow_null=True))
    camera = serializers.ListField(child=serializers.CharField(allow_blank=True))
    mode = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    quarantined = serializers.ListField(child=serializers.BooleanField())
    filename = serializers.ListField(child=serializers.CharField())

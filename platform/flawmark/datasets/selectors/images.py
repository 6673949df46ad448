"""Finding images."""

from uuid import UUID

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet

from flawmark.accounts.models import AuditEntry, Team
from flawmark.datasets.models import BulkChange, Capture, Image, Label, Origin, Split


def images_of(team: Team) -> QuerySet[Image]:
    return Image.objects.filter(dataset__team=team).select_related("labelled_by")


class UuidInFilter(filters.BaseInFilter, filters.UUIDFilter):
    """Ids separated by commas."""


class ImageFilter(filters.FilterSet):
    """Conditions on images; all given ones must hold."""

    dataset = filters.UUIDFilter(field_name="dataset_id")
    label = filters.MultipleChoiceFilter(choices=Label.choices, distinct=False)
    split = filters.MultipleChoiceFilter(choices=Split.choices, distinct=False)
    origin = filters.MultipleChoiceFilter(choices=Origin.choices, distinct=False)
    quarantined = filters.BooleanFilter(field_name="quarantined_at", lookup_expr="isnull", exclude=True)
    filename = filters.CharFilter(lookup_expr="icontains")
    lot = filters.CharFilter()
    part = filters.CharFilter(method="by_capture")
    station = filters.CharFilter(method="by_capture")
    has_mask = filters.BooleanFilter(method="by_mask")
    ids = UuidInFilter(field_name="id", lookup_expr="in")

    class Meta:
        model = Image
        fields: list[str] = []

    def by_capture(self, images: QuerySet[Image], name: str, value: str) -> QuerySet[Image]:
        return images.filter(Exists(Capture.objects.filter(image_id=OuterRef("id"), **{name: value})))

    def by_mask(self, images: QuerySet[Image], _name: str, value: bool) -> QuerySet[Image]:
        masked = images.filter(current_revision__isnull=False).exclude(current_revision__layers=[])
        return masked if value else images.exclude(id__in=masked.values("id"))


def audit_of_image(image: Image) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        team_id=image.dataset.team_id, object_type="image", object_id=image.id
    ).select_related("actor")


def bulk_changes_of_image(image: Image) -> QuerySet[BulkChange]:
    return BulkChange.objects.filter(
        dataset_id=image.dataset_id, before__has_key=str(image.id)
    ).select_related("actor")


def bulk_changes_of(team: Team, bulk_id: UUID) -> QuerySet[BulkChange]:
    return BulkChange.objects.filter(dataset__team=team, id=bulk_id)

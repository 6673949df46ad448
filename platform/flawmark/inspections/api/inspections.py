"""`/inspections/`: what models said of images, with their score maps."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from flawmark.accounts.access import team_of
from flawmark.core.blobs import blob_bytes
from flawmark.inspections.models import Band, Inspection
from flawmark.inspections.selectors import inspections_of
from flawmark.inspections.services.maps import map_png


class InspectionMapOut(serializers.Serializer[Any]):
    """Raw little-endian uint16 under `url`, row-major; score = value × scale."""

    url = serializers.CharField()
    height = serializers.IntegerField()
    width = serializers.IntegerField()
    scale = serializers.FloatField()


class InspectionOut(serializers.ModelSerializer[Inspection]):
    map = serializers.SerializerMethodField()
    filename = serializers.CharField(source="image.filename")
    label = serializers.CharField(source="image.label")  # type: ignore[assignment]
    split = serializers.CharField(source="image.split")

    class Meta:
        model = Inspection
        fields = [
            "id", "image", "filename", "label", "split", "model_version", "bank_revision", "image_score",
            "band", "map", "stale", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(InspectionMapOut)
    def get_map(self, inspection: Inspection) -> Any:
        return {
            "url": f"/api/v1/inspections/{inspection.id}/map/",
            "height": inspection.map_height,
            "width": inspection.map_width,
            "scale": inspection.model_version.map_scale,
        }


class InspectionFilter(filters.FilterSet):
    dataset = filters.UUIDFilter(field_name="model_version__dataset_id")
    model_version = filters.UUIDFilter(field_name="model_version_id")
    image = filters.UUIDFilter(field_name="image_id")
    band = filters.MultipleChoiceFilter(choices=Band.choices)
    label = filters.CharFilter(field_name="image__label")
    split = filters.CharFilter(field_name="image__split")
    champion = filters.BooleanFilter(method="of_champions", label="Only of models that serve")

    class Meta:
        model = Inspection
        fields = ["stale"]

    def of_champions(self, rows: QuerySet[Inspection], _name: str, wanted: bool) -> QuerySet[Inspection]:
        serving = rows.filter(model_version__stage="champion")
        return serving if wanted else rows.exclude(model_version__stage="champion")


class InspectionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Inspection]
):
    """Inspections of the team; order by `image_score` or `-image_score`, else newest first."""

    serializer_class = InspectionOut
    queryset = Inspection.objects.none()
    filter_backends = [filters.DjangoFilterBackend, OrderingFilter]
    filterset_class = InspectionFilter
    ordering_fields = ["image_score", "id"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[Inspection]:
        if getattr(self, "swagger_fake_view", False):
            return Inspection.objects.none()
        return inspections_of(team_of(self.request))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def map(self, _request: Request, pk: str | None = None) -> HttpResponse:
        """The score map at its native grid: raw little-endian uint16, described by `X-Map-*` headers."""
        inspection = self.get_object()
        response = HttpResponse(blob_bytes(inspection.score_map), content_type="application/octet-stream")
        response["X-Map-Height"] = str(inspection.map_height)
        response["X-Map-Width"] = str(inspection.map_width)
        response["X-Map-Scale"] = repr(inspection.model_version.map_scale)
        response["ETag"] = f'"{inspection.score_map.sha256}"'
        response["Cache-Control"] = "private, no-cache"
        return response

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="map-png")
    def map_png(self, _request: Request, pk: str | None = None) -> HttpResponse:
        """The map at the image's size as a 16-bit grey PNG, for export."""
        return HttpResponse(map_png(self.get_object()), content_type="image/png")

"""`/exports/`: dataset versions as files for other tools."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.errors import Conflict
from flawmark.core.http.files import download_response, signed_url
from flawmark.core.http.idempotency import run_once
from flawmark.core.models import Blob
from flawmark.datasets.api.import_shapes import TransferJob
from flawmark.datasets.models import DatasetVersion, Export
from flawmark.datasets.services.exports import export_create


class ExportOut(serializers.ModelSerializer[Export]):
    """`download_url` needs no login and holds for 60 seconds; null until the export has succeeded."""

    version = serializers.UUIDField(source="version_id")
    dataset = serializers.UUIDField(source="version.dataset_id")
    job = TransferJob(allow_null=True)
    size_bytes = serializers.IntegerField(source="blob.size_bytes", default=None, allow_null=True)
    download_url = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = ["id", "dataset", "version", "format", "job", "size_bytes", "download_url", "created_at"]

    def get_download_url(self, export: Export) -> str | None:
        return signed_url(export.blob, filename=_filename(export)) if export.blob else None


class ExportIn(serializers.Serializer[Any]):
    version = serializers.UUIDField()
    format = serializers.ChoiceField(choices=["mvtec", "coco"])


class ExportFilter(filters.FilterSet):
    dataset = filters.UUIDFilter(field_name="version__dataset_id")
    version = filters.UUIDFilter(field_name="version_id")

    class Meta:
        model = Export
        fields: list[str] = []


class ExportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Export]):
    """Exports, newest first."""

    queryset = Export.objects.none()
    serializer_class = ExportOut
    filterset_class = ExportFilter

    def get_queryset(self) -> QuerySet[Export]:
        if getattr(self, "swagger_fake_view", False):
            return Export.objects.none()
        exports = Export.objects.filter(version__dataset__team=team_of(self.request))
        return exports.select_related("version__dataset", "job", "blob")

    @extend_schema(request=ExportIn, responses={202: ExportOut})
    def create(self, request: Request) -> Response:
        """Start writing a version as a zip: MVTec AD folders, or COCO JSON with RLE masks."""
        given = ExportIn(data=request.data)
        given.is_valid(raise_exception=True)
        data, team = given.validated_data, team_of(request)
        version = get_object_or_404(DatasetVersion, dataset__team=team, id=data["version"])

        def create() -> Response:
            export = export_create(version=version, export_format=data["format"], actor=actor_of(request))
            return Response(ExportOut(export).data, status=202)

        return run_once(request, team_id=team.id, endpoint="exports", create=create)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True)
    def download(self, _request: Request, pk: str | None = None) -> HttpResponseBase:
        """The zip. Raises Conflict while the export is still running."""
        export = self.get_object()
        blob: Blob | None = export.blob
        if blob is None:
            raise Conflict("This export is not ready yet.", code="not_ready")
        return download_response(blob, filename=_filename(export))


def _filename(export: Export) -> str:
    return f"{export.version.dataset.name}-v{export.version.number}-{export.format}.zip"

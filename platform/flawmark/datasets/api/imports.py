"""`/imports/`: bring images in, and see what happened to each file."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.api.import_shapes import ImportIn, ImportItemOut, ImportOut
from flawmark.datasets.models import Dataset, Import, ImportItem
from flawmark.datasets.services.imports import (
    import_create_files,
    import_create_folder,
    import_create_zip,
)


class ImportFilter(filters.FilterSet):
    dataset = filters.UUIDFilter(field_name="dataset_id")

    class Meta:
        model = Import
        fields: list[str] = []


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Import]):
    """Imports, newest first. Cancel one by its job."""

    queryset = Import.objects.none()
    serializer_class = ImportOut
    filterset_class = ImportFilter

    def get_queryset(self) -> QuerySet[Import]:
        if getattr(self, "swagger_fake_view", False):
            return Import.objects.none()
        return Import.objects.filter(dataset__team=team_of(self.request)).select_related("job")

    @extend_schema(
        request={"multipart/form-data": ImportIn, "application/json": ImportIn}, responses={202: ImportOut}
    )
    def create(self, request: Request) -> Response:
        """Start an import; its job tells how far it is, `items` what happened to each file."""
        given = ImportIn(data=request.data)
        given.is_valid(raise_exception=True)
        data, team = given.validated_data, team_of(request)
        dataset = get_object_or_404(Dataset, team=team, id=data["dataset"])

        def create() -> Response:
            delivery = _create(dataset, request, data)
            return Response(ImportOut(delivery).data, status=202)

        return run_once(request, team_id=team.id, endpoint="imports", create=create)


class ImportItemViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ImportItem]):
    """A line for each file of one import: imported, duplicate, or refused with the reason."""

    queryset = ImportItem.objects.none()
    serializer_class = ImportItemOut
    filterset_fields = ["outcome", "is_mask"]

    def get_queryset(self) -> QuerySet[ImportItem]:
        if getattr(self, "swagger_fake_view", False):
            return ImportItem.objects.none()
        deliveries = Import.objects.filter(dataset__team=team_of(self.request))
        return get_object_or_404(deliveries, id=self.kwargs["import_id"]).items.all()


def _create(dataset: Dataset, request: Request, data: dict[str, Any]) -> Import:
    actor, defaults = actor_of(request), data.get("defaults") or {}
    if "archive" in data:
        return import_create_zip(dataset=dataset, actor=actor, archive=data["archive"], defaults=defaults)
    if "folder" in data:
        return import_create_folder(dataset=dataset, actor=actor, folder=data["folder"], defaults=defaults)
    return import_create_files(
        dataset=dataset,
        actor=actor,
        files=data["files"],
        paths=data.get("paths") or [],
        defaults=defaults,
    )

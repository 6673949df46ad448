"""`/versions/`: frozen states of a dataset."""

from typing import Any
from uuid import UUID

import django_filters as filters
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.errors import InvalidInput
from flawmark.core.http.files import download_response
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.models import Dataset, DatasetVersion
from flawmark.datasets.selectors.versions import version_diff
from flawmark.datasets.services.versions import dataset_version_create

LISTED = 500


class VersionCounts(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    masks = serializers.IntegerField()
    label_by_split = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))


class VersionOut(serializers.ModelSerializer[DatasetVersion]):
    dataset = serializers.UUIDField(source="dataset_id")
    counts = VersionCounts()
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    class Meta:
        model = DatasetVersion
        fields = ["id", "dataset", "number", "sha256", "counts", "note", "created_by", "created_at"]


class VersionIn(serializers.Serializer[Any]):
    dataset = serializers.UUIDField()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class DiffImage(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    filename = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    split = serializers.CharField()
    changes = serializers.DictField(required=False, help_text="{field: [before, after]}; masks by number.")


class VersionDiff(serializers.Serializer[Any]):
    """Numbers of all differences, and the first 500 of each kind."""

    added_count = serializers.IntegerField()
    removed_count = serializers.IntegerField()
    changed_count = serializers.IntegerField()
    added = DiffImage(many=True)
    removed = DiffImage(many=True)
    changed = DiffImage(many=True)


class VersionFilter(filters.FilterSet):
    dataset = filters.UUIDFilter(field_name="dataset_id")

    class Meta:
        model = DatasetVersion
        fields = ["number", "sha256"]


AGAINST = OpenApiParameter("against", UUID, required=True, description="The older version.")


class VersionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DatasetVersion]
):
    """Dataset versions, newest first. Training reads nothing else."""

    queryset = DatasetVersion.objects.none()
    serializer_class = VersionOut
    filterset_class = VersionFilter

    def get_queryset(self) -> QuerySet[DatasetVersion]:
        if getattr(self, "swagger_fake_view", False):
            return DatasetVersion.objects.none()
        versions = DatasetVersion.objects.filter(dataset__team=team_of(self.request))
        return versions.select_related("created_by", "dataset", "manifest")

    @extend_schema(request=VersionIn, responses={200: VersionOut, 201: VersionOut})
    def create(self, request: Request) -> Response:
        """Freeze the dataset; 200 with the version that is there when nothing has changed since."""
        given = VersionIn(data=request.data)
        given.is_valid(raise_exception=True)
        data, team = given.validated_data, team_of(request)
        dataset = get_object_or_404(Dataset, team=team, id=data["dataset"])

        def create() -> Response:
            known = set(dataset.versions.values_list("id", flat=True))
            version = dataset_version_create(
                dataset=dataset, actor=actor_of(request), note=data.get("note", "")
            )
            return Response(VersionOut(version).data, status=200 if version.id in known else 201)

        return run_once(request, team_id=team.id, endpoint="versions", create=create)

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    @action(detail=True)
    def manifest(self, _request: Request, pk: str | None = None) -> HttpResponseBase:
        """The manifest itself; its SHA-256 is the version's."""
        version = self.get_object()
        return download_response(version.manifest, filename=f"version-{version.number}.json")

    @extend_schema(parameters=[AGAINST], responses=VersionDiff)
    @action(detail=True)
    def diff(self, request: Request, pk: str | None = None) -> Response:
        """What came, went and changed between an older version and this one."""
        version = self.get_object()
        older = self._older(request.query_params.get("against", ""), version.dataset_id)
        diff = version_diff(older, version)
        counts = {f"{kind}_count": len(rows) for kind, rows in diff.items()}
        shown = {kind: rows[:LISTED] for kind, rows in diff.items()}
        return Response(VersionDiff(counts | shown).data)

    def _older(self, text: str, dataset_id: UUID) -> DatasetVersion:
        try:
            return get_object_or_404(self.get_queryset(), id=UUID(text), dataset_id=dataset_id)
        except ValueError as error:
            raise InvalidInput("Say which version to compare with.", field="against") from error

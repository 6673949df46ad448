"""`/datasets/` and their defect types."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.etag import expected_version, lost_race_shows, with_etag
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.api.dataset_shapes import (
    DatasetIn,
    DatasetOut,
    DatasetPatch,
    DatasetStats,
    DefectTypeIn,
    DefectTypeOut,
    DefectTypePatch,
)
from flawmark.datasets.models import Dataset, DefectType
from flawmark.datasets.selectors.datasets import (
    DatasetFilter,
    dataset_counts,
    dataset_lacks,
    image_counts,
    label_by_split,
    mask_count,
)
from flawmark.datasets.services.datasets import (
    dataset_create,
    dataset_update,
    defect_type_create,
    defect_type_update,
)


class DatasetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Dataset]):
    """Datasets of the team, newest first. Archived ones are listed with `archived=true`."""

    queryset = Dataset.objects.none()
    serializer_class = DatasetOut
    filterset_class = DatasetFilter

    def get_queryset(self) -> QuerySet[Dataset]:
        if getattr(self, "swagger_fake_view", False):
            return Dataset.objects.none()
        return Dataset.objects.filter(team=team_of(self.request)).prefetch_related("defect_types")

    def list(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(_shown(page or []))

    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        dataset = self.get_object()
        return with_etag(Response(_shown([dataset])[0]), dataset.version)

    @extend_schema(request=DatasetIn, responses={201: DatasetOut})
    def create(self, request: Request) -> Response:
        """Create a dataset, with one defect type called "defect"."""
        given = DatasetIn(data=request.data)
        given.is_valid(raise_exception=True)
        team = team_of(request)

        def create() -> Response:
            dataset = dataset_create(team=team, actor=actor_of(request), **given.validated_data)
            return with_etag(Response(_shown([dataset])[0], status=201), dataset.version)

        return run_once(request, team_id=team.id, endpoint="datasets", create=create)

    @extend_schema(request=DatasetPatch, responses=DatasetOut)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change a dataset; needs `If-Match`. `archived` hides it and brings it back."""
        given = DatasetPatch(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        found = self.get_object()
        with lost_race_shows(lambda: _shown([self.get_object()])[0]):
            dataset = dataset_update(
                dataset=found,
                expected_version=expected_version(request),
                changes=given.validated_data,
                actor=actor_of(request),
            )
        return with_etag(Response(_shown([dataset])[0]), dataset.version)

    @extend_schema(responses=DatasetStats)
    @action(detail=True)
    def stats(self, _request: Request, pk: str | None = None) -> Response:
        """How many images there are of each kind, and what the dataset still lacks."""
        dataset = self.get_object()
        table, masks = label_by_split(dataset), mask_count(dataset)
        lacks = dataset_lacks(table, masks=masks)
        stats = {
            "counts": image_counts(dataset.images.all()),
            "label_by_split": table,
            "pool": table["train"]["normal"],
            "masks": masks,
            "lacks": lacks,
            "trainable": not any(lack.blocks_training for lack in lacks),
        }
        return Response(DatasetStats(stats).data)


def _shown(datasets: list[Dataset]) -> list[dict[str, Any]]:
    counts = dataset_counts(dataset.id for dataset in datasets)
    return [dict(row) for row in DatasetOut(datasets, many=True, context={"counts": counts}).data]


class DefectTypeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[DefectType]):
    """Kinds of defect of one dataset; each has a layer of its own in the masks."""

    queryset = DefectType.objects.none()
    serializer_class = DefectTypeOut
    pagination_class = None
    filter_backends: list[Any] = []

    def dataset(self) -> Dataset:
        return get_object_or_404(Dataset, team=team_of(self.request), id=self.kwargs["dataset_id"])

    def get_queryset(self) -> QuerySet[DefectType]:
        if getattr(self, "swagger_fake_view", False):
            return DefectType.objects.none()
        return DefectType.objects.filter(dataset=self.dataset()).order_by("created_at", "id")

    @extend_schema(request=DefectTypeIn, responses={201: DefectTypeOut})
    def create(self, request: Request, dataset_id: Any = None) -> Response:
        given = DefectTypeIn(data=request.data)
        given.is_valid(raise_exception=True)
        dataset = self.dataset()

        def create() -> Response:
            made = defect_type_create(dataset=dataset, actor=actor_of(request), **given.validated_data)
            return with_etag(Response(DefectTypeOut(made).data, status=201), made.version)

        endpoint = f"datasets/{dataset.id}/defect-types"
        return run_once(request, team_id=team_of(request).id, endpoint=endpoint, create=create)

    @extend_schema(request=DefectTypePatch, responses=DefectTypeOut)
    def partial_update(self, request: Request, dataset_id: Any = None, pk: str | None = None) -> Response:
        """Rename or recolour; needs `If-Match`. Masks keep pointing at the type."""
        given = DefectTypePatch(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        found = self.get_object()
        with lost_race_shows(lambda: DefectTypeOut(self.get_object()).data):
            defect_type = defect_type_update(
                defect_type=found,
                expected_version=expected_version(request),
                changes=given.validated_data,
                actor=actor_of(request),
            )
        return with_etag(Response(DefectTypeOut(defect_type).data), defect_type.version)

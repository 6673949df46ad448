"""`/pool-health/`: ask for reports on a pool, and read them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.idempotency import run_once
from flawmark.curation.api.shapes import PoolHealthDetailOut, PoolHealthIn, PoolHealthOut, PoolMapOut
from flawmark.curation.models import PoolHealthReport
from flawmark.curation.selectors import reports_of
from flawmark.curation.services.mapping import map_points
from flawmark.curation.services.reports import health_request
from flawmark.training.selectors import dataset_get


class PoolHealthViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PoolHealthReport]
):
    """Reports on the health of pools, newest first."""

    queryset = PoolHealthReport.objects.none()
    filterset_fields = ["dataset", "job__state"]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[PoolHealthReport]:
        if getattr(self, "swagger_fake_view", False):
            return PoolHealthReport.objects.none()
        return reports_of(team_of(self.request))

    def get_serializer_class(self) -> Any:
        return PoolHealthDetailOut if self.action == "retrieve" else PoolHealthOut

    @extend_schema(request=PoolHealthIn, responses={201: PoolHealthDetailOut})
    def create(self, request: Request) -> Response:
        """Look at the normal training images of a dataset. Only new images are measured."""
        given = PoolHealthIn(data=request.data)
        given.is_valid(raise_exception=True)

        def create() -> Response:
            dataset = dataset_get(team_of(request), given.validated_data["dataset"])
            report = health_request(dataset=dataset, actor=actor_of(request))
            return Response(PoolHealthDetailOut(report).data, status=201)

        return run_once(request, team_id=team_of(request).id, endpoint="pool-health", create=create)

    @extend_schema(responses=PoolMapOut)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def map(self, _request: Request, pk: str | None = None) -> Response:
        """Where each image of the dataset lies among the others: near ones look alike."""
        return Response(PoolMapOut(map_points(self.get_object())).data)

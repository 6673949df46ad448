"""`/findings/` and `/finding-actions/`: what a report found, and what people do about it."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.idempotency import run_once
from flawmark.curation.api.shapes import (
    SHOWN_PICTURES,
    FindingActIn,
    FindingActionOut,
    FindingOut,
    FindingPictureOut,
)
from flawmark.curation.models import Finding, FindingAction, FindingImage
from flawmark.curation.selectors import actions_of, findings_of, pictures_of
from flawmark.curation.services.acting import Wanted, finding_act, finding_action_undo


class WorstFirst(CursorPagination):
    """The most severe first."""

    ordering = ("-severity", "id")
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class ByRank(CursorPagination):
    """In the order of the finding."""

    ordering = "rank"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


class FindingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Finding]):
    """Findings, the most severe first; give `report`, and `kind` for one kind alone."""

    queryset = Finding.objects.none()
    serializer_class = FindingOut
    pagination_class = WorstFirst
    filterset_fields = ["report", "kind"]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Finding]:
        if getattr(self, "swagger_fake_view", False):
            return Finding.objects.none()
        first = FindingImage.objects.filter(rank__lt=SHOWN_PICTURES).select_related("image").order_by("rank")
        actions = FindingAction.objects.select_related("actor").order_by("-id")
        return findings_of(team_of(self.request)).prefetch_related(
            Prefetch("pictures", queryset=first, to_attr="first_pictures"),
            Prefetch("actions", queryset=actions),
        )

    @extend_schema(responses=FindingPictureOut(many=True), filters=False)
    @action(detail=True, pagination_class=ByRank, filter_backends=[])
    def images(self, request: Request, pk: str | None = None) -> Response:
        """All pictures of the finding, in its order."""
        pictures: Any = pictures_of(self.get_object())
        page: Any = self.paginate_queryset(pictures)
        return self.get_paginated_response(FindingPictureOut(page, many=True).data)

    @extend_schema(request=FindingActIn, responses={201: FindingActionOut})
    @action(detail=True, methods=["post"])
    def act(self, request: Request, pk: str | None = None) -> Response:
        """Quarantine, relabel, merge or send to review; `/finding-actions/{id}/undo/` takes it back."""
        given = FindingActIn(data=request.data)
        given.is_valid(raise_exception=True)
        finding = self.get_object()

        def act() -> Response:
            done = finding_act(finding=finding, wanted=_wanted(given.validated_data), actor=actor_of(request))
            return Response(FindingActionOut(done).data, status=201)

        endpoint = f"findings.act.{finding.id}"
        return run_once(request, team_id=team_of(request).id, endpoint=endpoint, create=act)


class FindingActionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[FindingAction]
):
    """What was done about findings, newest first."""

    queryset = FindingAction.objects.none()
    serializer_class = FindingActionOut
    filterset_fields = ["finding"]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[FindingAction]:
        if getattr(self, "swagger_fake_view", False):
            return FindingAction.objects.none()
        return actions_of(team_of(self.request))

    @extend_schema(request=None, responses=FindingActionOut)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str | None = None) -> Response:
        """Put back everything that nobody has changed since."""
        done = finding_action_undo(action=self.get_object(), actor=actor_of(request))
        return Response(FindingActionOut(done).data)


def _wanted(data: dict[str, Any]) -> Wanted:
    images: list[UUID] = data.get("images", [])
    return Wanted(data["action"], tuple(images), data.get("label", ""), data.get("keep"))

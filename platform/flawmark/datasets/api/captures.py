"""`/captures/`: when and where the pixels were taken."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import team_of
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.api.image_shapes import CaptureIn, CaptureOut
from flawmark.datasets.models import Capture, Image
from flawmark.datasets.services.images import CaptureFields, capture_add


class CaptureFilter(filters.FilterSet):
    image = filters.UUIDFilter(field_name="image_id")
    dataset = filters.UUIDFilter(field_name="image__dataset_id")

    class Meta:
        model = Capture
        fields = ["part", "station", "view"]


class CaptureViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Capture]):
    """Captures of the team's images, newest first; the same pixels may be captured twice."""

    queryset = Capture.objects.none()
    serializer_class = CaptureOut
    filterset_class = CaptureFilter

    def get_queryset(self) -> QuerySet[Capture]:
        if getattr(self, "swagger_fake_view", False):
            return Capture.objects.none()
        return Capture.objects.filter(image__dataset__team=team_of(self.request))

    @extend_schema(request=CaptureIn, responses={201: CaptureOut})
    def create(self, request: Request) -> Response:
        given = CaptureIn(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(given.validated_data)
        image = get_object_or_404(Image, dataset__team=team_of(request), id=data.pop("image"))

        def create() -> Response:
            capture = capture_add(image=image, capture=CaptureFields(**data))
            return Response(CaptureOut(capture).data, status=201)

        return run_once(request, team_id=team_of(request).id, endpoint="captures", create=create)

"""`/detectors/`: what can be trained, the schema that the form for it is made from, and previews."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.api import JobOut
from flawmark.core.http.files import blob_response
from flawmark.training.selectors import dataset_get, preview_picture_get
from flawmark.training.services.hyperparameters import detector_catalogue
from flawmark.training.services.previews import PREVIEW, preview_request

_UUID = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"


class DetectorOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    schema = serializers.JSONField(help_text="JSON schema (2020-12) of the hyperparameters.")


class PreviewIn(serializers.Serializer[Any]):
    """Hyperparameters as a training run takes them; the dataset lends its normal training images."""

    dataset = serializers.UUIDField()
    hyperparameters = serializers.DictField(required=False, default=dict)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class DetectorViewSet(viewsets.ViewSet):
    """The detectors of this installation."""

    pagination_class = None
    lookup_field = "name"
    lookup_value_regex = "[a-z0-9_]+"

    @extend_schema(responses=DetectorOut(many=True))
    def list(self, _request: Request) -> Response:
        return Response(DetectorOut(detector_catalogue(), many=True).data)

    @extend_schema(request=PreviewIn, responses={202: JobOut})
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, name: str) -> Response:
        """Have made-up defects drawn as the detector would learn from; the job's end brings the picture."""
        given = PreviewIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        job = preview_request(
            dataset=dataset_get(team_of(request), data["dataset"]),
            detector=name,
            hyperparameters=data["hyperparameters"],
            seed=data["seed"],
            actor=actor_of(request),
        )
        return Response(JobOut(job).data, status=202)

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=f"preview/(?P<job_id>{_UUID})")
    def preview_picture(self, request: Request, name: str, job_id: str) -> HttpResponseBase:
        """The sheet of a preview whose job has succeeded, a PNG: normal image, made-up defect, its mask."""
        picture = preview_picture_get(team_of(request), UUID(job_id), kind=PREVIEW)
        return blob_response(request, picture, filename=f"{name}-preview.png")

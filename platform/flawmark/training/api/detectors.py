"""`/detectors/`: what can be trained, and the schema that the form for it is made from."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.training.services.hyperparameters import detector_catalogue


class DetectorOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    schema = serializers.JSONField(help_text="JSON schema (2020-12) of the hyperparameters.")


class DetectorViewSet(viewsets.ViewSet):
    """The detectors of this installation."""

    pagination_class = None

    @extend_schema(responses=DetectorOut(many=True))
    def list(self, _request: Request) -> Response:
        return Response(DetectorOut(detector_catalogue(), many=True).data)

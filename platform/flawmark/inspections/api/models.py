"""What inspections say about models: comparison of two, and calibration from stored scores."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flawmark.accounts.access import actor_of, team_of
from flawmark.accounts.services import audit_record
from flawmark.core.errors import InvalidInput, NotFound
from flawmark.inspections.models import Band
from flawmark.inspections.services.calibration import thresholds_recalibrate
from flawmark.inspections.services.comparison import models_compare
from flawmark.training.api.models import ModelVersionOut, ThresholdsOut
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import models_of


class BandFlipOut(serializers.Serializer[Any]):
    image = serializers.UUIDField()
    filename = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    split = serializers.CharField()
    from_band = serializers.ChoiceField(choices=Band.choices)
    to_band = serializers.ChoiceField(choices=Band.choices)
    from_score = serializers.FloatField()
    to_score = serializers.FloatField()


class ModelComparisonOut(serializers.Serializer[Any]):
    """`flips` holds at most 200 images, labelled ones first; `flipped_images` counts all."""

    models = ModelVersionOut(many=True)
    same_test_split = serializers.BooleanField()
    compared_images = serializers.IntegerField()
    flipped_images = serializers.IntegerField()
    flips = BandFlipOut(many=True)


class ModelCompareView(APIView):
    """Two models of one dataset side by side."""

    @extend_schema(
        parameters=[OpenApiParameter("ids", str, required=True, description="Two ids, comma-separated.")],
        responses=ModelComparisonOut,
        operation_id="models_compare",
    )
    def get(self, request: Request) -> Response:
        """Metrics side by side, and the images whose band differs between the first and the second."""
        first, second = _two(request)
        comparison = models_compare(first=first, second=second)
        models = ModelVersionOut([first, second], many=True).data
        return Response({"models": models, **comparison})


class ModelRecalibrateView(APIView):
    """Thresholds from the stored scores of the held-out images."""

    @extend_schema(request=None, responses=ThresholdsOut, operation_id="models_recalibrate")
    def post(self, request: Request, model_id: UUID) -> Response:
        """Compute the thresholds anew, in place of those that a person set."""
        model = get_object_or_404(models_of(team_of(request)), id=model_id)
        row = thresholds_recalibrate(model_version=model, replace_person=True)
        audit_record(
            team=team_of(request),
            actor=actor_of(request),
            action="thresholds.recalibrate",
            object_type="model_version",
            object_id=model.id,
        )
        return Response(ThresholdsOut(row).data)


def _two(request: Request) -> tuple[ModelVersion, ModelVersion]:
    try:
        ids = [UUID(text) for text in request.query_params.get("ids", "").split(",")]
    except ValueError as error:
        raise InvalidInput("Give two model ids, separated by a comma.", field="ids") from error
    if len(ids) != 2:
        raise InvalidInput("Give two model ids, separated by a comma.", field="ids")
    found = {model.id: model for model in models_of(team_of(request)).filter(id__in=ids)}
    if set(found) != set(ids):
        raise NotFound("There is no such model.", field="ids")
    return found[ids[0]], found[ids[1]]

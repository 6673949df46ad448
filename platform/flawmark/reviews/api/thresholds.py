"""`/reviewed-scores/` and `/reviewed-pixels/`: what other thresholds would have done."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flawmark.accounts.access import team_of
from flawmark.core.errors import InvalidInput, NotFound
from flawmark.reviews.selectors.pixel_curves import PixelCurves, pixel_curves_of
from flawmark.reviews.selectors.reviewed_scores import ReviewedScores, reviewed_scores_of
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import models_of

MODEL = OpenApiParameter("model", str, required=True, description="The id of a model version.")


@extend_schema_serializer(component_name="ReviewedScores")
class ReviewedScoresOut(serializers.Serializer[ReviewedScores]):
    """Columns of equal length, one entry per image; test and training images are no part of it."""

    images = serializers.ListField(child=serializers.UUIDField())
    filenames = serializers.ListField(child=serializers.CharField())
    scores = serializers.ListField(child=serializers.FloatField())
    defective = serializers.ListField(child=serializers.IntegerField(), help_text="1 defective, 0 normal.")
    weights = serializers.ListField(
        child=serializers.FloatField(), help_text="1 / the probability of having been picked for review."
    )
    waiting = serializers.IntegerField(help_text="Images that wait for a verdict and are not in here.")


@extend_schema_serializer(component_name="PixelCounts")
class PixelCountsOut(serializers.Serializer[Any]):
    """One image's pixels by score, and its defect regions' shares, in equal bins from 0 to `top`."""

    image_score = serializers.FloatField()
    weight = serializers.FloatField()
    regions = serializers.FloatField()
    defect = serializers.ListField(child=serializers.IntegerField())
    normal = serializers.ListField(child=serializers.IntegerField())
    overlap = serializers.ListField(child=serializers.FloatField())


@extend_schema_serializer(component_name="PixelCurves")
class PixelCurvesOut(serializers.Serializer[PixelCurves]):
    """The newest reviewed images, up to a hundred of each label."""

    top = serializers.FloatField()
    images = PixelCountsOut(many=True)


class ReviewedScoresView(APIView):
    """Scores of the images whose answer is known."""

    @extend_schema(parameters=[MODEL], responses=ReviewedScoresOut)
    def get(self, request: Request) -> Response:
        # The rows are plain lists already: a serializer would walk through 100,000 of them five times.
        return Response(vars(reviewed_scores_of(_model(request))))


class ReviewedPixelsView(APIView):
    """Pixels of the images whose answer is known, by score."""

    @extend_schema(parameters=[MODEL], responses=PixelCurvesOut)
    def get(self, request: Request) -> Response:
        curves = pixel_curves_of(_model(request))
        return Response({"top": curves.top, "images": [vars(image) for image in curves.images]})


def _model(request: Request) -> ModelVersion:
    given = serializers.UUIDField()
    if not request.query_params.get("model"):
        raise InvalidInput("Say which model.", field="model")
    model_id = given.run_validation(request.query_params["model"])
    model = models_of(team_of(request)).filter(id=model_id).first()
    if model is None:
        raise NotFound("There is no such model.", field="model")
    return model

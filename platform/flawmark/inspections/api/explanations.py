"""`/inspections/{id}/explanation/`: which normal patches a pixel was compared with."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flawmark.accounts.access import team_of
from flawmark.datasets.models import Image
from flawmark.inspections.selectors import inspections_of
from flawmark.inspections.services.explanations import explanation_ask

MOST_NEIGHBOURS = 20


class ExplanationIn(serializers.Serializer[Any]):
    x = serializers.IntegerField(required=False, min_value=0)
    y = serializers.IntegerField(required=False, min_value=0)
    k = serializers.IntegerField(default=4, min_value=1, max_value=MOST_NEIGHBOURS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("x" in attrs) != ("y" in attrs):
            raise serializers.ValidationError({"x": "Give both x and y, or neither."})
        return attrs


class ExplainedImage(serializers.ModelSerializer[Image]):
    content_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id",
            "filename",
            "width_px",
            "height_px",
            "bit_depth",
            "channels",
            "content_url",
            "thumbnail_url",
        ]

    def get_content_url(self, image: Image) -> str:
        return reverse("image-content", args=[image.id])

    def get_thumbnail_url(self, image: Image) -> str:
        return reverse("image-thumbnail", args=[image.id])


class ExplanationNeighbour(serializers.Serializer[Any]):
    """`image` is null when it was deleted; `box_xyxy` when the patch was added after the training."""

    distance = serializers.FloatField(help_text="In feature units; larger is less alike.")
    image = ExplainedImage(allow_null=True)
    box_xyxy = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class ExplanationOut(serializers.Serializer[Any]):
    """The pixel that was explained, the nearest normal patches, and the most similar normal image."""

    x = serializers.IntegerField()
    y = serializers.IntegerField()
    neighbours = ExplanationNeighbour(many=True)
    nearest_normal = serializers.SerializerMethodField()

    @extend_schema_field(ExplainedImage(allow_null=True))
    def get_nearest_normal(self, said: dict[str, Any]) -> Any:
        image = said["nearest_normal"]
        return ExplainedImage(image).data if image else None


class ExplanationView(APIView):
    """Answered by the scorer, which holds the model's memory."""

    @extend_schema(
        parameters=[
            OpenApiParameter("x", int, description="Without x and y: where the score map peaks."),
            OpenApiParameter("y", int),
            OpenApiParameter("k", int, description=f"How many patches, 1 to {MOST_NEIGHBOURS}; default 4."),
        ],
        responses=ExplanationOut,
        operation_id="inspections_explanation",
    )
    def get(self, request: Request, inspection_id: UUID) -> Response:
        """Explain one pixel of a scored image. 503 when no scorer answers in time."""
        given = ExplanationIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        team = team_of(request)
        inspection = get_object_or_404(inspections_of(team), id=inspection_id)
        pixel_xy = (asked["x"], asked["y"]) if "x" in asked else None
        said = explanation_ask(inspection=inspection, pixel_xy=pixel_xy, neighbours=asked["k"])
        images = _images(said)
        for neighbour in said["neighbours"]:
            neighbour["image"] = images.get(neighbour["image"])
        said["nearest_normal"] = images.get(said["nearest_normal"])
        return Response(ExplanationOut(said).data)


def _images(said: dict[str, Any]) -> dict[str | None, Image]:
    named = {said["nearest_normal"], *(neighbour["image"] for neighbour in said["neighbours"])} - {None}
    return {str(image.id): image for image in Image.objects.filter(id__in=named)}

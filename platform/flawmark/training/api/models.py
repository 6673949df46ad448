"""`/models/`: the registry of fitted detectors; who serves, with which thresholds."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.blobs import blob_chunks
from flawmark.core.http.etag import expected_version, lost_race_shows, with_etag
from flawmark.core.http.idempotency import run_once
from flawmark.training.models import ModelVersion, Promotion, ThresholdSet, Trigger
from flawmark.training.selectors import models_of, promotions_of, threshold_history_of, thresholds_of
from flawmark.training.services.registry import model_promote, model_rollback
from flawmark.training.services.thresholds import thresholds_set_by_person

UUID_PATTERN = "[0-9a-fA-F-]{36}"


class ThresholdsOut(serializers.ModelSerializer[ThresholdSet]):
    """A null T1 or T2 needs more held-out normals: `missing_normals` of them for both."""

    author = serializers.CharField(source="author.username", default=None, allow_null=True)

    class Meta:
        model = ThresholdSet
        fields = [
            "id", "t1", "t2", "pixel_threshold", "alpha_review", "alpha_fail", "missing_normals",
            "calibration_normals", "method", "author", "reason", "bank_revision", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ThresholdsIn(serializers.Serializer[Any]):
    t1 = serializers.FloatField()
    t2 = serializers.FloatField()
    pixel_threshold = serializers.FloatField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300)


class ModelVersionOut(serializers.ModelSerializer[ModelVersion]):
    dataset_version_number = serializers.IntegerField(source="dataset_version.number")
    artifact_bytes = serializers.IntegerField(source="artifact.size_bytes")
    trigger = serializers.ChoiceField(
        source="run.trigger",
        choices=Trigger.choices,
        help_text="What asked for its training; `report`: a repair report.",
    )
    thresholds = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = [
            "id", "dataset", "number", "stage", "detector", "hyperparameters", "seed", "dataset_version",
            "dataset_version_number", "run", "trigger", "metrics", "thresholds", "artifact_sha256",
            "artifact_bytes", "map_height", "map_width", "map_scale", "supports_live_bank", "version",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ThresholdsOut(allow_null=True))
    def get_thresholds(self, model_version: ModelVersion) -> Any:
        newest = thresholds_of(model_version)
        return ThresholdsOut(newest).data if newest else None


class PromotionIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class PromotionOut(serializers.ModelSerializer[Promotion]):
    author = serializers.CharField(source="author.username", default=None, allow_null=True)
    number = serializers.IntegerField(source="model_version.number")
    previous_number = serializers.IntegerField(source="previous.number", default=None, allow_null=True)

    class Meta:
        model = Promotion
        fields = [
            "id", "dataset", "model_version", "number", "previous", "previous_number", "author", "reason",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ModelVersionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ModelVersion]
):
    """Fitted detectors of the team, newest first."""

    serializer_class = ModelVersionOut
    queryset = ModelVersion.objects.none()
    filterset_fields = ["dataset", "stage", "detector", "dataset_version"]
    lookup_value_regex = UUID_PATTERN

    def get_queryset(self) -> QuerySet[ModelVersion]:
        if getattr(self, "swagger_fake_view", False):
            return ModelVersion.objects.none()
        return models_of(team_of(self.request))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        model = self.get_object()
        return with_etag(Response(ModelVersionOut(model).data), model.version)

    @extend_schema(request=PromotionIn, responses=ModelVersionOut)
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, pk: str | None = None) -> Response:
        """Make it the champion. Needs `If-Match`."""
        return self._move(request, model_promote)

    @extend_schema(request=PromotionIn, responses=ModelVersionOut)
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str | None = None) -> Response:
        """Give the champion's place back to the model before it, which is the answer. Needs `If-Match`."""
        return self._move(request, model_rollback)

    def _move(self, request: Request, move: Any) -> Response:
        given = PromotionIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = self.get_object()
        with lost_race_shows(lambda: ModelVersionOut(self.get_object()).data):
            promotion = move(
                model_version=found,
                actor=actor_of(request),
                reason=given.validated_data["reason"],
                expected_version=expected_version(request),
            )
        model = self.get_queryset().get(id=promotion.model_version_id)
        return with_etag(Response(ModelVersionOut(model).data), model.version)

    @extend_schema(responses=ThresholdsOut(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def thresholds(self, request: Request, pk: str | None = None) -> Response:
        """Every set of thresholds that this model had, newest first."""
        return Response(ThresholdsOut(threshold_history_of(self.get_object())[:100], many=True).data)

    @extend_schema(request=ThresholdsIn, responses={201: ThresholdsOut})
    @thresholds.mapping.post
    def thresholds_set(self, request: Request, pk: str | None = None) -> Response:
        """Set the thresholds by hand, with the reason; bands change at once."""
        given = ThresholdsIn(data=request.data)
        given.is_valid(raise_exception=True)
        model = self.get_object()

        def create() -> Response:
            row = thresholds_set_by_person(
                model_version=model, actor=actor_of(request), **given.validated_data
            )
            return Response(ThresholdsOut(row).data, status=201)

        endpoint = f"models/{model.id}/thresholds"
        return run_once(request, team_id=team_of(request).id, endpoint=endpoint, create=create)

    @extend_schema(responses={(200, "application/x-tar"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def artifact(self, request: Request, pk: str | None = None) -> StreamingHttpResponse:
        """The fitted detector's folder as a tar, which `python -m detectors score` reads once unpacked."""
        model = self.get_object()
        response = StreamingHttpResponse(blob_chunks(model.artifact), content_type="application/x-tar")
        response["Content-Length"] = str(model.artifact.size_bytes)
        response["Content-Disposition"] = f'attachment; filename="{model.detector}-{model.number}.tar"'
        return response


class PromotionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Promotion]):
    """Changes of champion, newest first."""

    serializer_class = PromotionOut
    queryset = Promotion.objects.none()
    filterset_fields = ["dataset", "model_version"]

    def get_queryset(self) -> QuerySet[Promotion]:
        if getattr(self, "swagger_fake_view", False):
            return Promotion.objects.none()
        return promotions_of(team_of(self.request))

"""`/training-runs/`: start, watch and stop trainings."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.api import JobDetailOut, JobOut
from flawmark.core.http.files import blob_response
from flawmark.core.http.idempotency import run_once
from flawmark.training.models import TrainingRun, TrainingStrip
from flawmark.training.selectors import dataset_get, dataset_version_get, training_runs_of
from flawmark.training.services.runs import training_run_cancel, training_run_create


class TrainingRunOut(serializers.ModelSerializer[TrainingRun]):
    job = JobOut()
    dataset_version_number = serializers.IntegerField(source="dataset_version.number")
    model_version = serializers.UUIDField(source="model_version.id", default=None, allow_null=True)
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    class Meta:
        model = TrainingRun
        fields = [
            "id", "dataset", "dataset_version", "dataset_version_number", "detector", "hyperparameters",
            "seed", "trigger", "policy", "warnings", "job", "model_version", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class CurvePointOut(serializers.Serializer[Any]):
    """Means of the losses since the point before. A stage counts its own steps."""

    stage = serializers.CharField()
    step = serializers.IntegerField()
    losses = serializers.DictField(child=serializers.FloatField())


class TrainingStripOut(serializers.ModelSerializer[TrainingStrip]):
    """An example of what the detector learned from, at one step of a stage."""

    picture_url = serializers.SerializerMethodField()

    class Meta:
        model = TrainingStrip
        fields = ["id", "stage", "step", "picture_url"]
        read_only_fields = fields

    def get_picture_url(self, strip: TrainingStrip) -> str:
        return f"/api/v1/training-runs/{strip.run_id}/strips/{strip.id}/"


class TrainingReportOut(serializers.Serializer[Any]):
    """What the training of a network did; null for detectors that train none, and before the end."""

    steps = serializers.IntegerField()
    planned_steps = serializers.IntegerField()
    seconds = serializers.FloatField()
    share_of_paper = serializers.FloatField(help_text="Of the published schedule.")
    losses = serializers.DictField(child=serializers.FloatField())
    kept_step = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="The step whose network did best and is kept; null: the last.",
    )


class TrainingRunDetailOut(TrainingRunOut):
    job = JobDetailOut()
    curves = CurvePointOut(many=True)
    strips = TrainingStripOut(many=True)
    report = serializers.SerializerMethodField()

    class Meta(TrainingRunOut.Meta):
        fields = [*TrainingRunOut.Meta.fields, "curves", "strips", "report"]
        read_only_fields = fields

    @extend_schema_field(TrainingReportOut(allow_null=True))
    def get_report(self, run: TrainingRun) -> Any:
        model = getattr(run, "model_version", None)
        return model.metrics.get("training") if model else None


class TrainingRunIn(serializers.Serializer[Any]):
    """Without `dataset_version` a new version is made of the dataset's present state."""

    dataset = serializers.UUIDField()
    dataset_version = serializers.UUIDField(required=False, allow_null=True)
    detector = serializers.CharField(max_length=40)
    hyperparameters = serializers.DictField(required=False, default=dict)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class TrainingRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TrainingRun]
):
    """Trainings of the team, newest first."""

    queryset = TrainingRun.objects.none()
    filterset_fields = ["dataset", "detector", "trigger", "policy", "job__state"]

    def get_queryset(self) -> QuerySet[TrainingRun]:
        if getattr(self, "swagger_fake_view", False):
            return TrainingRun.objects.none()
        return training_runs_of(team_of(self.request))

    def get_serializer_class(self) -> Any:
        return TrainingRunDetailOut if self.action == "retrieve" else TrainingRunOut

    @extend_schema(request=TrainingRunIn, responses={201: TrainingRunDetailOut})
    def create(self, request: Request) -> Response:
        """Start a training. `warnings` name what the result will lack."""
        given = TrainingRunIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data

        def create() -> Response:
            dataset = dataset_get(team_of(request), data["dataset"])
            version_id = data.get("dataset_version")
            run = training_run_create(
                dataset=dataset,
                dataset_version=dataset_version_get(dataset, version_id) if version_id else None,
                detector=data["detector"],
                hyperparameters=data["hyperparameters"],
                seed=data["seed"],
                actor=actor_of(request),
            )
            return Response(TrainingRunDetailOut(run).data, status=201)

        return run_once(request, team_id=team_of(request).id, endpoint="training-runs", create=create)

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="strips/(?P<strip_id>[0-9a-fA-F-]{36})")
    def strip(self, request: Request, pk: str | None = None, strip_id: str = "") -> HttpResponseBase:
        """One example picture of the training, as a PNG."""
        strip = get_object_or_404(self.get_object().strips.select_related("picture"), id=strip_id)
        return blob_response(request, strip.picture, filename=f"{strip.stage}-{strip.step}.png")

    @extend_schema(request=None, responses=TrainingRunDetailOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Stop the training within seconds; nothing of it is kept."""
        run = training_run_cancel(run=self.get_object(), actor=actor_of(request))
        return Response(TrainingRunDetailOut(run).data)

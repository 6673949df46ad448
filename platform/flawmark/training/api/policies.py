"""`/retraining-policies/`: when to retrain without being asked."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.etag import expected_version, lost_race_shows, with_etag
from flawmark.core.http.idempotency import run_once
from flawmark.training.models import RetrainingPolicy
from flawmark.training.selectors import dataset_get, policies_of
from flawmark.training.services.policies import next_runs, policy_change, policy_create, policy_delete


class RetrainingPolicyOut(serializers.ModelSerializer[RetrainingPolicy]):
    next_runs = serializers.SerializerMethodField(help_text="The next times (UTC) that the schedule fires.")

    class Meta:
        model = RetrainingPolicy
        fields = [
            "id", "dataset", "name", "enabled", "detector", "hyperparameters", "new_normals", "cron",
            "next_run_at", "next_runs", "checked_at", "last_run_at", "last_outcome", "version", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_next_runs(self, policy: RetrainingPolicy) -> list[datetime]:
        return next_runs(policy.cron) if policy.enabled else []


class RetrainingPolicyChange(serializers.Serializer[Any]):
    """Only what is sent changes."""

    name = serializers.CharField(max_length=100, required=False)
    enabled = serializers.BooleanField(required=False)
    detector = serializers.CharField(max_length=40, required=False)
    hyperparameters = serializers.DictField(required=False)
    new_normals = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    cron = serializers.CharField(max_length=100, required=False, allow_blank=True)


class RetrainingPolicyIn(RetrainingPolicyChange):
    """`new_normals`, `cron` or both say when to retrain."""

    dataset = serializers.UUIDField()
    name = serializers.CharField(max_length=100)


class RetrainingPolicyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RetrainingPolicy]
):
    """Retraining policies of the team. Changes need `If-Match`."""

    serializer_class = RetrainingPolicyOut
    queryset = RetrainingPolicy.objects.none()
    filterset_fields = ["dataset", "enabled"]

    def get_queryset(self) -> QuerySet[RetrainingPolicy]:
        if getattr(self, "swagger_fake_view", False):
            return RetrainingPolicy.objects.none()
        return policies_of(team_of(self.request))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self.get_object())

    @extend_schema(request=RetrainingPolicyIn, responses={201: RetrainingPolicyOut})
    def create(self, request: Request) -> Response:
        given = RetrainingPolicyIn(data=request.data)
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)

        def create() -> Response:
            dataset = dataset_get(team_of(request), fields.pop("dataset"))
            policy = policy_create(dataset=dataset, actor=actor_of(request), fields=fields)
            return self._answer(policy, status=201)

        return run_once(request, team_id=team_of(request).id, endpoint="retraining-policies", create=create)

    @extend_schema(request=RetrainingPolicyChange, responses=RetrainingPolicyOut)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        given = RetrainingPolicyChange(data=request.data)
        given.is_valid(raise_exception=True)
        found = self.get_object()
        with lost_race_shows(lambda: RetrainingPolicyOut(self.get_object()).data):
            policy = policy_change(
                policy=found,
                actor=actor_of(request),
                fields=given.validated_data,
                expected_version=expected_version(request),
            )
        return self._answer(policy)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        found = self.get_object()
        with lost_race_shows(lambda: RetrainingPolicyOut(self.get_object()).data):
            policy_delete(policy=found, actor=actor_of(request), expected_version=expected_version(request))
        return Response(status=204)

    def _answer(self, policy: RetrainingPolicy, status: int = 200) -> Response:
        return with_etag(Response(RetrainingPolicyOut(policy).data, status=status), policy.version)

"""`/jobs/`: every long task of the team."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.core.http.team import team_id_of
from flawmark.core.jobs import job_cancel
from flawmark.core.models import Job


class JobOut(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = [
            "id", "kind", "title", "queue", "state", "fraction", "message", "eta_s", "attempt",
            "error_code", "error_detail", "result", "subject_type", "subject_id", "created_at",
            "started_at", "finished_at", "cancel_requested_at",
        ]  # fmt: skip
        read_only_fields = fields


class JobDetailOut(JobOut):
    class Meta(JobOut.Meta):
        fields = [*JobOut.Meta.fields, "log_tail"]
        read_only_fields = fields


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]):
    """Jobs of the team, newest first."""

    queryset = Job.objects.none()
    filterset_fields = ["state", "kind", "subject_type", "subject_id"]

    def get_queryset(self) -> QuerySet[Job]:
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        return Job.objects.filter(team_id=team_id_of(self.request))

    def get_serializer_class(self) -> Any:
        return JobDetailOut if self.action == "retrieve" else JobOut

    @extend_schema(request=None, responses=JobDetailOut)
    @action(detail=True, methods=["post"])
    def cancel(self, _request: Request, pk: str | None = None) -> Response:
        """Ask the job to stop; a running one stops within seconds."""
        return Response(JobDetailOut(job_cancel(job=self.get_object())).data)

"""`/generation-runs/`: generate normals, watch, decide on many at once, and measure what they changed."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.api import JobDetailOut
from flawmark.core.errors import NotFound
from flawmark.core.http.files import blob_response
from flawmark.core.http.idempotency import run_once
from flawmark.generation.api.report_shapes import RepairReportIn, RepairReportOut
from flawmark.generation.api.shapes import (
    CandidateApprovalsOut,
    GeneratedRemovalOut,
    GenerationOptionsOut,
    GenerationRunDetailOut,
    GenerationRunIn,
    GenerationRunOut,
    GenerationWordsIn,
)
from flawmark.generation.models import GenerationRun
from flawmark.generation.selectors import finding_get, generation_runs_of, newest_report
from flawmark.generation.services.decisions import candidates_approve_unflagged, generated_remove
from flawmark.generation.services.options import options_schema
from flawmark.generation.services.reports import repair_report_create
from flawmark.generation.services.runs import (
    generation_run_cancel,
    generation_run_create,
    generation_run_resume,
)
from flawmark.generation.services.words import words_request
from flawmark.training.selectors import dataset_get


class GenerationRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[GenerationRun]
):
    """Generation runs of the team, newest first."""

    queryset = GenerationRun.objects.none()
    filterset_fields = ["dataset", "finding", "job__state"]

    def get_queryset(self) -> QuerySet[GenerationRun]:
        if getattr(self, "swagger_fake_view", False):
            return GenerationRun.objects.none()
        return generation_runs_of(team_of(self.request))

    def get_serializer_class(self) -> Any:
        return GenerationRunDetailOut if self.action == "retrieve" else GenerationRunOut

    @extend_schema(request=GenerationRunIn, responses={201: GenerationRunDetailOut})
    def create(self, request: Request) -> Response:
        """Start a generation from real normals of the training split; nothing joins the pool by itself."""
        given = _asked(request, GenerationRunIn)

        def create() -> Response:
            run = generation_run_create(**given, actor=actor_of(request))
            return Response(self._detail(run), status=201)

        return run_once(request, team_id=team_of(request).id, endpoint="generation-runs", create=create)

    @extend_schema(request=GenerationWordsIn, responses={202: JobDetailOut})
    @action(detail=False, methods=["post"])
    def words(self, request: Request) -> Response:
        """Candidate words of a keyword, without a run. The job's `result` is `{words, warnings}`."""
        job = words_request(**_asked(request, GenerationWordsIn), actor=actor_of(request))
        return Response(JobDetailOut(job).data, status=202)

    @extend_schema(responses=GenerationOptionsOut, filters=False)
    @action(detail=False, pagination_class=None, url_path="options")
    def options_list(self, _request: Request) -> Response:
        """What may be set, as the schema that the form is made from."""
        return Response(GenerationOptionsOut({"schema": options_schema()}).data)

    @extend_schema(request=None, responses=GenerationRunDetailOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Stop the generation within seconds. It makes no candidates, but can be resumed."""
        run = generation_run_cancel(run=self.get_object(), actor=actor_of(request))
        return Response(self._detail(run))

    @extend_schema(request=None, responses=GenerationRunDetailOut)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str | None = None) -> Response:
        """Let a cancelled or failed generation go on from its last checkpoint, in a new job."""
        run = generation_run_resume(run=self.get_object(), actor=actor_of(request))
        return Response(self._detail(run))

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="sheets/(?P<sheet_id>[0-9a-fA-F-]{36})")
    def sheet(self, request: Request, pk: str | None = None, sheet_id: str = "") -> HttpResponseBase:
        """Pictures of a best set, as a PNG."""
        sheet = get_object_or_404(self.get_object().sheets.select_related("picture"), id=sheet_id)
        return blob_response(request, sheet.picture, filename=f"iteration-{sheet.iteration}.png")

    @extend_schema(request=None, responses=CandidateApprovalsOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Approve every waiting candidate that is neither a copy nor looks like a defect."""
        approvals = candidates_approve_unflagged(run=self.get_object(), actor=actor_of(request))
        return Response(CandidateApprovalsOut(approvals).data)

    @extend_schema(request=None, responses=GeneratedRemovalOut)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str | None = None) -> Response:
        """Take all generated images of this run out of the pool; one undo puts them back."""
        bulk, removed = generated_remove(run=self.get_object(), actor=actor_of(request))
        return Response(GeneratedRemovalOut({"removed": removed, "undo_id": bulk.id}).data)

    @extend_schema(responses=RepairReportOut)
    @action(detail=True, methods=["get"])
    def report(self, _request: Request, pk: str | None = None) -> Response:
        """The newest repair report of the run."""
        report = newest_report(self.get_object())
        if report is None:
            raise NotFound("This run has no repair report yet.", code="no_report")
        return Response(RepairReportOut(report).data)

    @extend_schema(request=RepairReportIn, responses={201: RepairReportOut})
    @report.mapping.post
    def report_create(self, request: Request, pk: str | None = None) -> Response:
        """Train twice, with and without the run's images, and compare on the frozen test split."""
        given = RepairReportIn(data=request.data)
        given.is_valid(raise_exception=True)
        run = self.get_object()

        def create() -> Response:
            repair_report_create(run=run, actor=actor_of(request), **given.validated_data)
            return Response(RepairReportOut(newest_report(run)).data, status=201)

        endpoint = f"generation-runs/{run.id}/report"
        return run_once(request, team_id=team_of(request).id, endpoint=endpoint, create=create)

    def _detail(self, run: GenerationRun) -> Any:
        """As GET gives it."""
        return GenerationRunDetailOut(self.get_queryset().get(id=run.id)).data


def _asked(request: Request, shape: type[GenerationWordsIn]) -> dict[str, Any]:
    """What was sent, with the dataset and the finding in place of their ids."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    asked = dict(given.validated_data)
    dataset = dataset_get(team_of(request), asked["dataset"])
    finding_id = asked["finding"]
    return asked | {
        "dataset": dataset,
        "image_ids": asked.pop("images", None),
        "finding": finding_get(dataset, finding_id) if finding_id else None,
    }

"""`/candidates/`: generated pictures that wait for a person's decision."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.etag import expected_version, lost_race_shows, with_etag
from flawmark.core.http.files import blob_response
from flawmark.generation.models import CandidateNormal
from flawmark.generation.selectors import Judge, candidates_of, judges_of
from flawmark.generation.services.decisions import candidate_approve, candidate_reject
from flawmark.inspections.models import Band
from flawmark.inspections.services.bands import band_of


class CandidateOut(serializers.ModelSerializer[CandidateNormal]):
    """A generated picture, what it was made of, and what speaks against it.

    `score_limit`: scores from here on say defect; null where the champion has no normals to tell by.
    `in_pool`: approved and not removed since.
    """

    picture_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    nearest_filename = serializers.CharField(source="nearest_image.filename", default=None, allow_null=True)
    band = serializers.SerializerMethodField()
    score_limit = serializers.SerializerMethodField()
    looks_defective = serializers.SerializerMethodField()
    in_pool = serializers.SerializerMethodField()
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = CandidateNormal
        fields = [
            "id", "run", "position", "state", "version", "provenance", "nearest_image", "nearest_filename",
            "nearest_distance", "is_copy", "image_score", "band", "score_limit", "looks_defective", "image",
            "in_pool", "decided_by", "decided_at", "picture_url", "thumbnail_url",
        ]  # fmt: skip
        read_only_fields = fields

    def get_picture_url(self, candidate: CandidateNormal) -> str:
        return f"/api/v1/candidates/{candidate.id}/picture/"

    def get_thumbnail_url(self, candidate: CandidateNormal) -> str:
        return f"/api/v1/candidates/{candidate.id}/thumbnail/"

    @extend_schema_field(serializers.ChoiceField(choices=Band.choices, allow_null=True))
    def get_band(self, candidate: CandidateNormal) -> Any:
        judge = self._judge(candidate)
        if judge is None or candidate.image_score is None:
            return None
        return band_of(candidate.image_score, judge.thresholds)

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_score_limit(self, candidate: CandidateNormal) -> Any:
        judge = self._judge(candidate)
        return judge and judge.limit

    def get_looks_defective(self, candidate: CandidateNormal) -> bool:
        judge = self._judge(candidate)
        return judge is not None and judge.finds_defect(candidate.image_score)

    def get_in_pool(self, candidate: CandidateNormal) -> bool:
        return candidate.image is not None and candidate.image.quarantined_at is None

    def _judge(self, candidate: CandidateNormal) -> Judge | None:
        judge: Judge | None = self.context["judges"].get(candidate.run_id)
        return judge


class CandidateApprovalIn(serializers.Serializer[Any]):
    """`confirm` approves a candidate although its score says defect."""

    confirm = serializers.BooleanField(default=False)


class CandidateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CandidateNormal]
):
    """Candidate normals of the team, newest first."""

    serializer_class = CandidateOut
    queryset = CandidateNormal.objects.none()
    filterset_fields = ["run", "run__dataset", "state", "is_copy", "image"]

    def get_queryset(self) -> QuerySet[CandidateNormal]:
        if getattr(self, "swagger_fake_view", False):
            return CandidateNormal.objects.none()
        return candidates_of(team_of(self.request))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(_shown(page or []))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _answer(self.get_object())

    @extend_schema(request=CandidateApprovalIn, responses=CandidateOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Let it join the pool: normal, training split, marked as generated. Needs `If-Match`."""
        given = CandidateApprovalIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = self.get_object()
        with lost_race_shows(lambda: _answer(self.get_object()).data):
            candidate = candidate_approve(
                candidate=found,
                actor=actor_of(request),
                expected_version=expected_version(request),
                confirm=given.validated_data["confirm"],
            )
        return _answer(self.get_queryset().get(id=candidate.id))

    @extend_schema(request=None, responses=CandidateOut)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Keep it out of the pool, or take it out again. Needs `If-Match`."""
        found = self.get_object()
        with lost_race_shows(lambda: _answer(self.get_object()).data):
            candidate = candidate_reject(
                candidate=found, actor=actor_of(request), expected_version=expected_version(request)
            )
        return _answer(self.get_queryset().get(id=candidate.id))

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True)
    def picture(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The generated picture, as a PNG."""
        candidate = self.get_object()
        return blob_response(request, candidate.picture, filename=f"candidate-{candidate.position + 1}.png")

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    @action(detail=True)
    def thumbnail(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """A JPEG of at most 256 px."""
        candidate = self.get_object()
        return blob_response(request, candidate.thumbnail, filename=f"candidate-{candidate.position + 1}.jpg")


def _shown(candidates: Sequence[CandidateNormal]) -> Any:
    judges = judges_of([candidate.run for candidate in candidates])
    return CandidateOut(candidates, many=True, context={"judges": judges}).data


def _answer(candidate: CandidateNormal) -> Response:
    return with_etag(Response(_shown([candidate])[0]), candidate.version)

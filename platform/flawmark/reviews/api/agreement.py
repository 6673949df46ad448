"""`/reviewer-agreement/`: how often people agree, over time."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flawmark.accounts.access import team_of
from flawmark.reviews.selectors.agreement import agreement_of
from flawmark.training.selectors import dataset_get


class AgreementQuery(serializers.Serializer[Any]):
    dataset = serializers.UUIDField()
    weeks = serializers.IntegerField(default=12, min_value=1, max_value=104)


@extend_schema_serializer(component_name="ReviewerWeek")
class ReviewerWeekOut(serializers.Serializer[Any]):
    """One person's week, from Monday (UTC); `mask_agreement` null: no pair of masks to compare."""

    reviewer = serializers.CharField()
    week = serializers.DateField()
    compared = serializers.IntegerField()
    agreed = serializers.IntegerField()
    mask_agreement = serializers.FloatField(allow_null=True)
    upheld = serializers.IntegerField(help_text="Disagreements settled in their favour.")
    overruled = serializers.IntegerField(help_text="Disagreements settled against them.")


class ReviewerAgreementView(APIView):
    """Second opinions compared with the first, by reviewer and week."""

    @extend_schema(
        parameters=[OpenApiParameter("dataset", str, required=True), OpenApiParameter("weeks", int)],
        responses=ReviewerWeekOut(many=True),
    )
    def get(self, request: Request) -> Response:
        given = AgreementQuery(data=request.query_params)
        given.is_valid(raise_exception=True)
        dataset = dataset_get(team_of(request), given.validated_data["dataset"])
        found = agreement_of(dataset, weeks=given.validated_data["weeks"])
        return Response(ReviewerWeekOut(found, many=True).data)

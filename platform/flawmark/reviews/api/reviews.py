"""`/reviews/` and `/disagreements/`: what people said, taking it back, and settling what does not fit."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.accounts.models import Role, Scope
from flawmark.reviews.api.payloads import TaskImage
from flawmark.reviews.models import Disagreement, Review
from flawmark.reviews.selectors.queue import disagreements_of, reviews_of
from flawmark.reviews.services.disagreements import disagreement_settle
from flawmark.reviews.services.undo import review_undo


@extend_schema_serializer(component_name="Review")
class ReviewOut(serializers.ModelSerializer[Review]):
    """`late`: it came after its lease had ended, and changed nothing."""

    dataset = serializers.UUIDField(source="image.dataset_id")
    image = TaskImage()
    reviewer = serializers.CharField(source="reviewer.username", default=None)
    round = serializers.IntegerField(source="task.round")
    label_before = serializers.CharField(source="before.label", default=None)

    class Meta:
        model = Review
        fields = [
            "id", "task", "dataset", "round", "verdict", "late", "reviewer", "image", "label_before",
            "mask_revision", "model_version_id", "bank_revision", "image_score", "pixel_threshold",
            "sampling_probability", "reason", "comment", "elapsed_ms", "created_at", "undone_at", "agrees",
            "mask_agreement",
        ]  # fmt: skip
        read_only_fields = fields


class ReviewFilter(filters.FilterSet):
    dataset = filters.UUIDFilter(field_name="image__dataset")
    reviewer = filters.CharFilter(field_name="reviewer__username")
    undone = filters.BooleanFilter(field_name="undone_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Review
        fields = ["image", "task", "verdict", "late"]


class ReviewViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Review]):
    """Verdicts, newest first."""

    queryset = Review.objects.none()
    serializer_class = ReviewOut
    filterset_class = ReviewFilter
    lookup_value_converter = "uuid"
    scopes = {"undo": Scope.REVIEW}

    def get_queryset(self) -> QuerySet[Review]:
        if getattr(self, "swagger_fake_view", False):
            return Review.objects.none()
        return reviews_of(team_of(self.request), actor_of(self.request)).prefetch_related("image__captures")

    @extend_schema(request=None, responses=ReviewOut)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: Any = None) -> Response:
        """Take the newest verdict of an image back; its task is in the judge's hands again."""
        is_curator = getattr(request, "role", None) in (Role.CURATOR, Role.OWNER)
        review = review_undo(review=self.get_object(), actor=actor_of(request), is_curator=is_curator)
        return Response(ReviewOut(review).data)


@extend_schema_serializer(component_name="DisagreementReview")
class _SideOut(serializers.ModelSerializer[Review]):
    reviewer = serializers.CharField(source="reviewer.username", default=None)

    class Meta:
        model = Review
        fields = ["id", "verdict", "late", "reviewer", "mask_revision", "reason", "comment", "created_at"]
        read_only_fields = fields


@extend_schema_serializer(component_name="Disagreement")
class DisagreementOut(serializers.ModelSerializer[Disagreement]):
    """`first` is what counts now (null: nobody else has judged yet), `second` what does not fit it."""

    dataset = serializers.UUIDField(source="image.dataset_id")
    filename = serializers.CharField(source="image.filename")
    first = _SideOut(allow_null=True)
    second = _SideOut()
    settled_by = serializers.CharField(source="settled_by.username", default=None)

    class Meta:
        model = Disagreement
        fields = [
            "id", "dataset", "image", "filename", "cause", "mask_agreement", "first", "second",
            "settled_by", "settled_at", "settled_in_favour_of", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class SettleIn(serializers.Serializer[Any]):
    in_favour_of = serializers.UUIDField(help_text="The id of one of the two verdicts.")
    comment = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class DisagreementFilter(filters.FilterSet):
    dataset = filters.UUIDFilter(field_name="image__dataset")
    settled = filters.BooleanFilter(field_name="settled_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Disagreement
        fields = ["image", "cause"]


class DisagreementViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Disagreement]
):
    """Verdicts that do not fit together, for a curator to settle."""

    queryset = Disagreement.objects.none()
    serializer_class = DisagreementOut
    filterset_class = DisagreementFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Disagreement]:
        if getattr(self, "swagger_fake_view", False):
            return Disagreement.objects.none()
        return disagreements_of(team_of(self.request), actor_of(self.request))

    @extend_schema(request=SettleIn, responses=DisagreementOut)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: Any = None) -> Response:
        """Decide for one of the two; the image becomes what that verdict says."""
        given = SettleIn(data=request.data)
        given.is_valid(raise_exception=True)
        settled = disagreement_settle(
            disagreement=self.get_object(), actor=actor_of(request), **given.validated_data
        )
        return Response(DisagreementOut(self.get_queryset().get(id=settled.id)).data)

"""`/bank-revisions/`: the live changes of memory banks."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.inspections.models import BankRevision
from flawmark.inspections.selectors import bank_revisions_of
from flawmark.inspections.services.live_curation import (
    bank_revision_approve,
    bank_revision_discard,
    bank_revision_undo,
)

STATES = ("visible", "held", "approved", "discarded", "superseded")


class BankRevisionSummaryOut(serializers.Serializer[Any]):
    """What a change did. Images count where they wait for a person or not; a held change did nothing yet."""

    images_changed = serializers.IntegerField(default=0)
    left_review = serializers.IntegerField(default=0)
    entered_review = serializers.IntegerField(default=0)
    patches_added = serializers.IntegerField()
    patches_removed = serializers.IntegerField()
    patches_waiting = serializers.IntegerField(help_text="New patches that one change had no room for.")
    undoes = serializers.IntegerField(allow_null=True, help_text="Number of the change taken back.")
    held_by = serializers.ListField(
        child=serializers.UUIDField(), default=list, help_text="Confirmed defects that would drop a band."
    )


class BankRevisionOut(serializers.ModelSerializer[BankRevision]):
    state = serializers.SerializerMethodField()
    summary = BankRevisionSummaryOut()
    filename = serializers.CharField(source="source_image.filename", default=None)
    author = serializers.CharField(source="author.username", default=None)

    class Meta:
        model = BankRevision
        fields = [
            "id", "model_version", "sequence", "operation", "state", "source_image", "filename", "summary",
            "author", "visible_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, revision: BankRevision) -> str:
        if revision.held:
            return "held"
        return "visible" if revision.visible_at else str(revision.summary["decision"])


@extend_schema_serializer(component_name="BankRevisionJob")
class BankRevisionJobOut(serializers.Serializer[Any]):
    """The job in which the scorer carries the decision out."""

    job = serializers.UUIDField(source="id")


class BankRevisionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BankRevision]
):
    """Live changes of the team's models, newest first; the decisions are a curator's."""

    serializer_class = BankRevisionOut
    queryset = BankRevision.objects.none()
    filterset_fields = ["model_version", "source_image", "held", "operation"]
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[BankRevision]:
        if getattr(self, "swagger_fake_view", False):
            return BankRevision.objects.none()
        return bank_revisions_of(team_of(self.request))

    @extend_schema(request=None, responses={202: BankRevisionJobOut})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: Any = None) -> Response:
        """Take a visible change back, exactly if it is the last one that stands."""
        job = bank_revision_undo(revision=self.get_object(), actor=actor_of(request))
        return Response(BankRevisionJobOut(job).data, status=202)

    @extend_schema(request=None, responses={202: BankRevisionJobOut})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: Any = None) -> Response:
        """Carry a held change out although confirmed defects drop a band."""
        job = bank_revision_approve(revision=self.get_object(), actor=actor_of(request))
        return Response(BankRevisionJobOut(job).data, status=202)

    @extend_schema(request=None, responses=BankRevisionOut)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: Any = None) -> Response:
        """Drop a held change."""
        revision = bank_revision_discard(revision=self.get_object(), actor=actor_of(request))
        return Response(BankRevisionOut(revision).data)

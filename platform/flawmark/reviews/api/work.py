"""`/review-tasks/{id}/draft/` and `/review-tasks/{id}/verdict/`: painting and judging."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flawmark.accounts.access import actor_of, team_of
from flawmark.accounts.models import Scope
from flawmark.core.http.etag import expected_version, with_etag
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.models import LayerKind
from flawmark.datasets.selectors.layers import LayerKey
from flawmark.datasets.services.drafts import TileChange, draft_change, draft_open, draft_state
from flawmark.reviews.api.reviews import ReviewOut
from flawmark.reviews.models import ReviewTask, Verdict
from flawmark.reviews.selectors.queue import tasks_of
from flawmark.reviews.services.admission import image_for_drafts, lease_check
from flawmark.reviews.services.verdicts import VerdictGiven, review_submit


@extend_schema_serializer(component_name="DraftTile")
class DraftTileOut(serializers.Serializer[Any]):
    """`data`: base64 of zlib-deflated 512×512 bytes of 0 and 1, row-major."""

    row = serializers.IntegerField()
    col = serializers.IntegerField()
    data = serializers.CharField()  # type: ignore[assignment]


@extend_schema_serializer(component_name="DraftLayer")
class DraftLayerOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=LayerKind.choices)
    defect_type = serializers.UUIDField(allow_null=True)
    tiles = DraftTileOut(many=True)


@extend_schema_serializer(component_name="Draft")
class DraftOut(serializers.Serializer[Any]):
    """Version 0: nothing is saved yet, and the layers are those of the image's current mask."""

    version = serializers.IntegerField()
    layers = DraftLayerOut(many=True)


@extend_schema_serializer(component_name="TileChange")
class TileChangeIn(serializers.Serializer[Any]):
    """One tile as it is now; `data` null: no pixel of it is set."""

    kind = serializers.ChoiceField(choices=LayerKind.choices)
    defect_type = serializers.UUIDField(allow_null=True, default=None)
    row = serializers.IntegerField(min_value=0)
    col = serializers.IntegerField(min_value=0)
    data = serializers.CharField(allow_null=True)  # type: ignore[assignment]


@extend_schema_serializer(component_name="DraftChanges")
class DraftChangesIn(serializers.Serializer[Any]):
    lease_token = serializers.IntegerField(min_value=1)
    changes = TileChangeIn(many=True)


@extend_schema_serializer(component_name="DraftVersion")
class DraftVersionOut(serializers.Serializer[Any]):
    version = serializers.IntegerField()


@extend_schema_serializer(component_name="Verdict")
class VerdictIn(serializers.Serializer[Any]):
    """`draft_version`: of the draft that the person saw. `pixel_threshold` null: where the model cuts."""

    verdict = serializers.ChoiceField(choices=Verdict.choices)
    lease_token = serializers.IntegerField(min_value=1)
    draft_version = serializers.IntegerField(min_value=0, default=0)
    pixel_threshold = serializers.FloatField(allow_null=True, default=None)
    defect_type = serializers.UUIDField(
        allow_null=True, default=None, help_text="Where an accepted prediction goes; null: the first type."
    )
    reason = serializers.CharField(allow_blank=True, max_length=100, default="")
    comment = serializers.CharField(allow_blank=True, max_length=5000, default="")
    elapsed_ms = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True, default=None)


class TaskView(APIView):
    """A view of one task of the asker's team."""

    def task(self, task_id: UUID) -> ReviewTask:
        return get_object_or_404(tasks_of(team_of(self.request)), id=task_id)


class DraftView(TaskView):
    """What this person has painted for this task so far."""

    scopes = {"get": Scope.REVIEW, "patch": Scope.REVIEW}

    @extend_schema(responses=DraftOut)
    def get(self, request: Request, id: UUID) -> Response:
        task = self.task(id)
        image = image_for_drafts(task)
        draft = draft_open(task_id=task.id, reviewer=actor_of(request), image=image)
        return with_etag(Response(draft_state(draft, image)), draft.version)

    @extend_schema(request=DraftChangesIn, responses=DraftVersionOut)
    def patch(self, request: Request, id: UUID) -> Response:
        """Save changed tiles. It works after the lease has ended too, so that no stroke is lost."""
        given = DraftChangesIn(data=request.data)
        given.is_valid(raise_exception=True)
        task, reviewer = self.task(id), actor_of(request)
        lease_check(task=task, reviewer=reviewer, lease_token=given.validated_data["lease_token"])
        draft = draft_change(
            task_id=task.id,
            reviewer=reviewer,
            image=image_for_drafts(task),
            expected_version=expected_version(request),
            changes=[_tile_change(change) for change in given.validated_data["changes"]],
        )
        return with_etag(Response({"version": draft.version}), draft.version)


def _tile_change(change: dict[str, Any]) -> TileChange:
    layer = LayerKey(change["kind"], change["defect_type"])
    return TileChange(layer=layer, row=change["row"], col=change["col"], data=change["data"])


class VerdictView(TaskView):
    """The verdict on a task."""

    scopes = {"post": Scope.REVIEW}

    @extend_schema(request=VerdictIn, responses=ReviewOut)
    def post(self, request: Request, id: UUID) -> Response:
        """Judge the image. One that comes after its lease ended is kept as `late` and changes nothing."""
        given = VerdictIn(data=request.data)
        given.is_valid(raise_exception=True)
        task = self.task(id)

        def submit() -> Response:
            review = review_submit(
                task=task, reviewer=actor_of(request), given=VerdictGiven(**given.validated_data)
            )
            return Response(ReviewOut(review).data)

        endpoint = f"review-tasks/{task.id}/verdict"
        return run_once(request, team_id=team_of(request).id, endpoint=endpoint, create=submit)

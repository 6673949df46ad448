"""`/review-tasks/{id}/look-alikes/`: what resembles an image, and one verdict for all of it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.accounts.models import Scope
from flawmark.core.http.idempotency import run_once
from flawmark.reviews.api.payloads import API
from flawmark.reviews.api.reviews import ReviewOut
from flawmark.reviews.api.work import TaskView
from flawmark.reviews.models import ReviewTask, Verdict
from flawmark.reviews.selectors.lookalikes import look_alikes_of
from flawmark.reviews.services.lookalikes import TogetherGiven, tasks_judge_together

# A mask that was drawn belongs to one image, so what needs one cannot be said of many.
TOGETHER = [(verdict.value, verdict.label) for verdict in (Verdict.NORMAL, Verdict.ACCEPT, Verdict.DEFECTIVE)]
MOST = 100


@extend_schema_serializer(component_name="LookAlike")
class LookAlikeOut(serializers.Serializer[Any]):
    """A waiting task whose image looks the same; `likeness` 1: the same picture."""

    task = serializers.UUIDField()
    image = serializers.UUIDField()
    filename = serializers.CharField()
    thumbnail_url = serializers.CharField()
    image_score = serializers.FloatField(allow_null=True)
    likeness = serializers.FloatField()


@extend_schema_serializer(component_name="TogetherVerdict")
class TogetherIn(serializers.Serializer[Any]):
    tasks = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=MOST)
    verdict = serializers.ChoiceField(choices=TOGETHER)
    reason = serializers.CharField(allow_blank=True, max_length=100, default="")
    comment = serializers.CharField(allow_blank=True, max_length=5000, default="")


@extend_schema_serializer(component_name="LeftAlone")
class LeftAloneOut(serializers.Serializer[Any]):
    task = serializers.UUIDField(source="task_id")
    why = serializers.CharField()


@extend_schema_serializer(component_name="TogetherOutcome")
class TogetherOut(serializers.Serializer[Any]):
    """What was judged, and what was left alone with the reason."""

    reviews = ReviewOut(many=True)
    left_alone = LeftAloneOut(many=True)


class LookAlikesView(TaskView):
    """Images of the queue that look like one of it."""

    scopes = {"get": Scope.REVIEW, "post": Scope.REVIEW}

    @extend_schema(responses=LookAlikeOut(many=True))
    def get(self, request: Request, id: UUID) -> Response:
        """Waiting images of the same band that nobody holds, most alike first."""
        found = look_alikes_of(self.task(id), actor_of(request))
        return Response([_shown(task, likeness) for task, likeness in found])

    @extend_schema(request=TogetherIn, responses=TogetherOut)
    def post(self, request: Request, id: UUID) -> Response:
        """Give one verdict on many of them; every image gets a review of its own, which can be undone."""
        given = TogetherIn(data=request.data)
        given.is_valid(raise_exception=True)
        data, task = dict(given.validated_data), self.task(id)
        task_ids = data.pop("tasks")

        def judge() -> Response:
            taken, left = tasks_judge_together(
                like=task, task_ids=task_ids, reviewer=actor_of(request), given=TogetherGiven(**data)
            )
            return Response(TogetherOut({"reviews": taken, "left_alone": left}).data)

        endpoint = f"review-tasks/{task.id}/look-alikes"
        return run_once(request, team_id=team_of(request).id, endpoint=endpoint, create=judge)


def _shown(task: ReviewTask, likeness: float) -> dict[str, Any]:
    return {
        "task": task.id,
        "image": task.image_id,
        "filename": task.image.filename,
        "thumbnail_url": f"{API}/images/{task.image_id}/thumbnail/",
        "image_score": task.inspection.image_score if task.inspection else None,
        "likeness": round(likeness, 4),
    }

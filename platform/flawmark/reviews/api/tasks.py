"""`/review-tasks/`: the queue, and taking tasks from it."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.accounts.models import Scope
from flawmark.core.errors import InvalidInput
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.models import Dataset
from flawmark.inspections.models import Band
from flawmark.reviews.api.payloads import LeasedTaskOut, TaskListed, TaskOut, task_payload
from flawmark.reviews.models import ReviewTask, TaskReason
from flawmark.reviews.selectors.queue import queue_summary, tasks_of
from flawmark.reviews.services.further import queue_look_further
from flawmark.reviews.services.leases import lease_extend, lease_release, task_lease
from flawmark.reviews.services.requests import review_request
from flawmark.training.selectors import dataset_get


class LeaseIn(serializers.Serializer[Any]):
    """`prefetch` 1 with `after` (the task on the screen) leases the next one, to be loaded ahead.

    `loaded`: further tasks that the browser has loaded already, so that this one lies behind them.
    """

    dataset = serializers.UUIDField()
    prefetch = serializers.IntegerField(required=False, default=0, min_value=0, max_value=1)
    after = serializers.UUIDField(required=False, allow_null=True)
    loaded = serializers.ListField(child=serializers.UUIDField(), required=False, default=list, max_length=50)
    task = serializers.UUIDField(required=False, allow_null=True, help_text="Only this task.")
    band = serializers.ChoiceField(choices=Band.choices, required=False, allow_blank=True)
    reason = serializers.ChoiceField(choices=TaskReason.choices, required=False, allow_blank=True)


class LeaseToken(serializers.Serializer[Any]):
    lease_token = serializers.IntegerField(min_value=1)


class LeaseKept(serializers.Serializer[Any]):
    expires_at = serializers.DateTimeField()


class ReviewRequestIn(serializers.Serializer[Any]):
    dataset = serializers.UUIDField()
    images = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=500)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class LookFurtherIn(serializers.Serializer[Any]):
    dataset = serializers.UUIDField()
    count = serializers.IntegerField(required=False, default=25, min_value=1, max_value=500)


class QueueSummary(serializers.Serializer[Any]):
    """`waiting_for_me` leaves out what this person skipped or may not judge again."""

    waiting = serializers.IntegerField()
    waiting_for_me = serializers.IntegerField()
    by_reason = serializers.DictField(child=serializers.IntegerField())
    by_band = serializers.DictField(child=serializers.IntegerField())
    done_today_by_me = serializers.IntegerField()
    done_today = serializers.IntegerField()
    open_disagreements = serializers.IntegerField()


class TaskFilter(filters.FilterSet):
    band = filters.ChoiceFilter(field_name="inspection__band", choices=Band.choices)

    class Meta:
        model = ReviewTask
        fields = ["dataset", "image", "state", "reason", "round"]


class ReviewTaskViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ReviewTask]
):
    """Images waiting for a person."""

    queryset = ReviewTask.objects.none()
    serializer_class = TaskListed
    filterset_class = TaskFilter
    lookup_value_converter = "uuid"
    scopes = {
        "lease": Scope.REVIEW, "heartbeat": Scope.REVIEW, "release": Scope.REVIEW, "create": Scope.WRITE,
        "further": Scope.REVIEW,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[ReviewTask]:
        if getattr(self, "swagger_fake_view", False):
            return ReviewTask.objects.none()
        return tasks_of(team_of(self.request))

    @extend_schema(responses=TaskOut)
    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        return Response(task_payload(self.get_object(), actor_of(request)))

    @extend_schema(request=ReviewRequestIn, responses={201: TaskListed(many=True)})
    def create(self, request: Request) -> Response:
        """Ask for a look at these images, labelled or not, before everything else."""
        given = ReviewRequestIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        dataset = dataset_get(team_of(request), data["dataset"])

        def create() -> Response:
            tasks = review_request(
                dataset=dataset,
                image_ids=data["images"],
                actor=actor_of(request),
                comment=data["comment"],
            )
            return Response(TaskListed(tasks, many=True).data, status=201)

        return run_once(request, team_id=dataset.team_id, endpoint="review-tasks", create=create)

    @extend_schema(request=LookFurtherIn, responses={201: TaskListed(many=True)})
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def further(self, request: Request) -> Response:
        """When the queue is empty: ask for a look at what passes, the highest scores first."""
        given = LookFurtherIn(data=request.data)
        given.is_valid(raise_exception=True)
        dataset = dataset_get(team_of(request), given.validated_data["dataset"])
        count = given.validated_data["count"]

        def create() -> Response:
            tasks = queue_look_further(dataset=dataset, actor=actor_of(request), count=count)
            return Response(TaskListed(tasks, many=True).data, status=201)

        return run_once(request, team_id=dataset.team_id, endpoint="review-tasks/further", create=create)

    @extend_schema(
        request=LeaseIn,
        responses={200: LeasedTaskOut, 204: OpenApiResponse(description="Nothing waits for this person.")},
    )
    @action(detail=False, methods=["post"])
    def lease(self, request: Request) -> Response:
        """Take the best task that nobody holds, or get back the one that is held already."""
        given = LeaseIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        if data["prefetch"] and not data.get("after"):
            raise InvalidInput("To load ahead, say after which task.", field="after")
        reviewer = actor_of(request)
        task = task_lease(
            dataset=dataset_get(team_of(request), data["dataset"]),
            reviewer=reviewer,
            loaded=[task for task in (data.get("after"), *data["loaded"]) if task],
            band=data.get("band") or None,
            reason=data.get("reason") or None,
            task_id=data.get("task"),
        )
        if task is None:
            return Response(status=204)
        return Response(task_payload(self.get_queryset().get(id=task.id), reviewer))

    @extend_schema(request=LeaseToken, responses=LeaseKept)
    @action(detail=True, methods=["post"])
    def heartbeat(self, request: Request, pk: Any = None) -> Response:
        """Keep the lease for ten more minutes; 409 `lease_lost` when it has ended."""
        expires_at = lease_extend(
            task=self.get_object(), reviewer=actor_of(request), lease_token=_token(request)
        )
        return Response({"expires_at": expires_at})

    @extend_schema(request=LeaseToken, responses={204: None})
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: Any = None) -> Response:
        """Hand the task back to the queue."""
        lease_release(task=self.get_object(), reviewer=actor_of(request), lease_token=_token(request))
        return Response(status=204)

    @extend_schema(
        parameters=[OpenApiParameter("dataset", str, required=True)], responses=QueueSummary, filters=False
    )
    @action(detail=False, pagination_class=None)
    def summary(self, request: Request) -> Response:
        """What waits, and what was judged today (UTC)."""
        dataset = _dataset_asked_for(request)
        return Response(QueueSummary(queue_summary(dataset, actor_of(request))).data)


def _token(request: Request) -> int:
    given = LeaseToken(data=request.data)
    given.is_valid(raise_exception=True)
    return int(given.validated_data["lease_token"])


def _dataset_asked_for(request: Request) -> Dataset:
    given = request.query_params.get("dataset", "")
    if not given:
        raise InvalidInput("Say which dataset.", field="dataset")
    return get_object_or_404(Dataset.objects.filter(team=team_of(request)), id=given)

"""`/pins/`: comments on places of images."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.accounts.models import Scope
from flawmark.core.http.etag import expected_version, lost_race_shows, with_etag
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.models import Image
from flawmark.reviews.models import Pin
from flawmark.reviews.selectors.queue import pins_of
from flawmark.reviews.services.pins import pin_change, pin_create, pin_delete


@extend_schema_serializer(component_name="Pin")
class PinOut(serializers.ModelSerializer[Pin]):
    author = serializers.CharField(source="author.username", default=None, allow_null=True)
    resolved_by = serializers.CharField(source="resolved_by.username", default=None, allow_null=True)

    class Meta:
        model = Pin
        fields = [
            "id", "image", "x_px", "y_px", "text", "author", "resolved_at", "resolved_by", "version",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


@extend_schema_serializer(component_name="NewPin")
class PinIn(serializers.Serializer[Any]):
    """A place in image pixels, from the top left."""

    image = serializers.UUIDField()
    x_px = serializers.IntegerField(min_value=0)
    y_px = serializers.IntegerField(min_value=0)
    text = serializers.CharField(max_length=2000)


@extend_schema_serializer(component_name="PinChange")
class PinChangeIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000, required=False)
    resolved = serializers.BooleanField(required=False)


class PinFilter(filters.FilterSet):
    image = filters.UUIDFilter(field_name="image_id")
    dataset = filters.UUIDFilter(field_name="image__dataset_id")
    resolved = filters.BooleanFilter(field_name="resolved_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Pin
        fields: list[str] = []


class PinViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Pin]):
    """Comments, oldest first. Whoever judges an image blind sees only their own there."""

    queryset = Pin.objects.none()
    serializer_class = PinOut
    filterset_class = PinFilter
    lookup_value_converter = "uuid"
    scopes = {"create": Scope.REVIEW, "partial_update": Scope.REVIEW, "destroy": Scope.REVIEW}

    def get_queryset(self) -> QuerySet[Pin]:
        if getattr(self, "swagger_fake_view", False):
            return Pin.objects.none()
        return pins_of(team_of(self.request), actor_of(self.request))

    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        return _shown(self.get_object())

    @extend_schema(request=PinIn, responses={201: PinOut})
    def create(self, request: Request) -> Response:
        given = PinIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        team, author = team_of(request), actor_of(request)
        image = get_object_or_404(
            Image.objects.select_related("dataset__team"), dataset__team=team, id=data.pop("image")
        )

        def create() -> Response:
            return _shown(pin_create(image=image, author=author, **data), status=201)

        return run_once(request, team_id=team.id, endpoint="pins", create=create)

    @extend_schema(request=PinChangeIn, responses=PinOut)
    def partial_update(self, request: Request, pk: Any = None) -> Response:
        """Change the words, or say that the comment is dealt with. Needs `If-Match`."""
        given = PinChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        pin = self.get_object()
        with lost_race_shows(lambda: PinOut(self.get_object()).data):
            changed = pin_change(
                pin=pin,
                actor=actor_of(request),
                expected_version=expected_version(request),
                **given.validated_data,
            )
        return _shown(changed)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Take a comment back. Needs `If-Match`."""
        pin = self.get_object()
        with lost_race_shows(lambda: PinOut(self.get_object()).data):
            pin_delete(pin=pin, actor=actor_of(request), expected_version=expected_version(request))
        return Response(status=204)


def _shown(pin: Pin, status: int = 200) -> Response:
    return with_etag(Response(PinOut(pin).data, status=status), pin.version)

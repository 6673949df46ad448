"""`/images/`: list, change one, change many, and each image's files and history."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.etag import expected_version, with_etag
from flawmark.core.http.files import blob_response
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.api.dataset_shapes import ImageCounts
from flawmark.datasets.api.image_files import display_response, raw_response
from flawmark.datasets.api.image_shapes import (
    BulkIn,
    BulkOut,
    HistoryEntry,
    ImageDetailOut,
    ImageOut,
    ImagePatch,
)
from flawmark.datasets.models import Dataset, Image
from flawmark.datasets.selectors.datasets import image_counts
from flawmark.datasets.selectors.history import image_history
from flawmark.datasets.selectors.images import ImageFilter, bulk_changes_of, images_of
from flawmark.datasets.services.bulk import BulkOutcome, bulk_change_undo, images_change
from flawmark.datasets.services.labels import ImageChanges, image_update

RAW = OpenApiParameter("raw", bool, description="The pixels as little-endian uint16, row-major.")


class ImageViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Image]):
    """Images of the team's datasets, newest first."""

    queryset = Image.objects.none()
    serializer_class = ImageOut
    filterset_class = ImageFilter

    def get_queryset(self) -> QuerySet[Image]:
        if getattr(self, "swagger_fake_view", False):
            return Image.objects.none()
        return images_of(team_of(self.request))

    @extend_schema(responses=ImageDetailOut)
    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        image = self.get_object()
        return with_etag(Response(ImageDetailOut(image).data), image.version)

    @extend_schema(request=ImagePatch, responses=ImageDetailOut)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change label, split or quarantine; needs `If-Match`."""
        given = ImagePatch(data=request.data)
        given.is_valid(raise_exception=True)
        image = image_update(
            image=self.get_object(),
            expected_version=expected_version(request),
            changes=ImageChanges(**given.validated_data),
            actor=actor_of(request),
        )
        return with_etag(Response(ImageDetailOut(image).data), image.version)

    @extend_schema(responses=ImageCounts, filters=True)
    @action(detail=False, pagination_class=None)
    def counts(self, _request: Request) -> Response:
        """Numbers by label, split and origin of the images that the filters select."""
        return Response(ImageCounts(image_counts(self.filter_queryset(self.get_queryset()))).data)

    @extend_schema(request=BulkIn, responses=BulkOut)
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Change many images at once; each gets an outcome, and all can be undone together."""
        given = BulkIn(data=request.data)
        given.is_valid(raise_exception=True)
        data, team = given.validated_data, team_of(request)
        dataset = get_object_or_404(Dataset, team=team, id=data["dataset"])
        images = self._selected(data)

        def change() -> Response:
            bulk, outcomes = images_change(
                dataset=dataset,
                images=images,
                changes=ImageChanges(**data["changes"]),
                actor=actor_of(request),
            )
            return Response(_bulk(bulk.id, outcomes))

        return run_once(request, team_id=team.id, endpoint="images.bulk", create=change)

    def _selected(self, data: dict[str, Any]) -> QuerySet[Image]:
        images = Image.objects.filter(dataset__team=team_of(self.request))
        if "ids" in data:
            return images.filter(id__in=data["ids"])
        return ImageFilter(data=data["filter"], queryset=images).qs

    @extend_schema(request=None, responses=BulkOut)
    @action(detail=False, methods=["post"], url_path=r"bulk/(?P<undo_id>[0-9a-f-]{36})/undo")
    def undo_bulk(self, request: Request, undo_id: str) -> Response:
        """Take a bulk change back; images that were changed since are left as they are."""
        bulk = get_object_or_404(bulk_changes_of(team_of(request), UUID(undo_id)))
        return Response(_bulk(None, bulk_change_undo(bulk=bulk, actor=actor_of(request))))

    @extend_schema(parameters=[RAW], responses={(200, "image/*"): OpenApiTypes.BINARY})
    @action(detail=True)
    def content(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """The pixels: the original file where a browser shows it as a detector reads it, else 8-bit PNG.

        `raw=1` gives uint16 instead, with `X-Height`, `X-Width` and `X-Channels`.
        """
        image = self.get_object()
        if request.query_params.get("raw", "").lower() in ("1", "true"):
            return raw_response(image)
        return display_response(request, image)

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    @action(detail=True)
    def thumbnail(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """A JPEG of at most 256 px."""
        image = self.get_object()
        return blob_response(request, image.thumbnail, filename=f"{image.id}.jpg")

    @extend_schema(responses=HistoryEntry(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def history(self, _request: Request, pk: str | None = None) -> Response:
        """What happened to the image, newest first: changes, bulk changes and mask revisions."""
        return Response(HistoryEntry(image_history(self.get_object()), many=True).data)


def _bulk(undo_id: UUID | None, outcomes: list[BulkOutcome]) -> dict[str, Any]:
    kinds = [outcome.outcome for outcome in outcomes]
    counts = {kind: kinds.count(kind) for kind in ("changed", "unchanged", "refused")}
    return BulkOut({"undo_id": undo_id, "outcomes": outcomes, **counts}).data

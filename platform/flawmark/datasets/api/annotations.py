"""`/annotations/`: the mask revisions of images."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.errors import InvalidInput
from flawmark.core.http.etag import expected_version, with_etag
from flawmark.core.http.idempotency import run_once
from flawmark.core.masks.rle import rle_decode, rle_encode
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image, LayerKind, MaskRevision
from flawmark.datasets.selectors.layers import LayerKey, key_of, layers_with_data, revision_masks
from flawmark.datasets.services.annotations import annotation_create


class MaskTileData(serializers.Serializer[Any]):
    """`data`: base64 of the deflated 512×512 bytes of 0 and 1, row-major."""

    row = serializers.IntegerField()
    col = serializers.IntegerField()
    data = serializers.CharField()  # type: ignore[assignment]


class MaskRle(serializers.Serializer[Any]):
    """COCO RLE: `size` is [height, width]; `counts` run lengths, column by column, starting with zeros."""

    size = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)
    counts = serializers.JSONField(help_text="A list of run lengths, or COCO's compressed string.")


class AnnotationLayer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=LayerKind.choices)
    defect_type = serializers.UUIDField(allow_null=True)
    tiles = MaskTileData(many=True)
    mask_rle = MaskRle()


class AnnotationOut(serializers.ModelSerializer[MaskRevision]):
    image = serializers.UUIDField(source="image_id")
    parent = serializers.UUIDField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    author = serializers.CharField(source="author.username", default=None, allow_null=True)

    class Meta:
        model = MaskRevision
        fields = [
            "id", "image", "number", "parent", "author", "tool", "model_version_id", "pixel_threshold",
            "sha256", "created_at",
        ]  # fmt: skip


class AnnotationDetailOut(AnnotationOut):
    layers = serializers.SerializerMethodField()

    class Meta(AnnotationOut.Meta):
        fields = [*AnnotationOut.Meta.fields, "layers"]

    @extend_schema_field(AnnotationLayer(many=True))
    def get_layers(self, revision: MaskRevision) -> list[dict[str, Any]]:
        masks = revision_masks(revision)
        layers = layers_with_data(team_id=revision.image.dataset.team_id, layers=revision.layers)
        return [{**layer, "mask_rle": rle_encode(masks[key_of(layer)])} for layer in layers]


class AnnotationLayerIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=LayerKind.choices, default=LayerKind.DEFECT)
    defect_type = serializers.UUIDField(required=False, allow_null=True)
    mask_rle = MaskRle()


class AnnotationIn(serializers.Serializer[Any]):
    """`layers` replace all layers of the image; an empty list says that it has no defect."""

    image = serializers.UUIDField()
    layers = AnnotationLayerIn(many=True)
    tool = serializers.CharField(max_length=40, default="api")
    model_version_id = serializers.UUIDField(required=False, allow_null=True)
    pixel_threshold = serializers.FloatField(required=False, allow_null=True)


class AnnotationFilter(filters.FilterSet):
    image = filters.UUIDFilter(field_name="image_id")
    dataset = filters.UUIDFilter(field_name="image__dataset_id")

    class Meta:
        model = MaskRevision
        fields: list[str] = []


class AnnotationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[MaskRevision]
):
    """Mask revisions, newest first. They are never edited or deleted."""

    queryset = MaskRevision.objects.none()
    filterset_class = AnnotationFilter

    def get_queryset(self) -> QuerySet[MaskRevision]:
        if getattr(self, "swagger_fake_view", False):
            return MaskRevision.objects.none()
        revisions = MaskRevision.objects.filter(image__dataset__team=team_of(self.request))
        return revisions.select_related("author", "image__dataset")

    def get_serializer_class(self) -> Any:
        return AnnotationDetailOut if self.action == "retrieve" else AnnotationOut

    @extend_schema(request=AnnotationIn, responses={201: AnnotationDetailOut})
    def create(self, request: Request) -> Response:
        """Give an image a new mask; `If-Match` is the image's ETag, and so is the answer's."""
        given = AnnotationIn(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = dict(given.validated_data)
        team, version = team_of(request), expected_version(request)
        image = get_object_or_404(Image, dataset__team=team, id=data.pop("image"))
        masks = _masks(data.pop("layers"), image)

        def create() -> Response:
            revision, changed = annotation_create(
                image=image, expected_version=version, masks=masks, author=actor_of(request), **data
            )
            return with_etag(Response(AnnotationDetailOut(revision).data, status=201), changed.version)

        return run_once(request, team_id=team.id, endpoint="annotations", create=create)


def _masks(layers: list[dict[str, Any]], image: Image) -> dict[LayerKey, Mask]:
    masks: dict[LayerKey, Mask] = {}
    for layer in layers:
        key = LayerKey(layer["kind"], layer.get("defect_type"))
        if key in masks:
            raise InvalidInput("A layer was given twice.", field="layers")
        masks[key] = rle_decode(layer["mask_rle"], max_pixels=2 * image.width_px * image.height_px)
    return masks

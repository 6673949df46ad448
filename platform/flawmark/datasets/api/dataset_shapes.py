"""What `/datasets/` takes and gives."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from flawmark.datasets.models import Dataset, DefectType
from flawmark.datasets.selectors.datasets import no_counts

HEX_COLOUR = r"^#[0-9a-fA-F]{6}$"


class ImageCounts(serializers.Serializer[Any]):
    """Numbers of images; quarantined ones are counted under their label, split and origin as well."""

    total = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    label = serializers.DictField(child=serializers.IntegerField())  # type: ignore[assignment]
    split = serializers.DictField(child=serializers.IntegerField())
    origin = serializers.DictField(child=serializers.IntegerField())


class DefectTypeOut(serializers.ModelSerializer[DefectType]):
    class Meta:
        model = DefectType
        fields = ["id", "name", "colour", "hotkey", "version"]


class DefectTypeIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    colour = serializers.RegexField(HEX_COLOUR, required=False)
    hotkey = serializers.CharField(max_length=1, required=False, allow_blank=True)


class DefectTypePatch(DefectTypeIn):
    name = serializers.CharField(max_length=60, required=False)


class DatasetOut(serializers.ModelSerializer[Dataset]):
    defect_types = DefectTypeOut(many=True)
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = [
            "id", "name", "description", "licence", "region_of_interest", "archived_at", "created_at",
            "version", "defect_types", "counts",
        ]  # fmt: skip

    @extend_schema_field(ImageCounts)
    def get_counts(self, dataset: Dataset) -> dict[str, Any]:
        return self.context["counts"].get(dataset.id) or no_counts()


class RegionOfInterest(serializers.Serializer[Any]):
    polygons = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
            min_length=3,
        ),
        allow_empty=False,
        help_text="[[[x, y], …], …] in image pixels, origin top-left.",
    )


class DatasetIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True)
    licence = serializers.CharField(max_length=200, required=False, allow_blank=True)
    region_of_interest = RegionOfInterest(required=False, allow_null=True)


class DatasetPatch(DatasetIn):
    name = serializers.CharField(max_length=120, required=False)
    archived = serializers.BooleanField(required=False)


class LackOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    step = serializers.ChoiceField(choices=["import", "label", "split", "review"])
    blocks_training = serializers.BooleanField()


class DatasetStats(serializers.Serializer[Any]):
    counts = ImageCounts()
    label_by_split = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="{split: {label: images}}, without quarantined images.",
    )
    pool = serializers.IntegerField(help_text="Normal training images that are not quarantined.")
    masks = serializers.IntegerField(help_text="Images whose mask is not empty.")
    lacks = LackOut(many=True)
    trainable = serializers.BooleanField()

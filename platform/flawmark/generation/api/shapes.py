"""What `/generation-runs/` takes and gives."""

from typing import Any

from rest_framework import serializers

from flawmark.core.api import JobDetailOut, JobOut
from flawmark.generation.models import GenerationRun, GenerationSheet

MOST_IMAGES = 1000


class GenerationWordOut(serializers.Serializer[Any]):
    """A candidate word. `similarity`: cosine of its prompt and the images; `distance`: Euclidean."""

    word = serializers.CharField()
    prompt = serializers.CharField()
    distance = serializers.FloatField()
    similarity = serializers.FloatField()
    status = serializers.ChoiceField(choices=["chosen", "kept", "outlier"])


class GenerationIterationOut(serializers.Serializer[Any]):
    """A set of pictures: how well it agrees with the prompt, and whether it was the best until then."""

    index = serializers.IntegerField()
    score = serializers.FloatField()
    best = serializers.BooleanField()


class GenerationPointOut(serializers.Serializer[Any]):
    """Means of the generator's losses since the point before."""

    stage = serializers.CharField()
    step = serializers.IntegerField()
    losses = serializers.DictField(child=serializers.FloatField())


class GenerationSheetOut(serializers.ModelSerializer[GenerationSheet]):
    """How the best set looked after an iteration."""

    picture_url = serializers.SerializerMethodField()

    class Meta:
        model = GenerationSheet
        fields = ["id", "iteration", "picture_url"]
        read_only_fields = fields

    def get_picture_url(self, sheet: GenerationSheet) -> str:
        return f"/api/v1/generation-runs/{sheet.run_id}/sheets/{sheet.id}/"


class GenerationRunOut(serializers.ModelSerializer[GenerationRun]):
    """`waiting`, `approved` and `rejected` count candidates, `pooled` their images in the pool now."""

    job = JobOut()
    source_count = serializers.IntegerField()
    waiting = serializers.IntegerField()
    approved = serializers.IntegerField()
    rejected = serializers.IntegerField()
    pooled = serializers.IntegerField()
    judged_by_number = serializers.IntegerField(source="judged_by.number", default=None, allow_null=True)
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    class Meta:
        model = GenerationRun
        fields = [
            "id", "dataset", "keyword", "prompt", "count", "options", "seed", "finding", "source_count",
            "warnings", "waiting", "approved", "rejected", "pooled", "copy_distance", "judged_by",
            "judged_by_number", "job", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class GenerationRunDetailOut(GenerationRunOut):
    job = JobDetailOut()
    words = GenerationWordOut(many=True)
    iterations = GenerationIterationOut(many=True)
    curves = GenerationPointOut(many=True)
    sheets = GenerationSheetOut(many=True)

    class Meta(GenerationRunOut.Meta):
        fields = [*GenerationRunOut.Meta.fields, "words", "iterations", "curves", "sheets"]
        read_only_fields = fields


class GenerationWordsIn(serializers.Serializer[Any]):
    """`images` or a `finding`; without either, all real normals of the training split."""

    dataset = serializers.UUIDField()
    keyword = serializers.CharField(max_length=60, allow_blank=True)
    images = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_empty=False, max_length=MOST_IMAGES
    )
    finding = serializers.UUIDField(required=False, allow_null=True, default=None)
    options = serializers.DictField(required=False, default=dict)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("images") and attrs.get("finding"):
            raise serializers.ValidationError("Give either images or a finding.")
        return attrs


class GenerationRunIn(GenerationWordsIn):
    """Without `prompt` the best candidate word makes it."""

    count = serializers.IntegerField(min_value=1, max_value=200, default=30)
    prompt = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class GenerationOptionsOut(serializers.Serializer[Any]):
    schema = serializers.JSONField(help_text="JSON schema (2020-12) of the options.")


class CandidateApprovalsOut(serializers.Serializer[Any]):
    """`flagged` ones stay waiting; `refused` ones are in the dataset already."""

    approved = serializers.ListField(child=serializers.UUIDField())
    flagged = serializers.IntegerField()
    refused = serializers.IntegerField()


class GeneratedRemovalOut(serializers.Serializer[Any]):
    """`undo_id` is for `POST /images/bulk/{undo_id}/undo/`."""

    removed = serializers.IntegerField()
    undo_id = serializers.UUIDField()

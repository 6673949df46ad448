"""A review task as the browser sees it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from flawmark.accounts.models import User
from flawmark.datasets.models import Capture, DefectType, Image, Label, Split
from flawmark.inspections.models import Inspection
from flawmark.inspections.services.live import learns_live
from flawmark.reviews.models import ReviewTask
from flawmark.reviews.selectors.queue import queue_length, queue_settings_of
from flawmark.training.models import ThresholdSet
from flawmark.training.selectors import champion_of, thresholds_of

API = "/api/v1"


class TaskCapture(serializers.ModelSerializer[Capture]):
    class Meta:
        model = Capture
        fields = ["id", "part", "station", "view", "captured_at", "metadata"]


class TaskImage(serializers.ModelSerializer[Image]):
    """In a second opinion, label and split are withheld: they read as if nobody had judged."""

    content_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    captures = TaskCapture(many=True)

    class Meta:
        model = Image
        fields = [
            "id", "filename", "width_px", "height_px", "bit_depth", "channels", "content_url",
            "thumbnail_url", "label", "split", "captures",
        ]  # fmt: skip
        read_only_fields = fields

    def get_content_url(self, image: Image) -> str:
        return f"{API}/images/{image.id}/content/"

    def get_thumbnail_url(self, image: Image) -> str:
        return f"{API}/images/{image.id}/thumbnail/"

    def to_representation(self, instance: Image) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if self.context.get("blind"):
            shown |= {"label": Label.UNLABELLED, "split": Split.UNASSIGNED}
        return shown


class ScoreMapLink(serializers.Serializer[Inspection]):
    """Where the raw uint16 map is: (height, width) cells; score = value × scale."""

    url = serializers.SerializerMethodField()
    height = serializers.IntegerField(source="map_height")
    width = serializers.IntegerField(source="map_width")
    scale = serializers.FloatField(source="model_version.map_scale")

    def get_url(self, inspection: Inspection) -> str:
        return f"{API}/inspections/{inspection.id}/map/"


class TaskInspection(serializers.ModelSerializer[Inspection]):
    map = ScoreMapLink(source="*")

    class Meta:
        model = Inspection
        fields = ["id", "image_score", "band", "model_version", "bank_revision", "map", "stale"]
        read_only_fields = fields


class TaskThresholds(serializers.ModelSerializer[ThresholdSet]):
    class Meta:
        model = ThresholdSet
        fields = ["t1", "t2", "pixel_threshold"]
        read_only_fields = fields


class TaskDefectType(serializers.ModelSerializer[DefectType]):
    class Meta:
        model = DefectType
        fields = ["id", "name", "colour", "hotkey"]
        read_only_fields = fields


class TaskLease(serializers.Serializer[Any]):
    token = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class TaskListed(serializers.ModelSerializer[ReviewTask]):
    """A line of the queue."""

    leased_to = serializers.CharField(source="leased_to.username", default=None)
    filename = serializers.CharField(source="image.filename")
    band = serializers.CharField(source="inspection.band", default=None)
    image_score = serializers.FloatField(source="inspection.image_score", default=None)

    class Meta:
        model = ReviewTask
        fields = [
            "id", "dataset", "image", "filename", "round", "state", "reason", "sampling_probability",
            "priority", "band", "image_score", "leased_to", "lease_expires_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


@extend_schema_serializer(component_name="ReviewTaskDetail")
class TaskOut(serializers.ModelSerializer[ReviewTask]):
    """All that the workspace needs to show one task. `lease` is null unless the asker holds one.

    `learns_live`: a verdict changes the serving model at once; else the model learns at the next training.
    """

    lease = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField()
    inspection = TaskInspection(allow_null=True)
    thresholds = serializers.SerializerMethodField()
    defect_types = TaskDefectType(source="dataset.defect_types", many=True)
    queue_length = serializers.SerializerMethodField()
    learns_live = serializers.SerializerMethodField()
    canned_reasons = serializers.SerializerMethodField()

    class Meta:
        model = ReviewTask
        fields = [
            "id", "dataset", "round", "state", "reason", "sampling_probability", "priority", "lease",
            "image", "inspection", "thresholds", "defect_types", "queue_length", "learns_live",
            "canned_reasons",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TaskLease(allow_null=True))
    def get_lease(self, task: ReviewTask) -> Any:
        if task.leased_to_id != self._reader.id or task.lease_expires_at is None:
            return None
        return TaskLease({"token": task.lease_token, "expires_at": task.lease_expires_at}).data

    @extend_schema_field(TaskImage)
    def get_image(self, task: ReviewTask) -> Any:
        return TaskImage(task.image, context={"blind": task.round > 1}).data

    @extend_schema_field(TaskThresholds(allow_null=True))
    def get_thresholds(self, task: ReviewTask) -> Any:
        found = thresholds_of(task.inspection.model_version) if task.inspection else None
        return TaskThresholds(found).data if found else None

    def get_queue_length(self, task: ReviewTask) -> int:
        return queue_length(task.dataset, self._reader)

    def get_learns_live(self, task: ReviewTask) -> bool:
        champion = champion_of(task.dataset)
        return champion is not None and learns_live(champion)

    def get_canned_reasons(self, task: ReviewTask) -> list[str]:
        return list(queue_settings_of(task.dataset).canned_reasons)

    @property
    def _reader(self) -> User:
        reader: User = self.context["reader"]
        return reader


@extend_schema_serializer(component_name="ReviewTask")
class LeasedTaskOut(TaskOut):
    """The same for the one who has just leased it."""

    @extend_schema_field(TaskLease)
    def get_lease(self, task: ReviewTask) -> Any:
        return super().get_lease(task)


def task_payload(task: ReviewTask, reader: User) -> dict[str, Any]:
    return TaskOut(task, context={"reader": reader}).data

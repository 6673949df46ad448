"""What a repair report takes and gives."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from flawmark.core.api import JobOut
from flawmark.core.models import JobState
from flawmark.generation.models import RepairReport
from flawmark.training.models import TrainingRun

STATES = ["training", "comparing", "done", "failed"]


class ReportTrainingOut(serializers.ModelSerializer[TrainingRun]):
    """One of the two trainings; the model is null until it is done."""

    job = JobOut()
    model_version = serializers.UUIDField(source="model_version.id", default=None, allow_null=True)
    model_number = serializers.IntegerField(source="model_version.number", default=None, allow_null=True)
    detector = serializers.CharField()

    class Meta:
        model = TrainingRun
        fields = ["id", "detector", "seed", "job", "model_version", "model_number"]
        read_only_fields = fields


class ReportComparisonOut(serializers.Serializer[Any]):
    """AUROC with minus AUROC without, its interval, and what that shows."""

    without = serializers.FloatField()
    with_generated = serializers.FloatField()
    difference = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    outcome = serializers.ChoiceField(choices=["better", "worse", "undecided"])


class ReportFiguresOut(serializers.Serializer[Any]):
    """`pixel_auroc` is null where no defect of the test split has a mask."""

    image_auroc = ReportComparisonOut(allow_null=True)
    pixel_auroc = ReportComparisonOut(allow_null=True)
    confidence = serializers.FloatField()
    resamples = serializers.IntegerField()
    test_normals = serializers.IntegerField()
    test_defectives = serializers.IntegerField()


class RepairReportOut(serializers.ModelSerializer[RepairReport]):
    """`job` compares the two models once both are trained; null until then."""

    without = ReportTrainingOut()
    with_generated = ReportTrainingOut()
    job = JobOut(allow_null=True)
    state = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField()
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    class Meta:
        model = RepairReport
        fields = [
            "id", "run", "state", "generated_images", "without", "with_generated", "job", "figures",
            "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, report: RepairReport) -> str:
        if report.figures:
            return "done"
        jobs = [report.job] if report.job else [report.without.job, report.with_generated.job]
        if any(job.state in (JobState.FAILED, JobState.CANCELLED) for job in jobs):
            return "failed"
        return "comparing" if report.job else "training"

    @extend_schema_field(ReportFiguresOut(allow_null=True))
    def get_figures(self, report: RepairReport) -> Any:
        return report.figures or None


class RepairReportIn(serializers.Serializer[Any]):
    """What is left out is the champion's."""

    detector = serializers.CharField(max_length=40, required=False)
    hyperparameters = serializers.DictField(required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)

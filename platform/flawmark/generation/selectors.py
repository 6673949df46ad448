"""Reads of generation: runs and candidates of a team, what may be generated from, what a champion says."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from flawmark.accounts.models import Team
from flawmark.core.errors import NotFound
from flawmark.curation.models import Finding
from flawmark.datasets.models import Dataset, Image, Label, Origin, Split
from flawmark.generation.models import CandidateNormal, CandidateState, GenerationRun, RepairReport
from flawmark.inspections.selectors import calibration_normals
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import thresholds_of


def generation_runs_of(team: Team) -> QuerySet[GenerationRun]:
    """Runs with numbers of their candidates: `waiting`, `approved`, `rejected`, and `pooled`."""
    return (
        GenerationRun.objects.filter(dataset__team=team)
        .select_related("job", "dataset__team", "created_by", "judged_by")
        .annotate(
            waiting=_counted(state=CandidateState.WAITING),
            approved=_counted(state=CandidateState.APPROVED),
            rejected=_counted(state=CandidateState.REJECTED),
            pooled=_counted(image__isnull=False, image__quarantined_at__isnull=True),
            source_count=Count("sources", distinct=True),
        )
    )


def _counted(**conditions: object) -> Count:
    named = {f"candidates__{name}": value for name, value in conditions.items()}
    return Count("candidates", filter=Q(**named), distinct=True)


def candidates_of(team: Team) -> QuerySet[CandidateNormal]:
    return CandidateNormal.objects.filter(run__dataset__team=team).select_related(
        "run__dataset__team", "run__judged_by", "picture", "thumbnail", "nearest_image", "image", "decided_by"
    )


def pooled_images(run: GenerationRun) -> QuerySet[Image]:
    """Images that approved candidates of the run became and that were not removed again."""
    return Image.objects.filter(candidate__run=run, quarantined_at__isnull=True)


def real_normals(dataset: Dataset) -> QuerySet[Image]:
    """What may be generated from: captured normals of the training split. Others must not be learnt from."""
    return Image.objects.filter(
        dataset=dataset,
        label=Label.NORMAL,
        split=Split.TRAIN,
        origin=Origin.CAPTURED,
        quarantined_at__isnull=True,
    )


def finding_get(dataset: Dataset, finding_id: UUID) -> Finding:
    finding = Finding.objects.filter(report__dataset=dataset, id=finding_id).first()
    if finding is None:
        raise NotFound("This dataset has no such finding.", field="finding")
    return finding


def newest_report(run: GenerationRun) -> RepairReport | None:
    reports = RepairReport.objects.filter(run=run).select_related(
        "job", "without__job", "with_generated__job", "without__model_version", "created_by",
        "with_generated__model_version",
    )  # fmt: skip
    return reports.order_by("-id").first()


@dataclass(frozen=True)
class Judge:
    """What the champion that scored a run's candidates takes for normal.

    `limit`: from this score on it does not let a picture pass: T1, or where there are too few held-out
    normals for one, the highest score among those that there are; None where nothing can be said.
    """

    model_version: ModelVersion
    thresholds: ThresholdSet | None
    limit: float | None

    def finds_defect(self, image_score: float | None) -> bool:
        return image_score is not None and self.limit is not None and image_score >= self.limit


def judge_of(model_version: ModelVersion) -> Judge:
    thresholds = thresholds_of(model_version)
    if thresholds is not None and thresholds.t1 is not None:
        return Judge(model_version, thresholds, thresholds.t1)
    highest = calibration_normals(model_version).aggregate(highest=Max("image_score"))["highest"]
    return Judge(model_version, thresholds, highest)


def judges_of(runs: Collection[GenerationRun]) -> dict[UUID, Judge]:
    """The judge of each run that has one, by the run's id."""
    models = {run.judged_by_id: run.judged_by for run in runs if run.judged_by is not None}
    judges = {model_id: judge_of(model) for model_id, model in models.items()}
    return {run.id: judges[run.judged_by_id] for run in runs if run.judged_by_id in judges}

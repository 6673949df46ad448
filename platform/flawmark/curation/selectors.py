"""Reads of pools, health reports and findings, each within a team."""

from django.db.models import Q, QuerySet

from flawmark.accounts.models import Team
from flawmark.curation.models import Finding, FindingAction, FindingImage, PoolHealthReport
from flawmark.datasets.models import Dataset, Image, Label, Split


def pool_images(dataset: Dataset) -> QuerySet[Image]:
    """The pool: normal training images that are not in quarantine."""
    return Image.objects.filter(
        dataset=dataset, label=Label.NORMAL, split=Split.TRAIN, quarantined_at__isnull=True
    )


def reports_of(team: Team) -> QuerySet[PoolHealthReport]:
    return PoolHealthReport.objects.filter(dataset__team=team).select_related(
        "dataset__team", "job", "model_version", "created_by", "map"
    )


def findings_of(team: Team) -> QuerySet[Finding]:
    return Finding.objects.filter(report__dataset__team=team).select_related("report__dataset__team")


def pictures_of(finding: Finding) -> QuerySet[FindingImage]:
    return FindingImage.objects.filter(finding=finding).select_related("image").order_by("rank")


def actions_of(team: Team) -> QuerySet[FindingAction]:
    return FindingAction.objects.filter(finding__report__dataset__team=team).select_related(
        "finding__report__dataset__team", "bulk_change", "actor"
    )


def images_since(report: PoolHealthReport) -> int:
    """How many of the pool's images came or were changed after the report was asked for."""
    newer = Q(created_at__gt=report.created_at) | Q(updated_at__gt=report.created_at)
    return pool_images(report.dataset).filter(newer).count()

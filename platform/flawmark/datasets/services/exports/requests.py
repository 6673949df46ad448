"""Asking a worker to write a version out."""

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.jobs import job_create
from flawmark.datasets.models import DatasetVersion, Export

JOB_KIND = "datasets.export"


@transaction.atomic
def export_create(*, version: DatasetVersion, export_format: str, actor: User) -> Export:
    """Start an export; `export_format` is `mvtec` or `coco`."""
    dataset = version.dataset
    export = Export(version=version, format=export_format, created_by=actor)
    export.job = job_create(
        team_id=dataset.team_id,
        kind=JOB_KIND,
        queue="io",
        title=f"Export {dataset.name} version {version.number}",
        payload={"export": str(export.id)},
        created_by_id=actor.id,
        subject_type="dataset",
        subject_id=dataset.id,
    )
    export.save()
    audit_record(
        team=dataset.team,
        actor=actor,
        action="export.create",
        object_type="dataset",
        object_id=dataset.id,
        detail={"version": str(version.id), "format": export_format},
    )
    return export

"""Storing what was sent, and asking a worker to import it."""

from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.jobs import job_create
from flawmark.core.models import FINAL_JOB_STATES
from flawmark.datasets.models import Dataset, Import, ImportSource
from flawmark.datasets.services.imports.archives import zip_open
from flawmark.datasets.services.imports.folders import folder_allowed

JOB_KIND = "datasets.import"


def import_create_zip(
    *, dataset: Dataset, actor: User, archive: "UploadedFile[Any]", defaults: dict[str, Any]
) -> Import:
    """Import an uploaded zip archive. Raises InvalidInput at once when it is not one."""
    with zip_open(archive):
        pass
    archive.seek(0)
    delivery = Import(dataset=dataset, source=ImportSource.ZIP, defaults=defaults, created_by=actor)
    delivery.uploads = [_keep(delivery, 0, archive, archive.name or "archive.zip")]
    return _start(delivery, actor, f"Import {delivery.uploads[0]['name']}")


def import_create_folder(*, dataset: Dataset, actor: User, folder: str, defaults: dict[str, Any]) -> Import:
    """Import a folder on the server. Raises InvalidInput unless it lies below `settings.IMPORT_ROOTS`."""
    path = folder_allowed(folder)
    delivery = Import(
        dataset=dataset, source=ImportSource.FOLDER, folder=str(path), defaults=defaults, created_by=actor
    )
    return _start(delivery, actor, f"Import the folder {path.name}")


def import_create_files(
    *,
    dataset: Dataset,
    actor: User,
    files: "list[UploadedFile[Any]]",
    paths: list[str],
    defaults: dict[str, Any],
) -> Import:
    """Import single uploaded files. `paths` are their names with folders; empty: the files' own names."""
    if paths and len(paths) != len(files):
        raise InvalidInput("Give as many paths as files, in the same order.", field="paths")
    names = paths or [file.name or "image" for file in files]
    delivery = Import(dataset=dataset, source=ImportSource.FILES, defaults=defaults, created_by=actor)
    delivery.uploads = [
        _keep(delivery, index, file, name)
        for index, (file, name) in enumerate(zip(files, names, strict=True))
    ]
    return _start(delivery, actor, f"Import {len(files)} file{'s' if len(files) > 1 else ''}")


def _keep(delivery: Import, index: int, file: "UploadedFile[Any]", name: str) -> dict[str, Any]:
    key = f"{delivery.dataset.team_id}/uploads/{delivery.id}/{index}"
    return {"name": name, "key": default_storage.save(key, file), "size_bytes": file.size}


@transaction.atomic
def _start(delivery: Import, actor: User, title: str) -> Import:
    dataset = delivery.dataset
    if dataset.archived_at is not None:
        raise Conflict("This dataset is archived. Bring it back before importing.", code="archived")
    _discard_ended(dataset)
    delivery.save()
    delivery.job = job_create(
        team_id=dataset.team_id,
        kind=JOB_KIND,
        queue="io",
        title=title[:200],
        payload={"import": str(delivery.id)},
        created_by_id=actor.id,
        subject_type="dataset",
        subject_id=dataset.id,
    )
    delivery.save(update_fields=["job", "updated_at"])
    audit_record(
        team=dataset.team,
        actor=actor,
        action="import.create",
        object_type="dataset",
        object_id=dataset.id,
        detail={"import": str(delivery.id), "source": delivery.source, "defaults": delivery.defaults},
    )
    return delivery


def _discard_ended(dataset: Dataset) -> None:
    """Forget uploads of imports that ended without a worker seeing them, such as cancelled ones."""
    ended = Import.objects.filter(dataset=dataset, job__state__in=FINAL_JOB_STATES).exclude(uploads=[])
    for delivery in ended:
        uploads_discard(delivery)


def uploads_discard(delivery: Import) -> None:
    """Delete the files as they were sent; their images are kept as blobs of their own."""
    keys = [upload["key"] for upload in delivery.uploads]
    delivery.uploads = []
    delivery.save(update_fields=["uploads", "updated_at"])

    def delete() -> None:
        for key in keys:
            default_storage.delete(key)

    transaction.on_commit(delete, robust=True)

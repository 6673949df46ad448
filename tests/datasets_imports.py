"""Sending imports and running them to their end."""

from typing import Any

from datasets_builders import run_import, zip_bytes
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import Cast, client_of

from flawmark.datasets.models import Dataset, Import

URL = "/api/v1/imports/"


def send(cast: Cast, dataset: Dataset, **fields: Any) -> Any:
    return client_of(cast.curator).post(URL, {"dataset": str(dataset.id), **fields}, format="multipart")


def deliver(cast: Cast, dataset: Dataset, files: dict[str, bytes], **fields: Any) -> Import:
    return deliver_bytes(cast, dataset, zip_bytes(files), **fields)


def deliver_bytes(cast: Cast, dataset: Dataset, archive: bytes, **fields: Any) -> Import:
    answer = send(cast, dataset, archive=SimpleUploadedFile("images.zip", archive), **fields)
    assert answer.status_code == 202, answer.data
    delivery = Import.objects.get(id=answer.data["id"])
    assert run_import(delivery).state == "succeeded"
    delivery.refresh_from_db()
    return delivery


def refusals(delivery: Import) -> dict[str, str]:
    return {item.path: item.reason for item in delivery.items.filter(outcome="refused")}

"""The journal of a bank: its operations as blobs, read back by every process that holds the model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from flawmark.core.blobs import blob_bytes, blob_store
from flawmark.core.models import Blob
from flawmark.inspections.models import BankRevision
from flawmark.training.models import ModelVersion

if TYPE_CHECKING:
    from detectors.memory.bank import MemoryBank
    from detectors.memory.operations import Operation

MEDIA_TYPE = "application/x-safetensors"
# The upper half of the advisory lock's key: keeps these locks apart from any others.
LOCK_SPACE = 0x464C4157


def operation_store(*, team_id: UUID, operation: "Operation") -> Blob:
    """Keep an operation's arrays as one safetensors file."""
    from safetensors.numpy import save

    arrays = {name: np.ascontiguousarray(values) for name, values in operation.to_arrays().items()}
    return blob_store(team_id=team_id, content=save(arrays), media_type=MEDIA_TYPE)


def operation_read(blob: Blob) -> "Operation":
    """Read what `operation_store` kept. Raises ArtifactError for a damaged one."""
    from safetensors.numpy import load

    from detectors.memory.operations import Operation

    return Operation.from_arrays(load(blob_bytes(blob)))


def revisions_visible(model_version: ModelVersion) -> QuerySet[BankRevision]:
    """The changes that count, oldest first: one for each operation in the live bank's journal."""
    visible = BankRevision.objects.filter(model_version=model_version, visible_at__isnull=False, held=False)
    return visible.order_by("sequence")


def operations_since(model_version: ModelVersion, applied: int) -> "list[Operation]":
    """The journal's operations after the first `applied` ones."""
    missing = revisions_visible(model_version).select_related("payload")[applied:]
    return [operation_read(revision.payload) for revision in missing]


def bank_catch_up(bank: "MemoryBank", model_version: ModelVersion) -> None:
    """Bring a bank in this process to the newest visible revision."""
    for operation in operations_since(model_version, len(bank.journal)):
        bank.apply(operation)


@contextmanager
def bank_writer(model_version: ModelVersion) -> Iterator[None]:
    """One writer per model version, among all processes; the lock goes with its connection, too."""
    key = [LOCK_SPACE, int.from_bytes(model_version.id.bytes[-4:], signed=True)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)

"""The journal of a model's memory: its changes as blobs, read back by every process that holds the model.

A change is one operation at each of the detector's scales. Its arrays are named `SCALE/ARRAY`; those of a
detector with one scale, whose name is empty, `ARRAY`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray

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


def operations_store(*, team_id: UUID, operations: "Mapping[str, Operation]") -> Blob:
    """Keep the arrays of each scale's operation as one safetensors file."""
    from safetensors.numpy import save

    arrays = {
        f"{scale}/{name}" if scale else name: np.ascontiguousarray(values)
        for scale, operation in operations.items()
        for name, values in operation.to_arrays().items()
    }
    return blob_store(team_id=team_id, content=save(arrays), media_type=MEDIA_TYPE)


def operations_read(blob: Blob) -> "dict[str, Operation]":
    """Read what `operations_store` kept, by scale. Raises ArtifactError for a damaged one."""
    from safetensors.numpy import load

    from detectors.memory.operations import Operation

    by_scale: dict[str, dict[str, NDArray[Any]]] = defaultdict(dict)
    for key, values in load(blob_bytes(blob)).items():
        scale, _, name = key.rpartition("/")
        by_scale[scale][name] = values
    return {scale: Operation.from_arrays(arrays) for scale, arrays in by_scale.items()}


def revisions_visible(model_version: ModelVersion) -> QuerySet[BankRevision]:
    """The changes that count, oldest first: one for each operation in a live bank's journal."""
    visible = BankRevision.objects.filter(model_version=model_version, visible_at__isnull=False, held=False)
    return visible.order_by("sequence")


def operations_since(model_version: ModelVersion, applied: int) -> "list[dict[str, Operation]]":
    """The journal's changes after the first `applied` ones, each by scale."""
    missing = revisions_visible(model_version).select_related("payload")[applied:]
    return [operations_read(revision.payload) for revision in missing]


def banks_catch_up(banks: "Mapping[str, MemoryBank]", model_version: ModelVersion) -> None:
    """Bring the banks in this process to the newest visible revision."""
    applied = min(len(bank.journal) for bank in banks.values())
    for operations in operations_since(model_version, applied):
        for scale, bank in banks.items():
            bank.apply(operations[scale])


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

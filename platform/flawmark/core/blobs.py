"""Content-addressed storage of bytes, one folder a team, on disk or in an S3-compatible store."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import IO
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError

from flawmark.core.models import Blob

CHUNK_BYTES = 1 << 20


def sha256_of(stream: IO[bytes]) -> str:
    """Hash a seekable stream from its start, wherever it stands, and rewind it."""
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def blob_store(*, team_id: UUID, content: bytes | IO[bytes], media_type: str) -> Blob:
    """Keep bytes under their hash and return their row; the same bytes are kept once per team.

    The file is written before the row: a crash in between leaves an unreferenced file, never a row
    without its bytes. A file that is missing or torn is written again.
    """
    file: File[bytes] = ContentFile(content) if isinstance(content, bytes) else File(content)
    sha256 = sha256_of(file)
    blob = Blob(team_id=team_id, sha256=sha256, size_bytes=file.size, media_type=media_type)
    if not _is_complete(blob):
        default_storage.save(blob.storage_key, file)
    return Blob.objects.get_or_create(
        team_id=team_id, sha256=sha256, defaults={"size_bytes": file.size, "media_type": media_type}
    )[0]


def blobs_store(*, team_id: UUID, contents: Sequence[bytes], media_type: str) -> list[Blob]:
    """`blob_store` for many small contents: the rows cost two queries for all; returns one row for each."""
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    blobs = {
        sha256: Blob(team_id=team_id, sha256=sha256, size_bytes=len(content), media_type=media_type)
        for sha256, content in zip(hashes, contents, strict=True)
    }
    for sha256, content in zip(hashes, contents, strict=True):
        if not _is_complete(blobs[sha256]):
            default_storage.save(blobs[sha256].storage_key, ContentFile(content))
    Blob.objects.bulk_create(blobs.values(), ignore_conflicts=True, batch_size=1000)
    rows = {row.sha256: row for row in Blob.objects.filter(team_id=team_id, sha256__in=list(blobs))}
    return [rows[sha256] for sha256 in hashes]


def blob_discard(blob: Blob) -> bool:
    """Delete bytes that no row refers to any more; the file goes once the transaction commits.

    Only for content that nobody else can be about to store again, and that nothing names by its hash alone
    (as lists of mask tiles do).

    Returns:
        False where a row still refers to them: nothing is deleted then.
    """
    key = blob.storage_key
    try:
        with transaction.atomic():
            blob.delete()
    except ProtectedError:
        return False
    transaction.on_commit(lambda: default_storage.delete(key), robust=True)
    return True


def _is_complete(blob: Blob) -> bool:
    try:
        return default_storage.size(blob.storage_key) == blob.size_bytes
    except FileNotFoundError:
        return False


def blob_open(blob: Blob) -> IO[bytes]:
    """Open a blob for reading. Raises FileNotFoundError if the store lost it."""
    return default_storage.open(blob.storage_key, "rb")


def blob_bytes(blob: Blob) -> bytes:
    with blob_open(blob) as stream:
        return stream.read()


def blob_chunks(blob: Blob) -> Iterator[bytes]:
    with blob_open(blob) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk

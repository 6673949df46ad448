"""Blobs: once per team, never half."""

import io
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from factories import make_cast
from training_builders import add_image, make_dataset

from flawmark.core.blobs import blob_bytes, blob_chunks, blob_discard, blob_store, blobs_store
from flawmark.core.models import Blob

pytestmark = pytest.mark.django_db


def store(content: bytes, team_id: uuid.UUID) -> Blob:
    return blob_store(team_id=team_id, content=content, media_type="text/plain")


def test_the_same_bytes_are_kept_once_per_team() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    first = store(b"bytes", one)
    stream = blob_store(team_id=one, content=io.BytesIO(b"bytes"), media_type="text/plain")
    assert stream.id == first.id
    assert store(b"bytes", other).id != first.id
    assert (blob_bytes(first), b"".join(blob_chunks(first)), first.size_bytes) == (b"bytes", b"bytes", 5)


@pytest.mark.parametrize("row_exists", [True, False])
@pytest.mark.parametrize("left", [b"by", None])
def test_a_file_that_a_crash_left_torn_or_lost_is_written_again(left: bytes | None, row_exists: bool) -> None:
    team_id = uuid.uuid4()
    key = store(b"bytes", team_id).storage_key
    if not row_exists:
        Blob.objects.all().delete()
    default_storage.delete(key)
    if left is not None:
        default_storage.save(key, ContentFile(left))
    assert blob_bytes(store(b"bytes", team_id)) == b"bytes"


def test_a_file_is_whole_whenever_somebody_looks() -> None:
    """Six writers of the same name at once; a reader in between never finds it short or gone."""
    content, name = bytes(300_000), f"{uuid.uuid4()}/whole"
    default_storage.save(name, ContentFile(content))
    done = threading.Event()

    def write() -> None:
        for _ in range(15):
            assert default_storage.save(name, ContentFile(content)) == name

    def seen() -> set[int]:
        sizes = set()
        while not done.is_set():
            sizes.add(len(default_storage.open(name).read()))
        return sizes

    with ThreadPoolExecutor(7) as pool:
        reader = pool.submit(seen)
        writers = [pool.submit(write) for _ in range(6)]
        try:
            for writer in writers:
                writer.result()
        finally:
            done.set()
        assert reader.result() <= {len(content)}
    assert default_storage.listdir(name.split("/")[0])[1] == ["whole"], "nothing is left beside it"


def test_many_blobs_at_once_are_those_kept_one_by_one() -> None:
    team_id = uuid.uuid4()
    one = blob_store(team_id=team_id, content=b"one", media_type="text/plain")
    rows = blobs_store(team_id=team_id, contents=[b"two", b"one", b"two"], media_type="text/plain")
    assert [blob_bytes(row) for row in rows] == [b"two", b"one", b"two"]
    assert (rows[1].id, rows[0].id) == (one.id, rows[2].id)
    assert blobs_store(team_id=team_id, contents=[], media_type="text/plain") == []


def test_bytes_that_nothing_refers_to_can_be_discarded(
    django_capture_on_commit_callbacks: Any,
) -> None:
    blob = store(b"bytes", uuid.uuid4())
    with django_capture_on_commit_callbacks(execute=True):
        assert blob_discard(blob)
        assert default_storage.exists(blob.storage_key), "not before the transaction has committed"
    assert not default_storage.exists(blob.storage_key) and not Blob.objects.filter(id=blob.id).exists()


def test_bytes_that_something_refers_to_stay() -> None:
    image = add_image(make_dataset(make_cast()), 0)
    assert not blob_discard(image.blob)
    assert default_storage.exists(image.blob.storage_key)
    image.refresh_from_db()

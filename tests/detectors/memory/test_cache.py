"""The feature cache: what it keeps, evicts, drops and refuses."""

import os
import threading
import time

import numpy as np
import pytest

from detectors.errors import ArtifactError, InputError
from detectors.memory.cache import FeatureCache, FeatureSpace

SPACE = FeatureSpace("weights", "224 px", "2+3")
FEATURES = np.arange(60, dtype=np.float16).reshape(20, 3)
FILE_BYTES = 128 + FEATURES.nbytes


def open_cache(folder, files=3, space=SPACE):
    return FeatureCache(folder, space, max_bytes=files * FILE_BYTES)


def test_features_come_back_mapped_and_survive_a_restart(tmp_path):
    open_cache(tmp_path).put("a", FEATURES)
    found = open_cache(tmp_path).get("a")
    assert isinstance(found, np.memmap)
    assert found.dtype == np.float16
    assert (found == FEATURES).all()


def test_the_least_recently_used_goes_first(tmp_path):
    cache = open_cache(tmp_path)
    for image in "abc":
        cache.put(image, FEATURES)
    cache.get("a")
    cache.put("d", FEATURES)
    assert "b" not in cache
    assert cache.get("b") is None
    assert all(image in cache for image in "acd")
    assert cache.size_bytes == 3 * FILE_BYTES
    assert sum(path.stat().st_size for path in tmp_path.glob("*.npy")) == cache.size_bytes
    assert len(open_cache(tmp_path, files=1)) == 1


def test_a_damaged_file_is_dropped_not_served(tmp_path):
    cache = open_cache(tmp_path)
    cache.put("a", FEATURES)
    (path,) = tmp_path.glob("*.npy")
    path.write_bytes(path.read_bytes()[:50])
    assert cache.get("a") is None
    assert "a" not in cache
    assert not path.exists()
    cache.put("a", FEATURES)
    cache.discard("a")
    cache.discard("a")
    assert cache.get("a") is None


def test_putting_twice_counts_once(tmp_path):
    cache = open_cache(tmp_path)
    cache.put("a", FEATURES)
    cache.put("a", FEATURES + 1)
    assert cache.size_bytes == FILE_BYTES
    assert (cache.get("a") == FEATURES + 1).all()


def test_a_cache_of_another_model_is_refused(tmp_path):
    open_cache(tmp_path)
    with pytest.raises(ArtifactError, match="another model"):
        open_cache(tmp_path, space=FeatureSpace("other weights", "224 px", "2+3"))


def test_bad_features_are_refused(tmp_path):
    cache = open_cache(tmp_path)
    with pytest.raises(InputError, match="NaN"):
        cache.put("a", np.full((2, 2), np.nan, np.float16))
    with pytest.raises(InputError, match="float16"):
        cache.put("a", np.zeros((2, 2), np.float32))
    with pytest.raises(InputError, match="exceed"):
        cache.put("a", np.zeros((2_000, 3), np.float16))
    with pytest.raises(InputError, match="at least 1 byte"):
        FeatureCache(tmp_path, SPACE, max_bytes=0)
    assert len(cache) == 0


def test_two_writers_of_the_same_image_do_not_meet(tmp_path):
    failures = []

    def write():
        cache = open_cache(tmp_path)
        try:
            for _ in range(100):
                cache.put("a", FEATURES)
        except OSError as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    assert (open_cache(tmp_path).get("a") == FEATURES).all()
    assert not list(tmp_path.glob("*.partial"))


def test_what_a_killed_writer_left_is_swept_after_an_hour(tmp_path):
    left, written_now = tmp_path / "a.npy.1.partial", tmp_path / "a.npy.2.partial"
    for path in (left, written_now):
        path.write_bytes(b"half")
    os.utime(left, (time.time() - 3_700,) * 2)
    open_cache(tmp_path)
    assert not left.exists() and written_now.exists()

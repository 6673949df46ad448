"""Approximate search: true distances, a recall that means what it says, and no gaps."""

import numpy as np
import pytest

from detectors.errors import InputError
from detectors.memory.approximate import InvertedLists
from detectors.memory.nearest import ExactNearest

VECTORS = np.random.default_rng(0).standard_normal((3_000, 8)).astype(np.float16)
QUERIES = np.random.default_rng(1).standard_normal((100, 8)).astype(np.float16)


@pytest.mark.parametrize("code_bytes", [None, 4])
def test_distances_are_true_and_recall_grows_with_the_probes(code_bytes):
    recalls = []
    for probes in (1, 8, 50):
        index = InvertedLists(VECTORS, list_count=50, probes=probes, code_bytes=code_bytes)
        distances, indices = index.search(QUERIES, 3)
        difference = QUERIES[:, None].astype(float) - VECTORS[indices].astype(float)
        assert distances == pytest.approx(np.linalg.norm(difference, axis=2), rel=1e-6)
        assert (np.diff(distances, axis=1) >= 0).all()
        true = ExactNearest(VECTORS).search(QUERIES, 3)[1]
        hits = np.mean([len(set(a) & set(b)) / 3 for a, b in zip(indices, true, strict=True)])
        assert index.recall(QUERIES, 3) == pytest.approx(hits)
        recalls.append(hits)
    assert recalls[0] < recalls[1] <= recalls[2]
    assert recalls[2] == 1 if code_bytes is None else recalls[2] > 0.9


def test_cells_with_too_few_vectors_leave_no_gap():
    index = InvertedLists(VECTORS, list_count=600, probes=1)
    distances, indices = index.search(QUERIES, 40)
    assert (indices >= 0).all()
    assert np.isfinite(distances).all()
    assert all(len(set(row)) == 40 for row in indices.tolist())


@pytest.mark.parametrize(
    ("vectors", "options", "message"),
    [
        (VECTORS[:999], {}, "1000 vectors or more"),
        (VECTORS, {"code_bytes": 3}, "do not divide"),
        (VECTORS, {"list_count": 4, "probes": 5}, "do not fit"),
        (np.full((1_000, 2), np.nan, np.float16), {}, "NaN"),
    ],
)
def test_bad_settings_are_refused(vectors, options, message):
    with pytest.raises(InputError, match=message):
        InvertedLists(vectors, **options)


def test_bad_queries_are_refused():
    with pytest.raises(InputError, match="dimensions"):
        InvertedLists(VECTORS).search(QUERIES[:, :5], 1)

"""Coresets: the picks of the plain loop, the guarantee, and the start variants."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import Cancelled, InputError
from detectors.memory import centres, farthest_first
from detectors.memory.coreset import k_centre_greedy, random_coreset

pytestmark = pytest.mark.usefixtures("_processor")

STARTS = ["textbook", "official_exact", "official_approximate", "anomalib"]


def plain_loop(features, count, first):
    """The definition: float64 on the float16 features, ties to the lowest index, no point twice."""
    points = features.astype(np.float64)
    squared = np.full(len(points), np.inf)
    assignment = np.zeros(len(points), np.int32)
    picks = []
    while len(picks) < count:
        candidates = squared.copy()
        candidates[picks] = -1
        pick = int(np.argmax(candidates)) if picks else first
        distance = ((points - points[pick]) ** 2).sum(axis=1)
        nearer = distance < squared
        squared[nearer], assignment[nearer] = distance[nearer], len(picks)
        picks.append(pick)
    return np.array(picks), assignment, np.sqrt(squared)


def clustered(seed, count, dimension):
    generator = np.random.default_rng(seed)
    centres = 3 * generator.standard_normal((12, dimension))
    points = centres[generator.integers(0, 12, count)] + generator.standard_normal((count, dimension))
    return points.astype(np.float16)


@pytest.mark.parametrize("active_points", [7, 64, 2_048])
@pytest.mark.parametrize(
    ("features", "rows"),
    [
        (clustered(0, 3_000, 24), 400),
        (clustered(1, 9_000, 6), 300),
        (np.random.default_rng(2).integers(0, 4, (900, 4)).astype(np.float16), 500),
        (np.random.default_rng(3).random((700, 152)).astype(np.float16), 699),
        # Long vectors close together: here a matrix product in single precision has no correct digit.
        ((400 + np.random.default_rng(4).random((800, 32))).astype(np.float16), 200),
    ],
)
def test_picks_are_those_of_the_plain_loop(features, rows, active_points, monkeypatch):
    monkeypatch.setattr(farthest_first, "_ACTIVE_POINTS", active_points)
    monkeypatch.setattr(centres, "_ROWS_PER_BLOCK", 1_000)
    coreset = k_centre_greedy(features, rows, seed=5)
    picks, assignment, distances = plain_loop(features, rows, coreset.indices[0])
    assert coreset.indices.tolist() == picks.tolist()
    assert (coreset.assignment == assignment).all()
    assert coreset.distances == pytest.approx(distances, abs=1e-6)
    assert coreset.cover_radius == coreset.distances.max()


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 5), st.integers(1, 60))
def test_small_and_degenerate_pools(seed, count, levels, rows):
    features = np.random.default_rng(seed).integers(0, levels, (count, 2)).astype(np.float16)
    coreset = k_centre_greedy(features, rows, seed=seed)
    picks, assignment, _ = plain_loop(features, min(rows, count), coreset.indices[0])
    assert coreset.indices.tolist() == picks.tolist()
    assert (coreset.assignment == assignment).all()
    assert len(set(coreset.indices.tolist())) == min(rows, count)


def best_radius(points, count):
    distances = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    return min(
        distances[:, list(chosen)].min(axis=1).max() for chosen in combinations(range(len(points)), count)
    )


@pytest.mark.parametrize("start", ["textbook", "official_exact"])
@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 5))
def test_radius_is_at_most_twice_the_optimum(start, seed, count):
    features = np.random.default_rng(seed).standard_normal((12, 2)).astype(np.float16)
    coreset = k_centre_greedy(features, count, seed=seed, start=start)
    assert coreset.cover_radius <= 2 * best_radius(features.astype(np.float64), count) + 1e-6


def test_radius_falls_with_the_number_of_rows_and_outliers_come_first():
    features = clustered(0, 500, 8)
    features[3], features[4] = 60, -60
    radii = [k_centre_greedy(features, rows, seed=1).cover_radius for rows in (1, 2, 5, 20, 100, 500)]
    assert (np.diff(radii) <= 0).all()
    assert radii[-1] == 0
    assert {3, 4} <= set(k_centre_greedy(features, 3, seed=1).indices.tolist())


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("projection_dim", [None, 5])
def test_every_start_gives_true_assignments_in_the_features_own_space(start, projection_dim):
    features = clustered(7, 600, 12)
    coreset = k_centre_greedy(features, 50, seed=3, start=start, projection_dim=projection_dim)
    wide = features.astype(np.float64)
    squared = ((wide[:, None] - wide[coreset.indices][None]) ** 2).sum(axis=2)
    assert (coreset.assignment == squared.argmin(axis=1)).all()
    assert coreset.distances == pytest.approx(np.sqrt(squared.min(axis=1)), abs=1e-6)
    assert len(set(coreset.indices.tolist())) == 50
    again = k_centre_greedy(features, 50, seed=3, start=start, projection_dim=projection_dim)
    assert (again.indices == coreset.indices).all()


def test_official_exact_starts_at_the_most_distant_point():
    features = clustered(1, 200, 3)
    wide = features.astype(np.float64)
    norms = ((wide[:, None] - wide[None]) ** 2).sum(axis=(1, 2))
    assert k_centre_greedy(features, 1, start="official_exact").indices[0] == norms.argmax()


def test_official_approximate_follows_its_running_minimum():
    features = clustered(2, 300, 3)
    wide = features.astype(np.float64)
    anchors = np.random.default_rng(4).choice(300, 10, replace=False)
    running = np.sqrt(((wide[:, None] - wide[anchors][None]) ** 2).sum(axis=2)).mean(axis=1)
    picks = []
    for _ in range(20):
        picks.append(int(running.argmax()))
        running = np.minimum(running, np.sqrt(((wide - wide[picks[-1]]) ** 2).sum(axis=1)))
    coreset = k_centre_greedy(features, 20, seed=4, start="official_approximate")
    assert coreset.indices.tolist() == picks


def test_a_memory_map_is_read_as_it_is(tmp_path):
    features = clustered(0, 500, 6)
    np.save(tmp_path / "features.npy", features)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    assert (k_centre_greedy(mapped, 40).indices == k_centre_greedy(features, 40).indices).all()


def test_random_coreset_covers_what_it_says():
    features = clustered(0, 400, 6)
    coreset = random_coreset(features, 30, seed=2)
    assert len(set(coreset.indices.tolist())) == 30
    assert (coreset.assignment[coreset.indices] == np.arange(30)).all()
    assert coreset.cover_radius >= k_centre_greedy(features, 30).cover_radius


def test_progress_is_told_and_may_cancel():
    seen = []
    k_centre_greedy(clustered(0, 400, 6), 50, progress=lambda fraction, message: seen.append(fraction))
    assert seen[-1] == 1
    assert (np.diff(seen) > 0).all()

    def stop(fraction, message):
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        k_centre_greedy(clustered(0, 400, 6), 50, progress=stop)


@pytest.mark.parametrize(
    ("features", "rows", "options", "message"),
    [
        (np.zeros((0, 3), np.float16), 2, {}, "no features"),
        (np.zeros((4, 3), np.float32), 2, {}, "float16"),
        (np.zeros((4, 3), np.float16), 0, {}, "at least 1 row"),
        (np.array([[0, np.nan]], np.float16), 1, {}, "row 0"),
        (np.array([[0, 1], [np.inf, 0]], np.float16), 1, {}, "row 1"),
        (np.zeros((4, 3), np.float16), 2, {"start": "best"}, "Unknown coreset start"),
        (np.zeros((4, 3), np.float16), 2, {"projection_dim": 0}, "at least 1 dimension"),
        (np.zeros(4, np.float16), 2, {}, "shape"),
    ],
)
def test_bad_input_is_refused(features, rows, options, message):
    with pytest.raises(InputError, match=message):
        k_centre_greedy(features, rows, **options)

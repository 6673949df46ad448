"""The order of the queue: urgent first, look-alikes apart."""

from itertools import pairwise

import numpy as np
import pytest
from factories import Cast, client_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from reviews_builders import judge, lease, look_like, make_dataset, make_task

from flawmark.datasets.models import Dataset
from flawmark.reviews.ordering import likeness, order_next, spread_of

NOBODY = np.empty((0, 2), np.float32)


def serve(urgency: NDArray[np.float64], vectors: NDArray[np.float32]) -> list[int]:
    """Judge the best one again and again, as one reviewer does."""
    waiting, seen = list(range(len(urgency))), list[int]()
    while waiting:
        order = order_next(urgency[waiting], vectors[waiting], vectors[seen[::-1][:8]])
        seen.append(waiting.pop(int(order[0])))
    return seen


def crowd(rng: np.random.Generator, alike: int, others: int) -> NDArray[np.float32]:
    """So many look-alikes, and so many images that look like nothing else."""
    group = np.full((alike, 16), 0.25) + rng.normal(0, 0.004, (alike, 16))
    return np.concatenate([group, rng.normal(0, 0.25, (others, 16))]).astype(np.float32)


def longest_run(places: list[int], below: int) -> int:
    best = run = 0
    for place in places:
        run = run + 1 if place < below else 0
        best = max(best, run)
    return best


def test_ten_look_alikes_do_not_come_in_a_row() -> None:
    rng = np.random.default_rng(3)
    vectors = crowd(rng, alike=10, others=30)
    urgency = np.concatenate([np.full(10, 0.95), rng.uniform(0.3, 0.6, 30)])
    served = serve(urgency, vectors)
    assert longest_run(served, below=10) == 1
    assert served[0] < 10, "the most urgent one still comes first"
    assert sum(place < 10 for place in served[:25]) >= 4, "the group comes back, since it is urgent"


def test_where_nothing_is_alike_urgency_alone_decides() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.normal(0, 0.25, (40, 64)).astype(np.float32)
    urgency = rng.uniform(0, 1, 40)
    served = serve(urgency, vectors)
    wanted = np.argsort(-urgency)
    assert np.mean([abs(served.index(image) - place) for place, image in enumerate(wanted)]) < 2


def test_what_somebody_asked_for_does_not_wait_for_variety() -> None:
    vectors = crowd(np.random.default_rng(7), alike=5, others=5)
    urgency = np.concatenate([np.full(5, 2.0), np.full(5, 0.9)])
    assert serve(urgency, vectors)[:5] == [0, 1, 2, 3, 4]


def test_images_whose_looks_are_not_known_are_never_held_back() -> None:
    vectors = crowd(np.random.default_rng(9), alike=4, others=4)
    vectors[4] = np.nan
    order = order_next(np.full(8, 0.5), vectors, vectors[[0]])
    assert list(order).index(4) < list(order).index(1)
    assert list(order_next(np.array([0.1, 0.9]), np.empty((2, 0)), np.empty((0, 0)))) == [1, 0]


@given(
    arrays.arrays(np.float64, st.integers(0, 20), elements=st.floats(0, 1)),
    st.integers(0, 5),
    st.integers(0, 2**32 - 1),
)
def test_every_image_keeps_one_place(urgency: NDArray[np.float64], seen: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0, 1, (len(urgency), 4)).astype(np.float32)
    order = order_next(urgency, vectors, rng.normal(0, 1, (seen, 4)).astype(np.float32))
    assert sorted(order) == list(range(len(urgency)))
    if not seen:
        assert (np.diff(urgency[order]) <= 0).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_likeness_knows_no_units(seed: int, scale: float) -> None:
    vectors = np.random.default_rng(seed).normal(0, 1, (12, 5))
    alike = likeness(vectors, vectors, spread_of(vectors))
    assert np.diagonal(alike) == pytest.approx(np.ones(12), abs=1e-6)
    assert alike == pytest.approx(
        likeness(scale * vectors, scale * vectors, spread_of(scale * vectors)), abs=1e-6
    )


def crowded_queue(cast: Cast) -> Dataset:
    """Eight urgent look-alikes and twelve others, on the database's shelves."""
    dataset = make_dataset(cast.team)
    for number, vector in enumerate(crowd(np.random.default_rng(1), alike=8, others=12)):
        task = make_task(dataset, priority=0.9 if number < 8 else 0.5 - number / 100)
        look_like(task.image, vector)
    return dataset


def test_the_queue_hands_out_look_alikes_apart(cast: Cast) -> None:
    dataset, rita = crowded_queue(cast), client_of(cast.reviewer)
    urgent = []
    for _ in range(12):
        task = lease(rita, dataset)
        urgent.append(task["priority"] == 0.9)
        judge(rita, task, "normal")
    assert urgent[0] and urgent.count(True) >= 3
    assert not any(first and second for first, second in pairwise(urgent))


def test_what_is_loaded_ahead_is_apart_too(cast: Cast) -> None:
    dataset, rita = crowded_queue(cast), client_of(cast.reviewer)
    first = lease(rita, dataset)
    second = lease(rita, dataset, prefetch=1, after=first["id"])
    third = lease(rita, dataset, prefetch=1, after=first["id"], loaded=[second["id"]])
    assert len({first["id"], second["id"], third["id"]}) == 3
    assert [task["priority"] == 0.9 for task in (first, second, third)] == [True, False, False]

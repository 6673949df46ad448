"""Sets: scores, the best, the floor, the update."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_generation import TINY, PlainEncoder

from detectors.base import FitContext, ignore_progress
from detectors.errors import TrainingError
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.integrator import BestSet, integrate, set_score, spread, update
from detectors.generation.making import Maker
from detectors.generation.sources import Sources, as_bytes
from detectors.generation.vqgan.network import VQGAN, NetworkSettings, seeded_network

Seen = list[tuple[int, float, bool, list[npt.NDArray[np.uint8]]]]


def _maker(**changed: Any) -> Maker:
    chosen = GenerationHyperparameters.parse({**TINY, **changed})
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (40, 36, 3), dtype=np.uint8) for _ in range(2)]
    network = seeded_network(NetworkSettings.of(chosen), 0)
    return Maker(network, Sources(images, chosen.image_size, network.settings.cell_px), "texture", chosen)


def _integrated(folder: Path, target: int = 0, **changed: Any) -> tuple[BestSet, Seen, VQGAN]:
    seen: Seen = []
    maker = _maker(**changed)
    vector = np.zeros(8, np.float32)
    vector[target] = 1
    best = integrate(
        maker, vector, PlainEncoder(), FitContext(ignore_progress, folder), lambda *told: seen.append(told)
    )
    return best, seen, maker.network


@pytest.mark.parametrize("target", [0, 3])
def test_the_best_set_is_that_of_the_highest_score(tmp_path: Path, target: int) -> None:
    best, seen, _ = _integrated(tmp_path, target, iterations=4)
    assert best.scores == [score for _, score, _, _ in seen]
    assert best.scores[best.best] == max(best.scores)
    for kept, told in zip(best.pictures, seen[best.best][3], strict=True):
        np.testing.assert_array_equal(as_bytes(kept).permute(1, 2, 0), told)
    so_far = [score for _, score, is_best, _ in seen if is_best]
    assert so_far == sorted(so_far)


def test_another_target_chooses_another_set() -> None:
    features = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    scores = np.array([[set_score(row[None], target) for row in features] for target in features])
    np.testing.assert_array_equal(scores.argmax(1), [0, 1])


def test_without_text_the_last_set_is_kept(tmp_path: Path) -> None:
    best, _, _ = _integrated(tmp_path, iterations=3, guidance="last")
    assert best.best == 2


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(1, 40))
def test_the_order_of_the_pictures_does_not_show_in_the_score(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    features = random.normal(size=(count, 6)).astype(np.float32)
    target = random.normal(size=6).astype(np.float32)
    assert set_score(features, target) == set_score(features[random.permutation(count)], target)
    cosines = features / np.linalg.norm(features, axis=1, keepdims=True)
    mean = cosines.mean(0)
    expected = mean @ target / np.linalg.norm(mean) / np.linalg.norm(target)
    assert set_score(features, target) == pytest.approx(expected, abs=1e-4)


def test_spread_is_the_mean_difference_of_pairs() -> None:
    black, white = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)
    assert spread([black, black]) == 0
    assert spread([black, white]) == pytest.approx(1)
    assert spread([black, black, white]) == pytest.approx(2 / 3)


def test_a_set_of_copies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="hardly differ"):
        _integrated(tmp_path, diversity_floor=0.9)


def test_no_iterations_make_one_set_and_leave_the_generator(tmp_path: Path) -> None:
    best, seen, network = _integrated(tmp_path, iterations=0)
    assert len(seen) == 1 == len(best.scores)
    untouched = seeded_network(network.settings, 0).state_dict()
    assert all(torch.equal(value, untouched[name]) for name, value in network.state_dict().items())


def test_an_update_changes_every_part_and_brings_pictures_nearer() -> None:
    maker = _maker(update_steps=1, update_batch=4)
    network = maker.network
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    smalls = [one.float() / 255 for one in maker.sources.small]
    random = np.random.default_rng(0)
    errors = [float(update(network, optimiser, smalls, maker.settings, random)) for _ in range(12)]
    for part in ("encoder", "decoder", "quantize", "quant_conv", "post_quant_conv"):
        names = [name for name in before if name.startswith(part)]
        assert any(not torch.equal(before[name], network.get_parameter(name)) for name in names), part
    assert errors[-1] < errors[0]


def test_per_image_counts_make_so_many_of_each(tmp_path: Path) -> None:
    best, _, _ = _integrated(tmp_path, iterations=0, count=3, count_scope="image")
    assert [origin["place"] for origin in best.origins] == [0, 1, 0, 1, 0, 1]

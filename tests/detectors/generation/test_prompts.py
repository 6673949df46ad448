"""From words to the prompt: template, outliers, the most similar."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.generation.encoders import unit
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.prompts import CHOSEN, OUTLIER, ScoredWord, prompt_of, scored_words

Vectors = npt.NDArray[np.float32]


class Given:
    """Gives each word's prompt the vector it was told."""

    identity = "given"

    def __init__(self, vectors: dict[str, Vectors]) -> None:
        self._vectors = {prompt_of("nut", word): vector for word, vector in vectors.items()}

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts]).astype(np.float32)

    def encode_image(self, pictures: Sequence[Any]) -> Vectors:
        raise NotImplementedError


def _scored(texts: Vectors, images: Vectors, order: Sequence[int] = (), **chosen: Any) -> list[ScoredWord]:
    words = {f"w{number:02d}": vector for number, vector in enumerate(texts)}
    names = [list(words)[number] for number in order] or list(words)
    return scored_words("nut", names, images, Given(words), GenerationHyperparameters.parse(chosen))


def _vectors(seed: int, count: int) -> Vectors:
    return np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)


def test_the_template_is_the_published_one() -> None:
    assert prompt_of("hazelnut", "cobnut") == "a hazelnut with cobnut"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), words=st.integers(1, 12), images=st.integers(1, 4))
def test_the_winner_is_the_best_survivor_whatever_the_order(seed: int, words: int, images: int) -> None:
    texts, pictures = _vectors(seed, words), _vectors(seed + 1, images)
    found = _scored(texts, pictures)
    cosines = (unit(texts) @ unit(pictures).T).mean(1)
    distances = np.array([np.mean([np.linalg.norm(t - p) for p in pictures]) for t in texts])
    low, high = np.quantile(distances, [0.25, 0.75])
    survivors = [n for n in range(words) if distances[n] <= high + 1.5 * (high - low) + 1e-6]
    assert found[0].word == f"w{max(survivors, key=lambda n: cosines[n]):02d}"
    assert [one.status for one in found].count(CHOSEN) == 1
    assert _scored(texts, pictures, np.random.default_rng(seed).permutation(words).tolist()) == found


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_with_unit_vectors_and_one_image_the_rule_changes_no_winner(seed: int) -> None:
    texts, picture = unit(_vectors(seed, 10)), unit(_vectors(seed + 1, 1))
    with_rule = _scored(texts, picture, outlier_space="unit", outlier_factor=0.0)
    assert with_rule[0].word == _scored(texts, picture, outlier_rule="none")[0].word


def test_a_far_word_is_dropped_even_if_its_direction_is_best() -> None:
    picture = np.ones((1, 5), np.float32)
    texts = np.concatenate([_vectors(0, 9), 40 * picture])
    found = {one.word: one for one in _scored(texts, picture)}
    assert found["w09"].status == OUTLIER
    assert found["w09"].similarity == pytest.approx(1)
    assert _scored(texts, picture, outlier_rule="none")[0].word == "w09"


def test_something_is_always_kept() -> None:
    assert _scored(np.zeros((3, 5), np.float32), _vectors(0, 1), outlier_factor=0.0)[0].status == CHOSEN


def test_ties_go_to_the_first_in_the_alphabet() -> None:
    same = np.ones((4, 5), np.float32)
    assert [one.word for one in _scored(same, same[:1])] == ["w00", "w01", "w02", "w03"]

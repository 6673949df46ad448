"""Whitening: what it does to a known covariance, and that a model keeps it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import SMALL, stripes, with_square

import detectors
from detectors.features.whitening import Whitening
from detectors.methods.patchcore import PatchCore


def test_variances_come_near_one_and_nothing_is_blown_up() -> None:
    random = np.random.default_rng(0)
    mixing = np.linalg.qr(random.normal(size=(4, 4)))[0]
    features = (random.normal(size=(4000, 4)) * [10, 3, 3, 0] @ mixing + 5).astype(np.float16)
    whitening = Whitening.learn([features[:1000], features[1000:]])
    assert whitening is not None
    white = whitening.apply(torch.from_numpy(features.astype(np.float32)).view(1, 40, 100, 4))
    covariance = np.cov(white.reshape(-1, 4).numpy().T)
    variances = np.array([100, 9, 9, 0])
    assert np.diag(covariance) == pytest.approx(variances / (variances + 0.1 * 29.5), abs=0.05)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.05
    assert np.abs(white.mean(dim=(0, 1, 2)).numpy()).max() < 0.01


def test_too_little_to_learn_from_leaves_features_as_they_are() -> None:
    assert Whitening.learn([]) is None
    assert Whitening.learn([np.ones((1, 3), np.float16)]) is None
    assert Whitening.learn([np.ones((50, 3), np.float16)]) is None


def test_a_model_keeps_its_whitening_and_its_features_are_a_space_of_their_own(tmp_path: Path) -> None:
    pool = [stripes(number) for number in range(3)]
    settings = SMALL["patchcore"]
    white = PatchCore(**settings, whitening="on").fit(pool)
    plain = PatchCore(**settings, whitening="off").fit(pool)
    assert white.feature_space() != plain.feature_space()
    assert PatchCore(**settings).fit(pool).feature_space() == white.feature_space()
    defect = with_square(stripes(60), 20, 24, 12)
    white.save(tmp_path / "model")
    loaded = detectors.load(tmp_path / "model", device="cpu")
    assert np.array_equal(loaded.score([defect]).maps, white.score([defect]).maps)
    assert not np.array_equal(plain.score([defect]).maps, white.score([defect]).maps)

"""Nearest real images and copies: what a person is told before a decision."""

import numpy as np
import pytest
from factories import make_cast
from generation_builders import make_generation
from training_builders import make_pool

from flawmark.generation.services.judging import COPY_FLOOR, copy_distance, nearest_real
from flawmark.inspections.services.pixels import image_pixels

UNIT = np.eye(6, dtype=np.float32)


def test_a_copy_is_nearer_than_a_quarter_of_what_lies_between_real_images() -> None:
    assert copy_distance(UNIT) == pytest.approx(np.sqrt(2) / 4)
    assert copy_distance(UNIT[:1]) == COPY_FLOOR
    assert copy_distance(np.repeat(UNIT[:1], 5, axis=0)) == COPY_FLOOR


def test_one_outlier_does_not_move_the_limit() -> None:
    angles = np.array([0.0, 0.4, 0.8, 1.2, 3.0])
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert copy_distance(ring) == pytest.approx(0.25 * 2 * np.sin(0.2), rel=1e-3)


@pytest.mark.django_db
def test_a_copied_picture_is_found_and_a_new_one_is_not() -> None:
    cast = make_cast()
    run = make_generation(make_pool(cast, train=4), cast)
    sources = list(run.sources.select_related("blob", "dataset").order_by("sha256"))
    waves = np.add.outer(np.arange(64), np.arange(64)) % 32 * 8
    pictures = [image_pixels(sources[2]), waves.astype(np.uint8)[:, :, None]]
    (copied, new), limit = nearest_real(sources, pictures)
    assert copied.image_id == sources[2].id and copied.distance == pytest.approx(0, abs=0.03)
    assert copied.is_within(limit) and not new.is_within(limit)

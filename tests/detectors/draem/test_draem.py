"""DRAEM as a whole: what it is shown, what it learns, how it scores."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pictures import SMALL, stripes

import detectors
from detectors.base import FitContext, ignore_progress
from detectors.methods.draem.detector import Draem, window_means
from detectors.metrics.ranking import auroc
from detectors.samples import Sample
from detectors.synthesis.batches import Batches
from detectors.synthesis.kinds import SynthesisSettings, create
from detectors.synthesis.normals import NormalPictures
from detectors.watching import FitWatcher

NORMALS = [stripes(number) for number in range(4)]
TINY = {**SMALL["draem"], "steps": 2, "reconstruction_width": 2, "segmentation_width": 2}


class Listening(Draem):
    """Keeps the samples that a fit would learn from."""

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        self.samples = samples


def pool(folder: Path, masks: list[npt.NDArray[np.bool_]] | None = None) -> NormalPictures:
    """`NORMALS` as a fit prepares them; `folder` must be a new one."""
    samples = Listening(**SMALL["draem"]).fit(NORMALS, masks=masks).samples
    return NormalPictures(samples, folder, ignore_progress)


def batches(normals: NormalPictures, workers: int = 1, **chosen: Any) -> Batches:
    synthesis = create(SynthesisSettings(kind="marks"), normals)
    return Batches(normals, range(len(normals)), synthesis, workers, **chosen)


def test_half_of_the_images_are_clean_and_a_mask_means_a_change(tmp_path: Path) -> None:
    source = batches(pool(tmp_path))
    drawn = [source.draw(8, 0.5, np.random.default_rng(seed)) for seed in range(40)]
    spoiled = np.concatenate([batch.masks.any(axis=(1, 2)) for batch in drawn])
    assert 0.42 < spoiled.mean() < 0.58
    for batch in drawn:
        assert np.array_equal(batch.images[~batch.masks], batch.clean[~batch.masks])
        changed = (batch.images != batch.clean).any(axis=(1, 2, 3))
        assert np.array_equal(changed, batch.masks.any(axis=(1, 2)))


def test_workers_change_nothing(tmp_path: Path) -> None:
    normals = pool(tmp_path)
    one, other = (
        batches(normals, workers, rotated_share=0.5).draw(8, 0.5, np.random.default_rng(7))
        for workers in (1, 3)
    )
    assert all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))


def test_turned_images_turn_with_their_target(tmp_path: Path) -> None:
    batch = batches(pool(tmp_path), rotated_share=1.0).draw(8, 0.5, np.random.default_rng(0))
    assert (batch.clean == 0).all(axis=3).any(axis=(1, 2)).all()
    assert np.array_equal(batch.images[~batch.masks], batch.clean[~batch.masks])


def test_a_piece_of_a_spoiled_image_shows_its_defect(tmp_path: Path) -> None:
    source = batches(pool(tmp_path), crop_px=12)
    batch = source.draw(64, 1.0, np.random.default_rng(0))
    assert batch.images.shape == batch.clean.shape == (64, 12, 12, 3)
    assert batch.masks.shape == batch.usable.shape == (64, 12, 12)
    assert batch.masks.any(axis=(1, 2)).mean() > 0.95  # a few defects change nothing that can be seen
    assert np.array_equal(batch.images[~batch.masks], batch.clean[~batch.masks])
    clean = source.draw(64, 0.0, np.random.default_rng(0))
    assert len({image.tobytes() for image in clean.images}) > 2 * len(NORMALS)  # from everywhere


def test_a_piece_no_smaller_than_the_image_is_the_image(tmp_path: Path) -> None:
    normals = pool(tmp_path)
    whole, piece = (
        batches(normals, crop_px=crop_px).draw(4, 0.5, np.random.default_rng(3)) for crop_px in (0, 64)
    )
    assert all(np.array_equal(first, second) for first, second in zip(whole, piece, strict=True))


def test_several_defects_are_all_masked(tmp_path: Path) -> None:
    normals = pool(tmp_path)
    few, many = (
        batches(normals, most_defects=most).draw(64, 1.0, np.random.default_rng(0)) for most in (1, 6)
    )
    assert many.masks.mean() > 1.5 * few.masks.mean()
    assert np.array_equal(many.images[~many.masks], many.clean[~many.masks])


def test_window_means_equal_brute_force() -> None:
    cells = np.random.default_rng(0).random((30, 26)).astype(np.float32)
    padded = np.pad(cells, 10)
    expected = [[padded[row : row + 21, col : col + 21].mean() for col in range(26)] for row in range(30)]
    assert np.abs(window_means(cells, 21) - expected).max() < 1e-6


def test_a_constant_keeps_its_value_inside_and_one_pixel_is_spread_over_the_window() -> None:
    assert window_means(np.full((60, 60), 0.7, np.float32), 21)[30, 30] == pytest.approx(0.7, rel=1e-5)
    single = np.zeros((60, 60), np.float32)
    single[30, 30] = 0.5
    assert window_means(single, 21).max() == pytest.approx(0.5 / 441, rel=1e-4)


@pytest.mark.parametrize(("image_size", "map_cell"), [(32, 1), (50, 2), (33, 1)])
def test_sides_that_cannot_be_halved_train_and_score(image_size: int, map_cell: int) -> None:
    detector = detectors.create("draem", **{**TINY, "image_size": image_size, "map_cell": map_cell}).fit(
        NORMALS
    )
    maps = detector.score(NORMALS[:1]).maps
    assert maps.shape == (1, image_size // map_cell, image_size // map_cell)
    assert (maps > 0).all() and (maps < 1).all()


def test_cells_are_means_of_their_pixels() -> None:
    fine = detectors.create("draem", **TINY).fit(NORMALS).score(NORMALS[:1]).maps[0]
    coarse = detectors.create("draem", **TINY, map_cell=4).fit(NORMALS).score(NORMALS[:1]).maps[0]
    assert np.allclose(coarse, fine.reshape(8, 4, 8, 4).mean(axis=(1, 3)), atol=1e-6)


def test_tiles_inspect_large_images() -> None:
    large = [stripes(number, 150) for number in range(2)]
    detector = detectors.create("draem", **TINY, tile_size=64).fit(large)
    assert detector.score(large).maps.shape == (2, 75, 75)


def test_the_watcher_sees_what_the_network_learns_from() -> None:
    strips: list[npt.NDArray[np.uint8]] = []

    class Watcher(FitWatcher):
        def pictures(self, stage: str, step: int, strip: npt.NDArray[np.uint8]) -> None:
            strips.append(strip)

    detectors.create("draem", **{**TINY, "steps": 24}).fit(NORMALS, watcher=Watcher())
    assert len(strips) == 12 and all(strip.shape == (32, 5 * 32 + 4 * 2, 3) for strip in strips)
    assert all(strip.dtype == np.uint8 for strip in strips)


def test_excluded_pixels_get_no_defect_and_are_marked(tmp_path: Path) -> None:
    excluded = np.zeros((64, 64), bool)
    excluded[:40] = True
    batch = batches(pool(tmp_path, [excluded] * 4)).draw(8, 1.0, np.random.default_rng(1))
    assert not batch.usable[:, :20].any() and not batch.masks[:, :20].any()
    assert batch.usable[:, 20:].all() and batch.masks.any()


def test_it_finds_fresh_made_up_defects_after_a_short_training() -> None:
    settings = {"image_size": 64, "steps": 150, "learning_rate": 2e-3, "synthesis": "perlin_texture"}
    detector = detectors.create("draem", **{**SMALL["draem"], **settings}).fit(NORMALS)
    synthesis = create(SynthesisSettings(kind="perlin_texture"), NORMALS)
    made = [synthesis.make(NORMALS[0], np.random.default_rng(seed)) for seed in range(900, 920)]
    maps = detector.score([one.image for one in made]).maps
    masks = np.stack([one.mask for one in made])
    found = auroc(maps.ravel(), masks.ravel())
    assert found is not None and found > 0.9


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"score_window": 4}, "odd"),
        ({"image_size": 65, "map_cell": 2}, "multiple"),
        ({"texture_opacity_low": 0.9, "texture_opacity_high": 0.5}, "texture_opacity_low"),
        ({"textures": []}, "textures"),
        ({"image_size": 16}, "image_size"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(detectors.InputError, match=sentence):
        detectors.create("draem", **wrong)


def test_folders_that_cannot_be_used_stop_the_fit_with_their_name(tmp_path: Path) -> None:
    for name in ("texture_folder", "defect_folder"):
        settings = {**TINY, "synthesis": "perlin_texture", name: str(tmp_path / "none")}
        with pytest.raises(detectors.InputError, match="none does not exist"):
            detectors.create("draem", **settings).fit(NORMALS)

"""InTra as a whole: reassembly, the map, bad input, learning."""

from typing import Any

import numpy as np
import pytest
import torch
from pictures import SMALL, stripes, with_square
from torch import Tensor, nn

import detectors
from detectors.methods.intra.detector import InTra
from detectors.methods.intra.inpainting import ErrorRule, Inpainter
from detectors.methods.intra.windows import WindowGrid, as_patches
from detectors.watching import FitWatcher

GRID, PATCH_PX = WindowGrid(rows=12, cols=12, side=5), 8


class Perfect(nn.Module):
    """Knows the frame by heart: it finds the window's place by the patches it may see."""

    def __init__(self, frame: np.ndarray) -> None:
        super().__init__()
        self.head = nn.Linear(1, 1)
        patches = as_patches(frame.astype(np.float32) / np.float32(255), PATCH_PX)
        self.patches = torch.from_numpy(patches.reshape(144, -1).copy())

    def forward(
        self, patches: Tensor, positions: Tensor, hidden: Tensor, seen: Tensor | None = None
    ) -> Tensor:
        rows = torch.arange(len(patches))
        return self.patches[positions[rows, hidden]]


def make_frame(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (96, 96, 3)).astype(np.uint8)


def inpainter_of(network: nn.Module) -> Inpainter:
    return Inpainter(network, GRID, PATCH_PX, is_global=True)  # type: ignore[arg-type]


def test_perfect_inpainting_gives_the_frame_back_and_no_deviation() -> None:
    frame, seen = make_frame(), np.ones((12, 12), bool)
    inpainter = inpainter_of(Perfect(frame))
    assert np.array_equal(inpainter.inpaint(frame, seen), frame.astype(np.float32) / np.float32(255))
    assert (inpainter.error(frame, seen, ErrorRule(11, 2, 1.0)) == 0).all()


def test_a_wrong_patch_shows_around_its_place_alone() -> None:
    frame, network = make_frame(), Perfect(make_frame())
    network.patches[5 * 12 + 7] = 0.5
    found = inpainter_of(network).error(frame, np.ones((12, 12), bool), ErrorRule(11, 1))
    rows, cols = np.nonzero(found > 1e-7)
    reach_px = 5 + 8
    assert 40 - reach_px <= rows.min() <= 40 and 47 <= rows.max() <= 47 + reach_px
    assert 56 - reach_px <= cols.min() <= 56 and 63 <= cols.max() <= 63 + reach_px
    assert found[40:48, 56:64].min() > 0.1


def test_deviation_is_averaged_over_cells() -> None:
    one, other = np.random.default_rng(0).random((2, 32, 32, 3)).astype(np.float32)
    fine = ErrorRule(5, 1, 2.0).between(one, other)
    coarse = ErrorRule(5, 4, 2.0).between(one, other)
    np.testing.assert_allclose(coarse, fine.reshape(8, 4, 8, 4).mean(axis=(1, 3)), rtol=1e-5)


def test_colours_count_by_their_weight_where_gradients_are_alike() -> None:
    one = np.full((48, 48, 3), 0.5, dtype=np.float32)
    other = one + np.array([0.1, 0.0, -0.2], dtype=np.float32)
    other[0], other[-1], other[:, 0], other[:, -1] = 0.5, 0.5, 0.5, 0.5
    published, weighted = (ErrorRule(1, 1, weight).between(one, other) for weight in (0.0, 2.0))
    np.testing.assert_allclose(weighted - published, 2 * np.abs(one - other).mean(axis=2), atol=1e-6)
    assert published[24, 24] == pytest.approx(0, abs=1e-6) and weighted[24, 24] == pytest.approx(
        0.2, abs=1e-5
    )


def make(**changes: Any) -> InTra:
    made = detectors.create("intra", **SMALL["intra"] | changes)
    assert isinstance(made, InTra)
    return made


def test_the_map_is_the_squared_deviation_from_the_mean_of_the_training_images() -> None:
    image = stripes(0)
    alone = make(steps=3).fit([image])
    assert (alone.score([image]).maps == 0).all()
    normals, new = [stripes(number) for number in range(3)], with_square(stripes(9), 20, 24, 12)
    detector = make(steps=3).fit(normals)
    inpainter = detector._inpainter(detector._fitted.network, detector._fitted.is_global)
    cells = [detector._deviations(inpainter, one)[0] for one in detector._samples([*normals, new])]
    wanted = (cells[3] - np.mean(cells[:3], axis=0)) ** 2
    result = detector.score([new])
    np.testing.assert_allclose(result.maps[0], wanted, rtol=1e-4, atol=1e-7)
    assert result.image_scores[0] == result.maps[0].max() > 0 and (result.maps >= 0).all()


def test_training_lowers_the_loss_of_what_it_sees() -> None:
    seen: list[float] = []

    class Watcher(FitWatcher):
        def losses(self, stage: str, step: int, values: Any) -> None:
            seen.append(values["total"])

    columns = np.where(np.arange(64) % 16 < 8, 30, 220).astype(np.uint8)
    plain_stripes = np.broadcast_to(columns[None, :, None], (64, 64, 3)).copy()
    make(steps=200, learning_rate=0.002).fit([plain_stripes], watcher=Watcher())
    assert np.mean(seen[-10:]) < seen[0] / 5


def test_pictures_of_the_training_are_shown() -> None:
    shown: list[np.ndarray] = []

    class Watcher(FitWatcher):
        def pictures(self, stage: str, step: int, strip: np.ndarray) -> None:
            shown.append(strip)

    make(steps=24).fit([stripes(0)], watcher=Watcher())
    assert len(shown) == 12 and shown[0].shape == (64, 192, 3) and shown[0].dtype == np.uint8
    assert np.array_equal(shown[0][:, :64], stripes(0))


def test_patience_ends_a_training_that_learns_nothing_more() -> None:
    detector = make(steps=4000, patience_epochs=1, learning_rate=0.5, windows_per_image=8)
    detector.fit([stripes(number) for number in range(4)])
    report = detector.training_report
    assert report is not None and 0 < report.steps < 4000


@pytest.mark.parametrize("level", [0, 128, 255])
def test_plain_images_are_refused_unless_nothing_is_trained(level: int) -> None:
    plain = [np.full((64, 64, 3), level, np.uint8)] * 3
    with pytest.raises(detectors.TrainingError, match="plain colour"):
        make().fit(plain)
    assert np.isfinite(make(steps=0).fit(plain).score(plain).maps).all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"image_size": 60}, "multiple of patch"),
        ({"window": 9}, "larger than the image"),
        ({"heads": 3}, "half the width"),
        ({"filter_px": 4}, "odd"),
        ({"patch": 6}, "patch"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(detectors.InputError, match=sentence):
        make(**changes)


def test_global_positions_and_tiles_work_and_survive_a_save(tmp_path: Any) -> None:
    wide = [np.concatenate([stripes(n), stripes(n + 10)], axis=1) for n in range(3)]
    detector = make(steps=2, positions="global", tile_size=64).fit(wide)
    maps = detector.score(wide).maps
    assert maps.shape == (3, 32, 64)
    detector.save(tmp_path / "model")
    assert np.array_equal(detectors.load(tmp_path / "model", device="cpu").score(wide).maps, maps)


def test_a_small_image_is_enlarged_to_the_networks_size() -> None:
    tiny = [stripes(number, side_px=20) for number in range(2)]
    assert np.isfinite(make(steps=2).fit(tiny).score(tiny).maps).all()


def test_a_training_that_ruins_the_network_ends_with_an_earlier_one() -> None:
    images = [stripes(number) for number in range(7)]
    detector = make(learning_rate=1.0, learning_rate_decay=False).fit(images)
    assert detector.training_report is not None and detector.training_report.kept_step == 0
    untrained = make(steps=0, keep_best=False).fit(images)
    new = [with_square(stripes(50), 20, 24, 12)]
    assert np.array_equal(detector.score(new).maps, untrained.score(new).maps)
    last = make(learning_rate=1.0, learning_rate_decay=False, keep_best=False).fit(images)
    assert not np.array_equal(detector.score(new).maps, last.score(new).maps)

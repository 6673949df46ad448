"""Images brought to a template: their maps come back to where they were, and nothing is made up."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import SMALL, with_square
from scipy import ndimage

import detectors
from detectors.alignment import Template
from detectors.artifacts import Artifact
from detectors.base import CellScores, Detector, FitContext
from detectors.hyperparameters import Hyperparameters
from detectors.layout import Framing
from detectors.methods.patchcore import PatchCore
from detectors.placement import Placement
from detectors.samples import Sample

SIDE_PX, CELLS = 64, 8
Picture = npt.NDArray[np.uint8]


def scene(noise: int = 0, margin_px: int = 24, side_px: int = SIDE_PX) -> Picture:
    """A part with an outline that repeats nowhere, and room around it to move the camera."""
    whole = side_px + 2 * margin_px
    random = np.random.default_rng(5)
    shapes = ndimage.gaussian_filter(random.normal(0, 1, (whole, whole)), 5)
    picture = 128 + 90 * np.tanh(4 * shapes / shapes.std())
    picture = picture + np.random.default_rng(noise).normal(0, 3, picture.shape)
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def view(picture: Picture, down_px: int = 0, right_px: int = 0, side_px: int = SIDE_PX) -> Picture:
    """What the camera sees after it moved: its content has moved up and left by as much."""
    margin_px = (picture.shape[0] - side_px) // 2
    top, left = margin_px + down_px, margin_px + right_px
    return picture[top : top + side_px, left : left + side_px]


@dataclass(frozen=True)
class Nothing(Hyperparameters):
    pass


class CellMeans(Detector):
    """Scores each cell by the mean of its own pixels: no cell sees another."""

    name = "cell_means"
    hyperparameters_class = Nothing

    def _framing(self) -> Framing:
        return Framing(SIDE_PX, SIDE_PX // CELLS)

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        self.trained = list(samples)

    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        for sample in samples:
            cells = sample.tiles[0, :, :, 0].reshape(CELLS, 8, CELLS, 8).mean(axis=(1, 3))
            cells = np.where(sample.usable, cells, 0).astype(np.float32)
            yield CellScores(float(cells.max()), cells)

    def _write(self, folder: Path) -> dict[str, Any]:
        return {}

    def _read(self, artifact: Artifact) -> None:
        pass


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (0, -2), (-1, 2)])
def test_a_shifted_image_has_the_shifted_map_and_what_falls_outside_is_not_usable(
    down: int, right: int
) -> None:
    picture = scene()
    detector = CellMeans(alignment="translation").fit([view(picture)])
    still = detector.score([view(picture)])
    moved = detector.score([view(picture, 8 * down, 8 * right)])
    inside = np.zeros((CELLS, CELLS), dtype=bool)
    inside[max(0, -down) : CELLS - max(0, down), max(0, -right) : CELLS - max(0, right)] = True
    expected = np.roll(still.maps[0], (-down, -right), axis=(0, 1))
    assert np.array_equal(moved.maps[0], np.where(inside, expected, 0))
    assert moved.image_scores[0] == expected[inside].max()


def test_masks_and_regions_move_with_their_image() -> None:
    picture = scene()
    excluded = np.zeros((SIDE_PX, SIDE_PX), dtype=bool)
    excluded[16:24, 32:40] = True
    pool = [view(picture), view(picture), view(picture, 8, 16)]
    detector = CellMeans(alignment="translation").fit(pool, masks=[None, None, excluded])
    usable = detector.trained[2].usable
    # The camera moved down and right: what the image shows at row 2 lies at row 3 of the template.
    assert not usable[3, 6] and not usable[0].any() and not usable[:, :2].any()
    assert usable.sum() == 7 * 6 - 1
    result = detector.score([view(picture, 8, 16)], rois=[excluded])
    assert np.argwhere(result.maps[0]).tolist() == [[2, 4]]


def test_nothing_moves_without_alignment_and_other_sizes_are_refused_with_it() -> None:
    picture = scene()
    plain = CellMeans().fit([view(picture)])
    assert plain.trained[0].placement is None
    assert plain.score([view(picture, 8, 0)]).maps[0].all()
    aligned = CellMeans(alignment="rigid").fit([view(picture)])
    with pytest.raises(detectors.InputError, match="64 × 64 pixels as in training, not 40 × 64"):
        aligned.score([view(picture)[:, :40]])
    with pytest.raises(detectors.InputError, match="training images of one size"):
        CellMeans(alignment="rigid").fit([view(picture), view(picture)[:40]])
    with pytest.raises(detectors.InputError, match="alignment must be one of"):
        CellMeans(alignment="affine")


@settings(max_examples=15)
@given(st.integers(-14, 14), st.integers(-14, 14))
def test_shifts_are_found_to_the_pixel(down: int, right: int) -> None:
    template = Template.learn([view(scene(1))], "translation")
    assert template.place(view(scene(2), down, right)).shift_px == (-down, -right)


@settings(max_examples=8)
@given(st.floats(-12, 12), st.integers(-6, 6), st.integers(-6, 6))
def test_rotations_are_found_to_a_fraction_of_a_pixel(degrees: float, down: int, right: int) -> None:
    side_px = 96
    template = Template.learn([view(scene(1, 40, side_px), side_px=side_px)], "rigid")
    picture = scene(2, 40, side_px)
    middle, turn = (len(picture) - 1) / 2, math.radians(degrees)
    turned = ndimage.rotate(picture, degrees, reshape=False, order=1, mode="mirror")
    found = template.place(view(turned, down, right, side_px))
    for corner in ((0.0, 0.0), (0.0, side_px - 1.0), (side_px - 1.0, 40.0)):
        row, col = (value + (len(picture) - side_px) / 2 - middle for value in corner)
        # scipy turns the content by `degrees` from the row axis against the column axis.
        true_row = math.cos(turn) * row - math.sin(turn) * col
        true_col = math.sin(turn) * row + math.cos(turn) * col
        shown = found.on_image(*corner)
        expected = (true_row + (side_px - 1) / 2 - down, true_col + (side_px - 1) / 2 - right)
        assert math.dist(shown, expected) < 1.0


def test_an_image_that_resembles_nothing_stays_where_it_is() -> None:
    template = Template.learn([view(scene(1))], "rigid")
    noise = np.random.default_rng(0).integers(0, 255, (SIDE_PX, SIDE_PX, 3)).astype(np.uint8)
    flat = np.full((SIDE_PX, SIDE_PX, 3), 90, np.uint8)
    for other in (noise, flat):
        placed = template.place(other)
        assert placed.shift_px == (0, 0) and placed.angle == 0


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(-0.3, 0.3), st.floats(0, 60), st.floats(0, 60))
def test_the_two_ways_are_inverse(rows: float, cols: float, angle: float, row: float, col: float) -> None:
    placement = Placement((50, 70), (rows, cols), angle)
    assert placement.on_template(*placement.on_image(row, col)) == pytest.approx((row, col), abs=1e-9)


@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(-0.2, 0.2))
def test_maps_come_back_smooth_constant_and_never_from_nothing(
    rows: float, cols: float, angle: float
) -> None:
    placement = Placement((48, 80), (rows, cols), angle)
    usable = placement.covered((6, 10))
    back = placement.back(np.where(usable, 3, 0).astype(np.float32), usable)
    assert np.isin(back, [0, 3]).all() or np.allclose(back[back > 0], 3, atol=1e-5)
    nothing = placement.back(np.full((6, 10), 7, np.float32), np.zeros((6, 10), dtype=bool))
    assert not nothing.any()


def test_patchcore_finds_a_defect_on_a_part_that_lies_elsewhere(tmp_path: Path) -> None:
    pool = [view(scene(number), number % 3 - 1, -(number % 2)) for number in range(6)]
    normal = view(scene(8), 8, -6)
    defect = with_square(normal, 30, 26, 8)
    settings = SMALL["patchcore"] | {"coreset_rows": 300, "b": 3}
    plain = PatchCore(**settings).fit(pool)
    aligned = PatchCore(**settings, alignment="translation").fit(pool)
    gains = [np.divide(*each.score([defect, normal]).image_scores) for each in (plain, aligned)]
    assert gains[1] > gains[0]
    result = aligned.score([defect])
    change = result.maps[0] - aligned.score([normal]).maps[0]
    row, col = np.unravel_index(change.argmax(), (8, 8))
    assert 26 <= 8 * row + 4 <= 42 and 22 <= 8 * col + 4 <= 38
    assert np.array_equal(aligned.score_features(aligned.embed([defect])).maps, result.maps)
    aligned.save(tmp_path / "model")
    loaded = detectors.load(tmp_path / "model", device="cpu")
    assert np.array_equal(loaded.score([defect]).maps, result.maps)
    whole = PatchCore(**settings | {"coreset_rows": 6 * 64}, alignment="translation").fit(pool)
    near = whole.explain(pool[1], row=20, col=45, k=1)[0]
    assert near.distance == 0 and near.source_image == 1
    left, top, right, bottom = near.box_xyxy or (0, 0, 0, 0)
    assert left <= 45 < right and top <= 20 < bottom
    with pytest.raises(detectors.InputError, match="outside the inspected region"):
        aligned.explain(defect, row=60, col=60)


def test_a_damaged_template_is_refused(tmp_path: Path) -> None:
    detector = PatchCore(**SMALL["patchcore"], alignment="translation").fit([view(scene(1))])
    values = detector._fitted_acquisition().to_dict()
    values["template"]["png"] = values["template"]["png"][:40]
    with pytest.raises(detectors.ArtifactError, match="template"):
        type(detector._fitted_acquisition()).from_dict(values)

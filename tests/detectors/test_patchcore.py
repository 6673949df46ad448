"""PatchCore's own properties: what its mathematics promises."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import SMALL, stripes, with_square

import detectors
from detectors.methods.patchcore import PatchCore

NORMALS = [stripes(number) for number in range(5)]
DEFECT = with_square(stripes(60), 20, 24, 12)


def fitted(images: list[np.ndarray] = NORMALS, **changes: Any) -> PatchCore:
    detector = PatchCore(**{**SMALL["patchcore"], **changes})
    return detector.fit(images)


@pytest.fixture(scope="module")
def detector() -> PatchCore:
    return fitted()


def test_a_full_memory_finds_every_training_image_at_zero() -> None:
    whole = fitted(coreset_fraction=1.0, coreset_rows=0)
    assert len(whole.bank) == 5 * 64
    assert np.array_equal(whole.score(NORMALS).image_scores, np.zeros(5, np.float32))


def test_the_default_coreset_keeps_at_least_two_thousand_rows_or_all() -> None:
    assert len(fitted(coreset_rows=0).bank) == 5 * 64
    assert len(fitted(coreset_rows=30).bank) == 30


@pytest.mark.parametrize(
    "start", ["textbook", "official_exact", "official_approximate", "anomalib", "random"]
)
def test_every_start_fills_the_memory_and_covers_the_pool(start: str) -> None:
    chosen = fitted(coreset_start=start, coreset_rows=40)
    assert len(chosen.bank) == 40
    distances, _ = chosen.bank.search(np.asarray(chosen.training.vectors), 1)
    assert distances.max() == pytest.approx(chosen.bank.cover_radius, rel=1e-5)


def test_a_cap_limits_the_fraction_and_streaming_covers_the_pool() -> None:
    assert len(fitted(coreset_rows=0, coreset_cap=25).bank) == 25
    streamed = fitted(coreset_rows=20, coreset_method="streaming")
    distances, _ = streamed.bank.search(np.asarray(streamed.training.vectors), 1)
    assert len(streamed.bank) == 20 and distances.max() <= streamed.bank.cover_radius * 1.0001


def test_the_feature_space_names_all_that_features_depend_on(detector: PatchCore) -> None:
    assert detector.feature_space() == fitted(coreset_rows=30, b=3).feature_space()
    for change in ({"seed": 1}, {"patch_size": 1}, {"resize": 96}, {"layers": ("blocks.1",)}):
        assert fitted(**change).feature_space() != detector.feature_space()


def test_a_removed_training_image_is_repaired_from_the_kept_features() -> None:
    live = fitted()
    patches = live.training_patches()
    live.bank.apply(patches.planned_removal(live.bank, np.array([2])))
    assert 2 not in live.bank.source_image and len(live.bank) > 0


def test_max_is_the_largest_raw_cell_and_reweighting_stays_within_its_bounds(detector: PatchCore) -> None:
    raw = fitted(image_score="max", smoothing_sigma=0.0)
    result = raw.score([DEFECT, *NORMALS])
    assert np.array_equal(result.image_scores, result.maps.max(axis=(1, 2)))
    ratio = detector.score([DEFECT]).image_scores[0] / result.image_scores[0]
    assert 1 - 1 / 9 <= ratio < 1
    unweighted = fitted(b=1).score([DEFECT]).image_scores[0]
    assert unweighted == result.image_scores[0]


def test_smoothing_changes_maps_but_no_image_score(detector: PatchCore) -> None:
    sharp = fitted(smoothing_sigma=0.0).score([DEFECT])
    smooth = detector.score([DEFECT])
    assert np.array_equal(sharp.image_scores, smooth.image_scores)
    assert smooth.maps.max() < sharp.maps.max()


def test_more_training_images_never_raise_a_patch_of_a_full_memory() -> None:
    settings = {"coreset_fraction": 1.0, "coreset_rows": 0, "smoothing_sigma": 0.0}
    settings |= {"layer_scaling": False, "whitening": "off"}
    few, many = fitted(NORMALS[:3], **settings), fitted(NORMALS, **settings)
    assert (many.score([DEFECT]).maps <= few.score([DEFECT]).maps + 1e-6).all()


def test_k_neighbours_average(detector: PatchCore) -> None:
    three = fitted(k_neighbors=3, image_score="max", smoothing_sigma=0.0)
    features = next(three.embed([DEFECT]))
    distances, _ = three.bank.search(features.vectors, 3)
    np.testing.assert_allclose(three.score([DEFECT]).maps[0].ravel(), distances.mean(axis=1), rtol=1e-6)


def test_cached_features_score_as_their_images_and_follow_the_live_memory(tmp_path: Path) -> None:
    live = fitted()
    cached = list(live.embed([DEFECT, NORMALS[0]]))
    assert np.array_equal(live.score_features(cached).maps, live.score([DEFECT, NORMALS[0]]).maps)
    before = live.score_features(cached).image_scores
    from detectors.memory.operations import BankRows

    live.bank.add(BankRows(cached[0].vectors, np.full(64, 77), cached[0].cells))
    assert live.score_features(cached).image_scores[0] == 0 < before[0]
    live.bank.undo()
    assert np.array_equal(live.score_features(cached).image_scores, before)


def test_explain_names_the_nearest_patches_and_their_boxes(detector: PatchCore) -> None:
    whole = fitted(coreset_fraction=1.0, coreset_rows=0)
    nearest, second = whole.explain(NORMALS[3], row=20, col=45, k=2)
    assert nearest.distance == 0 and nearest.source_image == 3 and nearest.cell == (2, 5)
    assert nearest.box_xyxy == (40, 16, 48, 24) and second.distance >= 0
    with pytest.raises(detectors.InputError, match="outside the image"):
        detector.explain(DEFECT, row=64, col=0)
    roi = np.zeros((64, 64), dtype=bool)
    roi[:32] = True
    with pytest.raises(detectors.InputError, match="outside the inspected region"):
        detector.explain(DEFECT, row=50, col=10, roi=roi)


def test_explain_points_into_the_source_through_tiles_crop_and_other_sizes() -> None:
    large = [stripes(number, 128) for number in range(3)]
    settings = {"coreset_fraction": 1.0, "coreset_rows": 0}
    for change, box in (
        ({"tile_size": 64}, (72, 96, 80, 104)),
        # A short side of 128 is resized to 96: cells of 8 network pixels are 10 2/3 wide here.
        ({"resize": 96}, (74 + 2 / 3, 96, 85 + 1 / 3, 106 + 2 / 3)),
    ):
        nearest = fitted(large, **settings, **change).explain(large[1], row=100, col=77, k=1)[0]
        assert nearest.distance == 0 and nearest.source_image == 1
        assert nearest.box_xyxy == pytest.approx(box)
    mixed = fitted([*NORMALS, stripes(8, 96)], **settings).explain(stripes(8, 96), row=50, col=20, k=1)[0]
    assert mixed.source_image == 5 and mixed.box_xyxy == (12, 48, 24, 60)


def test_a_mislabelled_training_image_tops_the_leave_one_out_ranking(tmp_path: Path) -> None:
    contaminated = fitted([*NORMALS, DEFECT, stripes(9)])
    top = contaminated.suspects()[0]
    left, upper, right, bottom = top.box_xyxy
    assert top.image == 5 != top.nearest_image
    assert left < 36 and right > 24 and upper < 32 and bottom > 20
    scores = contaminated.leave_one_image_out_scores()
    assert scores.shape == (7,) and scores.argmax() == 5
    assert contaminated.score([DEFECT]).image_scores[0] < scores[5]
    twice = fitted([*NORMALS, DEFECT, DEFECT], coreset_fraction=1.0, coreset_rows=0)
    assert twice.suspects()[0].image != 5 and twice.suspects(groups=[0, 1, 2, 3, 4, 5, 5])[0].image == 5
    with pytest.raises(detectors.InputError, match="7 training images but 2 groups"):
        twice.suspects(groups=[0, 1])
    contaminated.save(tmp_path / "model")
    loaded = detectors.load(tmp_path / "model", device="cpu")
    assert np.array_equal(loaded.leave_one_image_out_scores(), scores)  # type: ignore[attr-defined]
    with pytest.raises(detectors.InputError, match="two training images"):
        fitted(NORMALS[:1]).leave_one_image_out_scores()
    with pytest.raises(detectors.InputError, match="keep_features"):
        fitted(keep_features=False).leave_one_image_out_scores()


def test_tiles_find_a_small_defect_in_a_large_image_and_the_map_is_whole() -> None:
    large = [stripes(number, 256) for number in range(3)]
    tiled = fitted(large, tile_size=64)
    defect = with_square(stripes(70, 256), 170, 30, 6)
    scores, maps = tiled.score([defect, stripes(71, 256)])
    assert maps.shape == (2, 32, 32) and scores[0] > scores[1]
    row, col = np.unravel_index(maps[0].argmax(), (32, 32))
    assert abs(row * 8 + 4 - 173) <= 12 and abs(col * 8 + 4 - 33) <= 12
    with pytest.raises(detectors.InputError, match="different map grids"):
        tiled.score([defect, stripes(72, 128)])
    assert [cells.cells.shape for cells in tiled.score_each([defect, stripes(72, 128)])] == [
        (32, 32),
        (16, 16),
    ]


def test_the_crop_leaves_its_border_out() -> None:
    cropped = fitted(resize=96)
    result = cropped.score([DEFECT])
    assert result.maps.shape == (1, 12, 12)
    inner = np.zeros((12, 12), dtype=bool)
    inner[2:10, 2:10] = True
    assert (result.maps[0][~inner] == 0).all() and (result.maps[0][inner] > 0).all()
    assert len(cropped.training.vectors) == 5 * 64


def test_a_sixteen_bit_pool_keeps_its_window_and_sees_its_own_contrast() -> None:
    def camera(image: np.ndarray) -> np.ndarray:
        return (image[:, :, :1].astype(np.uint16) * 8) + 300  # twelve bits used of sixteen

    detector = fitted([camera(image) for image in NORMALS])
    scores = detector.score([camera(DEFECT), camera(stripes(61))]).image_scores
    assert scores[0] > 1.2 * scores[1]


def test_a_failed_refit_leaves_the_fitted_detector_as_it_was() -> None:
    detector = fitted()
    before = detector.score([DEFECT])

    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.5:
            raise detectors.Cancelled("Stopped.")

    with pytest.raises(detectors.Cancelled):
        detector.fit([DEFECT] * 5, progress=cancel)
    assert np.array_equal(detector.score([DEFECT]).maps, before.maps)


def test_features_that_are_no_numbers_are_never_scored(detector: PatchCore) -> None:
    features = next(detector.embed([DEFECT]))
    features.grid[2, 3, 0] = np.nan
    with pytest.raises(detectors.InputError, match="NaN or infinite"):
        detector.score_features([features])
    features.grid[2, 3, 0] = np.inf
    with pytest.raises(detectors.InputError, match="NaN or infinite"):
        detector.score_features([features])


def test_a_bank_that_removals_left_too_small_is_not_scored() -> None:
    emptied = fitted()
    emptied.bank.remove(np.arange(len(emptied.bank)))
    with pytest.raises(detectors.InputError, match="empty"):
        emptied.score([DEFECT])


def test_fewer_vectors_than_neighbours_is_an_error() -> None:
    with pytest.raises(detectors.InputError, match="neighbours"):
        fitted(coreset_rows=5).score([DEFECT])
    with pytest.raises(detectors.InputError, match="neighbours"):
        fitted(coreset_rows=5, k_neighbors=6, b=1).score([DEFECT])


def test_an_ensemble_averages_its_members_in_units_of_the_oddest_normal_image(tmp_path: Path) -> None:
    settings = SMALL["patchcore_ensemble"] | {"smoothing_sigma": 0.0}
    ensemble = detectors.create("patchcore_ensemble", **settings).fit(NORMALS)
    expected = []
    for backbone in ("efficientnet_lite0", "resnet18"):
        member = fitted(backbone=backbone, smoothing_sigma=0.0)
        expected.append(member.score([DEFECT]).maps[0] / member.leave_one_image_out_scores().max())
    np.testing.assert_allclose(ensemble.score([DEFECT]).maps[0], np.mean(expected, axis=0), rtol=1e-5)
    pixel = {"row": 24, "col": 28}
    one = [fitted(backbone=name) for name in ("efficientnet_lite0", "resnet18")]
    shares = [
        near.distance / member.leave_one_image_out_scores().max()
        for member in one
        for near in member.explain(DEFECT, **pixel, k=3)
    ]
    explained = ensemble.explain(DEFECT, **pixel, k=3)  # type: ignore[attr-defined]
    assert [near.distance for near in explained] == pytest.approx(sorted(shares)[:3])
    first = ensemble.suspects()[0]  # type: ignore[attr-defined]
    expected = np.mean(
        [m.leave_one_image_out_scores() / m.leave_one_image_out_scores().max() for m in one], 0
    )
    assert first.image == expected.argmax() and first.score == pytest.approx(expected.max())
    for wrong in ({"more_backbones": ()}, {"layers": ("layer1",)}, {"weights": "w.pth"}):
        with pytest.raises(detectors.InputError, match=next(iter(wrong))):
            detectors.create("patchcore_ensemble", **wrong)

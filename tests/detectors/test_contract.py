"""One suite over every registered detector: what all of them promise."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import SMALL, stripes, with_square

import detectors
from detectors.base import Detector

NORMALS = [stripes(number) for number in range(5)]
NEW = [stripes(50), with_square(stripes(51), 20, 24, 12), stripes(52)]

every_detector = pytest.mark.parametrize("name", detectors.names())
LEARN_MADE_UP_DEFECTS = {"draem", "realnet"}


@pytest.fixture(scope="module")
def fitted() -> dict[str, Detector]:
    return {name: detectors.create(name, **SMALL[name]).fit(NORMALS) for name in detectors.names()}


@every_detector
def test_scores_have_the_promised_shapes_and_find_the_defect(name: str, fitted: dict[str, Detector]) -> None:
    scores, maps = fitted[name].score(NEW)
    assert scores.shape == (3,) and scores.dtype == np.float32
    assert maps.ndim == 3 and maps.dtype == np.float32 and np.isfinite(maps).all()
    assert scores[1] > max(scores[0], scores[2])
    row, col = np.unravel_index(maps[1].argmax(), maps[1].shape)
    cell_px = 64 / np.array(maps[1].shape)
    assert 12 <= (row + 0.5) * cell_px[0] <= 40 and 16 <= (col + 0.5) * cell_px[1] <= 44


@every_detector
def test_grouping_never_changes_a_result(name: str, fitted: dict[str, Detector]) -> None:
    together = fitted[name].score(NEW)
    for number, image in enumerate(NEW):
        alone = fitted[name].score([image])
        assert alone.image_scores[0] == together.image_scores[number]
        assert np.array_equal(alone.maps[0], together.maps[number])


@every_detector
def test_same_seed_gives_the_same_model(name: str, fitted: dict[str, Detector]) -> None:
    again = detectors.create(name, **SMALL[name]).fit(NORMALS)
    assert np.array_equal(again.score(NEW).maps, fitted[name].score(NEW).maps)


@every_detector
def test_save_and_load_keep_every_bit(name: str, fitted: dict[str, Detector], tmp_path: Path) -> None:
    fitted[name].save(tmp_path / "model")
    loaded = detectors.load(tmp_path / "model", device="cpu")
    assert np.array_equal(loaded.score(NEW).image_scores, fitted[name].score(NEW).image_scores)
    assert np.array_equal(loaded.score(NEW).maps, fitted[name].score(NEW).maps)
    assert loaded.hyperparameters.to_dict() == fitted[name].hyperparameters.to_dict()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@every_detector
def test_score_and_save_need_a_fit(name: str, tmp_path: Path) -> None:
    detector = detectors.create(name, **SMALL[name])
    with pytest.raises(detectors.NotFittedError, match="fit"):
        detector.score(NEW)
    with pytest.raises(detectors.NotFittedError):
        detector.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


@every_detector
def test_cells_outside_the_region_are_zero_and_never_the_maximum(
    name: str, fitted: dict[str, Detector]
) -> None:
    roi = np.zeros((64, 64), dtype=bool)
    roi[:, 48:] = True
    scores, maps = fitted[name].score([NEW[1], NEW[1]], rois=[None, roi])
    outside = np.repeat(np.arange(maps.shape[2]) < maps.shape[2] * 0.7, 1)
    assert (maps[1][:, outside] == 0).all() and maps[1][:, ~outside].max() > 0
    assert scores[1] < scores[0]


# What is excluded from a short training on made-up defects moves the score of a real one either way, by
# chance. That it enters none of their losses is tested exactly, beside these.
@pytest.mark.parametrize("name", sorted(set(detectors.names()) - LEARN_MADE_UP_DEFECTS))
def test_excluded_pixels_do_not_train(name: str) -> None:
    defect, mask = NEW[1], np.zeros((64, 64), dtype=bool)
    mask[16:36, 20:40] = True
    contaminated = [*NORMALS[:4], defect]
    dirty = detectors.create(name, **SMALL[name]).fit(contaminated)
    clean = detectors.create(name, **SMALL[name]).fit(contaminated, masks=[None] * 4 + [mask])
    assert clean.score([defect]).image_scores[0] > dirty.score([defect]).image_scores[0]


@every_detector
def test_progress_rises_to_one_and_can_cancel(name: str) -> None:
    seen: list[float] = []
    detectors.create(name, **SMALL[name]).fit(
        NORMALS, progress=lambda fraction, message: seen.append(fraction)
    )
    assert seen == sorted(seen) and seen[-1] == 1.0 and len(seen) > 5

    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.1:
            raise detectors.Cancelled("Stopped.")

    detector = detectors.create(name, **SMALL[name])
    with pytest.raises(detectors.Cancelled):
        detector.fit(NORMALS, progress=cancel)
    with pytest.raises(detectors.NotFittedError):
        detector.score(NEW)


@every_detector
@pytest.mark.parametrize(
    "images",
    [
        [np.zeros((8, 8), np.uint8)],
        [np.zeros((8, 8, 4), np.uint8)],
        [np.zeros((8, 8, 3), np.float32)],
        [np.zeros((0, 8, 3), np.uint8)],
        [],
    ],
    ids=["no channels", "four channels", "float", "empty", "none"],
)
def test_unusable_images_are_refused(
    name: str, images: list[np.ndarray], fitted: dict[str, Detector]
) -> None:
    with pytest.raises(detectors.InputError):
        detectors.create(name, **SMALL[name]).fit(images)
    with pytest.raises(detectors.InputError):
        fitted[name].score(images)


@every_detector
def test_masks_of_another_size_or_number_are_refused(name: str, fitted: dict[str, Detector]) -> None:
    wrong = np.zeros((9, 9), dtype=bool)
    with pytest.raises(detectors.InputError, match="image 1"):
        detectors.create(name, **SMALL[name]).fit(NORMALS, masks=[wrong] * 5)
    with pytest.raises(detectors.InputError, match="5 images but 1 masks"):
        detectors.create(name, **SMALL[name]).fit(NORMALS, masks=[None])
    with pytest.raises(detectors.InputError, match="image 1"):
        fitted[name].score(NEW, rois=[wrong] * 3)
    with pytest.raises(detectors.InputError, match="no cell"):
        fitted[name].score(NEW[:1], rois=[np.zeros((64, 64), dtype=bool)])


@every_detector
def test_everything_excluded_is_refused(name: str) -> None:
    with pytest.raises(detectors.InputError, match="exclude"):
        detectors.create(name, **SMALL[name]).fit(NORMALS, masks=[np.ones((64, 64), dtype=bool)] * 5)


@every_detector
def test_one_training_image_is_enough(name: str) -> None:
    detector = detectors.create(name, **SMALL[name]).fit(NORMALS[:1])
    assert np.isfinite(detector.score(NEW).image_scores).all()


@every_detector
def test_grey_and_16_bit_images_are_the_same_image(name: str, fitted: dict[str, Detector]) -> None:
    wide = NEW[1].astype(np.uint16) * 257
    assert np.array_equal(fitted[name].score([wide]).maps, fitted[name].score([NEW[1]]).maps)
    grey = NEW[1][:, :, :1]
    assert np.array_equal(
        fitted[name].score([grey]).maps, fitted[name].score([np.repeat(grey, 3, axis=2)]).maps
    )


@every_detector
def test_schema_describes_every_hyperparameter(name: str) -> None:
    schema = detectors.schema(name)
    assert schema["$schema"].endswith("2020-12/schema") and schema["additionalProperties"] is False
    defaults = detectors.create(name).hyperparameters.to_dict()
    assert set(schema["properties"]) == set(defaults)
    for key, part in schema["properties"].items():
        assert part["title"] and part["description"] and part["group"] in ("basic", "advanced"), key
        assert part["default"] == defaults[key]
    assert {"seed", "device"} <= set(defaults)
    json.dumps(schema)


def test_unknown_names_and_values_are_refused_with_a_hint() -> None:
    with pytest.raises(detectors.InputError, match="Unknown detector 'patchkore'; known: "):
        detectors.create("patchkore")
    with pytest.raises(detectors.InputError, match="did you mean 'coreset_fraction'"):
        detectors.create("patchcore", coreset_fractoin=0.1)
    for wrong in (
        {"coreset_fraction": 2.0},
        {"coreset_fraction": "much"},
        {"coreset_fraction": float("nan")},
        {"image_size": 100},
        {"image_size": 64.5},
        {"seed": True},
        {"image_score": "median"},
        {"layers": "layer2"},
        {"patch_size": 2},
        {"layer_scaling": 1},
        {"resize": 64},
        {"resize": 256, "tile_size": 512},
    ):
        with pytest.raises(detectors.InputError, match=next(iter(wrong))):
            detectors.create("patchcore", **wrong)


def test_names_and_schemas_import_no_torch() -> None:
    code = (
        "import sys, detectors\n"
        "for name in detectors.names(): detectors.schema(name)\n"
        "import detectors.images, detectors.folders, detectors.maps, detectors.base\n"
        "import detectors.synthesis.surfaces\n"
        "import detectors.metrics.ranking, detectors.metrics.pixels\n"
        "assert not {'torch', 'torchvision', 'timm', 'faiss'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

"""Which normal patches a pixel resembles, told by a detector with a memory for each patch size."""

from pathlib import Path

import numpy as np
import pytest
from pictures import SMALL, stripes, with_square

import detectors
from detectors.memory.explained import Explains
from detectors.methods.patches.detector import PatchMemoryDetector

NORMALS = [stripes(number, 128) for number in range(4)]
DEFECT = with_square(stripes(9, 128), top=56, left=56, side=16)


def fitted(name: str, **changes: object) -> PatchMemoryDetector:  # type: ignore[type-arg]
    settings = SMALL[name] | {"image_size": 128, "steps": 0} | changes
    detector = detectors.create(name, **settings).fit(NORMALS)
    assert isinstance(detector, PatchMemoryDetector) and isinstance(detector, Explains)
    return detector


@pytest.mark.parametrize("name", ["patch_svdd", "mspb"])
def test_a_training_image_resembles_itself_where_it_lies(name: str, tmp_path: Path) -> None:
    detector = fitted(name)
    detector.save(tmp_path / "model")
    for one in (detector, detectors.load(tmp_path / "model", device="cpu")):
        assert isinstance(one, Explains)
        nearest, *others = one.explain(NORMALS[2], row=70, col=41, k=3)
        assert nearest.distance == 0 and nearest.source_image == 2 and len(others) == 2
        assert nearest.box_xyxy is not None
        left, top, right, bottom = nearest.box_xyxy
        assert left <= 41 < right and top <= 70 < bottom
        assert right - left == bottom - top and str(int(right - left)) in detector.banks
        assert one.most_alike(NORMALS[2]) == 2


@pytest.mark.parametrize("name", ["patch_svdd", "mspb"])
def test_the_size_at_which_a_pixel_stands_out_most_is_shown(name: str) -> None:
    detector = fitted(name)
    pixel = {"row": 64, "col": 64}
    nearest = detector.explain(DEFECT, **pixel, k=1)[0]
    [patches] = detector.embed([DEFECT])
    farthest = []
    for size, bank in detector.banks.items():
        middles = patches.cells(size) * 4 + int(size) / 2
        around = np.abs(middles - 66).max(axis=1).argmin()
        farthest.append(bank.search(patches.features[size][around][None], 1)[0][0, 0])
    assert nearest.distance == pytest.approx(max(farthest))


def test_boxes_lie_in_the_pixels_of_the_image_itself() -> None:
    large = [stripes(number, 256) for number in range(3)]
    settings = SMALL["patch_svdd"] | {"image_size": 128, "steps": 0}
    detector = detectors.create("patch_svdd", **settings).fit(large)
    assert isinstance(detector, Explains)
    left, top, right, bottom = detector.explain(large[1], row=100, col=200, k=1)[0].box_xyxy or (0,) * 4
    scale = 256 / detector.hyperparameters.image_size  # type: ignore[attr-defined]
    assert (right - left) / scale in (32, 64) and left <= 200 < right and top <= 100 < bottom


def test_pixels_that_are_not_inspected_are_refused_and_few_patches_give_few_neighbours() -> None:
    detector = fitted("patch_svdd", bank_rows=2)
    assert len(detector.explain(DEFECT, row=5, col=5, k=9)) == 2
    with pytest.raises(detectors.InputError, match="outside the image"):
        detector.explain(DEFECT, row=128, col=0)
    roi = np.zeros((128, 128), dtype=bool)
    roi[:64] = True
    with pytest.raises(detectors.InputError, match="outside the inspected region"):
        detector.explain(DEFECT, row=100, col=10, roi=roi)


def test_kept_features_of_aligned_images_score_as_the_images() -> None:
    scene = np.random.default_rng(3).integers(0, 255, (160, 160, 1), dtype=np.uint8)
    shifted = [scene[top : top + 128, left : left + 128] for top, left in ((16, 16), (18, 12), (12, 20))]
    settings = SMALL["patch_svdd"] | {"image_size": 128, "steps": 0, "alignment": "translation"}
    detector = detectors.create("patch_svdd", **settings).fit(shifted)
    assert isinstance(detector, PatchMemoryDetector)
    image = with_square(scene[20:148, 24:152], top=56, left=56, side=16)
    kept = detector.score_features(detector.embed([image]))
    assert kept.maps.any() and np.array_equal(kept.maps, detector.score([image]).maps)

"""What every kind of made-up defect promises."""

from pathlib import Path

import numpy as np
import pytest
from pictures import stripes
from PIL import Image

from detectors.acquisition import AS_IT_IS
from detectors.errors import InputError
from detectors.images import read_image, read_mask
from detectors.samples import MarkedDefect
from detectors.synthesis.base import MixedSynthesis, Synthesis, many
from detectors.synthesis.cutpaste import patch
from detectors.synthesis.kinds import KINDS, SynthesisSettings, create
from detectors.synthesis.nsa import visible_change
from detectors.synthesis.perlin_texture import PerlinTexture
from detectors.synthesis.pixels import BoolMask, RgbImage, is_grey
from detectors.synthesis.procedural import ProceduralTextures
from detectors.synthesis.real_defects import marked_crops

NORMALS = [stripes(number, 96) for number in range(3)]
GREY = [np.repeat(image[:, :, :1], 3, axis=2) for image in NORMALS]

every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def defects(tmp_path: Path) -> Path:
    """Two marked pictures: a bright ring on stripes, at twice the normal size."""
    folder = tmp_path / "defects"
    folder.mkdir()
    for number in range(2):
        picture, mask = stripes(number, 192), np.zeros((192, 192), bool)
        mask[60:84, 100:140] = True
        picture[mask] = 255
        Image.fromarray(picture).save(folder / f"{number}.png")
        Image.fromarray(mask).save(folder / f"{number}_mask.png")
    return folder


def made_by(kind: str, defects: Path, normals: list[RgbImage]) -> Synthesis:
    folder = str(defects) if kind == "real" else ""
    return create(SynthesisSettings(kind=kind, defect_folder=folder), normals)


@every_kind
def test_nothing_changes_outside_the_mask_and_most_does_inside(kind: str, defects: Path) -> None:
    made = list(many(made_by(kind, defects, NORMALS), NORMALS, 40, seed=1))
    changed, masked = 0, 0
    for normal, (image, mask) in made:
        assert image.shape == normal.shape and image.dtype == np.uint8 and mask.dtype == np.bool_
        assert np.array_equal(image[~mask], normal[~mask])
        changed, masked = changed + (image != normal).any(axis=2).sum(), masked + mask.sum()
    assert changed > 0.7 * masked > 0
    assert sum(not one.mask.any() for _, one in made) < 20


@every_kind
@pytest.mark.parametrize("workers", [1, 3])
def test_a_sample_depends_on_the_seed_and_its_number_alone(kind: str, workers: int, defects: Path) -> None:
    synthesis = made_by(kind, defects, NORMALS)
    one_by_one = list(many(synthesis, NORMALS, 9, seed=4))
    again = list(many(synthesis, NORMALS, 9, seed=4, workers=workers))
    assert all(np.array_equal(a.image, b.image) for (_, a), (_, b) in zip(one_by_one, again, strict=True))
    other = list(many(synthesis, NORMALS, 9, seed=5))
    assert any(not np.array_equal(a.image, b.image) for (_, a), (_, b) in zip(one_by_one, other, strict=True))


@every_kind
def test_defects_stay_where_they_are_allowed(kind: str, defects: Path) -> None:
    allowed = np.zeros((96, 96), bool)
    allowed[:, 48:] = True
    synthesis = made_by(kind, defects, NORMALS)
    made = [synthesis.make(NORMALS[0], np.random.default_rng(seed), allowed) for seed in range(30)]
    assert not any(mask[:, :48].any() for _, mask in made) and any(mask.any() for _, mask in made)


@every_kind
def test_a_picture_without_colour_gets_a_defect_without_colour(kind: str, defects: Path) -> None:
    made = many(made_by(kind, defects, GREY), GREY, 30, seed=2)
    assert all(is_grey(one.image) for _, one in made)


@every_kind
def test_a_plain_picture_gives_true_or_empty_masks(kind: str, defects: Path) -> None:
    plain = [np.full((64, 64, 3), 128, np.uint8)]
    for _, (image, mask) in many(made_by(kind, defects, plain), plain, 20, seed=3):
        assert (image != 128).any() == mask.any()


def test_a_pasted_patch_has_the_papers_area() -> None:
    areas = [patch(NORMALS[0], np.random.default_rng(seed)).mask.mean() for seed in range(200)]
    assert min(areas) > 0.015 and max(areas) <= 0.15


def test_nothing_is_visible_where_the_change_is_one_step() -> None:
    assert not visible_change(NORMALS[0], np.minimum(NORMALS[0], 254) + np.uint8(1)).any()


def test_texture_is_cut_to_the_product() -> None:
    picture = np.full((96, 96, 3), 20, np.uint8)
    picture[24:72, 24:72] = 200
    synthesis = PerlinTexture(ProceduralTextures(), foreground="auto")
    masks = [synthesis.make(picture, np.random.default_rng(seed)).mask for seed in range(40)]
    product = picture[:, :, 0] == 200
    assert sum(mask.any() for mask in masks) > 10 and not any((mask & ~product).any() for mask in masks)


def test_a_mixture_draws_its_kinds_by_their_shares() -> None:
    class Blot(Synthesis):
        def __init__(self, rows: int) -> None:
            self.rows = rows

        def _spoiled(
            self, image: RgbImage, random: np.random.Generator, allowed: BoolMask
        ) -> tuple[RgbImage, BoolMask]:
            mask = np.zeros_like(allowed)
            mask[: self.rows] = True
            return 255 - image, mask

    mixture = MixedSynthesis([Blot(1), Blot(2)], [1, 3])
    rows = [mixture.make(NORMALS[0], np.random.default_rng(seed)).mask[:, 0].sum() for seed in range(400)]
    assert 0.67 < np.mean(np.array(rows) == 2) < 0.83


def test_real_defects_come_back_at_the_scale_of_the_pool(defects: Path) -> None:
    synthesis = made_by("real", defects, NORMALS)
    areas = [one.mask.sum() for _, one in many(synthesis, NORMALS, 40, seed=0)]
    assert 0.5 * 12 * 20 < np.median(areas) < 1.6 * 12 * 20


def test_real_defects_join_another_kind_by_their_share(defects: Path) -> None:
    settings = SynthesisSettings(kind="cutpaste", defect_folder=str(defects), real_share=1.0)
    only_real = made_by("real", defects, NORMALS).make(NORMALS[0], np.random.default_rng(1))
    assert (
        0.5 * 240
        < create(settings, NORMALS).make(NORMALS[0], np.random.default_rng(1)).mask.sum()
        < 1.8 * 240
    )
    assert only_real.mask.any()


def marked(folder: Path) -> list[MarkedDefect]:
    masks = sorted(folder.glob("*_mask.png"))
    images = [path.with_name(path.name.replace("_mask", "")) for path in masks]
    return [
        MarkedDefect(read_image(image), read_mask(mask)) for image, mask in zip(images, masks, strict=True)
    ]


def test_marked_defects_are_what_the_same_pictures_in_a_folder_are(defects: Path) -> None:
    crops = marked_crops(marked(defects), AS_IT_IS, (96, 96))
    given = create(SynthesisSettings(kind="real"), NORMALS, crops)
    read = made_by("real", defects, NORMALS)
    for seed in range(5):
        one, other = (kind.make(NORMALS[0], np.random.default_rng(seed)) for kind in (given, read))
        assert np.array_equal(one.image, other.image) and one.mask.any()


def test_marked_defects_join_another_kind_by_their_share(defects: Path) -> None:
    crops = marked_crops(marked(defects), AS_IT_IS, (96, 96))
    alone, mixed, without = (
        create(SynthesisSettings(kind="cutpaste", real_share=share), NORMALS, given)
        for share, given in ((1.0, crops), (0.5, crops), (0.0, crops))
    )
    assert isinstance(alone, MixedSynthesis) and isinstance(mixed, MixedSynthesis)
    assert not isinstance(without, MixedSynthesis)
    areas = [alone.make(NORMALS[0], np.random.default_rng(seed)).mask.sum() for seed in range(20)]
    assert min(areas) > 0.4 * 240 and max(areas) < 1.8 * 240


def test_a_marked_defect_with_another_mask_or_none_left() -> None:
    picture = stripes(0, 64)
    with pytest.raises(InputError, match=r"marked defect 1 is 32 × 32 pixels, but its image is 64 × 64"):
        marked_crops([MarkedDefect(picture, np.ones((32, 32), bool))], AS_IT_IS, (96, 96))
    assert marked_crops([MarkedDefect(picture, np.zeros((64, 64), bool))], AS_IT_IS, (96, 96)) == []


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "holds no pair"),
        (["a.png"], "holds no pair"),
        (["a.png", "a_mask.png"], "marks a pixel"),
        (["a.png", "small_mask.png"], "holds no pair"),
    ],
)
def test_a_defect_folder_that_cannot_be_used_is_refused(
    files: list[str], sentence: str, tmp_path: Path
) -> None:
    for name in files:
        Image.fromarray(np.zeros((32, 32), np.uint8)).save(tmp_path / name)
    with pytest.raises(InputError, match=sentence):
        create(SynthesisSettings(kind="real", defect_folder=str(tmp_path)), NORMALS)


def test_defect_masks_of_another_size_and_missing_folders_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((32, 32), np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.full((16, 32), 255, np.uint8)).save(tmp_path / "a_mask.png")
    with pytest.raises(InputError, match=r"32 × 16 pixels, but its image .* is 32 × 32"):
        create(SynthesisSettings(kind="real", defect_folder=str(tmp_path)), NORMALS)
    with pytest.raises(InputError, match="does not exist"):
        create(SynthesisSettings(kind="real", defect_folder=str(tmp_path / "none")), NORMALS)
    with pytest.raises(InputError, match="defect_folder"):
        create(SynthesisSettings(kind="real"), NORMALS)

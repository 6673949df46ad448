"""`python -m detectors synthesize`: what it writes, and that bad input leaves nothing behind."""

from pathlib import Path

import numpy as np
import pytest
from pictures import stripes, write_category

from detectors.cli import main
from detectors.images import read_image, read_mask
from detectors.synthesis.gallery import preview
from detectors.synthesis.kinds import SynthesisSettings


@pytest.fixture
def category(tmp_path: Path) -> Path:
    return write_category(tmp_path / "bolt")


def run(category: Path, out: Path, *options: str) -> int:
    return main(["synthesize", str(category), "--out", str(out), "--size", "64", "--count", "14", *options])


def test_pictures_masks_and_a_contact_sheet_are_written(category: Path, tmp_path: Path) -> None:
    assert run(category, tmp_path / "gallery", "--kind", "marks", "--seed", "5") == 0
    names = sorted(path.name for path in (tmp_path / "gallery").iterdir())
    assert names == sorted(
        [f"{n:02d}{end}.png" for n in range(14) for end in ("", "_mask")] + ["contact-sheet.png"]
    )
    masks = [read_mask(path) for path in (tmp_path / "gallery").glob("*_mask.png")]
    assert all(mask.shape == (64, 64) for mask in masks) and any(mask.any() for mask in masks)
    assert read_image(tmp_path / "gallery" / "contact-sheet.png").shape == (12 * 66 - 2, 3 * 66 - 2, 3)


def test_the_seed_decides_and_a_plain_folder_will_do(category: Path, tmp_path: Path) -> None:
    plain = category / "train" / "good"
    for name, folder, seed in (("a", category, "1"), ("b", plain, "1"), ("c", category, "2")):
        assert run(folder, tmp_path / name, "--kind", "cutpaste", "--seed", seed) == 0
    first, same, other = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "abc"
    )
    assert first == same and first != other


def test_a_gallery_can_be_pasted_again_as_real_defects(category: Path, tmp_path: Path) -> None:
    assert run(category, tmp_path / "first", "--kind", "marks") == 0
    defects = f"defect_folder={tmp_path / 'first'}"
    assert run(category, tmp_path / "second", "--kind", "real", "--set", defects) == 0


def test_a_diffusion_network_is_trained_and_draws_by_seed(category: Path, tmp_path: Path) -> None:
    small = ["sdas_steps=4", "sdas_images=3", "sdas_size=16", "sdas_width=8"]
    options = [text for pair in small for text in ("--set", pair)]
    for name in "ab":
        assert run(category, tmp_path / name, "--kind", "sdas", *options) == 0
    first, same = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab")
    assert first == same and len(first) == 2 * 14 + 1
    normals = {read_image(path).tobytes() for path in (category / "train" / "good").iterdir()}
    masks = [tmp_path / "a" / f"{number:02d}_mask.png" for number in range(14)]
    changed = [path.with_name(path.name.replace("_mask", "")) for path in masks if read_mask(path).any()]
    assert changed and all(read_image(path).tobytes() not in normals for path in changed)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--kind", "magic"], "magic"),
        (["--kind", "real"], "defect_folder"),
        (["--kind", "perlin_texture", "--set", "texture_folder=/nowhere"], "/nowhere does not exist"),
        (["--kind", "marks", "--set", "texture=x"], "did you mean"),
        (["--kind", "marks", "--count", "0"], "--count"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    options: list[str], sentence: str, category: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(category, tmp_path / "gallery", *options) == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told and len(told.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bolt"]


def test_a_preview_has_a_row_for_each_example() -> None:
    images = [stripes(number) for number in range(3)]
    sheet = preview(images, SynthesisSettings(kind="mixed"), count=4, size_px=48, seed=1)
    assert sheet.shape == (4 * 50 - 2, 3 * 50 - 2, 3) and sheet.dtype == np.uint8
    assert np.array_equal(
        sheet, preview(images, SynthesisSettings(kind="mixed"), count=4, size_px=48, seed=1)
    )

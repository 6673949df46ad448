"""Texture sources and the changes that make one texture many."""

from pathlib import Path

import numpy as np
import pytest
from pictures import stripes
from PIL import Image

from detectors.errors import InputError
from detectors.synthesis import augmentation
from detectors.synthesis.photographs import PHOTOGRAPHS, carried_photographs, folder_textures
from detectors.synthesis.textures import TextureSource, texture_source

SIZE = (40, 56)


@pytest.mark.parametrize("names", [("procedural",), ("photographs",), ("procedural", "photographs")])
def test_sources_give_varied_pictures_of_the_size_asked_for(names: tuple[str, ...]) -> None:
    source = texture_source(names, PHOTOGRAPHS[:3], "")
    drawn = [source.sample(SIZE, np.random.default_rng(seed)) for seed in range(12)]
    assert all(one.shape == (*SIZE, 3) and one.dtype == np.uint8 for one in drawn)
    assert len({one.tobytes() for one in drawn}) == 12
    assert np.array_equal(drawn[5], source.sample(SIZE, np.random.default_rng(5)))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_named_photograph_is_carried(name: str) -> None:
    assert carried_photographs([name]).sample(SIZE, np.random.default_rng(0)).std() > 0


def test_a_folder_is_used_alone_with_the_folders_in_it(tmp_path: Path) -> None:
    (tmp_path / "banded").mkdir()
    Image.new("RGB", (30, 20), (9, 9, 9)).save(tmp_path / "banded" / "one.jpg")
    Image.fromarray(np.full((20, 30), 9 * 257, np.uint16)).save(tmp_path / "two.png")
    (tmp_path / "notes.txt").write_text("no image")
    source = texture_source(("procedural",), PHOTOGRAPHS, str(tmp_path))
    drawn = [source.sample(SIZE, np.random.default_rng(seed)) for seed in range(8)]
    assert all(np.abs(one.astype(int) - 9).max() <= 1 for one in drawn)


def test_folders_without_textures_are_refused_with_their_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no images"):
        folder_textures(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        folder_textures(tmp_path / "none")
    (tmp_path / "broken.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"broken\.png"):
        folder_textures(tmp_path).sample(SIZE, np.random.default_rng(0))


def test_a_missing_package_is_named() -> None:
    from importlib.util import find_spec

    if find_spec("miniworld") is None:
        with pytest.raises(InputError, match="miniworld"):
            texture_source(("miniworld",), (), "")
    else:
        source: TextureSource = texture_source(("miniworld",), (), "")
        assert source.sample(SIZE, np.random.default_rng(0)).shape == (*SIZE, 3)


def test_three_different_operations_change_a_texture(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counted(number: int) -> augmentation.Operation:
        def operation(picture: Image.Image, random: np.random.Generator) -> Image.Image:
            calls.append(number)
            return picture

        return operation

    monkeypatch.setattr(augmentation, "OPERATIONS", tuple(map(counted, range(10))))
    for seed in range(50):
        calls.clear()
        augmentation.augmented(stripes(0, 32), np.random.default_rng(seed))
        assert len(calls) == len(set(calls)) == 3


@pytest.mark.parametrize("operation", augmentation.OPERATIONS)
def test_each_operation_keeps_shape_and_type(operation: augmentation.Operation) -> None:
    for seed in range(5):
        changed = np.asarray(operation(Image.fromarray(stripes(seed, 32)), np.random.default_rng(seed)))
        assert changed.shape == (32, 32, 3) and changed.dtype == np.uint8

"""The command `generate`, with the carried encoder from end to end, and with open_clip."""

import json
from pathlib import Path

import numpy as np
import pytest
from pictures import write_category
from PIL import Image
from tiny_generation import TINY

from detectors.cli import main

_SETTINGS = [
    text
    for name, value in TINY.items()
    if name not in ("count", "device")
    for text in ("--set", f"{name}={value}")
]


def _generate(folder: Path, out: Path, *more: str) -> int:
    return main(
        ["generate", str(folder), "--keyword", "fabric", "--count", "3", "--out", str(out), *_SETTINGS, *more]
    )


def test_exactly_so_many_files_and_their_origin(tmp_path: Path) -> None:
    folder = write_category(tmp_path / "cloth", train=2, side_px=48)
    out = tmp_path / "out"
    assert _generate(folder, out, "--seed", "3") == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == ["0.png", "1.png", "2.png", "provenance.json"]
    for name in names[:3]:
        with Image.open(out / name) as picture:
            assert (picture.size, picture.mode) == ((48, 48), "RGB")
    provenance = json.loads((out / "provenance.json").read_text())
    assert [entry["file"] for entry in provenance["images"]] == names[:3]
    assert provenance["images"][1]["source"] == {"index": 1, "name": "1.png"}
    assert provenance["images"][0]["seed"] == 3
    assert provenance["images"][0]["encoder"].startswith("conse/")
    assert provenance["prompt"] == provenance["words"][0]["prompt"]
    assert not (tmp_path / "out.checkpoints").exists()


def test_openclip_from_end_to_end(tmp_path: Path) -> None:
    import open_clip
    import torch

    description = tmp_path / "tiny-clip-of-command.json"
    description.write_text(
        json.dumps(
            {
                "embed_dim": 16,
                "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
                "text_cfg": {"width": 64, "heads": 1, "layers": 1},
            }
        )
    )
    open_clip.add_model_config(description)
    weights = tmp_path / "tiny.pt"
    torch.save(open_clip.create_model(description.stem).state_dict(), weights)
    folder = write_category(tmp_path / "cloth", train=1, side_px=32)
    arguments = ["--encoder", "openclip", "--set", f"openclip_model={description}"]
    out = tmp_path / "out"
    assert _generate(folder, out, *arguments, "--set", f"openclip_weights={weights}") == 0
    provenance = json.loads((out / "provenance.json").read_text())
    assert provenance["images"][0]["encoder"].startswith("openclip/tiny-clip-of-command/")
    assert np.isfinite(provenance["scores"]).all()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--keyword", ""], "The keyword is empty"),
        (["--set", "mode=best"], "mode must be one of sample, mean, quantized"),
        (["--count", "0"], "count must be at least 1"),
        (["--set", "alignment=none"], "Unknown hyperparameter 'alignment'"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    folder = write_category(tmp_path / "cloth", train=1, side_px=32)
    assert _generate(folder, tmp_path / "out", *arguments) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_pictures_are_not_mixed_with_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_category(tmp_path / "cloth", train=1, side_px=32)
    assert _generate(folder, folder / "train" / "good") == 2
    assert "already holds other pictures" in capsys.readouterr().err


def test_a_second_run_replaces_the_pictures_of_the_first(tmp_path: Path) -> None:
    folder = write_category(tmp_path / "cloth", train=1, side_px=32)
    out = tmp_path / "out"
    assert _generate(folder, out) == 0
    assert _generate(folder, out, "--count", "2") == 0
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png", "provenance.json"]

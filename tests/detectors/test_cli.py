"""The command line: what it writes; on bad input one line, exit code 2 and nothing half-written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pictures import SMALL, stripes, write_category
from PIL import Image

import detectors
from detectors.cli import main

SETTINGS = [
    text
    for key, value in SMALL["patchcore"].items()
    if key != "device"
    for text in ("--set", f"{key}={value}")
]
FIT = ["--detector", "patchcore", *SETTINGS, "--seed", "3", "--device", "cpu"]
REPORT_FIELDS = {
    "category", "image_auroc", "pixel_auroc", "aupro", "f1_max", "fit_seconds", "score_seconds_per_image",
    "peak_rss_mb", "train_images", "test_images", "device", "hyperparameters", "seed",
}  # fmt: skip

Damage = Callable[[Path], None]


@pytest.fixture
def category(tmp_path: Path) -> Path:
    return write_category(tmp_path / "bolt")


def test_list_names_every_detector(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == detectors.names() and "patchcore" in listed


def test_the_module_runs_and_fails_with_one_line(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "detectors",
        "fit",
        str(tmp_path / "none"),
        "--detector",
        "patchcore",
        "--out",
        "m",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=os.environ | {"PYTHONWARNINGS": "ignore"}
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "none is not a folder" in done.stderr


def test_fit_then_score(category: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, wide = tmp_path / "model", tmp_path / "wide.png"
    Image.fromarray(stripes(9, 90)[:64]).save(wide)
    assert main(["fit", str(category), *FIT, "--out", str(model)]) == 0
    images = [str(category / "test" / "hole" / "0.png"), str(category / "test" / "good"), str(wide)]
    assert (
        main(
            [
                "score",
                str(model),
                *images,
                "--maps",
                str(tmp_path / "out"),
                "--json",
                str(tmp_path / "s.json"),
            ]
        )
        == 0
    )
    entries = json.loads((tmp_path / "s.json").read_text())["images"]
    assert [Path(entry["path"]).name for entry in entries] == ["0.png", "0.png", "1.png", "wide.png"]
    assert all(set(entry) == {"path", "image_score", "map"} for entry in entries)
    assert entries[0]["image_score"] > max(entry["image_score"] for entry in entries[1:3])
    assert [Path(entry["map"]).name for entry in entries] == ["0.npy", "1.npy", "2.npy", "3.npy"]
    maps = [np.load(entry["map"]) for entry in entries]
    assert maps[0].dtype == np.float32 and maps[0].shape == (64, 64) and maps[3].shape == (64, 90)
    capsys.readouterr()
    assert main(["score", str(model), images[0]]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == [entries[0] | {"map": None}]


def test_evaluate_writes_the_promised_report(category: Path, tmp_path: Path) -> None:
    write_category(tmp_path / "nut")
    for mask in (tmp_path / "nut" / "ground_truth" / "hole").iterdir():
        mask.unlink()
    report_path, maps = tmp_path / "r" / "report.json", tmp_path / "maps"
    command = ["evaluate", str(tmp_path), *FIT, "--report", str(report_path), "--maps", str(maps)]
    assert main(command) == 0
    report = json.loads(report_path.read_text())
    bolt, nut = report["categories"]
    assert set(report) == {"categories", "mean"} and set(bolt) >= REPORT_FIELDS
    assert (bolt["category"], nut["category"]) == ("bolt", "nut")
    assert (
        bolt["image_auroc"] == 1.0
        and bolt["pixel_auroc"] > 0.9
        and 0 < bolt["aupro"] <= 1
        and 0 < bolt["f1_max"] <= 1
    )
    assert nut["image_auroc"] == 1.0 and nut["pixel_auroc"] is nut["aupro"] is nut["f1_max"] is None
    assert (bolt["train_images"], bolt["test_images"], bolt["seed"], bolt["device"]) == (4, 4, 3, "cpu")
    assert bolt["hyperparameters"]["coreset_rows"] == 150 and bolt["peak_rss_mb"] > 10
    assert bolt["fit_seconds"] > 0 and bolt["score_seconds_per_image"] > 0
    assert report["mean"]["image_auroc"] == 1.0 and report["mean"]["aupro"] == bolt["aupro"]
    assert sorted(path.name for path in (maps / "bolt").iterdir()) == ["0.npy", "1.npy", "2.npy", "3.npy"]
    assert np.load(bolt["images"][2]["map"]).shape == (64, 64) and bolt["images"][2]["kind"] == "hole"


def test_fit_reads_no_test_image_and_replaces_an_older_model(category: Path, tmp_path: Path) -> None:
    for path in category.rglob("test/*/*.png"):
        path.write_bytes(b"")
    for _ in range(2):
        assert main(["fit", str(category), *FIT, "--out", str(tmp_path / "model")]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"bolt", "model"}


def _zero_bytes(category: Path) -> None:
    (category / "train" / "good" / "2.png").write_bytes(b"")


def _truncated(category: Path) -> None:
    path = category / "train" / "good" / "2.png"
    path.write_bytes(path.read_bytes()[:-4000])


def _text(category: Path) -> None:
    (category / "train" / "good" / "2.png").write_text("not an image")


def _no_train(category: Path) -> None:
    for path in (category / "train" / "good").iterdir():
        path.unlink()


def _bad_test_image(category: Path) -> None:
    (category / "test" / "hole" / "1.png").write_bytes(b"GIF89a")


def _no_test(category: Path) -> None:
    (category / "test").rename(category / "elsewhere")


def _other_mask_size(category: Path) -> None:
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(category / "ground_truth" / "hole" / "0_mask.png")


@pytest.mark.parametrize(
    ("damage", "culprit"),
    [
        (_zero_bytes, "2.png is empty (zero bytes)"),
        (_truncated, "2.png is truncated"),
        (_text, "2.png is not an image"),
        (_no_train, "no training images"),
        (_bad_test_image, "1.png is not an image"),
        (_no_test, "no test images"),
        (_other_mask_size, "0_mask.png is 9 × 9 pixels"),
    ],
)
def test_bad_input_names_the_file_and_leaves_nothing(
    damage: Damage, culprit: str, category: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(category)
    command = [
        "evaluate",
        str(category),
        *FIT,
        "--report",
        str(tmp_path / "r.json"),
        "--maps",
        str(tmp_path / "maps"),
    ]
    assert main(command) == 2
    error = capsys.readouterr().err
    assert culprit in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bolt"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--detector", "patchkore"], "Unknown detector 'patchkore'"),
        (["--detector", "patchcore", "--set", "coreset_fraction=lots"], "coreset_fraction must be a number"),
        (["--detector", "patchcore", "--set", "image_size=1.5"], "image_size must be a whole number"),
        (["--detector", "patchcore", "--set", "coreset=1"], "Unknown hyperparameter 'coreset'"),
        (["--detector", "patchcore", "--set", "coreset_rows"], "--set takes name=value"),
        (["--detector", "patchcore", "--device", "abacus"], "device must be one of"),
        (["--detector", "patchcore", "--set", "weights=/none/w.pth"], "no weights file"),
        ([], "--detector"),
        (["--detector", "patchcore", "--seed", "x"], "seed"),
    ],
)
def test_bad_options_are_one_line(
    arguments: list[str], words: str, category: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", str(category), *arguments, "--out", str(tmp_path / "model")]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert not (tmp_path / "model").exists()


def test_a_foreign_folder_is_not_overwritten(category: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(category), *FIT, "--out", str(category)]) == 2
    assert "not a saved detector" in capsys.readouterr().err
    assert (category / "train" / "good" / "0.png").exists()


def test_scoring_a_bad_image_writes_nothing(
    category: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", str(category), *FIT, "--out", str(tmp_path / "model")]) == 0
    good, bad = category / "test" / "good" / "0.png", tmp_path / "cut.png"
    bad.write_bytes(good.read_bytes()[:-3000])
    before = set(tmp_path.iterdir())
    command = ["score", str(tmp_path / "model"), str(good), str(bad)]
    assert main([*command, "--maps", str(tmp_path / "maps"), "--json", str(tmp_path / "s.json")]) == 2
    assert "cut.png" in capsys.readouterr().err
    assert set(tmp_path.iterdir()) == before
    assert main(["score", str(tmp_path / "nowhere"), str(good)]) == 2


def test_suspects_ranks_the_training_images_and_copies_do_not_vouch_for_themselves(
    category: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = category / "train" / "good"
    defect = (category / "test" / "hole" / "0.png").read_bytes()
    for name in ("copy a.png", "copy b.png"):
        (good / name).write_bytes(defect)
    near = np.asarray(Image.open(good / "copy a.png")).copy()
    near[0, 0] ^= 1
    Image.fromarray(near).save(good / "near.png")
    groups = tmp_path / "groups.json"
    groups.write_text(json.dumps([["near.png", "copy a.png"]]))
    command = ["suspects", str(category), "--groups", str(groups), "--json", str(tmp_path / "s.json")]
    assert main(["fit", str(category), *FIT, "--out", str(tmp_path / "model")]) == 0
    assert main([*command, *FIT]) == 0
    fitted = json.loads((tmp_path / "s.json").read_text())
    assert main([*command, "--model", str(tmp_path / "model")]) == 0
    assert json.loads((tmp_path / "s.json").read_text()) == fitted
    entries = fitted["images"]
    assert {Path(entry["path"]).name for entry in entries[:3]} == {"copy a.png", "copy b.png", "near.png"}
    assert [entry["rank"] for entry in entries] == list(range(1, 8))
    assert all(set(entry) == {"rank", "path", "score", "box_xyxy", "nearest"} for entry in entries)
    capsys.readouterr()
    for content, words in (("{", "not JSON"), ("[1]", "list of lists"), ('[["no.png"]]', "no.png")):
        groups.write_text(content)
        assert main(command) == 2
        assert words in capsys.readouterr().err
    (good / "near.png").unlink()
    assert main(["suspects", str(category), "--model", str(tmp_path / "model")]) == 2
    assert "fitted on 7 images, but the folder holds 6" in capsys.readouterr().err

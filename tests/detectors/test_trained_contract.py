"""What every method that trains a network promises besides the contract of all detectors."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from pictures import SMALL, stripes, with_square, write_category

import detectors
from detectors import registry
from detectors.errors import InputError
from detectors.samples import MarkedDefect
from detectors.synthesis.hyperparameters import SynthesisHyperparameters
from detectors.training.hyperparameters import PRESET_NAMES, TrainedHyperparameters
from detectors.watching import Checkpoints, FitWatcher

NORMALS = [stripes(number) for number in range(4)]
NEW = [stripes(50), with_square(stripes(51), 20, 24, 12)]
TRAINED = [
    name
    for name in detectors.names()
    if issubclass(registry.hyperparameters_class(name), TrainedHyperparameters)
]
FROM_MADE_UP = [
    name
    for name in detectors.names()
    if issubclass(registry.hyperparameters_class(name), SynthesisHyperparameters)
]

every_trained = pytest.mark.parametrize("name", TRAINED)


@every_trained
def test_presets_are_complete_and_differ(name: str) -> None:
    kind = registry.hyperparameters_class(name)
    made = [kind.parse({"preset": preset}).to_dict() for preset in PRESET_NAMES]
    assert made[0] != {**made[1], "preset": "cpu"} and made[1] != {**made[2], "preset": "gpu"}
    assert set(detectors.schema(name)["x-presets"]) == set(PRESET_NAMES)


@every_trained
def test_no_steps_give_an_untrained_network_that_scores(name: str) -> None:
    detector = detectors.create(name, **{**SMALL[name], "steps": 0}).fit(NORMALS)
    report = detector.training_report
    assert report is not None and report.steps == 0 and report.share_of_paper == 0
    assert np.isfinite(detector.score(NEW).maps).all()


@every_trained
def test_training_tells_its_losses_and_its_share_of_the_papers_schedule(name: str, tmp_path: Path) -> None:
    seen: list[dict[str, float]] = []

    class Watcher(FitWatcher):
        def losses(self, stage: str, step: int, values: Mapping[str, float]) -> None:
            seen.append(dict(values))

    detector = detectors.create(name, **SMALL[name]).fit(NORMALS, watcher=Watcher())
    report = detector.training_report
    assert report is not None and report.steps == report.planned_steps > 0
    assert 0 < report.share_of_paper < 1 and report.losses and seen
    detector.save(tmp_path / "model")
    assert detectors.load(tmp_path / "model", device="cpu").training_report is not None


@pytest.mark.parametrize("name", FROM_MADE_UP)
def test_marked_defects_teach_who_learns_from_made_up_ones(name: str) -> None:
    chosen = {**SMALL[name], "steps": 4, "synthesis": "real"}
    with pytest.raises(InputError, match="needs real defects"):
        detectors.create(name, **chosen).fit(NORMALS)
    mask = np.zeros((64, 64), bool)
    mask[20:32, 24:36] = True
    fits = []
    for value in (255, 0):
        defect = MarkedDefect(with_square(stripes(9), 20, 24, 12, value), mask)
        fits.append(detectors.create(name, **chosen).fit(NORMALS, defects=[defect]).score(NEW).maps)
    assert np.isfinite(fits[0]).all() and not np.array_equal(*fits)


@every_trained
def test_the_time_budget_ends_the_training(name: str) -> None:
    settings = {key: value for key, value in SMALL[name].items() if key not in ("steps", "epochs")}
    detector = detectors.create(name, **settings, steps=100_000, time_budget_s=0.2).fit(NORMALS)
    report = detector.training_report
    assert report is not None and 0 < report.steps < 100_000


@every_trained
def test_a_stopped_fit_goes_on_to_the_same_bytes(name: str, tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "kept", interval_s=0.0)
    normals = [stripes(number) for number in range(7)]
    straight = detectors.create(name, **SMALL[name]).fit(normals)

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.3:
            raise detectors.Cancelled("Stopped.")

    with pytest.raises(detectors.Cancelled):
        detectors.create(name, **SMALL[name]).fit(normals, progress=stop, checkpoints=kept)
    assert list(kept.folder.iterdir())
    resumed = detectors.create(name, **SMALL[name]).fit(normals, checkpoints=kept)
    for detector, folder in ((straight, "straight"), (resumed, "resumed")):
        detector.save(tmp_path / folder)
    assert _bytes_of(tmp_path / "straight") == _bytes_of(tmp_path / "resumed")


@pytest.mark.parametrize("name", TRAINED[:1])
def test_a_killed_command_goes_on_to_the_same_bytes(name: str, tmp_path: Path) -> None:
    folder = write_category(tmp_path / "parts")

    chosen = {key: value for key, value in SMALL[name].items() if key not in ("device", "steps", "epochs")}
    pairs = [f"{key}={_as_text(value)}" for key, value in (chosen | {"steps": 40}).items()]

    def command(out: str) -> list[str]:
        where = ["fit", str(folder), "--out", str(tmp_path / out), "--device", "cpu"]
        settings = [text for pair in pairs for text in ("--set", pair)]
        return [
            sys.executable,
            "-m",
            "detectors",
            *where,
            "--checkpoint-every",
            "0",
            "--detector",
            name,
            *settings,
        ]

    subprocess.run(command("straight"), check=True, capture_output=True, timeout=120)
    killed = subprocess.Popen(command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoints = tmp_path / "killed.checkpoints"
    while not list(checkpoints.glob("*.pt")) and killed.poll() is None:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(timeout=30) == -signal.SIGKILL
    subprocess.run(command("killed"), check=True, capture_output=True, timeout=120)
    assert _bytes_of(tmp_path / "straight") == _bytes_of(tmp_path / "killed")
    assert not checkpoints.exists()


def _as_text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

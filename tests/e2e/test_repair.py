"""Repairing a pool in a real browser: a finding, a generation, decisions by keys, two trainings, a report."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from e2e.people import Person, wait_until
from e2e.steps import create_dataset, upload
from PIL import Image
from playwright.sync_api import Locator, expect

from detectors.synthesis.surfaces import add_defect, normal_image, photographs

SIDE_PX = 64
COMMON, RARE, TESTS = 28, 3, 4
PICTURES = 3
# Trainings and generations share the machine with whatever else runs there.
LONG_MS, LONG_S = 400_000, 400.0
DETECTOR = {"detector": "patchcore", "hyperparameters": {"image_size": 64, "coreset_rows": 200}}
BASIC = {"Image size": 32, "Iterations": 1}
ADVANCED = {"Steps": 40, "Width": 8, "Words": 4, "Augmentations": 2, "Perceptual weight": 0}


def test_a_small_mode_is_repaired_and_the_report_says_what_it_changed(admin: Person, tmp_path: Path) -> None:
    dataset = create_dataset(admin, "Paving")
    upload(admin, [uneven_pool(tmp_path)], COMMON + RARE + 2 * TESTS)
    train_a_champion(admin, dataset)
    finding = small_mode(admin, dataset)
    run = generate(admin, dataset, finding)
    decide_by_keys(admin)
    check_pool(admin, dataset)
    compare(admin, run)
    remove_and_undo(admin, run)


def uneven_pool(folder: Path) -> Path:
    """A zip in the MVTec AD layout: mostly gravel, a few bricks, test images of both kinds."""
    random, photos = np.random.default_rng(0), photographs()

    def surface(name: str, *, for_test: bool = False) -> np.ndarray:
        return normal_image(photos[name], SIDE_PX, random, for_test=for_test)

    archive = folder / "uneven.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for number in range(COMMON + RARE):
            packed.writestr(
                f"train/good/{number:03}.png", png(surface("gravel" if number < COMMON else "brick"))
            )
        for number in range(TESTS):
            normal = surface("gravel", for_test=True)
            packed.writestr(f"test/good/{number:03}.png", png(normal))
            flawed = add_defect(surface("gravel", for_test=True), "foreign", surface("brick"), random)[0]
            packed.writestr(f"test/defective/{number:03}.png", png(flawed))
    return archive


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def train_a_champion(person: Person, dataset: str) -> None:
    run = person.post("training-runs/", {"dataset": dataset, **DETECTOR})
    finished(person, run["job"]["id"])
    assert person.get("models/", dataset=dataset)["results"][0]["stage"] == "champion"


def finished(person: Person, job_id: str) -> None:
    def ended() -> Any:
        job = person.get(f"jobs/{job_id}/")
        assert job["state"] not in ("failed", "cancelled"), job["error_detail"] + job["log_tail"]
        return job["state"] == "succeeded"

    wait_until(ended, "the job succeeded", timeout_s=LONG_S)


def small_mode(person: Person, dataset: str) -> dict[str, Any]:
    """The pool's health finds the few bricks."""
    report = person.post("pool-health/", {"dataset": dataset})
    finished(person, report["job"]["id"])
    findings = person.get("findings/", report=report["id"], kind="small_mode")["results"]
    assert [finding["image_count"] for finding in findings] == [RARE]
    return findings[0]


def generate(person: Person, dataset: str, finding: dict[str, Any]) -> str:
    """Start from the finding, see the words, and wait for the candidates; returns the run's id."""
    page = person.page
    page.goto(f"/datasets/{dataset}/pool?kind=small_mode")
    page.get_by_role("link", name="Repair this mode").click()
    page.wait_for_url(f"**/repair?finding={finding['id']}")
    expect(page.get_by_label(f"The {RARE} images of the finding")).to_be_checked()
    page.get_by_label("Keyword").fill("brick")
    page.get_by_label("Pictures").fill(str(PICTURES))
    fill(page.locator("form"), BASIC)
    page.get_by_role("button", name="Advanced settings").click()
    fill(page.locator("form"), ADVANCED)
    page.get_by_role("button", name="Generate", exact=True).click()
    page.wait_for_url("**/repair/*")
    run = page.url.rsplit("/", 1)[1]
    finished(person, person.get(f"generation-runs/{run}/")["job"]["id"])
    expect(page.get_by_alt_text("Candidate 1", exact=True)).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_role("table", name="Words")).to_contain_text("a brick with")
    expect(page.get_by_alt_text("Pictures of the set of iteration 1")).to_be_visible()
    return run


def fill(form: Locator, values: dict[str, float]) -> None:
    for label, value in values.items():
        form.get_by_label(label, exact=True).fill(str(value))


def decide_by_keys(person: Person) -> None:
    """Each key decides the candidate that is shown, and the next one comes."""
    page = person.page
    expect(page.get_by_alt_text("Nearest real image")).to_be_visible()
    for key, tally in [
        ("a", "2 waiting, 1 approved, 0 rejected"),
        ("r", "1 waiting, 1 approved, 1 rejected"),
        ("a", "0 waiting, 2 approved, 1 rejected"),
    ]:
        page.keyboard.press(key)
        expect(page.get_by_text(tally)).to_be_visible()


def check_pool(person: Person, dataset: str) -> None:
    images = person.get("images/", dataset=dataset, origin="generated")["results"]
    assert [(image["split"], image["label"]) for image in images] == [("train", "normal")] * 2


def compare(person: Person, run: str) -> None:
    """Two trainings and their comparison, to the sentence that says what it shows."""
    page = person.page
    section = page.get_by_role("region", name="What it changed")
    section.get_by_role("button", name="Train and compare").click()
    expect(section.get_by_text("Training without")).to_be_visible()
    expect(section.get_by_role("table")).to_contain_text("Image AUROC", timeout=LONG_MS)
    report = person.get(f"generation-runs/{run}/report/")
    outcome = report["figures"]["image_auroc"]["outcome"].capitalize()
    expect(section.get_by_text(f"{outcome}: ")).to_be_visible()
    assert report["without"]["seed"] == report["with_generated"]["seed"]


def remove_and_undo(person: Person, run: str) -> None:
    page = person.page
    page.get_by_role("button", name="Remove all from the pool").click()
    expect(page.get_by_text("2 generated images removed from the pool.")).to_be_visible()
    assert person.get(f"generation-runs/{run}/")["pooled"] == 0
    page.get_by_role("button", name="Undo").click()
    wait_until(lambda: person.get(f"generation-runs/{run}/")["pooled"] == 2, "the removal was undone")

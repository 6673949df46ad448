"""The whole loop in a real browser: images in, a model, a painted mask, a better model."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
from e2e.images import SIDE_PX, stream_files, training_archive
from e2e.people import Person, wait_until
from e2e.steps import create_dataset, upload
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from flawmark.core.masks.rle import rle_decode

NORMALS, TESTS = 24, 4
STREAM_NORMALS, STREAM_DEFECTS = 3, 3


def test_a_corrected_mask_reaches_the_next_model(admin: Person, tmp_path: Path) -> None:
    dataset = create_dataset(admin, "Gravel")
    upload(admin, [training_archive(tmp_path, normals=NORMALS, tests=TESTS)], NORMALS + 2 * TESTS)
    upload(admin, stream_files(tmp_path, normals=STREAM_NORMALS, defects=STREAM_DEFECTS), 6)
    first = train(admin, dataset, number=1)
    corrected = paint_and_submit(admin, dataset)
    judge_the_rest(admin)
    check_corrected(admin, dataset, corrected)
    second = train(admin, dataset, number=2)
    check_second_model(admin, first, second, corrected)


def train(person: Person, dataset: str, *, number: int) -> dict[str, Any]:
    """Start a run by the button, watch it live, and return the model that came of it."""
    page = person.page
    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"/train/[0-9a-f-]{36}$"))
    model = page.get_by_role("link", name="See the model")
    # So small a training may be over before its page is there.
    expect(page.get_by_role("progressbar").or_(model).first).to_be_visible()
    expect(model).to_be_visible(timeout=150_000)
    model.click()
    expect(page.get_by_text(f"Model {number}", exact=True).first).to_be_visible()
    models = person.get("models/", dataset=dataset)["results"]
    return next(model for model in models if model["number"] == number)


def paint_and_submit(person: Person, dataset: str) -> dict[str, Any]:
    """Open the queue, paint with the mouse over the first image, submit; returns the task's image."""
    page = person.page
    wait_until(
        lambda: person.get("review-tasks/summary/", dataset=dataset)["waiting"] == 6, "six images wait"
    )
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_test_id("queue-length")).to_contain_text("6 images")
    filename = page.get_by_test_id("filename").inner_text()
    page.get_by_role("button", name="Brush", exact=True).click()
    stroke(page, page.get_by_test_id("canvas"))
    expect(page.get_by_test_id("save-state")).to_contain_text("Saved")
    check_image_is_seen(page.get_by_test_id("canvas"))
    page.get_by_role("button", name="Submit mask").click()
    expect(page.get_by_test_id("filename")).not_to_have_text(filename)
    expect(page.get_by_test_id("queue-length")).to_contain_text("1 judged")
    (review,) = person.get("reviews/", dataset=dataset, verdict="corrected")["results"]
    assert review["image"]["filename"] == filename
    return review


def stroke(page: Page, canvas: Locator) -> None:
    """Paint a line across the middle of the image, from left to right."""
    box = canvas.bounding_box()
    assert box
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle_x - 60, middle_y)
    page.mouse.down()
    page.mouse.move(middle_x + 60, middle_y, steps=12)
    page.mouse.up()


def check_image_is_seen(canvas: Locator) -> None:
    """The picture is still there behind the painted mask: grey stones, not a black screen."""
    shown = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("L"), np.float64)
    height, width = shown.shape
    below = shown[height * 6 // 10 : height * 8 // 10, width * 4 // 10 : width * 6 // 10]
    assert below.mean() > 40 and below.std() > 5


def judge_the_rest(person: Person) -> None:
    """One key per verdict, until the queue is empty."""
    page = person.page
    while not page.get_by_text("The queue is empty").is_visible():
        filename = page.get_by_test_id("filename").inner_text()
        page.keyboard.press("d" if filename.startswith("defect") else "n")
        expect(
            page.get_by_text("The queue is empty").or_(
                page.get_by_test_id("filename").filter(has_not_text=filename)
            )
        ).to_be_visible()
    expect(page.get_by_text("You judged 6 images")).to_be_visible()


def check_corrected(person: Person, dataset: str, review: dict[str, Any]) -> None:
    """The label and the mask that was painted are there, and nothing else waits."""
    image = person.get(f"images/{review['image']['id']}/")
    assert image["label"] == "defective"
    assert image["split"] in ("train", "validation")
    revision = person.get(f"annotations/{review['mask_revision']}/")
    assert (revision["number"], revision["author"]) == (1, "admin")
    painted = next(layer for layer in revision["layers"] if layer["kind"] == "defect")
    mask = rle_decode(painted["mask_rle"])
    assert mask.shape == (SIDE_PX, SIDE_PX)
    rows, columns = mask.nonzero()
    assert abs(rows.mean() - SIDE_PX / 2) < 4, "the stroke went through the middle"
    assert columns.max() - columns.min() > rows.max() - rows.min(), "from left to right"
    labels = [line["label"] for line in person.get("images/", dataset=dataset, page_size=500)["results"]]
    assert labels.count("unlabelled") == 0


def check_second_model(
    person: Person, first: dict[str, Any], second: dict[str, Any], review: dict[str, Any]
) -> None:
    """The next model was trained on a version with the decisions, and measured on the same test split."""
    assert (first["stage"], second["stage"]) == ("champion", "candidate")
    assert second["dataset_version_number"] > first["dataset_version_number"]
    diff = person.get(f"versions/{second['dataset_version']}/diff/", against=first["dataset_version"])
    changed = {line["filename"]: line for line in [*diff["added"], *diff["changed"]]}
    assert changed[review["image"]["filename"]]["label"] == "defective"
    for model in (first, second):
        assert model["metrics"]["image_auroc"] is not None
    compared = person.get("models/compare/", ids=f"{first['id']},{second['id']}")
    assert compared["same_test_split"] is True

"""The live loop in a real browser: one false alarm corrected calms its look-alikes without a retrain."""

import hashlib
import io
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from e2e.images import pictures, training_archive
from e2e.people import Person, wait_until
from e2e.test_loop import create_dataset, upload
from PIL import Image
from playwright.sync_api import expect

from flawmark.datasets.models import Split
from flawmark.datasets.services.pools import split_of_lot

NORMALS, TESTS, LOOKALIKES = 24, 4, 5


def test_one_corrected_false_alarm_lowers_its_lookalikes(admin: Person, tmp_path: Path) -> None:
    dataset = create_dataset(admin, "Stamped cells")
    upload(admin, [training_archive(tmp_path, normals=NORMALS, tests=TESTS)], NORMALS + 2 * TESTS)
    admin.post("training-runs/", {"dataset": dataset, "detector": "patchcore", "hyperparameters": {}})
    wait_until(lambda: admin.get("models/", dataset=dataset)["results"], "a model serves")
    files = stamped_files(tmp_path, LOOKALIKES)
    upload(admin, files, LOOKALIKES)
    before = wait_until(lambda: scores_of(admin, dataset, files), "all are scored")
    judged = judge_first_normal(admin, dataset)
    wait_until(lambda: admin.get("bank-revisions/", dataset=dataset)["results"], "the bank has learnt")
    after = scores_of(admin, dataset, files)
    assert judged in before
    others = [name for name in before if name != judged]
    assert all(after[name] < 0.9 * before[name] for name in others), (before, after)
    assert len(admin.get("models/", dataset=dataset)["results"]) == 1
    check_queue_follows(admin, dataset, files)
    check_screen_follows(admin, dataset, judged, files)
    check_look_further(admin, dataset)


def stamped_files(folder: Path, count: int) -> list[Path]:
    """Normal parts with the same harmless stamp; none of a lot that only calibrates."""
    files: list[Path] = []
    for content in pictures(4 * count, 0, seed=1)[0]:
        pixels = np.array(Image.open(io.BytesIO(content)).convert("L"))
        side = pixels.shape[0] // 6
        stamp = np.indices((side, side)).sum(axis=0) // 4 % 2 * 255
        pixels[side : 2 * side, side : 2 * side] = stamp
        path = folder / f"stamped-{len(files)}.png"
        Image.fromarray(pixels.astype(np.uint8)).save(path)
        if split_of_lot(hashlib.sha256(path.read_bytes()).hexdigest()) == Split.TRAIN:
            files.append(path)
    return files[:count]


def scores_of(person: Person, dataset: str, files: list[Path]) -> dict[str, float]:
    """Score of each stamped file by its name; empty until all have one."""
    names = {path.name for path in files}
    images = [row for row in rows(person, "images/", dataset) if row["filename"] in names]
    scored = {row["image"]: row["image_score"] for row in rows(person, "inspections/", dataset)}
    if len(images) < len(names) or any(row["id"] not in scored for row in images):
        return {}
    return {row["filename"]: scored[row["id"]] for row in images}


def rows(person: Person, path: str, dataset: str) -> list[dict[str, Any]]:
    return list(person.get(path, dataset=dataset, page_size=200)["results"])


def judge_first_normal(person: Person, dataset: str) -> str:
    """Open the queue and call the first image normal by one key; returns its file name."""
    page = person.page
    wait_until(
        lambda: person.get("review-tasks/summary/", dataset=dataset)["waiting"] == LOOKALIKES, "all wait"
    )
    page.get_by_role("link", name="Review", exact=True).click()
    shown = page.get_by_test_id("filename")
    expect(shown).to_contain_text("stamped")
    filename = shown.inner_text()
    page.keyboard.press("n")
    expect(shown).not_to_have_text(filename)
    expect(page.get_by_test_id("queue-length")).to_contain_text("1 judged")
    return filename


def check_screen_follows(person: Person, dataset: str, judged: str, files: list[Path]) -> None:
    """The open workspace says what the verdict did, and shows the new score and queue, without a reload."""
    page = person.page
    change = page.get_by_test_id("live-change")
    expect(change).to_contain_text(judged)
    expect(change).to_contain_text(re.compile(r"\d+ images? rescored"))
    shown = page.get_by_test_id("image-score")
    filename = page.get_by_test_id("filename").inner_text()

    def agrees() -> bool:
        score = scores_of(person, dataset, files)[filename]
        return math.isclose(float(shown.text_content() or "nan"), score, rel_tol=5e-3)

    def counts() -> bool:
        waiting = person.get("review-tasks/summary/", dataset=dataset)["waiting_for_me"]
        return page.get_by_test_id("queue-length").inner_text().startswith(f"{waiting} image")

    wait_until(agrees, "the score on the screen is the new one")
    wait_until(counts, "the screen counts what still waits")


def check_queue_follows(person: Person, dataset: str, files: list[Path]) -> None:
    """The waiting tasks carry the new scores, without anybody asking for it."""

    def follows() -> bool:
        scores = scores_of(person, dataset, files)
        tasks = rows(person, "review-tasks/", dataset)
        waiting = [task for task in tasks if task["state"] in ("open", "leased")]
        return bool(waiting) and all(task["image_score"] == scores[task["filename"]] for task in waiting)

    wait_until(follows, "the queue has the new scores")


def check_look_further(person: Person, dataset: str) -> None:
    """When everything passes the queue is empty, and looking further brings what passes into it."""
    page = person.page
    change(person, f"queue-settings/{dataset}/", {"audit_probability": 0.0})
    (model,) = person.get("models/", dataset=dataset)["results"]
    cuts = {"t1": 1e6, "t2": 2e6, "reason": "Everything passes."}
    person.post(f"models/{model['id']}/thresholds/", cuts)
    # What was in hand is given back, and passes now as well.
    page.get_by_role("link", name="Overview", exact=True).click()
    wait_until(lambda: person.get("review-tasks/summary/", dataset=dataset)["waiting"] == 0, "all pass")
    page.get_by_role("link", name="Review", exact=True).first.click()
    page.get_by_role("button", name="Look further").click()
    expect(page.get_by_test_id("filename")).to_contain_text("stamped")
    left = LOOKALIKES - 1
    expect(page.get_by_test_id("queue-length")).to_contain_text(f"{left} images in the queue")
    waiting = rows(person, "review-tasks/", dataset)
    asked = [task for task in waiting if task["state"] in ("open", "leased")]
    assert [task["reason"] for task in asked] == ["requested"] * left


def change(person: Person, path: str, body: dict[str, Any]) -> None:
    """A PATCH on top of what is there; it must succeed."""
    before = person.context.request.get(f"/api/v1/{path}")
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": person.url, "If-Match": before.headers["etag"]}
    answer = person.context.request.patch(f"/api/v1/{path}", data=body, headers=headers)
    assert answer.ok, answer.text()

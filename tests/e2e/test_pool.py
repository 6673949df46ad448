"""The health of a pool in a browser: look, put a copy into quarantine, take it back, and use the map."""

import io
import zipfile
from typing import Any

import pytest
from e2e.images import pictures
from e2e.people import Person, wait_until
from PIL import Image
from playwright.sync_api import Locator, Page, expect

NORMALS = 8
COPIED = 2


@pytest.fixture
def dataset(admin: Person) -> dict[str, Any]:
    """A pool of eight pictures and a copy of one of them in another file."""
    made: dict[str, Any] = admin.post("datasets/", {"name": f"Pool {id(admin)}"})
    good, _ = pictures(NORMALS, 0)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for number, picture in enumerate(good):
            packed.writestr(f"train/good/part-{number}.png", picture)
        packed.writestr("train/good/copy.png", encoded_again(good[COPIED]))
    token = next(cookie["value"] for cookie in admin.context.cookies() if cookie["name"] == "csrftoken")
    answer = admin.context.request.post(
        "/api/v1/imports/",
        multipart={
            "dataset": made["id"],
            "archive": {"name": "pool.zip", "mimeType": "application/zip", "buffer": stream.getvalue()},
        },
        headers={"X-CSRFToken": token, "Referer": admin.url},
    )
    assert answer.ok, answer.text()
    wait_until(lambda: len(images_of(admin, made)) == NORMALS + 1, "the pool is imported")
    return made


def encoded_again(picture: bytes) -> bytes:
    """The same pixels in other bytes."""
    stream = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(stream, "PNG", compress_level=0)
    return stream.getvalue()


def images_of(person: Person, dataset: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = person.get("images/", dataset=dataset["id"], **query)["results"]
    return rows


def in_quarantine(person: Person, dataset: dict[str, Any]) -> list[str]:
    return [image["filename"] for image in images_of(person, dataset, quarantined="true")]


def copies_on(page: Page) -> Locator:
    return page.get_by_role("region", name="2 images have the same pixels")


def test_a_copy_is_found_put_into_quarantine_and_taken_back(admin: Person, dataset: dict[str, Any]) -> None:
    page = admin.page
    page.goto(f"/datasets/{dataset['id']}/pool")
    page.get_by_role("button", name="Look at the pool").first.click()
    wait_until(lambda: finished(admin, dataset), "the report is finished", timeout_s=240)
    page.goto(f"/datasets/{dataset['id']}/pool?kind=near_duplicates")

    card = copies_on(page)
    card.get_by_role("button", name="Choose copy.png").click()
    card.get_by_role("button", name="Quarantine", exact=True).click()
    expect(card.get_by_role("button", name="Undo: 1 image was put into quarantine.")).to_be_visible()
    assert in_quarantine(admin, dataset) == ["copy.png"]

    card.get_by_role("button", name="Undo: 1 image was put into quarantine.").click()
    expect(card.get_by_role("button", name="Undo: 1 image was put into quarantine.")).to_have_count(0)
    assert in_quarantine(admin, dataset) == []

    choose_everything_on_the_map(page)
    expect(page.get_by_text(f"{NORMALS + 1} chosen")).to_be_visible()
    actions = [row["action"] for row in admin.get("audit/")["results"]]
    assert {"pool_health.create", "finding.act", "finding.undo"} <= set(actions)


def finished(person: Person, dataset: dict[str, Any]) -> bool:
    reports = person.get("pool-health/", dataset=dataset["id"])["results"]
    assert all(report["job"]["state"] != "failed" for report in reports), reports
    return any(report["job"]["state"] == "succeeded" for report in reports)


def choose_everything_on_the_map(page: Page) -> None:
    """Draw a line around all of the map."""
    page.get_by_text("Map", exact=True).click()
    canvas = page.get_by_label(f"Map of the pool: {NORMALS + 1} images")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    left, top = box["x"] + 3, box["y"] + 3
    right, bottom = box["x"] + box["width"] - 3, box["y"] + box["height"] - 3
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom)):
        page.mouse.move(x, y, steps=3)
    page.mouse.up()

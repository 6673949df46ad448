"""A review workspace with one image and a score map made for the test: everything else is the real thing.

Only what the detector says is put in: the lease's answer gets an inspection, and its map's address answers
the given numbers. Drafts, verdicts and pixels go through the real server.
"""

import base64
import io
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from e2e.people import Person, wait_until
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

Mask = NDArray[np.bool_]
TILE_PX = 512
FIT_MARGIN_PX = 24
MOST_SCALE = 8
MAP_ID = "00000000-0000-7000-8000-000000000001"
SETTLE_S = 20.0


@dataclass(frozen=True)
class ScoreMap:
    """A detector's answer: (h, w) steps, score = step × scale, and where the pixel threshold lies."""

    steps: NDArray[np.uint16]
    scale: float = 0.001
    pixel_threshold: float = 2.0


@dataclass
class Room:
    """An open workspace; positions are image pixels, whose centres lie at one half."""

    person: Person
    dataset: str
    task: str
    width_px: int
    height_px: int

    @property
    def page(self) -> Page:
        return self.person.page

    @property
    def canvas(self) -> Locator:
        return self.page.get_by_test_id("canvas")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where an image position lies on the page while the image is fitted."""
        box = self.canvas.bounding_box()
        assert box
        sides = ((box["width"], self.width_px), (box["height"], self.height_px))
        scale = min(*((room - 2 * FIT_MARGIN_PX) / side for room, side in sides), MOST_SCALE)
        left = box["x"] + (box["width"] - self.width_px * scale) / 2
        top = box["y"] + (box["height"] - self.height_px * scale) / 2
        return left + x * scale, top + y * scale

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.at(x, y))

    def drag(self, *points: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=4)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def use(self, **settings: Any) -> None:
        """Change what the sliders change, then start again with it."""
        key = "flawmark.review.settings"
        self.page.evaluate(
            "([key, given]) => localStorage.setItem(key,"
            " JSON.stringify({...JSON.parse(localStorage.getItem(key) ?? '{}'), ...given}))",
            [key, settings],
        )
        self.reload()

    def reload(self) -> None:
        self.page.reload()
        expect(self.page.get_by_test_id("save-state")).to_be_visible()

    def clear(self) -> None:
        """Undo everything."""
        undo = self.page.get_by_role("button", name="Undo", exact=True)
        self.press("Escape")
        while undo.is_enabled():
            self.press("Control+z")

    def mask(self) -> Mask:
        """All defect layers as the server has them."""
        draft = self.person.get(f"review-tasks/{self.task}/draft/")
        layers = [layer for layer in draft["layers"] if layer["kind"] == "defect"]
        return assembled([tile for layer in layers for tile in layer["tiles"]], self.height_px, self.width_px)

    def expect_mask(self, expected: Mask) -> None:
        """The saved mask becomes exactly this one."""
        try:
            wait_until(lambda: np.array_equal(self.mask(), expected), "mask", timeout_s=SETTLE_S, poll_s=0.1)
        except AssertionError:
            found = self.mask()
            rows, columns = np.nonzero(found != expected)
            raise AssertionError(
                f"{len(rows)} of {expected.size} pixels differ, the first (x, y):"
                f" {list(zip(columns[:9].tolist(), rows[:9].tolist(), strict=True))};"
                f" {found.sum()} set, {expected.sum()} expected"
            ) from None

    def shown(self) -> NDArray[np.uint8]:
        """The canvas as it is on the screen, (h, w, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.canvas.screenshot())).convert("RGB"))

    def colour_at(self, x: float, y: float) -> tuple[int, int, int]:
        """The colour on the screen at an image position."""
        box = self.canvas.bounding_box()
        assert box
        left, top = self.at(x, y)
        red, green, blue = self.shown()[int(top - box["y"]), int(left - box["x"])].tolist()
        return red, green, blue


def open_room(person: Person, name: str, picture: bytes, score_map: ScoreMap | None = None) -> Room:
    """Make a dataset of one image with two defect types, put the image before the person, and open it."""
    dataset = person.post("datasets/", {"name": name})["id"]
    for number, defect in enumerate(("Scratch", "Pit"), start=1):
        person.post(f"datasets/{dataset}/defect-types/", {"name": defect, "hotkey": str(number)})
    (image,) = send_pictures(person, dataset, [picture])
    (task,) = request_review(person, dataset, [image])
    if score_map is not None:
        pretend_scored(person.page, score_map)
    person.page.goto(f"/datasets/{dataset}/review")
    room = Room(person, dataset, task["id"], image["width_px"], image["height_px"])
    expect(person.page.get_by_test_id("save-state")).to_be_visible()
    return room


def request_review(person: Person, dataset: str, images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = person.post(
        "review-tasks/", {"dataset": dataset, "images": [image["id"] for image in images]}
    )
    return asked


def send_pictures(person: Person, dataset: str, pictures: list[bytes]) -> list[dict[str, Any]]:
    """Import pictures; returns the new images."""
    known = {image["id"] for image in person.get("images/", dataset=dataset)["results"]}
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "csrftoken")
    for picture in pictures:
        kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
        file = {"name": f"part-{len(picture)}.{kind}", "mimeType": f"image/{kind}", "buffer": picture}
        answer = person.context.request.post(
            "/api/v1/imports/",
            multipart={"dataset": dataset, "files": file},
            headers={"X-CSRFToken": token, "Referer": person.url},
        )
        assert answer.ok, answer.text()

    def arrived() -> list[dict[str, Any]]:
        images = person.get("images/", dataset=dataset)["results"]
        new = [image for image in images if image["id"] not in known]
        return new if len(new) == len(pictures) else []

    found: list[dict[str, Any]] = wait_until(arrived, "the pictures are imported")
    return found


def pretend_scored(page: Page, score_map: ScoreMap) -> None:
    """Let the server's leases carry this score map."""
    height, width = score_map.steps.shape
    inspection = {
        "id": MAP_ID, "image_score": 3.0, "band": "review", "model_version": MAP_ID, "bank_revision": 0,
        "stale": False,
        "map": {
            "url": f"/api/v1/inspections/{MAP_ID}/map/", "height": height, "width": width,
            "scale": score_map.scale,
        },
    }  # fmt: skip
    thresholds = {"t1": 1.0, "t2": 4.0, "pixel_threshold": score_map.pixel_threshold}

    def lease(route: Route) -> None:
        answer = route.fetch()
        if answer.status != 200:
            route.fulfill(response=answer)
            return
        body = answer.json() | {"inspection": inspection, "thresholds": thresholds}
        route.fulfill(response=answer, body=json.dumps(body))

    page.route("**/api/v1/review-tasks/lease/", lease)
    steps = score_map.steps.astype("<u2").tobytes()
    page.route(
        f"**/api/v1/inspections/{MAP_ID}/map/",
        lambda route: route.fulfill(body=steps, content_type="application/octet-stream"),
    )


def assembled(tiles: list[dict[str, Any]], height_px: int, width_px: int) -> Mask:
    """(H, W) from tiles as the API sends them."""
    rows, columns = -(-height_px // TILE_PX), -(-width_px // TILE_PX)
    whole = np.zeros((rows * TILE_PX, columns * TILE_PX), np.bool_)
    for tile in tiles:
        pixels = np.frombuffer(zlib.decompress(base64.b64decode(tile["data"])), np.uint8)
        top, left = tile["row"] * TILE_PX, tile["col"] * TILE_PX
        whole[top : top + TILE_PX, left : left + TILE_PX] |= pixels.reshape(TILE_PX, TILE_PX) != 0
    return whole[:height_px, :width_px]


def png(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()

"""Every tool of the mask editor in a real browser, down to the pixel: the saved mask is the expected one."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from e2e.editor_room import Mask, Room, ScoreMap, open_room, png
from e2e.people import Person
from live_stack import LiveStack
from playwright.sync_api import Browser, expect
from scipy import ndimage

from detectors.maps import predicted_mask, upsample

WIDTH_PX, HEIGHT_PX = 120, 80
BLOCK = (slice(50, 70), slice(80, 110))
EIGHT = np.ones((3, 3))
BRUSH_PX = 9


def picture() -> np.ndarray:
    """Grey stripes that no fill can cross by mistake, and one block of even grey."""
    columns = np.arange(WIDTH_PX, dtype=np.uint8) // 10 % 2
    pixels = np.repeat((90 + 60 * columns)[None], HEIGHT_PX, axis=0)
    pixels[BLOCK] = 200
    return pixels.astype(np.uint8)


def score_map() -> ScoreMap:
    """Two hot places in a cold map of 12 × 8 cells."""
    steps = np.full((8, 12), 500, np.uint16)
    steps[1:3, 1:4] = 3500
    steps[6, 9] = 5000
    return ScoreMap(steps)


@pytest.fixture(scope="module", name="room")
def open_editor(browser: Browser, live_stack: LiveStack) -> Iterator[Room]:
    person = Person.sign_in(browser, live_stack, live_stack.admin_username, live_stack.admin_password)
    room = open_room(person, "Tools", png(picture()), score_map())
    room.use(brushPx=BRUSH_PX, scoreMode="outline", speckPx=30, wandTolerance=0.05)
    yield room
    person.leave()


@pytest.fixture(autouse=True)
def clean(room: Room) -> None:
    room.clear()
    room.press("1")


def near(*points: tuple[float, float], diameter_px: float = BRUSH_PX) -> Mask:
    """Pixels whose centres lie within the radius of a line through the points."""
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX] + 0.5
    found = np.zeros((HEIGHT_PX, WIDTH_PX), np.bool_)
    for (ax, ay), (bx, by) in zip(points, points[1:] or points, strict=False):
        length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-12)
        along = np.clip(((columns - ax) * (bx - ax) + (rows - ay) * (by - ay)) / length, 0, 1)
        distance = np.hypot(columns - ax - along * (bx - ax), rows - ay - along * (by - ay))
        found |= distance <= diameter_px / 2
    return found


def boxed(x0: int, y0: int, x1: int, y1: int) -> Mask:
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


def predicted(threshold: float) -> Mask:
    made = score_map()
    return predicted_mask(made.steps, made.scale, threshold, HEIGHT_PX, WIDTH_PX)


def component(mask: Mask, x: int, y: int) -> Mask:
    labels, _ = ndimage.label(mask, EIGHT)
    return np.asarray(labels == labels[y, x]) & mask


def rectangle(room: Room, x0: int, y0: int, x1: int, y1: int) -> None:
    room.press("r")
    room.drag((x0, y0), (x1, y1))


def test_brush_and_eraser_and_the_picture_behind_them(room: Room) -> None:
    room.press("b")
    room.drag((20.5, 30.5), (60.5, 30.5), (60.5, 50.5))
    drawn = near((20.5, 30.5), (60.5, 30.5), (60.5, 50.5))
    room.expect_mask(drawn)
    assert room.colour_at(15, 60) == (150, 150, 150), "the picture behind the stroke is as it was"
    assert room.colour_at(5, 60) == (90, 90, 90)
    red, green, _ = room.colour_at(40, 30.5)
    assert red > green, "the stroke is tinted"
    room.press("e")
    room.drag((60.5, 20.5), (60.5, 60.5))
    room.expect_mask(drawn & ~near((60.5, 20.5), (60.5, 60.5)))
    room.press("Control+z")
    room.expect_mask(drawn)
    room.press("Control+Shift+z", "Control+z", "Control+z")
    room.expect_mask(np.zeros_like(drawn))


def test_rectangle_and_alt_rectangle(room: Room) -> None:
    rectangle(room, 10, 10, 50, 40)
    room.page.keyboard.down("Alt")
    room.drag((20, 20), (30, 60))
    room.page.keyboard.up("Alt")
    room.expect_mask(boxed(10, 10, 50, 40) & ~boxed(20, 20, 30, 60))


def test_polygon_by_clicks(room: Room) -> None:
    room.press("p")
    for corner in ((10, 10), (60, 10), (10, 60), (90, 70)):
        room.click(*corner)
    room.press("Backspace", "Enter")
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX] + 0.5
    inside = (columns >= 10) & (rows >= 10) & (columns - 10 + rows - 10 < 50)
    room.expect_mask(inside)


def test_predicted_mask_and_one_predicted_region(room: Room) -> None:
    room.press("m")
    room.expect_mask(predicted(2.0))
    room.clear()
    room.press("w")
    room.click(95.5, 65.5)
    room.expect_mask(component(predicted(2.0), 95, 65))
    room.page.keyboard.down("Alt")
    room.click(95.5, 65.5)
    room.page.keyboard.up("Alt")
    room.expect_mask(np.zeros((HEIGHT_PX, WIDTH_PX), np.bool_))


def test_wand_on_the_image_and_on_the_score(room: Room) -> None:
    room.use(tool="wand", wandSource="image")
    room.click(100.5, 55.5)
    expected = np.zeros((HEIGHT_PX, WIDTH_PX), np.bool_)
    expected[BLOCK] = True
    room.expect_mask(expected)
    room.clear()
    room.press("q")
    room.click(95.5, 65.5)
    made = score_map()
    scores = upsample(made.steps.astype(np.float64), HEIGHT_PX, WIDTH_PX) * made.scale
    tolerance = 0.05 * (1.7 - 0.4) * made.pixel_threshold  # of the range that is coloured
    room.expect_mask(component(scores >= scores[65, 95] - tolerance, 95, 65))


def test_growing_filling_and_removing(room: Room) -> None:
    rectangle(room, 20, 15, 24, 19)
    room.press("t")
    grown = boxed(20, 15, 24, 19) | component(predicted(2.0), 20, 15)
    room.expect_mask(grown)
    room.clear()
    rectangle(room, 10, 10, 40, 40)
    room.page.keyboard.down("Alt")
    room.drag((20, 20), (30, 30))
    room.page.keyboard.up("Alt")
    rectangle(room, 60, 10, 64, 14)
    ring = boxed(10, 10, 40, 40) & ~boxed(20, 20, 30, 30)
    room.expect_mask(ring | boxed(60, 10, 64, 14))
    room.press("o")
    room.expect_mask(boxed(10, 10, 40, 40) | boxed(60, 10, 64, 14))
    room.press("x")
    room.expect_mask(boxed(10, 10, 40, 40))
    room.press("Control+z", "Control+z")
    room.expect_mask(ring | boxed(60, 10, 64, 14))


def test_drawing_with_the_keyboard_alone(room: Room) -> None:
    room.press("r", "k")
    room.press("Space", *["Shift+ArrowRight"] * 2, *["ArrowDown"] * 5, "Space")
    middle_x, middle_y = WIDTH_PX // 2, HEIGHT_PX // 2
    room.expect_mask(boxed(middle_x, middle_y, middle_x + 20, middle_y + 5))
    room.press("b", "Space", *["Shift+ArrowLeft"] * 3, "Enter", "Escape")
    start, end = (middle_x + 20.5, middle_y + 5.5), (middle_x - 9.5, middle_y + 5.5)
    room.expect_mask(boxed(middle_x, middle_y, middle_x + 20, middle_y + 5) | near(start, end))


def test_two_defect_types_are_two_layers(room: Room) -> None:
    rectangle(room, 10, 10, 20, 20)
    room.press("2")
    rectangle(room, 30, 10, 40, 20)
    room.expect_mask(boxed(10, 10, 20, 20) | boxed(30, 10, 40, 20))
    draft = room.person.get(f"review-tasks/{room.task}/draft/")
    assert len([layer for layer in draft["layers"] if layer["kind"] == "defect" and layer["tiles"]]) == 2


def paste(room: Room, text: str) -> None:
    room.page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true }));
        }""",
        text,
    )


def test_a_pasted_mask_of_the_wrong_size_changes_nothing(room: Room) -> None:
    paste(room, json.dumps({"size": [8, 12], "counts": [0, 96]}))
    expect(room.page.get_by_text("The pasted mask is for 12 × 8 pixels")).to_be_visible()
    paste(room, "no mask")
    expect(room.page.get_by_text("The clipboard holds no mask")).to_be_visible()
    expect(room.page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    wanted = boxed(30, 20, 33, 60)
    flat = wanted.T.ravel()
    edges = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=0, append=0))
    counts = np.diff([0, *edges, flat.size]).tolist()
    paste(room, json.dumps({"size": [HEIGHT_PX, WIDTH_PX], "counts": counts}))
    room.expect_mask(wanted)


def test_every_stroke_can_be_undone_after_a_reload(room: Room) -> None:
    rectangle(room, 10, 10, 20, 20)
    rectangle(room, 15, 15, 40, 40)
    both = boxed(10, 10, 20, 20) | boxed(15, 15, 40, 40)
    room.expect_mask(both)
    expect(room.page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")
    room.reload()
    room.press("Control+z")
    room.expect_mask(boxed(10, 10, 20, 20))
    room.press("Control+Shift+z")
    room.expect_mask(both)


def test_the_pen_draws_and_two_fingers_zoom(room: Room) -> None:
    room.press("b")
    devtools = room.page.context.new_cdp_session(room.page)

    def pen(kind: str, x: float, y: float) -> None:
        left, top = room.at(x, y)
        devtools.send(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": left, "y": top, "button": "left", "buttons": 1, "pointerType": "pen"},
        )

    pen("mousePressed", 30.5, 60.5)
    pen("mouseMoved", 50.5, 60.5)
    pen("mouseReleased", 50.5, 60.5)
    room.expect_mask(near((30.5, 60.5), (50.5, 60.5)))

    def fingers(kind: str, *points: tuple[float, float]) -> None:
        places = [dict(zip(("x", "y"), room.at(*point), strict=True)) for point in points]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    zoom = room.page.get_by_role("button", name="Actual size")
    before = zoom.inner_text()
    fingers("touchStart", (40, 40), (60, 40))
    fingers("touchMove", (30, 40), (70, 40))
    fingers("touchEnd")
    expect(zoom).not_to_have_text(before)
    room.press("0")
    expect(zoom).to_have_text(before)
    room.expect_mask(near((30.5, 60.5), (50.5, 60.5)))


def test_the_prediction_takes_the_masks_place_until_something_is_painted(room: Room) -> None:
    rectangle(room, 40, 50, 60, 70)
    tinted = room.colour_at(50, 60)
    room.press("j")
    shown: Any = room.page.get_by_label("Masks on the screen")
    expect(shown).to_have_value("prediction")
    assert room.colour_at(55, 60) == (150, 150, 150), "the mask is away"
    assert room.colour_at(95, 65) != (200, 200, 200), "the prediction is there"
    rectangle(room, 40, 30, 42, 32)
    expect(shown).to_have_value("mine")
    assert room.colour_at(50, 60) == tinted

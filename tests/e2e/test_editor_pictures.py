"""Pictures that are not the usual ones: 16 bits, one pixel, very long, another map, no WebGL2."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from e2e.editor_room import Room, ScoreMap, open_room, png
from e2e.people import Person, wait_until
from live_stack import LiveStack
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

Open = Callable[..., Room]
Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@pytest.fixture(scope="module")
def person(browser: Browser, live_stack: LiveStack) -> Iterator[Person]:
    one = Person.sign_in(browser, live_stack, live_stack.admin_username, live_stack.admin_password)
    yield one
    one.leave()


@pytest.fixture(name="open_picture")
def opener(person: Person) -> Iterator[Open]:
    def open_picture(name: str, pixels: Pixels, score_map: ScoreMap | None = None) -> Room:
        return open_room(person, name, png(pixels), score_map)

    yield open_picture
    person.page.unroute_all()


def whole(room: Room) -> None:
    room.page.wait_for_selector("[data-testid=canvas][data-picture=whole]")


def test_sixteen_bits_are_windowed_as_sixteen_bits(open_picture: Open) -> None:
    """Four greys that 8 bits could not tell apart, in the darkest hundredth of the scale."""
    pixels = np.zeros((80, 120), np.uint16)
    for number, value in enumerate((300, 340, 380, 420)):
        pixels[:, 30 * number : 30 * (number + 1)] = value
    room = open_picture("Sixteen", pixels)
    whole(room)
    expect(room.page.get_by_test_id("window")).to_have_text("300 – 420")
    greys = [room.colour_at(30 * number + 15.5, 40.5)[0] for number in range(4)]
    assert greys == pytest.approx([0, 85, 170, 255], abs=1)
    room.use(autoWindow=False, intensityWindow=[340 / 65535, 380 / 65535])
    whole(room)
    greys = [room.colour_at(30 * number + 15.5, 40.5)[0] for number in range(4)]
    assert greys == pytest.approx([0, 0, 255, 255], abs=1)
    room.page.get_by_role("button", name="Readable window").click()
    room.use(tool="wand", wandSource="image", wandTolerance=0.1)
    whole(room)
    room.click(45.5, 40.5)
    expected = np.zeros((80, 120), np.bool_)
    expected[:, 30:60] = True
    room.expect_mask(expected)


@pytest.mark.parametrize(("width_px", "height_px"), [(1, 1), (20_000, 200)])
def test_one_pixel_and_a_very_long_image_are_shown_and_painted(
    open_picture: Open, width_px: int, height_px: int
) -> None:
    pixels = np.full((height_px, width_px), 180, np.uint8)
    room = open_picture(f"{width_px} by {height_px}", pixels, ScoreMap(np.full((3, 3), 3000, np.uint16)))
    whole(room)
    room.use(scoreVisible=False, tool="brush", brushPx=1)
    whole(room)
    assert room.colour_at(width_px / 2, height_px / 2) == (180, 180, 180)
    room.press("m")
    room.expect_mask(np.ones((height_px, width_px), np.bool_))
    room.press("Control+z")
    room.expect_mask(np.zeros((height_px, width_px), np.bool_))


def test_a_map_of_another_size_leaves_the_image_to_be_judged(open_picture: Open) -> None:
    made = ScoreMap(np.full((3, 4), 3000, np.uint16))
    room = open_picture("Damaged", np.full((40, 60), 90, np.uint8), made)
    room.page.route("**/api/v1/inspections/*/map/", lambda route: route.fulfill(body=b"\x01\x00" * 5))
    room.reload()
    whole(room)
    expect(room.page.get_by_text("The score map of this image is damaged")).to_be_visible()
    room.press("r")
    room.drag((10, 10), (20, 20))
    expected = np.zeros((40, 60), np.bool_)
    expected[10:20, 10:20] = True
    room.expect_mask(expected)


def test_without_webgl2_the_image_can_still_be_judged(open_picture: Open, person: Person) -> None:
    room = open_picture("Bare", np.full((40, 60), 91, np.uint8))
    address = room.page.url
    room.page.goto("about:blank")  # one tab at a time draws on an image
    page = person.context.new_page()
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(address)
    expect(page.get_by_text("This browser draws no WebGL2")).to_be_visible()
    expect(page.get_by_test_id("save-state")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_text("The queue is empty")).to_be_visible()
    page.close()


def test_a_polygon_of_a_thousand_points(open_picture: Open) -> None:
    room = open_picture("Thousand", np.full((80, 120), 92, np.uint8))
    room.press("p")
    top = [(10 + step / 5, 20 + step % 2) for step in range(500)]
    bottom = [(110 - step / 5, 60 + step % 2) for step in range(499)]
    points = [room.at(*point) for point in [(2, 40), *top, *bottom]]
    room.page.evaluate(
        """points => {
            const canvas = document.querySelector("[data-testid=canvas]");
            canvas.setPointerCapture = () => undefined;
            for (const [clientX, clientY] of points) {
                for (const type of ["pointerdown", "pointerup"])
                    canvas.dispatchEvent(new PointerEvent(type, { clientX, clientY, pointerId: 5 }));
            }
        }""",
        [[float(x), float(y)] for x, y in points],
    )
    room.press("Enter")
    wait_until(lambda: room.mask().any(), "the polygon is saved")
    mask = room.mask()
    assert mask[22:60, 20:100].all() and not mask[:20].any() and not mask[61:].any()
    assert mask[40, 3] and not mask[22, 3]


def test_whole_tiles_of_one_value_are_shown_and_painted_on(open_picture: Open) -> None:
    """A full tile is drawn from a single texel; erasing a part of it makes a texture of it."""
    side_px = 1_100
    pixels = np.full((side_px, side_px), 120, np.uint8)
    room = open_picture("Tiles", pixels, ScoreMap(np.full((3, 3), 3000, np.uint16)))
    room.use(scoreVisible=False, tool="rectangle")
    whole(room)
    bare = room.colour_at(250, 250)
    room.press("m")
    room.expect_mask(np.ones((side_px, side_px), np.bool_))
    painted = room.colour_at(250, 250)
    assert painted != bare
    room.page.keyboard.down("Alt")
    room.drag((200, 200), (300, 300))
    room.page.keyboard.up("Alt")
    wait_until(lambda: not room.mask()[210:290, 210:290].any(), "the hole is saved")
    assert room.mask()[310:].all()
    assert (room.colour_at(250, 250), room.colour_at(400, 400)) == (bare, painted)
    room.press("Control+z", "Control+z")
    room.expect_mask(np.zeros((side_px, side_px), np.bool_))
    assert (room.colour_at(250, 250), room.colour_at(700, 700)) == (bare, bare)

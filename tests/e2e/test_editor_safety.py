"""Nothing drawn is lost: no connection, two browsers, a server that starts again, a lost graphics card."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil
import pytest
from e2e.editor_room import Mask, Room, open_room, png
from e2e.people import Person
from live_stack import LiveStack
from playwright.sync_api import Browser, expect

WIDTH_PX, HEIGHT_PX = 120, 80
GREY = 140
RESTART_MS = 90_000


@pytest.fixture(scope="module")
def person(browser: Browser, live_stack: LiveStack) -> Iterator[Person]:
    one = Person.sign_in(browser, live_stack, live_stack.admin_username, live_stack.admin_password)
    yield one
    one.leave()


@pytest.fixture
def room(person: Person, request: pytest.FixtureRequest) -> Room:
    pixels = np.full((HEIGHT_PX, WIDTH_PX), GREY, np.uint8)
    # Another test's picture must be another image.
    pixels[0, :8] = np.frombuffer(request.node.name.encode()[5:13], np.uint8)
    return open_room(person, request.node.name[:40], png(pixels))


def boxed(x0: int, y0: int, x1: int, y1: int) -> Mask:
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


def rectangle(room: Room, x0: int, y0: int, x1: int, y1: int) -> None:
    room.press("r")
    room.drag((x0, y0), (x1, y1))


def test_strokes_made_without_a_connection_are_sent_when_it_is_back(room: Room) -> None:
    page, context = room.page, room.page.context
    banner = page.get_by_text("The server cannot be reached. Go on")
    context.set_offline(True)
    rectangle(room, 10, 10, 30, 30)
    expect(banner).to_be_visible()
    rectangle(room, 40, 10, 60, 30)
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "offline")
    context.set_offline(False)
    room.expect_mask(boxed(10, 10, 30, 30) | boxed(40, 10, 60, 30))
    expect(banner).not_to_be_visible()


def test_a_server_that_starts_again_in_the_middle_of_a_stroke_costs_nothing(
    room: Room, live_stack: LiveStack
) -> None:
    page = room.page
    page.mouse.move(*room.at(20, 40))
    room.press("r")
    page.mouse.down()
    page.mouse.move(*room.at(50, 60), steps=3)
    rest = room.at(70, 70)
    (before,) = web_processes(live_stack)
    for process in (*before.children(recursive=True), before):
        process.kill()
    page.mouse.move(*rest)
    page.mouse.up()
    saved = page.locator("[data-testid=save-state][data-state=saved]")
    expect(saved).to_be_visible(timeout=RESTART_MS)
    room.expect_mask(boxed(20, 40, 70, 70))
    (after,) = web_processes(live_stack)
    assert after.pid != before.pid


def web_processes(stack: LiveStack) -> list[psutil.Process]:
    """What the supervisor started to answer requests."""
    children = psutil.Process(stack.process.pid).children()
    return [child for child in children if "granian" in " ".join(child.cmdline())]


def test_a_verdict_that_a_killed_tab_held_back_is_sent_in_the_next_visit(room: Room) -> None:
    page, address = room.page, room.page.url
    page.goto("about:blank")
    tab = page.context.new_page()
    tab.route("**/verdict/", lambda route: route.abort())
    tab.goto(address)
    there = Room(Person(page.context, tab, room.person.url), room.dataset, room.task, WIDTH_PX, HEIGHT_PX)
    expect(tab.get_by_test_id("save-state")).to_be_visible()
    rectangle(there, 10, 10, 30, 30)
    there.press("Enter")
    expect(tab.get_by_text("The server cannot be reached. Go on")).to_be_visible()
    tab.close()
    assert room.person.get("reviews/", dataset=room.dataset)["results"] == []
    page.goto(address)
    expect(page.get_by_text("1 verdict of your last visit was sent now.")).to_be_visible()
    expect(page.get_by_text("The queue is empty")).to_be_visible()
    (review,) = room.person.get("reviews/", dataset=room.dataset)["results"]
    assert (review["verdict"], review["late"]) == ("corrected", False)
    (revision,) = room.person.get("annotations/", dataset=room.dataset)["results"]
    layers = room.person.get(f"annotations/{revision['id']}/")["layers"]
    assert [layer["mask_rle"]["counts"] for layer in layers] == [rle(boxed(10, 10, 30, 30))]


def test_unsaved_strokes_survive_a_closed_page(room: Room) -> None:
    page = room.page
    page.route(
        "**/draft/", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_()
    )
    rectangle(room, 10, 10, 30, 30)
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "offline")
    page.unroute("**/draft/")
    room.reload()
    room.expect_mask(boxed(10, 10, 30, 30))
    room.press("Control+z")
    room.expect_mask(boxed(0, 0, 0, 0))


def test_two_browsers_on_one_image_merge_their_changes(
    room: Room, browser: Browser, live_stack: LiveStack
) -> None:
    rectangle(room, 40, 30, 60, 50)
    room.expect_mask(boxed(40, 30, 60, 50))
    other = Person.sign_in(browser, live_stack, live_stack.admin_username, live_stack.admin_password)
    other.page.goto(room.page.url)
    elsewhere = Room(other, room.dataset, room.task, WIDTH_PX, HEIGHT_PX)
    expect(other.page.get_by_test_id("save-state")).to_be_visible()
    rectangle(elsewhere, 50, 40, 80, 60)
    both = boxed(40, 30, 60, 50) | boxed(50, 40, 80, 60)
    elsewhere.expect_mask(both)
    room.page.keyboard.down("Alt")
    rectangle(room, 40, 30, 45, 50)
    room.page.keyboard.up("Alt")
    dialog = room.page.get_by_role("dialog", name="This mask was changed elsewhere")
    expect(dialog.get_by_test_id("merge-tile")).to_have_count(1)
    expect(dialog.get_by_role("img", name="Result")).to_be_visible()
    dialog.get_by_role("button", name="Merge", exact=True).click()
    expect(dialog).not_to_be_visible()
    room.expect_mask(both & ~boxed(40, 30, 45, 50))
    other.leave()


def test_a_submitted_mask_is_the_revision_and_the_drawing_is_forgotten(room: Room) -> None:
    rectangle(room, 10, 10, 30, 30)
    room.press("Enter")
    expect(room.page.get_by_text("The queue is empty")).to_be_visible()
    (revision,) = room.person.get("annotations/", dataset=room.dataset)["results"]
    layers = room.person.get(f"annotations/{revision['id']}/")["layers"]
    (layer,) = [layer for layer in layers if layer["kind"] == "defect"]
    assert layer["mask_rle"]["counts"] == rle(boxed(10, 10, 30, 30))
    assert room.task not in kept_tasks(room)


def rle(mask: Mask) -> list[int]:
    flat = mask.T.ravel().astype(np.int8)
    edges = np.flatnonzero(np.diff(flat, prepend=0, append=0))
    return [int(length) for length in np.diff([0, *edges, flat.size])]


def kept_tasks(room: Room) -> list[Any]:
    """What IndexedDB still holds."""
    found: list[Any] = room.page.evaluate(
        """() => new Promise((resolve, reject) => {
            const opening = indexedDB.open("flawmark-review");
            opening.onerror = reject;
            opening.onsuccess = () => {
                const asked = opening.result.transaction("tasks").objectStore("tasks").getAllKeys();
                asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
            };
        })"""
    )
    return found


def test_a_lost_graphics_card_says_so_and_everything_comes_back(room: Room) -> None:
    rectangle(room, 10, 10, 30, 30)
    room.expect_mask(boxed(10, 10, 30, 30))
    before = room.colour_at(20, 20), room.colour_at(60, 60)
    room.page.evaluate(
        "window.card = document.querySelector('[data-testid=canvas]').getContext('webgl2')"
        ".getExtension('WEBGL_lose_context'); card.loseContext()"
    )
    banner = room.page.get_by_text(re.compile("The graphics card was taken away"))
    expect(banner).to_be_visible()
    rectangle(room, 40, 10, 60, 30)  # drawing goes on unseen
    room.page.evaluate("card.restoreContext()")
    expect(banner).not_to_be_visible()
    room.page.wait_for_selector("[data-testid=canvas][data-picture=whole]")
    room.expect_mask(boxed(10, 10, 30, 30) | boxed(40, 10, 60, 30))
    assert (room.colour_at(20, 20), room.colour_at(60, 60)) == before
    assert room.colour_at(50, 20) == before[0]


def test_one_tab_at_a_time_draws_and_the_other_takes_over_what_was_drawn(room: Room) -> None:
    rectangle(room, 10, 10, 30, 30)
    tab = room.page.context.new_page()
    tab.goto(room.page.url)
    second = Room(
        Person(room.page.context, tab, room.person.url), room.dataset, room.task, WIDTH_PX, HEIGHT_PX
    )
    elsewhere = "This image is open in another tab"
    expect(tab.get_by_text(elsewhere)).to_be_visible()
    tab.get_by_role("button", name="Work here instead").click()
    expect(room.page.get_by_text(elsewhere)).to_be_visible()
    expect(tab.get_by_text(elsewhere)).not_to_be_visible()
    expect(tab.get_by_test_id("save-state")).to_be_visible()  # the image is there again
    rectangle(second, 40, 10, 60, 30)
    second.expect_mask(boxed(10, 10, 30, 30) | boxed(40, 10, 60, 30))
    tab.close()

"""Figures of the mask editor in a real Chromium: `python tests/bench/bench_editor.py [section …]`.

Sections: paint, slide, undo, save, memory, next, whatif; all of them by default. An image of 8,192 × 8,192
pixels with a mask of 1,000 components. Without a graphics card WebGL2 is drawn by software (SwiftShader), in
a process of its own: what counts is the main thread's script per painted frame, in processor time.
"""

import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.conftest import CHROMIUM, FLAGS
from e2e.editor_room import Room, open_room, request_review, send_pictures
from e2e.people import Person
from editor_readings import Readings, measured, percentiles, report
from editor_whatif import REVIEWED, drag, open_whatif
from editor_work import photograph, stroke_many, sweep, thousand_regions, wait_saved, wait_whole
from live_stack import live_stack

IMAGES = 4
PROBE = Path(__file__).parent / "editor_probe.js"
BRUSHES_PX = (1, 40, 400, 2_000)
MOVES = 40
SAVES = 20
STROKES = 10_000
KEY_REPEAT_MS = 33
# With `--disable-gpu` the main thread itself would wait for each picture that the software has drawn.
BENCH_FLAGS = [
    *(flag for flag in FLAGS if flag != "--disable-gpu"), "--use-gl=angle", "--ignore-gpu-blocklist",
]  # fmt: skip
RENDERER = """() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    return gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info").UNMASKED_RENDERER_WEBGL);
}"""


@dataclass(frozen=True)
class Desk:
    """The open editor, in a browser that can be traced."""

    browser: Browser
    room: Room

    def measured(self, work: Callable[[], None]) -> Readings:
        return measured(self.browser, self.room.page, work)


def paint(desk: Desk) -> None:
    """Brushes from 1 to 2,000 px, with the whole image on the screen and at its actual size."""
    room = desk.room
    for zoom in ("fitted", "actual size"):
        for size_px in BRUSHES_PX:
            room.use(brushPx=size_px, tool="brush", scoreVisible=False)
            wait_whole(room)
            if zoom == "actual size":
                room.page.get_by_role("button", name="Actual size").click()
            sweep(room, 0, moves=10)  # textures and code warm up
            wait_saved(room)
            report(f"paint {size_px} px, {zoom}", desk.measured(lambda: sweep(room, 1, MOVES)))


def slide(desk: Desk) -> None:
    """The pixel threshold, with the score map on the screen."""
    room = desk.room
    room.use(scoreVisible=True, scoreMode="heat")
    wait_whole(room)
    room.page.get_by_role("slider", name="Pixel threshold").focus()

    def work() -> None:
        for step in range(2 * MOVES):
            room.page.keyboard.press("ArrowRight" if step % 40 < 20 else "ArrowLeft")
            room.page.wait_for_timeout(KEY_REPEAT_MS)

    report("slide the threshold", desk.measured(work))


def undo(desk: Desk) -> None:
    """Undo and redo of strokes of all sizes."""
    room = desk.room
    for size_px in (40, 400, 2_000):
        room.use(brushPx=size_px, tool="brush", scoreVisible=False)
        wait_whole(room)
        for seed in range(3):
            sweep(room, seed, moves=20)
        wait_saved(room)

        def work() -> None:
            for key in ["Control+z"] * 3 + ["Control+Shift+z"] * 3:
                room.page.keyboard.press(key)
                room.page.wait_for_timeout(250)

        report(f"undo {size_px} px", desk.measured(work))


def save(desk: Desk) -> None:
    """From the moment a stroke is being sent until the server has it."""
    room = desk.room
    room.use(brushPx=40, tool="brush", scoreVisible=False)
    wait_whole(room)
    room.page.evaluate(
        """() => {
            window.__saves = [];
            let since = 0;
            new MutationObserver(() => {
                const state = document.querySelector("[data-testid=save-state]")?.dataset.state;
                if (state === "saving") since = performance.now();
                if (state === "saved" && since) window.__saves.push(performance.now() - since);
                if (state === "saved") since = 0;
            }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
        }"""
    )
    for number in range(SAVES):
        # What one stroke paints the next one erases: a stroke that changes nothing is not saved.
        room.press("be"[number % 2])
        sweep(room, number // 2, moves=4)
        wait_saved(room)
    print(f"save a stroke, by the clock: {percentiles(room.page.evaluate('window.__saves'))}")


def following(desk: Desk) -> None:
    """From the verdict key to the next image, which was leased and decoded ahead."""
    room = desk.room
    shown, whole = [], []
    for _ in range(IMAGES - 1):
        room.page.wait_for_timeout(10_000)  # the next one is fetched and decoded meanwhile
        taken = room.page.evaluate(
            """() => new Promise((resolve) => {
                const name = document.querySelector("[data-testid=filename]").textContent;
                const canvas = document.querySelector("[data-testid=canvas]");
                const start = performance.now();
                let shown = 0;
                const look = () => {
                    const now = performance.now() - start;
                    const next = document.querySelector("[data-testid=filename]")?.textContent;
                    if (next && next !== name && !shown && canvas.dataset.picture) shown = now;
                    if (shown && canvas.dataset.picture === "whole") resolve({ shown, whole: now });
                    else requestAnimationFrame(look);
                };
                window.dispatchEvent(new KeyboardEvent("keydown", { key: "n" }));
                requestAnimationFrame(look);
            })"""
        )
        shown.append(taken["shown"])
        whole.append(taken["whole"])
    print(f"next image, first seen after the verdict key, by the clock: {percentiles(shown)}")
    print(f"next image, in full resolution, by the clock: {percentiles(whole)}")


def memory(desk: Desk) -> None:
    """The page's heap over 10,000 strokes, after collecting garbage and once everything is saved."""
    room = desk.room
    room.use(brushPx=20, tool="brush", scoreVisible=False)
    wait_whole(room)
    devtools = room.page.context.new_cdp_session(room.page)
    for done in range(0, STROKES + 1, STROKES // 5):
        if done:
            stroke_many(room, STROKES // 5, seed=done)
        wait_saved(room)
        devtools.send("HeapProfiler.collectGarbage")
        usage = devtools.send("Runtime.getHeapUsage")
        heap_mb, beside_mb = usage["usedSize"] / 1e6, usage.get("backingStorageSize", 0) / 1e6
        print(f"memory after {done:,} strokes: heap {heap_mb:.1f} MB, buffers {beside_mb:.1f} MB", flush=True)


def whatif(desk: Desk) -> None:
    """Dragging T1 over 100,000 reviewed scores."""
    page = desk.room.page.context.new_page()
    page.add_init_script(path=PROBE)
    open_whatif(page, desk.room.dataset)
    drag(page, 10)
    found = measured(desk.browser, page, lambda: drag(page, MOVES))
    print(f"what-if over {REVIEWED:,} scores: script per frame {percentiles(found.every_frame_ms)}")
    each_ms = sum(found.tasks_ms) / MOVES
    print(f"what-if over {REVIEWED:,} scores: all of the main thread's work per drag step {each_ms:.1f} ms")
    page.close()


SECTIONS: dict[str, Callable[[Desk], None]] = {
    "paint": paint, "slide": slide, "undo": undo, "save": save, "memory": memory, "next": following,
    "whatif": whatif,
}  # fmt: skip


def bench(browser: Browser, wanted: Sequence[str]) -> None:
    with live_stack() as stack:
        person = Person.sign_in(browser, stack, stack.admin_username, stack.admin_password)
        person.context.set_default_timeout(300_000)
        person.page.add_init_script(path=PROBE)
        room = open_room(person, "Large", photograph(0), thousand_regions())
        wait_whole(room)
        print(f"WebGL2: {person.page.evaluate(RENDERER)}")
        started = time.monotonic()
        room.press("m")
        room.page.wait_for_selector("[data-testid=save-state]:not([data-state=saved])")
        wait_saved(room)
        taken_s = time.monotonic() - started
        print(
            f"the prediction's 1,000 regions as a mask, found, painted and saved: {taken_s:.1f} s", flush=True
        )
        if "next" in wanted:
            images = send_pictures(person, room.dataset, [photograph(seed) for seed in range(1, IMAGES)])
            request_review(person, room.dataset, images)
        for name in wanted:
            SECTIONS[name](Desk(browser, room))


def main() -> None:
    wanted = sys.argv[1:] or list(SECTIONS)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; software WebGL2")
    expect.set_options(timeout=300_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BENCH_FLAGS)
        print(f"Chromium {browser.version}")
        bench(browser, wanted)
        browser.close()
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

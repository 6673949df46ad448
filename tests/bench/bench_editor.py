"""Figures of the mask editor in a real Chromium: `python tests/bench/bench_editor.py [section …]`.

Sections: paint, slide, undo, save, memory, next; all of them by default. An image of 8,192 × 8,192
pixels with a mask of 1,000 components. Without a graphics card WebGL2 is drawn by software (SwiftShader):
what counts is the script time on the main thread per painted frame, not how many frames were painted.
"""

import io
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from e2e.conftest import CHROMIUM, FLAGS
from e2e.editor_room import Room, ScoreMap, open_room, request_review, send_pictures
from e2e.people import Person, wait_until
from live_stack import live_stack

SIDE_PX = 8_192
CELLS = 256
IMAGES = 4
PROBE = Path(__file__).parent / "editor_probe.js"
BRUSHES_PX = (1, 40, 400, 2_000)
MOVES = 30
STROKES = 10_000
RENDERER = """() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    return gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info").UNMASKED_RENDERER_WEBGL);
}"""


def photograph(seed: int) -> bytes:
    """A grey JPEG with texture at several scales."""
    random = np.random.default_rng(seed)
    pixels = np.full((SIDE_PX, SIDE_PX), 110.0, np.float32)
    for side, weight in ((32, 30), (512, 12), (SIDE_PX, 6)):
        noise = random.standard_normal((side, side)).astype(np.float32) * weight
        pixels += np.asarray(Image.fromarray(noise).resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR))
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=80)
    return stream.getvalue()


def thousand_regions() -> ScoreMap:
    """1,000 separate hot cells in a cold map of 256 × 256."""
    steps = np.full((CELLS, CELLS), 400, np.uint16)
    places = [(row, col) for row in range(2, CELLS, 8) for col in range(2, CELLS, 8)][:1000]
    for row, col in places:
        steps[row, col] = 4000
    return ScoreMap(steps)


def percentiles(values: Sequence[float]) -> str:
    if not values:
        return "nothing measured"
    p50, p95 = np.percentile(values, [50, 95])
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, largest {max(values):.1f} ms ({len(values)})"


def measured(page: Page, work: Callable[[], None]) -> dict[str, Any]:
    page.evaluate("__probe.start()")
    work()
    page.wait_for_timeout(300)
    found: dict[str, Any] = page.evaluate("__probe.stop()")
    return found


def report(name: str, found: dict[str, Any]) -> None:
    long_tasks = found["longTasks"]
    print(f"{name}: script per painted frame {percentiles(found['frames'])}")
    print(f"{name}: {len(long_tasks)} tasks over 50 ms {[round(task) for task in long_tasks[:8]]}")


def sweep(room: Room, seed: int, moves: int = MOVES) -> None:
    """One stroke across the screen in many small moves."""
    box = room.canvas.bounding_box()
    assert box
    random = np.random.default_rng(seed)
    x, y = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * random.uniform(0.2, 0.8)
    room.page.mouse.move(x, y)
    room.page.mouse.down()
    for step in range(moves):
        x += box["width"] * 0.6 / moves
        room.page.mouse.move(x, y + 12 * np.sin(step / 9))
    room.page.mouse.up()


def paint(room: Room) -> None:
    """Brushes from 1 to 2,000 px, with the whole image on the screen and at its actual size."""
    room.page.evaluate("document.querySelector('[data-testid=canvas]').focus()")
    for zoom in ("fitted", "actual size"):
        for size_px in BRUSHES_PX:
            room.use(brushPx=size_px, tool="brush", scoreVisible=False)
            wait_whole(room)
            if zoom == "actual size":
                room.page.get_by_role("button", name="Actual size").click()
            sweep(room, 0, moves=10)  # textures and code warm up
            report(f"paint {size_px} px, {zoom}", measured(room.page, lambda: sweep(room, 1)))


def slide(room: Room) -> None:
    """The pixel threshold, with the score map on the screen."""
    room.use(scoreVisible=True, scoreMode="heat")
    wait_whole(room)
    thumb = room.page.get_by_role("slider", name="Pixel threshold")
    thumb.focus()

    def work() -> None:
        for step in range(MOVES):
            room.page.keyboard.press("ArrowRight" if step % 40 < 20 else "ArrowLeft")

    report("slide the threshold", measured(room.page, work))


def undo(room: Room) -> None:
    """Undo and redo of strokes of all sizes."""
    for size_px in (40, 400, 2_000):
        room.use(brushPx=size_px, tool="brush", scoreVisible=False)
        wait_whole(room)
        for seed in range(3):
            sweep(room, seed, moves=20)

        def work() -> None:
            for key in ["Control+z"] * 3 + ["Control+Shift+z"] * 3:
                room.page.keyboard.press(key)
                room.page.wait_for_timeout(150)

        found = measured(room.page, work)
        keys = [key for key in found["keys"] if key["key"].lower() == "z"]
        print(f"undo {size_px} px: script {percentiles([key['scriptMs'] for key in keys])}")
        print(f"undo {size_px} px: key to painted frame {percentiles([key['paintedMs'] for key in keys])}")
        print(f"undo {size_px} px: tasks over 50 ms {[round(task) for task in found['longTasks']]}")


def save(room: Room) -> None:
    """From the moment a stroke is being sent until the server has it; 60 strokes."""
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
            }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
        }"""
    )
    for seed in range(60):
        sweep(room, seed, moves=4)
        expected = seed + 1
        room.page.wait_for_function("count => window.__saves.length >= count", arg=expected)
    print(f"save a stroke: {percentiles(room.page.evaluate('window.__saves'))}")


def following(room: Room) -> None:
    """From the verdict key to the next image, which was leased and decoded ahead."""
    shown, whole = [], []
    for _ in range(IMAGES - 1):
        room.page.wait_for_timeout(12_000)  # the next one is fetched and decoded meanwhile
        taken = room.page.evaluate(
            """() => new Promise((resolve) => {
                const name = document.querySelector("[data-testid=filename]").textContent;
                const canvas = document.querySelector("[data-testid=canvas]");
                const start = performance.now();
                let shown = 0;
                const look = () => {
                    const now = performance.now() - start;
                    const other = document.querySelector("[data-testid=filename]")?.textContent !== name;
                    if (other && !shown && canvas.dataset.picture) shown = now;
                    if (shown && canvas.dataset.picture === "whole") resolve({ shown, whole: now });
                    else requestAnimationFrame(look);
                };
                window.dispatchEvent(new KeyboardEvent("keydown", { key: "n" }));
                requestAnimationFrame(look);
            })"""
        )
        shown.append(taken["shown"])
        whole.append(taken["whole"])
    print(f"next image, first seen after the verdict key: {percentiles(shown)}")
    print(f"next image, in full resolution: {percentiles(whole)}")


def memory(room: Room) -> None:
    """The page's heap over 10,000 strokes, after collecting garbage and once everything is saved."""
    room.use(brushPx=20, tool="brush", scoreVisible=False)
    wait_whole(room)
    devtools = room.page.context.new_cdp_session(room.page)
    for done in range(0, STROKES + 1, STROKES // 5):
        if done:
            stroke_many(room, STROKES // 5, seed=done)
        wait_until(
            lambda: room.page.get_by_test_id("save-state").get_attribute("data-state") == "saved", "saved"
        )
        devtools.send("HeapProfiler.collectGarbage")
        usage = devtools.send("Runtime.getHeapUsage")
        heap_mb, beside_mb = usage["usedSize"] / 1e6, usage.get("backingStorageSize", 0) / 1e6
        print(f"memory after {done:,} strokes: heap {heap_mb:.1f} MB, buffers {beside_mb:.1f} MB")


def stroke_many(room: Room, count: int, seed: int) -> None:
    """Strokes made in the page: through the driver they would take the test's time, not the page's."""
    room.page.evaluate(
        """async ([count, seed]) => {
            const canvas = document.querySelector("[data-testid=canvas]");
            canvas.setPointerCapture = () => undefined;
            const box = canvas.getBoundingClientRect();
            let state = seed + 1;
            const next = () => (state = (state * 16807) % 2147483647) / 2147483647;
            const send = (type, clientX, clientY) =>
                canvas.dispatchEvent(new PointerEvent(type, { clientX, clientY, pointerId: 7, button: 0 }));
            for (let i = 0; i < count; i++) {
                const x = box.left + box.width * (0.3 + 0.4 * next());
                const y = box.top + box.height * (0.3 + 0.4 * next());
                send("pointerdown", x, y);
                send("pointermove", x + 6, y + 3);
                send("pointerup", x + 9, y + 3);
                if (i % 25 === 24) await new Promise((resume) => requestAnimationFrame(resume));
            }
        }""",
        [count, seed],
    )


def wait_whole(room: Room) -> None:
    room.page.wait_for_selector("[data-testid=canvas][data-picture=whole]", timeout=120_000)
    room.page.wait_for_timeout(500)


SECTIONS: dict[str, Callable[[Room], None]] = {
    "paint": paint, "slide": slide, "undo": undo, "save": save, "memory": memory, "next": following,
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
        room.page.wait_for_selector("[data-testid=save-state][data-state=saved]", timeout=300_000)
        taken_s = time.monotonic() - started
        print(f"the prediction's 1,000 regions as a mask, found, painted and saved: {taken_s:.1f} s")
        if "next" in wanted:
            images = send_pictures(person, room.dataset, [photograph(seed) for seed in range(1, IMAGES)])
            request_review(person, room.dataset, images)
        for name in wanted:
            SECTIONS[name](room)


def main() -> None:
    wanted = sys.argv[1:] or list(SECTIONS)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; software WebGL2")
    expect.set_options(timeout=300_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        print(f"Chromium {browser.version}")
        bench(browser, wanted)
        browser.close()


if __name__ == "__main__":
    main()

"""A large image with many regions, and hands that work on it."""

import io

import numpy as np
from e2e.editor_room import Room, ScoreMap
from PIL import Image

SIDE_PX = 8_192
CELLS = 256


def photograph(seed: int) -> bytes:
    """A grey JPEG with texture at several scales."""
    random = np.random.default_rng(seed)
    pixels = np.full((SIDE_PX, SIDE_PX), 110.0, np.float32)
    for side, weight in ((32, 30), (512, 12), (SIDE_PX // 4, 6)):
        noise = random.standard_normal((side, side), np.float32) * weight
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


def wait_whole(room: Room) -> None:
    """The picture is there in full resolution, and nothing waits to be saved."""
    room.page.wait_for_selector("[data-testid=canvas][data-picture=whole]", timeout=120_000)
    wait_saved(room)
    room.page.wait_for_timeout(300)


def wait_saved(room: Room) -> None:
    room.page.wait_for_selector("[data-testid=save-state][data-state=saved]", timeout=300_000)


def sweep(room: Room, seed: int, moves: int) -> None:
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

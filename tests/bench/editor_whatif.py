"""The thresholds page with 100,000 reviewed scores: only what the server answers is made up."""

import json
from typing import Any
from uuid import UUID

import numpy as np
from playwright.sync_api import Page, Route

REVIEWED = 100_000
PIXEL_IMAGES = 200
PIXEL_BINS = 256
MODEL = str(UUID(int=1))


def open_whatif(page: Page, dataset: str) -> None:
    """Go to the page and wait until its histogram stands."""
    thresholds = {
        "t1": 1.2, "t2": 1.8, "pixel_threshold": 1.0, "method": "conformal", "author": None, "reason": "",
        "calibration_normals": 500, "missing_normals": 0, "created_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    model = {"id": MODEL, "stage": "champion", "dataset": dataset, "number": 1, "thresholds": thresholds}
    _answer(page, "**/api/v1/models/?*", {"results": [model], "next": None, "previous": None})
    _answer(page, f"**/api/v1/models/{MODEL}/thresholds/", [])
    _answer(page, "**/api/v1/reviewed-scores/?*", _scores())
    _answer(page, "**/api/v1/reviewed-pixels/?*", _pixels())
    page.goto(f"/datasets/{dataset}/thresholds")
    page.get_by_role("slider", name="T1").first.wait_for()


def drag(page: Page, steps: int) -> None:
    """Move T1 there and back by the mouse, one move after another."""
    handle = page.locator("[data-cut=t1]")
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(steps):
        page.mouse.move(x + 120 * np.sin(2 * np.pi * step / steps), y)
    page.mouse.up()


def _scores() -> dict[str, Any]:
    random = np.random.default_rng(0)
    defective = (random.random(REVIEWED) < 0.1).astype(int)
    return {
        "images": [str(UUID(int=number)) for number in range(REVIEWED)],
        "filenames": [f"part-{number:06}.png" for number in range(REVIEWED)],
        "scores": (random.gamma(4, 0.2, REVIEWED) + defective).round(4).tolist(),
        "defective": defective.tolist(),
        "weights": random.choice([1.0, 50.0], REVIEWED, p=[0.9, 0.1]).tolist(),
        "waiting": 40,
    }


def _pixels() -> dict[str, Any]:
    random = np.random.default_rng(1)
    images = []
    for number in range(PIXEL_IMAGES):
        is_defective = number % 2
        normal = random.integers(0, 400, PIXEL_BINS) * np.linspace(1, 0, PIXEL_BINS)
        defect = random.integers(0, 40, PIXEL_BINS) * is_defective
        images.append({
            "image_score": float(random.gamma(4, 0.2) + is_defective),
            "weight": 1.0,
            "regions": float(is_defective),
            "defect": defect.tolist(),
            "normal": normal.astype(int).tolist(),
            "overlap": (defect / max(defect.sum(), 1)).tolist(),
        })  # fmt: skip
    return {"top": 3.0, "images": images}


def _answer(page: Page, address: str, body: Any) -> None:
    text = json.dumps(body)

    def fulfil(route: Route) -> None:
        route.fulfill(body=text, content_type="application/json")

    page.route(address, fulfil)

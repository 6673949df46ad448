"""Fills an empty stack with code-made surfaces through the API: what the screenshots show."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import APIResponse, BrowserContext

from detectors.synthesis.surfaces import DEFECTS, add_defect, normal_image, photographs, write_category

SIDE_PX = 160
TRAIN, TEST, VALIDATION, STREAM = 60, 16, 40, 36
DEFECTIVE_SHARE = 0.4
WAIT_S = 300.0
LICENCE = "CC0 1.0 (photographs of scikit-image)"


@dataclass(frozen=True)
class Api:
    """The API with the session of a browser that is signed in."""

    context: BrowserContext
    url: str

    def get(self, path: str, **query: Any) -> Any:
        return _answer(self.context.request.get(f"{self.url}/api/v1/{path}", params=query))

    def post(self, path: str, **body: Any) -> Any:
        return _answer(
            self.context.request.post(f"{self.url}/api/v1/{path}", headers=self._headers(), **body)
        )

    def _headers(self) -> dict[str, str]:
        cookies = self.context.cookies(self.url)
        token = next(cookie["value"] for cookie in cookies if cookie["name"] == "csrftoken")
        return {"X-CSRFToken": token, "Referer": self.url}

    def wait_for_job(self, job_id: str) -> None:
        """Wait until a job has ended. Raises AssertionError when it did not succeed."""

        def ended() -> bool:
            return self.get(f"jobs/{job_id}/")["finished_at"] is not None

        wait_until(ended, f"job {job_id}")
        job = self.get(f"jobs/{job_id}/")
        assert job["state"] == "succeeded", f"{job['title']}: {job['error_detail']}\n{job['log_tail']}"


def wait_until(holds: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < until, f"After {WAIT_S:.0f} s still not so: {what}"
        time.sleep(0.5)


def _answer(response: APIResponse) -> Any:
    assert response.ok, f"{response.url}: {response.status} {response.text()}"
    return response.json()


def dataset_import(api: Api, folder: Path) -> str:
    """Create the dataset and import everything; two files are refused on purpose. Returns its id."""
    description = "Gravel as it leaves the sorting belt, seen from above."
    dataset = api.post(
        "datasets/", data={"name": "Gravel belt", "description": description, "licence": LICENCE}
    )
    _import(api, dataset["id"], "archive", _training_archive(folder), {})
    validation, stream = _held_out(), _stream()
    _import(api, dataset["id"], "archive", validation, {"label": "normal", "split": "validation"})
    _import(api, dataset["id"], "archive", stream, {"station": "Belt 2"})
    return str(dataset["id"])


def _import(api: Api, dataset_id: str, field: str, content: bytes, defaults: dict[str, str]) -> None:
    archive = {"name": "surfaces.zip", "mimeType": "application/zip", "buffer": content}
    form = {"dataset": dataset_id, "defaults": json.dumps(defaults), field: archive}
    delivery = api.post("imports/", multipart=form)
    api.wait_for_job(delivery["job"]["id"])


def _training_archive(folder: Path) -> bytes:
    photos = photographs()
    write_category(folder, photos["gravel"], photos["brick"], size_px=SIDE_PX, train=TRAIN, test=TEST, seed=7)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.png"))}
    return _zipped(files | {"train/good/notes.txt": b"not an image", "train/good/broken.png": b"\x89PNG\r\n"})


def _held_out() -> bytes:
    random, photo = np.random.default_rng(11), photographs()["gravel"]
    images = [normal_image(photo, SIDE_PX, random, for_test=False) for _ in range(VALIDATION)]
    return _zipped({f"held-out-{number:03}.png": _png(image) for number, image in enumerate(images)})


def _stream() -> bytes:
    """Unlabelled images as a camera would send them, some of them defective."""
    random, photos = np.random.default_rng(13), photographs()
    files = {}
    for number in range(STREAM):
        image = normal_image(photos["gravel"], SIDE_PX, random, for_test=True)
        if random.random() < DEFECTIVE_SHARE:
            foreign = normal_image(photos["brick"], SIDE_PX, random, for_test=True)
            image, _mask = add_defect(image, list(DEFECTS)[number % len(DEFECTS)], foreign, random)
        files[f"belt-2-{number:04}.png"] = _png(image)
    return _zipped(files)


def _zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def run_start(api: Api, dataset_id: str, **hyperparameters: Any) -> dict[str, Any]:
    """Start a training; it goes on while the caller takes pictures of it."""
    body = {"dataset": dataset_id, "detector": "patchcore", "hyperparameters": hyperparameters}
    run: dict[str, Any] = api.post("training-runs/", data=body)
    return run


def queue_wait(api: Api, dataset_id: str) -> None:
    """Wait until both models have scored the stream and the queue has work."""
    wait_until(
        lambda: api.get("review-tasks/summary/", dataset=dataset_id)["waiting"] > 0, "work in the queue"
    )
    wait_until(
        lambda: not any(api.get("jobs/", state=state)["results"] for state in ("queued", "running")),
        "every job done",
    )

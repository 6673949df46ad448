"""The whole product on this machine: `python tests/bench/bench_platform.py [--count 100]`.

Starts a stack of its own with the demonstration and prints: seconds to READY, to a trained and measured
model, to everything scored; milliseconds of `POST /predict/` at 224 px; memory of all processes.
"""

import argparse
import io
import json
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import urllib3
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from live_stack import LiveStack, live_stack

SIDE_PX = 224


class Api:
    """The stack's HTTP API, signed in as its administrator."""

    def __init__(self, stack: LiveStack) -> None:
        self._url = f"{stack.url}/api/v1/"
        self._pool = urllib3.PoolManager()
        page = self._pool.request("GET", stack.url)
        self._headers = {"Cookie": _cookies(page), "X-CSRFToken": _cookie(page, "csrftoken")}
        given = {"username": stack.admin_username, "password": stack.admin_password}
        answer = self._pool.request("POST", f"{self._url}session/", json=given, headers=self._headers)
        token = _cookie(answer, "csrftoken") or self._headers["X-CSRFToken"]
        cookies = f"csrftoken={token}; sessionid={_cookie(answer, 'sessionid')}"
        self._headers = {"Cookie": cookies, "X-CSRFToken": token}

    def get(self, path: str) -> Any:
        return self._pool.request("GET", self._url + path, headers=self._headers).json()

    def post(self, path: str, given: dict[str, Any]) -> Any:
        answer = self._pool.request("POST", self._url + path, json=given, headers=self._headers)
        if answer.status >= 400:
            raise SystemExit(f"{path} failed: {answer.data.decode()}")
        return answer.json()

    def events(self) -> Iterator[tuple[float, str, dict[str, Any]]]:
        """The team's live events from now on: (monotonic seconds of arrival, event, data)."""
        answer = self._pool.request(
            "GET", f"{self._url}events/", headers=self._headers, preload_content=False, timeout=600
        )
        name = ""
        for line in io.TextIOWrapper(answer, "utf-8"):
            field, _, value = line.rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield time.monotonic(), name, json.loads(value)

    def predict(self, dataset: str, content: bytes, *, store: bool) -> float:
        """Milliseconds of one prediction."""
        fields = {
            "dataset": dataset,
            "store": str(store).lower(),
            "image": ("bench.png", content, "image/png"),
        }
        started = time.perf_counter()
        answer = self._pool.request(
            "POST", f"{self._url}predict/", fields=fields, headers=self._headers, retries=False
        )
        elapsed_ms = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise SystemExit(f"predict failed: {answer.data.decode()}")
        return elapsed_ms


def _cookies(answer: urllib3.BaseHTTPResponse) -> str:
    return "; ".join(line.split(";")[0] for line in answer.headers.getlist("Set-Cookie"))


def _cookie(answer: urllib3.BaseHTTPResponse, name: str) -> str:
    pairs = dict(line.split(";")[0].split("=", 1) for line in answer.headers.getlist("Set-Cookie"))
    return pairs.get(name, "")


def finished_job(api: Api, kind: str, timeout_s: float = 1200) -> dict[str, Any]:
    """Wait until no job of a kind is under way; return the longest (others may find nothing to do)."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        jobs = api.get(f"jobs/?kind={kind}")["results"]
        for job in jobs:
            if job["state"] in ("failed", "cancelled"):
                raise SystemExit(f"{kind} {job['state']}: {job['error_detail']}")
        if jobs and all(job["state"] == "succeeded" for job in jobs):
            return dict(max(jobs, key=seconds_of))
        time.sleep(0.5)
    raise SystemExit(f"{kind} did not end in {timeout_s:.0f} s.")


def seconds_of(job: dict[str, Any]) -> float:
    started, finished = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def memory_mb(stack: LiveStack) -> float:
    """Proportional memory of the supervisor and everything below it: pages that several share count once."""
    root = psutil.Process(stack.process.pid)
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 1024**2


@contextmanager
def largest_memory(stack: LiveStack) -> Iterator[list[float]]:
    """Watch the memory every half second; the list holds the largest value once the block has ended."""
    seen, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            seen[0] = max(seen[0], memory_mb(stack))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def noise_png(random: np.random.Generator) -> bytes:
    stream = io.BytesIO()
    pixels = random.integers(60, 200, (SIDE_PX, SIDE_PX), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def print_predictions(api: Api, dataset: str, count: int, *, store: bool) -> None:
    random = np.random.default_rng()
    api.predict(dataset, noise_png(random), store=store)  # the first one may load the model
    times_ms = [api.predict(dataset, noise_png(random), store=store) for _ in range(count)]
    p95_ms = statistics.quantiles(times_ms, n=20)[-1]
    kind = "image kept" if store else "image not kept"
    print(f"predict at {SIDE_PX} px, {kind}: p50 {statistics.median(times_ms):.0f} ms, p95 {p95_ms:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description="Times and memory of the whole product.")
    parser.add_argument("--count", type=int, default=100, help="predictions of each kind")
    count = parser.parse_args().count
    load = os.getloadavg()[0]
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, load {load:.1f} before the start")
    started = time.monotonic()
    with live_stack(FLAWMARK_DEMO="1") as stack:
        print(f"READY after {time.monotonic() - started:.1f} s (environment and front end made before)")
        api = Api(stack)
        with largest_memory(stack) as training_mb:
            demo = finished_job(api, "api.demo")
            print(f"demonstration brought in {seconds_of(demo):.0f} s ({demo['result']['images']} images)")
            training = finished_job(api, "training.train")
        model = api.get("models/")["results"][0]
        metrics = model["metrics"]
        print(
            f"trained and measured in {seconds_of(training):.0f} s ({metrics['train_images']} images, fit "
            f"{metrics['fit_seconds']:.0f} s), image AUROC {metrics['image_auroc']:.3f} "
            f"[{metrics['image_auroc_low']:.3f}, {metrics['image_auroc_high']:.3f}]"
        )
        print(f"largest memory of all processes until then: {training_mb[0]:.0f} MB")
        scoring = finished_job(api, "inspections.score")
        print(f"scored {scoring['result']['scored']} images in {seconds_of(scoring):.0f} s")
        print_predictions(api, model["dataset"], count, store=False)
        print_predictions(api, model["dataset"], count, store=True)
        print(f"memory of all processes at rest: {memory_mb(stack):.0f} MB")


if __name__ == "__main__":
    main()

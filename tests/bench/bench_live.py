"""A correction in the running product: `python tests/bench/bench_live.py [--extra 300] [--verdicts 8]`.

Starts a stack of its own with the demonstration, adds images until about a thousand are followed, calls
queued images normal, and prints the time from each verdict to what a browser is told: the image's own new
score, the first slice of the queue, the whole queue. A scorer that is killed must not make the next one slow.
"""

import argparse
import contextlib
import os
import platform
import signal
import statistics
import sys
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import psutil
import urllib3
from elpv import cells

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench_platform import Api, finished_job
from live_stack import LiveStack, live_stack

PATIENCE_S = 180
Event = tuple[float, str, dict[str, Any]]


class Listener(threading.Thread):
    """Collects the team's events as they arrive."""

    def __init__(self, api: Api) -> None:
        super().__init__(daemon=True)
        self._api, self._heard = api, Queue[Event]()
        self.start()

    def run(self) -> None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):  # the stack has ended
            for event in self._api.events():
                self._heard.put(event)

    def forget(self) -> None:
        while not self._heard.empty():
            self._heard.get()

    def until_learnt(self) -> list[Event]:
        """Everything heard until the live update has ended."""
        heard: list[Event] = []
        while True:
            try:
                heard.append(self._heard.get(timeout=PATIENCE_S))
            except Empty:
                raise SystemExit(f"Nothing was heard for {PATIENCE_S} s.") from None
            _, name, data = heard[-1]
            if name == "job" and data["kind"] == "inspections.live_update" and data["state"] == "succeeded":
                return heard


def verdict_times_s(api: Api, listener: Listener, dataset: str, verdict: str) -> dict[str, float]:
    """Judge the next image; seconds from the request to what was heard."""
    task = api.post("review-tasks/lease/", {"dataset": dataset})
    before = api.get(f"images/{task['image']['id']}/")
    listener.forget()
    started = time.monotonic()
    given = {"verdict": verdict, "lease_token": task["lease"]["token"]}
    api.post(f"review-tasks/{task['id']}/verdict/", given)
    answered = time.monotonic()
    times = {"verdict answered": answered - started}
    image = api.get(f"images/{task['image']['id']}/")
    # A suspect that is confirmed teaches nothing: it was in the pool before.
    if image["split"] != "train" or before["label"] == "normal":
        return times
    for at, name, data in listener.until_learnt():
        what = data.get("what", "")
        if what == "live_preview":
            times.setdefault("own image", at - started)
        elif name == "inspection":
            times.setdefault("first slice", at - started)
            times["whole queue"] = at - started
        elif what == "bank_revision":
            times["images changed"] = data["images_changed"]
    return times


def report(title: str, rows: list[dict[str, float]]) -> None:
    for name in ("verdict answered", "own image", "first slice", "whole queue", "images changed"):
        values = [row[name] for row in rows if name in row]
        if values:
            middle, largest = statistics.median(values), max(values)
            print(f"{title}: {name}: median {middle:.2f}, largest {largest:.2f} of {len(values)}", flush=True)


def kill_scorer(stack: LiveStack) -> None:
    """Kill the scorer as a crash would; the supervisor starts it again."""
    for process in psutil.Process(stack.process.pid).children(recursive=True):
        if "score" in process.cmdline() and "celery" in " ".join(process.cmdline()):
            process.send_signal(signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description="Times of live corrections in the running product.")
    parser.add_argument("--extra", type=int, default=300, help="images added to the demonstration's 701")
    parser.add_argument("--verdicts", type=int, default=8)
    options = parser.parse_args()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    with live_stack(FLAWMARK_DEMO="1") as stack:
        api = Api(stack)
        finished_job(api, "api.demo")
        finished_job(api, "training.train")
        finished_job(api, "inspections.score")
        dataset = api.get("datasets/")["results"][0]["id"]
        for path in cells("poly")[0][: options.extra]:
            api.predict(dataset, path.read_bytes(), store=True)
        listener = Listener(api)
        report("first verdict", [first_learnt(api, listener, dataset)])
        report("then", [verdict_times_s(api, listener, dataset, "normal") for _ in range(options.verdicts)])
        kill_scorer(stack)
        report("first after a killed scorer", [first_learnt(api, listener, dataset)])


def first_learnt(api: Api, listener: Listener, dataset: str) -> dict[str, float]:
    """The times of the first verdict that teaches the bank; those of held-out lots only calibrate."""
    while True:
        times = verdict_times_s(api, listener, dataset, "normal")
        if "whole queue" in times:
            return times


if __name__ == "__main__":
    main()

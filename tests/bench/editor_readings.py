"""What a page's main thread did, read from Chromium's own trace.

Time is processor time of that thread: on a machine that is shared the clock also counts what others do.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"]
SCRIPT = {
    "EventDispatch",
    "FireAnimationFrame",
    "TimerFire",
    "FunctionCall",
    "EvaluateScript",
    "RunMicrotasks",
}
INPUTS = {"keydown", "pointermove"}
PAINTED, IDLE = "frame:painted", "frame:idle"  # as editor_probe.js marks them
LONG_TASK_MS = 50.0
SOME_MS = 0.2
MODIFIERS = {"Control", "Shift"}


@dataclass(frozen=True)
class Readings:
    """One stretch of work.

    Attributes:
        frames_ms: script in each frame that was painted; the inputs since the frame before are part of it.
        every_frame_ms: script in each frame in which there was any.
        inputs_ms: script of each key, or of each move of the pointer.
        tasks_ms: every task of the main thread, rendering included.
        clock_tasks_ms: the same tasks by the clock.
        keys_ms: by the clock, from each key until the frame with its effect was painted.
    """

    frames_ms: list[float]
    every_frame_ms: list[float]
    inputs_ms: list[float]
    tasks_ms: list[float]
    clock_tasks_ms: list[float]
    keys_ms: list[float]


def measured(browser: Browser, page: Page, work: Callable[[], None]) -> Readings:
    """Do some work and read what it cost."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.evaluate("__probe.start()")
    work()
    page.wait_for_timeout(300)
    keys: list[dict[str, Any]] = page.evaluate("__probe.stop()")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    return read(events, [key["paintedMs"] for key in keys if key["key"] not in MODIFIERS])


def read(events: Sequence[dict[str, Any]], keys_ms: list[float]) -> Readings:
    """Readings from the events of a trace; those of other threads than the page's are left out."""
    marks = sorted(
        (event for event in events if event["name"] in (PAINTED, IDLE)), key=lambda event: event["ts"]
    )
    thread = (marks[0]["pid"], marks[0]["tid"])
    own = [event for event in events if (event["pid"], event["tid"]) == thread and "tdur" in event]
    own = [event for event in own if marks[0]["ts"] <= event["ts"] <= marks[-1]["ts"]]
    tasks = [event for event in own if event["name"] == "RunTask"]
    scripts_ms = _frames(marks, [event for event in own if event["name"] in SCRIPT])
    return Readings(
        frames_ms=[took_ms for took_ms, painted in scripts_ms if painted],
        every_frame_ms=[took_ms for took_ms, _ in scripts_ms if took_ms > SOME_MS],
        inputs_ms=[event["tdur"] / 1000 for event in own if _type_of(event) in INPUTS],
        tasks_ms=[event["tdur"] / 1000 for event in tasks],
        clock_tasks_ms=[event["dur"] / 1000 for event in tasks],
        keys_ms=keys_ms,
    )


def _type_of(event: dict[str, Any]) -> str | None:
    return event["args"]["data"]["type"] if event["name"] == "EventDispatch" else None


def _frames(marks: Sequence[dict[str, Any]], scripts: Sequence[dict[str, Any]]) -> list[tuple[float, bool]]:
    """Script between two marks, and whether the canvas was drawn.

    An input is often handled in the frame before the one that paints it: it counts in the latter.
    """
    outermost = _outermost(sorted(scripts, key=lambda event: (event["ts"], -event["dur"])))
    ends = np.array([mark["ts"] for mark in marks])
    total_ms, input_ms = np.zeros(len(marks) + 1), np.zeros(len(marks) + 1)
    for event in outermost:
        place = np.searchsorted(ends, event["ts"], side="right")
        total_ms[place] += event["tdur"] / 1000
        input_ms[place] += event["tdur"] / 1000 if _type_of(event) in INPUTS else 0.0
    frames, waiting_ms = [], 0.0
    for place, mark in enumerate(marks[1:], start=1):
        painted = mark["name"] == PAINTED
        frames.append((float(total_ms[place] + (waiting_ms if painted else 0.0)), painted))
        waiting_ms = 0.0 if painted else waiting_ms + input_ms[place]
    return frames


def _outermost(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events that do not lie within another one."""
    kept: list[dict[str, Any]] = []
    for event in events:
        if not kept or event["ts"] >= kept[-1]["ts"] + kept[-1]["dur"]:
            kept.append(event)
    return kept


def percentiles(values: Sequence[float]) -> str:
    if not values:
        return "nothing measured"
    p50, p95 = np.percentile(values, [50, 95])
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, largest {max(values):.1f} ms ({len(values)})"


def long_tasks(tasks_ms: Sequence[float]) -> str:
    found = sorted((round(task) for task in tasks_ms if task > LONG_TASK_MS), reverse=True)
    return f"{len(found)} {found[:6] if found else ''}".strip()


def report(name: str, found: Readings) -> None:
    print(f"{name}: script per painted frame {percentiles(found.frames_ms)}")
    print(f"{name}: script per input {percentiles(found.inputs_ms)}")
    print(
        f"{name}: tasks over 50 ms: {long_tasks(found.tasks_ms)} by processor time, "
        f"{long_tasks(found.clock_tasks_ms)} by the clock"
    )
    if found.keys_ms:
        print(f"{name}: key to painted frame, by the clock, {percentiles(found.keys_ms)}", flush=True)

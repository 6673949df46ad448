"""The whole stack, as a person starts it: READY, crashes, and the many ways of stopping."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from live_stack import LiveStack, free_port, live_stack, start_supervisor, wait_for_ready
from ordinary_user import OrdinaryUser

from flawmark.embedded.guard import marked_pids
from flawmark.embedded.processes import wait_until

_STOP_LIMIT_S = 10


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with live_stack() as running:
        yield running


def _command_lines(pids: list[int]) -> dict[int, str]:
    lines = {}
    for pid in pids:
        try:
            lines[pid] = " ".join(psutil.Process(pid).cmdline())
        except psutil.NoSuchProcess:
            continue
    return lines


def _all_pids(supervisor: subprocess.Popen[str]) -> list[int]:
    return [process.pid for process in psutil.Process(supervisor.pid).children(recursive=True)]


def _is_healthy(stack: LiveStack) -> bool:
    try:
        with urllib.request.urlopen(f"{stack.url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _worker_pid(stack: LiveStack, name: str) -> int | None:
    """The main process of a worker: the parent of its pool."""
    lines = _command_lines(marked_pids(str(stack.data_dir)))
    pids = [pid for pid, line in lines.items() if f"{name}@flawmark" in line]
    return next((pid for pid in pids if psutil.Process(pid).ppid() == stack.process.pid), None)


def test_ready_is_a_line_of_its_own_and_everything_answers(stack: LiveStack) -> None:
    assert f"READY {stack.url}" in stack.output
    assert _is_healthy(stack)
    lines = _command_lines(marked_pids(str(stack.data_dir))).values()
    for part in ("granian", "scorer@flawmark", "worker@flawmark", "beat"):
        assert any(part in line for line in lines), part


def test_the_given_password_is_not_in_what_is_printed_or_logged(stack: LiveStack) -> None:
    written = "\n".join(
        [*stack.output, *(path.read_text() for path in (stack.data_dir / "logs").glob("*.log"))]
    )
    assert stack.admin_password not in written


@pytest.mark.parametrize("name", ["scorer", "worker"])
def test_a_killed_worker_comes_back(stack: LiveStack, name: str) -> None:
    before = _worker_pid(stack, name)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: _worker_pid(stack, name) not in (None, before), timeout_s=30)


def test_killed_services_come_back(stack: LiveStack) -> None:
    for child in psutil.Process(stack.process.pid).children():
        if "valkey-server" in child.name() or child.name() == "postgres":
            child.kill()
    for service in ("PostgreSQL", "Valkey"):
        assert wait_until(lambda s=service: f"{s} runs again." in stack.output, timeout_s=60), service
    assert wait_until(lambda: _is_healthy(stack), timeout_s=30)


def test_a_second_supervisor_on_the_same_folder_is_refused(stack: LiveStack) -> None:
    second = start_supervisor(stack.data_dir, free_port())
    printed, _ = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "already runs on the data folder" in printed
    assert len(printed.strip().splitlines()) == 1
    assert _is_healthy(stack)


def test_a_port_in_use_is_refused(stack: LiveStack, data_dir: Path) -> None:
    second = start_supervisor(data_dir, int(stack.url.rsplit(":", 1)[1]))
    printed, _ = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "Address already in use" in printed
    assert "FLAWMARK_PORT" in printed


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    supervisor = start_supervisor(tmp_path / "file" / "data", free_port())
    printed, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 2
    assert "cannot be written" in printed
    assert len(printed.strip().splitlines()) == 1


def test_repeated_signals_to_the_whole_group_stop_all_of_it_in_time(
    data_dir: Path, wait_for_end: Callable[..., list[int]]
) -> None:
    supervisor = start_supervisor(data_dir, free_port())
    wait_for_ready(supervisor, [])
    pids = _all_pids(supervisor)
    began_s = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        os.killpg(supervisor.pid, number)
        time.sleep(0.1)
    assert supervisor.wait(timeout=_STOP_LIMIT_S - (time.monotonic() - began_s)) == 0
    assert wait_for_end(pids) == []
    assert not (data_dir / "run").exists()


def test_a_signal_while_starting_stops_all_of_it(
    data_dir: Path, wait_for_end: Callable[..., list[int]]
) -> None:
    supervisor = start_supervisor(data_dir, free_port())
    assert wait_until(lambda: len(marked_pids(str(data_dir))) > 0, timeout_s=60)
    pids = _all_pids(supervisor)
    supervisor.terminate()
    assert supervisor.wait(timeout=_STOP_LIMIT_S) == 0
    assert wait_for_end([*pids, *marked_pids(str(data_dir))]) == []


def test_kill_9_leaves_no_orphan_and_the_next_start_works(
    data_dir: Path, wait_for_end: Callable[..., list[int]]
) -> None:
    supervisor = start_supervisor(data_dir, free_port())
    wait_for_ready(supervisor, [])
    pids = _all_pids(supervisor)
    assert len(pids) > 8  # two services, web, workers and their pools, scheduler, guard
    supervisor.kill()
    supervisor.wait()
    assert wait_for_end(pids) == []

    again = start_supervisor(data_dir, free_port())
    try:
        wait_for_ready(again, [])
    finally:
        again.terminate()
        again.wait()


def test_an_ordinary_user_can_run_it_all(data_dir: Path, ordinary_user: OrdinaryUser) -> None:
    ordinary_user.give(data_dir)
    supervisor = start_supervisor(data_dir, free_port(), ordinary_user)
    try:
        wait_for_ready(supervisor, [])
    finally:
        supervisor.terminate()
        assert supervisor.wait(timeout=_STOP_LIMIT_S) == 0

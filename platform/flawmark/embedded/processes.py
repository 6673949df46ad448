"""Starting and stopping single child processes, so that none outlives us."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from flawmark.embedded.accounts import Account

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may take a lock.
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `death_signal` to the child when the thread that started it ends.

    So children are only ever started from the main thread.
    """
    parent_pid = os.getpid()

    def arrange() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent_pid:  # the parent died before the call above
            os.kill(os.getpid(), signal.SIGKILL)

    return arrange


def spawn(
    argv: Sequence[str],
    *,
    log_path: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
    shown: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session (a terminal's Ctrl-C does not reach it), appending to `log_path`.

    If it is `shown`, only its errors go there and the rest to our own output.
    """
    with log_path.open("ab") as log:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=None if shown else log,
            stderr=log,
            env=env,
            cwd=cwd,
            start_new_session=True,
            umask=0o077,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            preexec_fn=die_with_parent(death_signal),
        )


def stop(process: subprocess.Popen[bytes], escalation: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn until the process ends.

    Args:
        process: A child of ours.
        escalation: Pairs of a signal and the seconds it is given; SIGKILL follows the last.
    """
    for number, patience_s in escalation:
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def end_predecessor(pid: int, *, marker: str, polite_signal: signal.Signals, patience_s: float = 10) -> bool:
    """End the process that an earlier run left behind as `pid`, if that is really still the same program.

    Args:
        pid: From a pid file; it may since belong to any other process.
        marker: A text that the command line of the program contains and no other's does.
        polite_signal: What asks the program to stop.
        patience_s: How long it may take before SIGKILL.

    Returns:
        Whether the process was there.
    """
    try:
        process = psutil.Process(pid)
        if not any(marker in argument for argument in process.cmdline()):
            return False
        process.send_signal(polite_signal)
        try:
            process.wait(timeout=patience_s)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(timeout=patience_s)
    except psutil.NoSuchProcess:
        return False
    return True


def never() -> bool:
    """The default of every `give_up`: wait as long as it takes."""
    return False


def wait_until(condition: Callable[[], bool], *, timeout_s: float, interval_s: float = 0.02) -> bool:
    """Ask `condition` again and again; False when `timeout_s` passed without a yes."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval_s)
    return True

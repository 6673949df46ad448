"""The last one out: ends every process of a stack when its supervisor is gone, by whatever death.

Children of children (web workers, pool workers, a training) get no parent-death signal from the kernel, may
have left their session, and have lost their parent by the time anybody looks. What they cannot lose is the
environment they were started with: each carries the stack's mark. Run as a program this waits for the end of
a pipe that only the supervisor holds open, and then ends all that carry the mark. It runs isolated
(`python -I -S`), so it imports only the standard library and nothing of this package.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

MARK_VARIABLE = "FLAWMARK_STACK"
_PATIENCE_S = 5.0


def marked_pids(mark: str) -> list[int]:
    """The processes, except this one, that were started with `mark` in their environment."""
    needle = os.fsencode(f"{MARK_VARIABLE}={mark}")
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        with suppress(OSError):  # ended meanwhile, or another user's
            if needle in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def end_marked(mark: str) -> None:
    """Kill until none is left: one that is just being forked shows up in the next round."""
    deadline = time.monotonic() + _PATIENCE_S
    while (pids := marked_pids(mark)) and time.monotonic() < deadline:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def main() -> None:
    """`guard.py PIPE_FD MARK`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(int(sys.argv[1]), 1):
        pass
    end_marked(sys.argv[2])


if __name__ == "__main__":
    main()

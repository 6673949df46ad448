"""The programs of the application, as child processes."""

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flawmark.embedded import logs, processes

# Names the file that a program makes when it is ready for work.
READY_VARIABLE = "FLAWMARK_READY_FILE"


class Part(Protocol):
    """Something the supervisor keeps running: a service or a program."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The child, None before the first start."""

    def start(self, give_up: Callable[[], bool] = processes.never) -> None:
        """Start, or start again after it has ended."""

    def last_lines(self) -> str:
        """The end of its log."""

    def stop(self) -> None:
        """Stop within seconds, whatever it takes."""


@dataclass
class Program:
    """One command of ours.

    Attributes:
        title: What people call it.
        argv: The command.
        env: Its whole environment.
        log_path: Where its output is appended.
        shown: What it prints is for the person; only its errors go to the log.
        ready_path: A file the program makes when it is ready for work; None if nothing waits for that.
        escalation: How it is stopped, see `processes.stop`.
    """

    title: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log_path: Path
    shown: bool = False
    ready_path: Path | None = None
    escalation: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 3.0),)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, give_up: Callable[[], bool] = processes.never) -> None:
        """Start the child; returns at once."""
        if self.ready_path is not None:
            self.ready_path.unlink(missing_ok=True)
        self.process = processes.spawn(self.argv, env=self.env, log_path=self.log_path, shown=self.shown)

    def is_ready(self) -> bool:
        """Whether the program said that it is ready for work."""
        return self.ready_path is None or self.ready_path.exists()

    def last_lines(self) -> str:
        """The end of its log."""
        return logs.last_lines(self.log_path)

    def stop(self) -> None:
        """Stop the child, by force in the end."""
        if self.process is not None:
            processes.stop(self.process, self.escalation)


def exit_code(part: Part) -> int | None:
    """How the part ended: 0 well, negative by a signal; None while it runs or before it was started."""
    return None if part.process is None else part.process.poll()

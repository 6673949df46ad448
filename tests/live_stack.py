"""The real thing for tests: `python -m flawmark.embedded` in its own folder and on its own port."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ordinary_user import OrdinaryUser

from flawmark.embedded import logs

_ADMIN = "admin"
# What the tests' own environment says about servers must not reach the stack.
_OWN_VARIABLES = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


@dataclass
class LiveStack:
    """A running stack.

    Attributes:
        url: Where the browser goes, `http://127.0.0.1:PORT`.
        data_dir: Its data folder, with the logs.
        process: The supervisor.
        admin_username: Owner of the first team.
        admin_password: Theirs.
        output: The lines the supervisor printed so far.
    """

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    admin_password: str
    admin_username: str = _ADMIN
    output: list[str] = field(default_factory=list)

    def log(self, name: str) -> str:
        """The end of one log file: `web`, `scorer`, `worker`, `beat`, `prepare`, `postgres`, `valkey`."""
        return logs.last_lines(self.data_dir / "logs" / f"{name}.log", count=40)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_supervisor(
    data_dir: Path, port: int, user: OrdinaryUser | None = None, **variables: str
) -> subprocess.Popen[str]:
    """Start the supervisor over `data_dir`, as ourselves or `user`, with `variables` in its environment."""
    user = user or OrdinaryUser([sys.executable], None)
    environment = {name: value for name, value in os.environ.items() if name not in _OWN_VARIABLES}
    environment |= {"FLAWMARK_DATA_DIR": str(data_dir), "FLAWMARK_PORT": str(port), "FLAWMARK_DEMO": "0"}
    return subprocess.Popen(
        [*user.python, "-m", "flawmark.embedded"],
        user=user.uid,
        group=user.gid,
        extra_groups=user.extra_groups,
        cwd="/",
        env=environment | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for_ready(process: subprocess.Popen[str], output: list[str]) -> str:
    """Read what the supervisor prints until it says READY; a thread then goes on reading.

    Returns:
        The URL behind READY.

    Raises:
        RuntimeError: It ended before; the message is all it printed.
    """
    assert process.stdout is not None
    for line in process.stdout:
        output.append(line.rstrip("\n"))
        if line.startswith("READY "):
            threading.Thread(target=_drain, args=(process, output), daemon=True).start()
            return line.split()[1]
    raise RuntimeError(f"The stack ended with code {process.wait()}:\n" + "\n".join(output))


def _drain(process: subprocess.Popen[str], output: list[str]) -> None:
    assert process.stdout is not None
    output.extend(line.rstrip("\n") for line in process.stdout)


@contextmanager
def live_stack(**variables: str) -> Iterator[LiveStack]:
    """Run a whole stack, empty and throw-away, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="flawmark-live-", ignore_cleanup_errors=True) as folder:
        data_dir = Path(folder)
        data_dir.chmod(0o711)  # PostgreSQL's account walks through it when the tests run as root
        password = secrets.token_urlsafe(12)
        output: list[str] = []
        variables = {"FLAWMARK_ADMIN_PASSWORD": password, **variables}
        process = start_supervisor(data_dir, free_port(), **variables)
        try:
            url = wait_for_ready(process, output)
            yield LiveStack(url, data_dir, process, variables["FLAWMARK_ADMIN_PASSWORD"], output=output)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

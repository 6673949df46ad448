"""The embedded Valkey: broker, cache and event streams, on a private unix socket."""

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress

import redis

from flawmark.embedded import binaries, logs, processes
from flawmark.embedded.errors import ServiceError
from flawmark.embedded.folders import DataFolder

_START_TIMEOUT_S = 30


class Valkey:
    """One Valkey server over one data folder.

    Attributes:
        log_path: What the server writes.
        socket_path: The only way in; there is no TCP port.
    """

    title = "Valkey"

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        self._folder = folder
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self.log_path = folder.logs / "valkey.log"
        self.socket_path = folder.make_private(folder.run_folder() / "valkey") / "valkey.sock"

    @property
    def url(self) -> str:
        """For redis-py and Django's cache; Celery writes the same place `redis+socket://PATH?virtual_host=0`."""
        return f"unix://{self.socket_path}?db=0"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server, None before `start`."""
        return self._process

    def start(self, give_up: Callable[[], bool] = processes.never) -> None:
        """Start the server, or start it again after a crash; returns when it answers.

        Args:
            give_up: Asked while waiting; yes ends the wait without an error.

        Raises:
            ServiceError: It ended or did not answer; the message carries the end of its log.
        """
        data = self._folder.make_private(self._folder.path / "valkey")
        pid_path = data / "valkey.pid"
        with suppress(FileNotFoundError, ValueError):
            processes.end_predecessor(
                int(pid_path.read_text()), marker=str(self.socket_path), polite_signal=signal.SIGTERM
            )
        process = processes.spawn(
            [
                str(binaries.valkey_server()), "--port", "0",
                "--unixsocket", str(self.socket_path), "--unixsocketperm", "700",
                "--dir", str(data), "--pidfile", str(pid_path),
                "--appendonly", "yes" if self._durable else "no", "--save", "",
                "--maxmemory-policy", "noeviction", "--daemonize", "no",
            ],
            log_path=self.log_path,
            death_signal=signal.SIGTERM,
        )  # fmt: skip
        self._process = process
        if not processes.wait_until(
            lambda: process.poll() is not None or give_up() or self._answers(), timeout_s=_START_TIMEOUT_S
        ):
            self.stop()
            raise ServiceError(f"Valkey did not answer within {_START_TIMEOUT_S} s.\n{self.last_lines()}")
        if process.poll() is not None:
            raise ServiceError(f"Valkey ended while starting.\n{self.last_lines()}")

    def has_unfinished_tasks(self) -> bool:
        """Whether workers, all dead by now, took tasks from the broker and did not finish them."""
        with redis.Redis(unix_socket_path=str(self.socket_path)) as client:
            return bool(client.keys("*unacked_index"))

    def _answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket_path)) as client:
                return bool(client.ping())
        except redis.RedisError:  # refused, or still loading its file
            return False

    def last_lines(self) -> str:
        """The end of its log."""
        return logs.last_lines(self.log_path)

    def stop(self) -> None:
        """Stop the server; what it acknowledged is on disk."""
        if self._process is not None:
            processes.stop(self._process, [(signal.SIGTERM, 3.0)])

"""One supervisor per data folder."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import psutil

from flawmark.embedded import guard
from flawmark.embedded.errors import EmbeddedError

_CLEAN_UP_PATIENCE_S = 8.0


class FolderLock:
    """Holds the data folder, together with a guard process that cleans up after us and holds it just as long.

    Entering ends whatever an earlier supervisor of this folder left, leaving whatever is left of ours.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "supervisor.lock"
        self.mark = str(data_dir)

    def __enter__(self) -> "FolderLock":
        self._lock_fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._acquire()
        except EmbeddedError:
            os.close(self._lock_fd)
            raise
        os.ftruncate(self._lock_fd, 0)
        os.pwrite(self._lock_fd, str(os.getpid()).encode(), 0)
        guard.end_marked(self.mark)
        self._start_guard()
        return self

    def _acquire(self) -> None:
        deadline = time.monotonic() + _CLEAN_UP_PATIENCE_S
        while True:
            try:
                fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(self._lock_fd, 32, 0).decode()
                # Of a supervisor that was killed only the guard is left, and not for long.
                if (holder and psutil.pid_exists(int(holder))) or time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"Flawmark already runs on the data folder {self._path.parent} (process {holder}): "
                        "stop it, or set FLAWMARK_DATA_DIR to another folder."
                    ) from None
                time.sleep(0.1)
            else:
                return

    def _start_guard(self) -> None:
        read_fd, self._alive_fd = os.pipe()
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__, str(read_fd), self.mark],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={},
            pass_fds=(read_fd, self._lock_fd),
            start_new_session=True,
        )
        os.close(read_fd)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._alive_fd)
        self._guard.wait()
        os.close(self._lock_fd)

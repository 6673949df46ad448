"""The embedded PostgreSQL: one cluster in the data folder, on a private unix socket."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from flawmark.embedded import binaries, logs, processes
from flawmark.embedded.accounts import can_enter
from flawmark.embedded.errors import EmbeddedError, ServiceError
from flawmark.embedded.folders import DataFolder

_START_TIMEOUT_S = 60
_CRASH_RETRIES = 20
_NAME = "flawmark"  # of the superuser and of the database
_FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_STOP = [(signal.SIGINT, 2.5), (signal.SIGQUIT, 1.0)]  # fast, then immediate shutdown


class Postgres:
    """One PostgreSQL server over one data folder.

    Args:
        folder: Where the cluster is kept.
        durable: False gives up crash safety for speed: throw-away test databases only.

    Attributes:
        log_path: What the server writes.
        socket_folder: The only way in; there is no TCP port.
    """

    title = "PostgreSQL"

    def __init__(self, folder: DataFolder, *, durable: bool = True) -> None:
        self._folder = folder
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self.log_path = folder.logs / "postgres.log"
        self._bin = binaries.postgres_bin(folder.account)
        self.socket_folder = folder.make_private(folder.run_folder() / "postgres", for_account=True)

    @property
    def url(self) -> str:
        """A libpq URL: `postgresql://flawmark@/flawmark?host=FOLDER`, the folder percent-encoded."""
        return self._url(_NAME)

    def _url(self, database: str) -> str:
        return f"postgresql://{_NAME}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running postmaster, None before `start`."""
        return self._process

    def start(self, give_up: Callable[[], bool] = processes.never) -> None:
        """Start the server, also after a crash; cluster and database are created if absent.

        Args:
            give_up: Asked while waiting; yes ends the wait without an error.

        Raises:
            ServiceError: It ended or did not answer; the message carries the end of its log.
            EmbeddedError: The cluster on disk is of another PostgreSQL version.
        """
        cluster = self._cluster()
        self._clear_pid_file(cluster)
        for _ in range(_CRASH_RETRIES):
            if self._try_to_start(cluster, give_up):
                break
            time.sleep(0.25)
        else:
            raise ServiceError(f"PostgreSQL ended while starting.\n{self.last_lines()}")
        if not give_up():
            self._create_database()

    def _try_to_start(self, cluster: Path, give_up: Callable[[], bool]) -> bool:
        """False when the backends of a crashed server still hold its shared memory, for a moment."""
        log_size = self.log_path.stat().st_size if self.log_path.exists() else 0
        process = self._process = self._spawn(cluster)
        if not processes.wait_until(
            lambda: process.poll() is not None or give_up() or self._answers(), timeout_s=_START_TIMEOUT_S
        ):
            self.stop()
            raise ServiceError(f"PostgreSQL did not answer within {_START_TIMEOUT_S} s.\n{self.last_lines()}")
        if process.poll() is None:
            return True
        if self._logged_since(log_size, b"shared memory block"):
            return False
        raise ServiceError(f"PostgreSQL ended while starting.\n{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of its log."""
        return logs.last_lines(self.log_path)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self._process is not None:
            processes.stop(self._process, _STOP)

    def _cluster(self) -> Path:
        cluster = self._home() / "postgres"
        if not (cluster / "PG_VERSION").exists():
            self._create_cluster(cluster)
        ours = subprocess.run(
            [str(self._bin / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
        version = (cluster / "PG_VERSION").read_text().strip()
        if version not in ours.stdout.split()[2].split("."):
            raise EmbeddedError(
                f"The database in {cluster} was made by PostgreSQL {version}, "
                f"and this is {ours.stdout.strip()}: choose another FLAWMARK_DATA_DIR."
            )
        return cluster

    def _home(self) -> Path:
        """The data folder, or a folder of root's that it links to if PostgreSQL's account cannot reach it."""
        folder, account = self._folder, self._folder.account
        link = folder.path / "postgres-home"
        if link.is_symlink():
            return link.resolve()
        if account is None or can_enter(folder.path, account):
            return folder.path
        if (folder.path / "postgres").exists():
            raise EmbeddedError(
                f"The account '{account.name}' can no longer reach the database in {folder.path}."
            )
        binaries.SHARED_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
        home = Path(tempfile.mkdtemp(dir=binaries.SHARED_ROOT, prefix="data-"))
        home.chmod(0o711)
        link.symlink_to(home)
        return home

    def _create_cluster(self, cluster: Path) -> None:
        """Make the cluster beside its place and rename it: an interrupted initdb leaves no half cluster."""
        beginning = cluster.with_name("postgres.new")
        shutil.rmtree(beginning, ignore_errors=True)
        self._folder.make_private(beginning, for_account=True)
        initdb = processes.spawn(
            [
                str(self._bin / "initdb"), "--pgdata", str(beginning), "--username", _NAME, "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C",
                "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
                *([] if self._durable else ["--no-sync"]),
            ],
            log_path=self.log_path,
            env=_plain_environment(),
            cwd=Path("/"),
            account=self._folder.account,
        )  # fmt: skip
        if initdb.wait() != 0:
            raise ServiceError(f"PostgreSQL could not create its data folder.\n{self.last_lines()}")
        beginning.rename(cluster)

    def _clear_pid_file(self, cluster: Path) -> None:
        """End a server that outlived its supervisor; forget one that is gone, though its pid is in use."""
        pid_file = cluster / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            processes.end_predecessor(pid, marker=str(cluster), polite_signal=signal.SIGINT)
        pid_file.unlink(missing_ok=True)

    def _spawn(self, cluster: Path) -> subprocess.Popen[bytes]:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.socket_folder}",
            "unix_socket_permissions=0700",
            "max_connections=100",
            "jit=off",
            "log_timezone=UTC",
            "timezone=UTC",
            *([] if self._durable else _FAST_AND_FORGETFUL),
        ]
        return processes.spawn(
            [
                str(self._bin / "postgres"),
                "-D",
                str(cluster),
                *(word for s in settings for word in ("-c", s)),
            ],
            log_path=self.log_path,
            env=_plain_environment(),
            cwd=Path("/"),
            account=self._folder.account,
            death_signal=signal.SIGINT,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _logged_since(self, offset: int, text: bytes) -> bool:
        with self.log_path.open("rb") as log:
            log.seek(offset)
            return text in log.read()

    def _create_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_NAME]).fetchone()
            if not exists:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_NAME)))


def _plain_environment() -> dict[str, str]:
    """No PG* variable or locale of the person who starts us may change the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

"""Which programs the application consists of, and in which environment each runs."""

import hashlib
import os
import signal
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import flawmark
from flawmark.embedded.folders import DataFolder
from flawmark.embedded.guard import MARK_VARIABLE
from flawmark.embedded.options import Options
from flawmark.embedded.programs import READY_VARIABLE, Program

_CELERY_APP = "flawmark.config.celery"
# A pool child that has loaded torch is replaced after its task: it would hold on to that memory for ever.
_POOL_CHILD_MAX_KIB = 450_000
_POOL_CHILD_MAX_TASKS = 500
# A second signal ends a running task; its message is delivered again.
_WORKER_STOP = ((signal.SIGTERM, 2.5), (signal.SIGQUIT, 1.0))


class Commands:
    """The command lines of one stack.

    Args:
        options: As the person asked.
        folder: The data folder.
        urls: `DATABASE_URL` and `REDIS_URL`.
        environment: What all programs inherit.
    """

    def __init__(
        self,
        options: Options,
        folder: DataFolder,
        urls: Mapping[str, str],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._options = options
        self._folder = folder
        cores = os.cpu_count() or 1
        self._pool_size = min(2, cores)
        self._env = {
            # Half the cores each for scorer and worker: more threads than cores are several times slower.
            "OMP_NUM_THREADS": str(max(1, cores // 2)),
            "MALLOC_ARENA_MAX": "2",
            "DJANGO_SETTINGS_MODULE": "flawmark.config.settings.prod",
            **environment,
            **urls,
            "FLAWMARK_SECRET_KEY": environment.get("FLAWMARK_SECRET_KEY") or folder.secret_key(),
            "FLAWMARK_DATA_DIR": str(folder.path),
            "FLAWMARK_PORT": str(options.port),
            MARK_VARIABLE: str(folder.path),
        }
        self._admin_password = self._env.pop("FLAWMARK_ADMIN_PASSWORD", "")
        # Six processes that compile the same libraries at every start would take most of its time.
        self._env.pop("PYTHONDONTWRITEBYTECODE", None)

    def prepare(self, *steps: str) -> Program:
        """Database, static files, queues, first user; alone in being told the administrator's password."""
        program = self._python("prepare", "-m", "flawmark.embedded.prepare", *steps)
        program.shown = True
        if self._admin_password:
            program.env = {**program.env, "FLAWMARK_ADMIN_PASSWORD": self._admin_password}
        return program

    def demo(self) -> Program:
        """The demonstration data set; may take minutes, and starts again where it was interrupted."""
        return self._python("demo", "-m", "django", "demo")

    def application(self) -> list[Program]:
        """Web server, scorer, worker and scheduler."""
        return [self._web(), *self._workers(), self._beat()]

    def _python(self, name: str, *arguments: str) -> Program:
        # -P: the folder we are started in is not a place to import from.
        argv = [sys.executable, "-P", *arguments]
        return Program(title=name, argv=argv, env=self._env, log_path=self._folder.logs / f"{name}.log")

    def _web(self) -> Program:
        return self._python(
            "web", "-m", "granian", "--interface", "asginl", "--host", self._options.host,
            "--port", str(self._options.port), "--workers", "1", "--respawn-failed-workers",
            # An open event stream would block the shutdown for ever.
            "--workers-kill-timeout", "2", "flawmark.config.asgi:application",
        )  # fmt: skip

    def _workers(self) -> list[Program]:
        pool = [
            "-P",
            "prefork",
            "-c",
            str(self._pool_size),
            "--max-memory-per-child",
            str(_POOL_CHILD_MAX_KIB),
        ]
        scorer = self._worker("scorer", "-Q", "score", "-P", "solo")
        # A prediction uses every core for a moment; its waiting threads sleep, so that no training starves.
        scorer.env = {"OMP_WAIT_POLICY": "PASSIVE", **scorer.env}
        return [
            scorer,
            self._worker(
                "worker", "-Q", "cpu,io,gpu", *pool, "--max-tasks-per-child", str(_POOL_CHILD_MAX_TASKS)
            ),
        ]

    def _worker(self, name: str, *arguments: str) -> Program:
        program = self._python(
            name, "-m", "flawmark.embedded.celery_worker", "-A", _CELERY_APP, "worker",
            "-n", f"{name}@flawmark", "--without-gossip", "--without-mingle", "-l", "INFO", *arguments,
        )  # fmt: skip
        program.ready_path = self._folder.run_folder() / f"{name}.ready"
        program.env = {**program.env, READY_VARIABLE: str(program.ready_path)}
        program.escalation = _WORKER_STOP
        return program

    def _beat(self) -> Program:
        return self._python("beat", "-m", "celery", "-A", _CELERY_APP, "beat", "-l", "INFO", "--pidfile", "")

    def static_files_fingerprint(self) -> str:
        """Changes whenever `collectstatic` would collect something else."""
        digest = hashlib.sha256()
        for name in sorted(f"{package.name}={package.version}" for package in metadata.distributions()):
            digest.update(name.encode())
        package = Path(flawmark.__file__).parent
        built = Path(self._env.get("FLAWMARK_FRONTEND_DIST") or package.parents[1] / "frontend" / "dist")
        files = [path for folder in (built, *package.glob("*/static")) for path in folder.rglob("*")]
        for path in sorted(path for path in files if path.is_file()):
            facts = path.stat()
            digest.update(f"{path}:{facts.st_size}:{facts.st_mtime_ns}".encode())
        return digest.hexdigest()

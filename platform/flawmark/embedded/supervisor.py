"""Runs the whole of Flawmark on one machine: from an empty folder to READY, and down again."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from flawmark.embedded import guard, logs, readiness
from flawmark.embedded.accounts import service_account
from flawmark.embedded.commands import Commands
from flawmark.embedded.errors import ServiceError
from flawmark.embedded.folders import DataFolder
from flawmark.embedded.lock import FolderLock
from flawmark.embedded.options import Options
from flawmark.embedded.postgres import Postgres
from flawmark.embedded.programs import Part, Program, exit_code
from flawmark.embedded.stop_request import StopRequest
from flawmark.embedded.supervised import Supervised
from flawmark.embedded.valkey import Valkey

_START_TIMEOUT_S = 180
_POLL_S = 0.1
_REST_S = 5.0
_REST_WHILE_DOWN_S = 0.5


class _StopError(Exception):
    """Somebody asked us to stop."""


class Supervisor:
    """One run, from start to stop.

    Args:
        options: As the person asked.
        stop: Asked all the time whether to stop.
        say: Takes each sentence for the person.
    """

    def __init__(self, options: Options, stop: StopRequest, say: Callable[[str], None]) -> None:
        self._options = options
        self._stop = stop
        self._say = say
        self._folder = DataFolder(options.data_dir, service_account())
        self._services: list[Postgres | Valkey] = []
        self._programs: list[Program] = []  # run until we stop them
        self._errands: list[Program] = []  # run once, to their end

    def run(self) -> None:
        """Start everything, say READY, and keep it running until somebody asks to stop.

        Raises:
            EmbeddedError: Something did not start; nothing is left running.
        """
        with ExitStack() as stack:
            lock = stack.enter_context(FolderLock(self._folder.path))
            readiness.require_free_port(self._options)
            stack.callback(self._folder.remove_run_folder)
            stack.callback(lambda: _stop_all(self._services))
            stack.callback(
                guard.end_marked, lock.mark
            )  # what left its parents must not use the services longer
            stack.callback(lambda: _stop_all([*self._programs, *self._errands]))
            try:
                commands = self._start()
                self._say(f"READY {self._options.url}")
                self._keep_running(commands)
            except _StopError:
                self._say("Stopping.")

    def _start(self) -> Commands:
        self._say(f"Data and logs are in {self._folder.path}.")
        commands = Commands(self._options, self._folder, self._start_services())
        self._say("Preparing the database.")
        self._prepare(commands)
        self._say("Starting the web server and the workers.")
        self._programs = commands.application()
        for program in self._programs:
            self._start_part(program)
        self._wait_for(lambda: all(program.is_ready() for program in self._programs))
        self._wait_for(lambda: readiness.web_answers(self._options))
        return commands

    def _start_services(self) -> dict[str, str]:
        urls = {"DATABASE_URL": self._options.database_url, "REDIS_URL": self._options.redis_url}
        for variable, service_class in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey)):
            if urls[variable] is None:
                self._say(f"Starting {service_class.title}.")
                service = service_class(self._folder)
                self._services.append(service)
                self._start_part(service)
                urls[variable] = service.url
        return {variable: str(url) for variable, url in urls.items()}

    def _prepare(self, commands: Commands) -> None:
        steps = []
        fingerprint, mark = commands.static_files_fingerprint(), self._folder.path / "static-files"
        if not mark.exists() or mark.read_text() != fingerprint:
            steps.append("static")
        if any(isinstance(service, Valkey) and service.has_unfinished_tasks() for service in self._services):
            steps.append("requeue")
        errand = commands.prepare(*steps)
        self._errands = [errand]
        self._start_part(errand)
        self._wait_for(lambda: exit_code(errand) == 0)
        mark.write_text(fingerprint)

    def _start_part(self, part: Part) -> None:
        part.start(lambda: self._stop.made)
        if self._stop.made:
            raise _StopError

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait, and fail as soon as something has ended that should not."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not condition():
            if self._stop.wait(_POLL_S):
                raise _StopError
            ended = [part for part in [*self._services, *self._programs] if exit_code(part) is not None]
            for part in [*ended, *(errand for errand in self._errands if exit_code(errand))]:
                raise ServiceError(f"{part.title} failed; {part.log_path} ends with:\n{part.last_lines()}")
            if time.monotonic() > deadline:
                raise ServiceError(f"Not ready after {_START_TIMEOUT_S} s: see {self._folder.logs}.")

    def _keep_running(self, commands: Commands) -> None:
        watched = [Supervised(part) for part in [*self._services, *self._programs]]
        demo_mark = self._folder.path / "demo-done"
        self._errands = [commands.demo()] if self._options.demo and not demo_mark.exists() else []
        for demo in self._errands:
            self._start_part(demo)
        while not self._stop.wait(_REST_WHILE_DOWN_S if any(one.is_down for one in watched) else _REST_S):
            for one in watched:
                if sentence := one.check(lambda: self._stop.made):
                    self._say(sentence)
            for demo in [errand for errand in self._errands if exit_code(errand) is not None]:
                self._errands.remove(demo)
                if exit_code(demo) == 0:
                    demo_mark.touch()
                else:
                    self._say(f"The demonstration data could not be made: see {demo.log_path}.")
            logs.rotate(self._folder.logs)
        raise _StopError


def _stop_all(parts: Iterable[Part]) -> None:
    """Ask all to stop at the same time, and wait for the slowest."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda part: part.stop(), parts))

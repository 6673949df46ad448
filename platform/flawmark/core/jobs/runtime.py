"""What happens around a job inside a worker: claim, heartbeat, progress, cancel, result."""

import functools
import os
import socket
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psutil
import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from flawmark.core.errors import FlawmarkError
from flawmark.core.jobs.services import job_announce, job_enqueue, job_take_back
from flawmark.core.models import Job, JobState

HEARTBEAT_S = 5.0
PROGRESS_WRITE_S = 0.5
LOG_TAIL_CHARS = 20_000
UNEXPECTED = "Something went wrong on our side. The log of this job has the details."

log = structlog.get_logger(__name__)


class JobCancelled(Exception):
    """Someone asked for a stop."""


class JobLost(Exception):
    """Another worker owns the job now; nothing more may be written."""


class JobPaused(Exception):
    """There is more to do, but others are waiting: go on later, in a message of its own."""


class JobRun:
    """A claimed job. Every write filters on the attempt, so that a lost claim changes nothing."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.payload: dict[str, Any] = job.payload
        self._last_write = 0.0
        self._unwritten = ""
        self._last_fraction_at: tuple[float, float] | None = None

    def progress(self, fraction: float, message: str) -> None:
        """Report `fraction` (0..1) and a sentence. Raises JobCancelled or JobLost."""
        now = time.monotonic()
        if now - self._last_write < PROGRESS_WRITE_S and fraction < 1.0:
            self._unwritten = message[:300]
            return
        self._last_write, self._unwritten = now, ""
        self._write(fraction=fraction, message=message[:300], eta_s=self._eta_s(fraction, now))
        self.job.refresh_from_db()
        if self.job.cancel_requested_at is not None:
            raise JobCancelled
        job_announce(self.job)

    def log(self, line: str) -> None:
        """Append a line to the job's log, of which the tail is kept."""
        tail = f"{self.job.log_tail}{timezone.now():%H:%M:%S} {line}\n"[-LOG_TAIL_CHARS:]
        self._write(log_tail=tail)
        self.job.log_tail = tail

    def _eta_s(self, fraction: float, now: float) -> float | None:
        if self._last_fraction_at is None or fraction < self._last_fraction_at[1]:
            self._last_fraction_at = (now, fraction)
        start, first = self._last_fraction_at
        return (now - start) * (1 - fraction) / (fraction - first) if fraction - first > 0.02 else None

    def _write(self, **fields: Any) -> None:
        claimed = Job.objects.filter(id=self.job.id, attempt=self.job.attempt, state=JobState.RUNNING)
        if not claimed.update(heartbeat_at=timezone.now(), **fields):
            raise JobLost

    def pause(self) -> None:
        """Let the worker turn to others; the job stays `running`, owned by nobody, until its next message."""
        self._write(worker="")
        job_enqueue(self.job)

    def finish(self, state: JobState, **fields: Any) -> None:
        """End the job; its last message is kept even where it came too soon after the one before."""
        if self._unwritten:
            fields.setdefault("message", self._unwritten)
        self._write(state=state, finished_at=timezone.now(), eta_s=None, **fields)
        self.job.refresh_from_db()
        job_announce(self.job)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def claim(job_id: UUID) -> Job | None:
    """Take a queued job, or one whose worker process on this host is dead. None: not ours to run."""
    now = timezone.now()
    mine = {
        "state": JobState.RUNNING,
        "attempt": F("attempt") + 1,
        "heartbeat_at": now,
        "worker": worker_name(),
        "started_at": Coalesce("started_at", now),
    }
    waiting = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, worker="")
    if Job.objects.filter(waiting, id=job_id).update(**mine):
        return Job.objects.get(id=job_id)
    lost = Job.objects.filter(id=job_id, state=JobState.RUNNING).first()
    if lost is None or not _is_dead_here(lost.worker) or not job_take_back(lost):
        return None
    if Job.objects.filter(id=job_id, state=JobState.QUEUED).update(**mine):
        return Job.objects.get(id=job_id)
    return None


def _is_dead_here(worker: str) -> bool:
    host, _, pid = worker.rpartition(":")
    return host == socket.gethostname() and pid.isdigit() and not psutil.pid_exists(int(pid))


class Heartbeat(threading.Thread):
    """Keeps a job's claim alive from the side, on a connection of its own, while the work computes."""

    def __init__(self, job: Job) -> None:
        super().__init__(daemon=True, name=f"heartbeat-{job.id}")
        self._job, self._done = job, threading.Event()

    def run(self) -> None:
        while not self._done.wait(HEARTBEAT_S):
            try:
                claimed = Job.objects.filter(
                    id=self._job.id, attempt=self._job.attempt, state=JobState.RUNNING
                )
                if not claimed.update(heartbeat_at=timezone.now()):
                    break
            except Exception:
                log.warning("heartbeat failed", job=str(self._job.id), exc_info=True)
            finally:
                connection.close()

    def __enter__(self) -> "Heartbeat":
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._done.set()
        self.join()


def execute(job_id: str, work: Callable[[JobRun], dict[str, Any] | None]) -> None:
    """Run one job to a final state. Only unexpected errors are logged with their trace."""
    job = claim(UUID(job_id))
    if job is None:
        return
    run = JobRun(job)
    job_announce(job)
    try:
        _work_and_finish(run, work)
    except JobLost:
        log.warning("job lost to another worker", job=job_id)


def _work_and_finish(run: JobRun, work: Callable[[JobRun], dict[str, Any] | None]) -> None:
    job = run.job
    try:
        with Heartbeat(job):
            result = work(run)
        run.finish(JobState.SUCCEEDED, fraction=1.0, result=result or {})
    except JobPaused:
        run.pause()
    except JobLost:
        raise
    except (OperationalError, InterfaceError) as error:
        # The database went away, not the work: without a heartbeat the sweep starts the job again.
        log.warning("database away during a job", job=str(job.id), exc_info=True)
        raise JobLost from error
    except JobCancelled:
        run.finish(JobState.CANCELLED, message="Cancelled")
    except FlawmarkError as error:
        run.finish(JobState.FAILED, error_code=error.code, error_detail=error.detail)
    except Exception:
        log.exception("job failed", job=str(job.id), kind=job.kind)
        tail = (run.job.log_tail + traceback.format_exc())[-LOG_TAIL_CHARS:]
        run.finish(JobState.FAILED, error_code="internal", error_detail=UNEXPECTED, log_tail=tail)


def job_task(kind: str, *, queue: str) -> Callable[[Callable[[JobRun], dict[str, Any] | None]], Any]:
    """Turn a function of a JobRun into the Celery task `kind` that runs jobs of that kind."""

    def decorate(work: Callable[[JobRun], dict[str, Any] | None]) -> Any:
        @shared_task(name=kind, queue=queue)
        @functools.wraps(work)
        def task(job_id: str) -> None:
            # A caller inside a transaction needs its connection; a worker's may have died since the last job.
            if not connection.in_atomic_block:
                close_old_connections()
            execute(job_id, work)

        return task

    return decorate

"""Jobs: one worker at a time, nothing lost, nothing done twice."""

import os
import socket
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.jobs import JobPaused, JobRun, job_cancel, job_create, jobs_requeue_lost
from flawmark.core.jobs import runtime as job_runtime
from flawmark.core.jobs import services as job_services
from flawmark.core.jobs.runtime import claim, execute, worker_name
from flawmark.core.models import Job, JobState

TEAM_ID = uuid.UUID(int=1)
HOST = socket.gethostname()
LONG_AGO = timedelta(hours=1)
DEAD_PID = 2**22 + 1  # beyond the kernel's largest pid


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs whose message was sent to the broker."""
    ids: list[str] = []
    for module in (job_services, job_runtime):
        monkeypatch.setattr(module, "job_enqueue", lambda job: ids.append(str(job.id)))
    return ids


@pytest.fixture
def job(db: None, sent: list[str]) -> Job:
    return job_create(team_id=TEAM_ID, kind="tests.work", queue="io", title="Work", payload={"n": 3})


def now_of(job: Job) -> Job:
    return Job.objects.get(id=job.id)


def run(job: Job, work: Callable[[JobRun], Any]) -> Job:
    execute(str(job.id), work)
    return now_of(job)


def test_a_job_runs_to_its_result(job: Job) -> None:
    done = run(job, lambda run: {"twice": run.payload["n"] * 2})
    assert (done.state, done.result, done.fraction, done.attempt) == ("succeeded", {"twice": 6}, 1.0, 1)
    assert done.finished_at is not None


def test_the_last_message_is_kept_however_soon_it_came(job: Job) -> None:
    def work(this: JobRun) -> None:
        for number in range(5):
            this.progress(number / 10, f"{number + 1} of 5")

    done = run(job, work)
    assert (done.state, done.message) == ("succeeded", "5 of 5")


def test_a_message_is_sent_after_the_commit_only(
    db: None, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = job_create(team_id=TEAM_ID, kind="tests.work", queue="io", title="Work")
        assert sent == []
    assert sent == [str(job.id)]


def test_an_ended_job_is_not_run_again(job: Job) -> None:
    calls: list[int] = []
    for _ in range(3):
        run(job, lambda _run: calls.append(1))
    assert (len(calls), now_of(job).attempt) == (1, 1)


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (InvalidInput("The pool is empty.", code="empty_pool"), "empty_pool", "The pool is empty."),
        (ZeroDivisionError("secret"), "internal", job_runtime.UNEXPECTED),
    ],
)
def test_a_failure_is_told_in_a_sentence(job: Job, error: Exception, code: str, detail: str) -> None:
    def fail(_run: JobRun) -> None:
        raise error

    failed = run(job, fail)
    assert (failed.state, failed.error_code, failed.error_detail) == ("failed", code, detail)
    assert ("ZeroDivisionError: secret" in failed.log_tail) == (code == "internal")


@pytest.mark.parametrize("error", [OperationalError("the connection is lost")])
def test_a_lost_database_does_not_fail_the_job(job: Job, error: Exception) -> None:
    def fail(_run: JobRun) -> None:
        raise error

    assert run(job, fail).state == JobState.RUNNING
    Job.objects.update(heartbeat_at=timezone.now() - LONG_AGO)
    jobs_requeue_lost()
    assert run(job, lambda _run: None).state == JobState.SUCCEEDED


def test_a_queued_job_is_cancelled_at_once(job: Job) -> None:
    assert job_cancel(job=job).state == JobState.CANCELLED
    assert run(job, lambda _run: pytest.fail("it ran")).state == JobState.CANCELLED
    with pytest.raises(Conflict):
        job_cancel(job=job)


def test_a_running_job_stops_at_its_next_sign_of_progress(job: Job) -> None:
    reached: list[str] = []

    def work(run: JobRun) -> None:
        job_cancel(job=now_of(job))
        run.progress(0.5, "Half")
        reached.append("after")

    assert run(job, work).state == JobState.CANCELLED
    assert reached == []


def test_a_worker_that_lost_its_claim_changes_nothing(job: Job) -> None:
    def work(run: JobRun) -> dict[str, Any]:
        Job.objects.update(heartbeat_at=timezone.now() - LONG_AGO)
        jobs_requeue_lost()  # somebody thinks that this worker is dead
        run.log("still alive")
        return {"by": "ghost"}

    after = run(job, work)
    assert (after.state, after.result, after.log_tail) == (JobState.QUEUED, {}, "")
    assert run(job, lambda _run: {"by": "heir"}).result == {"by": "heir"}


def test_an_error_after_a_lost_claim_changes_nothing_either(job: Job) -> None:
    def work(_run: JobRun) -> None:
        Job.objects.update(heartbeat_at=timezone.now() - LONG_AGO)
        jobs_requeue_lost()
        raise ZeroDivisionError

    assert run(job, work).state == JobState.QUEUED


def test_a_redelivered_job_of_a_dead_process_is_taken_over(job: Job) -> None:
    host = worker_name().rpartition(":")[0]
    Job.objects.update(
        state=JobState.RUNNING, worker=f"{host}:{DEAD_PID}", heartbeat_at=timezone.now(), attempt=1
    )
    taken = claim(job.id)
    assert taken is not None
    assert (taken.worker, taken.losses) == (worker_name(), 1)


@pytest.mark.parametrize(
    "worker", [f"elsewhere:{DEAD_PID}", f"{worker_name().rpartition(':')[0]}:{os.getpid()}"]
)
def test_a_job_of_a_process_that_may_live_is_left_alone(job: Job, worker: str) -> None:
    Job.objects.update(state=JobState.RUNNING, worker=worker, heartbeat_at=timezone.now())
    assert claim(job.id) is None


def test_a_silent_worker_loses_its_job_and_a_message_is_sent(job: Job, sent: list[str]) -> None:
    claimed = claim(job.id)
    assert claimed is not None
    assert jobs_requeue_lost() == 0
    Job.objects.update(heartbeat_at=timezone.now() - LONG_AGO)
    assert jobs_requeue_lost() == 1
    assert (now_of(job).state, sent) == (JobState.QUEUED, [str(job.id)])
    assert now_of(job).attempt > claimed.attempt


def test_a_forgotten_message_is_sent_again_once(job: Job, sent: list[str]) -> None:
    assert jobs_requeue_lost() == 0
    Job.objects.update(enqueued_at=timezone.now() - LONG_AGO)
    assert [jobs_requeue_lost(), jobs_requeue_lost()] == [1, 0]
    assert sent == [str(job.id)]


def test_a_lost_job_that_was_being_cancelled_is_cancelled(job: Job, sent: list[str]) -> None:
    claim(job.id)
    job_cancel(job=now_of(job))
    Job.objects.update(heartbeat_at=timezone.now() - LONG_AGO)
    jobs_requeue_lost()
    assert (now_of(job).state, sent) == (JobState.CANCELLED, [])


def test_a_job_that_kills_every_worker_is_given_up(job: Job) -> None:
    for _ in range(job_services.MAX_LOSSES):
        assert claim(job.id) is not None
        Job.objects.update(heartbeat_at=timezone.now() - LONG_AGO)
        jobs_requeue_lost()
    given_up = now_of(job)
    assert (given_up.state, given_up.error_code) == (JobState.FAILED, "worker_lost")


def test_a_paused_job_goes_on_with_its_next_message(job: Job, sent: list[str]) -> None:
    def pause(_run: JobRun) -> None:
        raise JobPaused

    assert run(job, pause).state == JobState.RUNNING
    assert sent == [str(job.id)]
    assert run(job, lambda _run: None).state == JobState.SUCCEEDED


def test_the_log_keeps_its_tail(job: Job) -> None:
    def work(run: JobRun) -> None:
        for number in range(300):
            run.log(f"{number} " + "x" * 100)

    log = run(job, work).log_tail
    assert len(log) <= job_runtime.LOG_TAIL_CHARS
    assert "299 x" in log


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_gets_the_job(sent: list[str]) -> None:
    job = job_create(team_id=TEAM_ID, kind="tests.work", queue="io", title="Work")
    start, calls = threading.Barrier(8), []

    def work(_run: JobRun) -> None:
        calls.append(threading.get_ident())

    def worker() -> None:
        try:
            start.wait()
            execute(str(job.id), work)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(calls), now_of(job).state, now_of(job).attempt) == (1, JobState.SUCCEEDED, 1)

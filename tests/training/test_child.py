"""A training in its own process: it ends by itself, and one that is killed is taken up again."""

import os
import signal
import threading
import time
from urllib.parse import urlsplit

import psutil
import pytest
from django.db import connection
from factories import make_cast
from training_builders import TRAINED, make_model, make_pool, make_run

from flawmark.core.jobs import job_cancel
from flawmark.core.models import Job
from flawmark.training.models import ModelVersion
from flawmark.training.services.checkpoints import checkpoints_of
from flawmark.training.tasks import train

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def child_sees_the_test_database(monkeypatch: pytest.MonkeyPatch) -> None:
    name = connection.settings_dict["NAME"]
    given = urlsplit(os.environ["DATABASE_URL"])
    monkeypatch.setenv("DATABASE_URL", f"{given.scheme}://{given.netloc}/{name}?{given.query}")


def wait_for_worker(job: Job, not_pid: int) -> int:
    """The process id of the child that claimed the job, other than `not_pid`."""
    for _ in range(1200):
        job.refresh_from_db()
        pid = int(job.worker.rpartition(":")[2] or not_pid)
        if pid != not_pid:
            return pid
        time.sleep(0.05)
    raise AssertionError(f"Nobody took the job: {job.state}, attempt {job.attempt}")


def test_a_killed_training_is_taken_up_again_and_its_memory_is_given_back() -> None:
    cast = make_cast()
    # Long enough that the first child cannot be done before it is killed.
    run = make_run(make_pool(cast, train=30), cast, hyperparameters={"coreset_rows": 1000})
    parent = threading.Thread(target=train, args=(str(run.job_id),))
    parent.start()
    first = wait_for_worker(run.job, os.getpid())
    os.kill(first, signal.SIGKILL)
    second = wait_for_worker(run.job, first)
    parent.join()
    run.job.refresh_from_db()
    assert (run.job.state, run.job.losses) == ("succeeded", 1), run.job.log_tail
    assert ModelVersion.objects.get().run == run
    assert not psutil.pid_exists(first) and not psutil.pid_exists(second)


def test_a_training_cancelled_before_its_child_is_up_never_begins() -> None:
    cast = make_cast()
    run = make_run(make_pool(cast), cast)
    job_cancel(job=run.job)
    train(str(run.job_id))
    run.job.refresh_from_db()
    assert (run.job.state, run.job.attempt) == ("cancelled", 0)
    assert not ModelVersion.objects.exists()


def test_a_killed_training_of_a_network_goes_on_from_its_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAWMARK_TRAINING_CHECKPOINT_INTERVAL_S", "0.3")
    cast = make_cast()
    dataset = make_pool(cast, train=3)
    given = {"detector": "intra", "hyperparameters": TRAINED | {"steps": 300}}
    run = make_run(dataset, cast, **given)
    parent = threading.Thread(target=train, args=(str(run.job_id),))
    parent.start()
    kept = checkpoints_of(run).folder
    while parent.is_alive() and not list(kept.glob("*.pt")):
        time.sleep(0.01)
    run.job.refresh_from_db()
    os.kill(int(run.job.worker.rpartition(":")[2]), signal.SIGKILL)
    parent.join()
    run.job.refresh_from_db()
    run.refresh_from_db()
    assert (run.job.state, run.job.losses) == ("succeeded", 1), run.job.log_tail
    assert "Going on with inpainting at step" in run.job.log_tail
    steps = [point["step"] for point in run.curves]
    # Only points that were not written yet when the kill came may be missing.
    assert steps == sorted(set(steps)) and steps[-1] == 300 and len(steps) >= 100
    assert not kept.exists()
    straight = make_model(dataset, cast, dataset_version=run.dataset_version, **given)
    assert straight.artifact_sha256 == ModelVersion.objects.get(run=run).artifact_sha256

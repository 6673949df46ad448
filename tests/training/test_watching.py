"""What a training of a network leaves to be seen: curves, pictures, its report; and its checkpoints."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from factories import client_of, make_cast
from training_builders import TRAINED, finish, make_pool, make_run

from detectors.methods.intra.detector import InTra
from flawmark.core.jobs import job_cancel
from flawmark.core.jobs.runtime import JobLost, JobRun, claim
from flawmark.core.models import Job
from flawmark.training.models import ModelVersion, TrainingRun, TrainingStrip
from flawmark.training.services.checkpoints import (
    RESUMABLE_FOR_S,
    checkpoints_leave,
    checkpoints_of,
    checkpoints_sweep,
)
from flawmark.training.services.curves import MOST_POINTS
from flawmark.training.services.watching import MOST_STRIPS, RunWatcher

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/training-runs/"
STRIP = np.zeros((4, 12, 3), np.uint8)


def make_trained_run(**changes: object) -> TrainingRun:
    cast = make_cast()
    return make_run(make_pool(cast, train=3), cast, detector="intra", hyperparameters=TRAINED | changes)


def claimed(run: TrainingRun) -> JobRun:
    job = claim(run.job_id)
    assert job is not None
    return JobRun(job)


def test_a_training_shows_its_curves_pictures_and_report() -> None:
    cast = make_cast()
    dataset = make_pool(cast, train=3)
    run = make_run(dataset, cast, detector="intra", hyperparameters=TRAINED)
    assert finish(run).state == "succeeded", run.job.log_tail
    client = client_of(cast.viewer)
    answer = client.get(f"{RUNS}{run.id}/").json()
    steps = [point["step"] for point in answer["curves"]]
    assert steps == list(range(1, 31)) and answer["curves"][0]["stage"] == "inpainting"
    assert set(answer["curves"][0]["losses"]) == {"total", "l2", "gms", "ssim"}
    assert answer["report"]["steps"] == 30 and 0 < answer["report"]["share_of_paper"] < 1
    assert ModelVersion.objects.get(run=run).metrics["training"] == answer["report"]
    assert 1 < len(answer["strips"]) <= MOST_STRIPS
    address = answer["strips"][0]["picture_url"]
    picture = client.get(address)
    assert picture["Content-Type"] == "image/png" and picture.content.startswith(b"\x89PNG")
    assert client_of(cast.stranger).get(address).status_code == 404
    assert client.get(f"{RUNS}{run.id}/strips/{run.id}/").status_code == 404
    assert not checkpoints_of(run).folder.exists()


def test_steps_told_again_after_a_kill_replace_those_told_before() -> None:
    run = make_trained_run()
    first = RunWatcher(run, claimed(run))
    for step in range(1, 6):
        first.losses("coarse", step, {"loss": 1.0})
        first.pictures("coarse", step, STRIP)
    first.losses("fine", 1, {"loss": 9.0})
    first.write()
    run.refresh_from_db()
    second = RunWatcher(run, JobRun(Job.objects.get(id=run.job_id)))
    second.losses("coarse", 3, {"loss": 2.0})
    second.pictures("coarse", 3, STRIP)
    second.write()
    run.refresh_from_db()
    told = [(point["stage"], point["step"], point["losses"]["loss"]) for point in run.curves]
    assert sorted(told) == [("coarse", 1, 1.0), ("coarse", 2, 1.0), ("coarse", 3, 2.0), ("fine", 1, 9.0)]
    assert [strip.step for strip in run.strips.all()] == [1, 2, 3]
    assert "Going on with coarse at step 3." in Job.objects.get(id=run.job_id).log_tail


def test_long_trainings_are_thinned_and_keep_their_whole_course() -> None:
    run = make_trained_run()
    watcher = RunWatcher(run, claimed(run))
    for step in range(1, 3 * MOST_POINTS):
        watcher.losses("a", step, {"loss": 1.0})
    for step in range(1, 3 * MOST_STRIPS):
        watcher.pictures("a", step, STRIP)
    watcher.write()
    run.refresh_from_db()
    for steps, most in (
        ([point["step"] for point in run.curves], MOST_POINTS),
        ([strip.step for strip in run.strips.all()], MOST_STRIPS),
    ):
        assert most / 2 <= len(steps) <= most and steps == sorted(steps)
        assert steps[0] < most and steps[-1] == 3 * most - 1


def test_a_process_that_lost_the_run_writes_nothing_any_more() -> None:
    run = make_trained_run()
    watcher = RunWatcher(run, claimed(run))
    Job.objects.filter(id=run.job_id).update(attempt=7)
    with pytest.raises(JobLost):
        watcher.losses("a", 1, {"loss": 1.0})
    with pytest.raises(JobLost):
        watcher.pictures("a", 1, STRIP)
    run.refresh_from_db()
    assert run.curves == [] and not TrainingStrip.objects.exists()


@pytest.mark.parametrize("end", ["cancelled", "failed", "lost"])
def test_checkpoints_go_with_the_end_of_the_run_and_stay_when_only_its_process_ends(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_trained_run()
    folder = checkpoints_of(run).folder

    def broken(*_args: object, **_kwargs: object) -> None:
        folder.mkdir(parents=True)
        if end == "lost":
            raise JobLost
        if end == "failed":
            raise RuntimeError("Broken on purpose.")
        job_cancel(job=run.job)
        JobRun(Job.objects.get(id=run.job_id)).progress(1.0, "")

    monkeypatch.setattr(InTra, "fit", broken)
    assert finish(run).state == {"lost": "running"}.get(end, end)
    assert folder.exists() == (end == "lost")


def test_what_ended_runs_left_is_swept_away() -> None:
    run, gone = make_trained_run(), Path(settings.TRAINING_CHECKPOINT_DIR) / "of-nobody"
    mine = checkpoints_of(run).folder
    for folder in (mine, gone):
        folder.mkdir(parents=True)
    checkpoints_sweep()
    assert mine.exists() and not gone.exists()
    job_cancel(job=run.job)
    checkpoints_leave(run)
    checkpoints_sweep()
    assert mine.exists()
    two_days_ago = time.time() - 2 * RESUMABLE_FOR_S
    os.utime(mine / "resumable", (two_days_ago, two_days_ago))
    checkpoints_sweep()
    assert not mine.exists()

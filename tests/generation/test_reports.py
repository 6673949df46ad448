"""Repair reports: two trainings, one comparison on the frozen test split, and what it honestly says."""

from typing import Any

import pytest
from factories import Cast, client_of, make_cast
from generation_builders import make_finished_generation
from training_builders import SMALL, finish, make_pool

from flawmark.core.jobs import job_cancel
from flawmark.core.jobs.runtime import execute
from flawmark.datasets.models import Image, Label, Split
from flawmark.generation.models import GenerationRun, RepairReport
from flawmark.generation.services.comparing import repair_report_execute
from flawmark.generation.services.decisions import candidates_approve_unflagged
from flawmark.generation.services.reports import reports_advance
from flawmark.training.models import TrainingRun
from flawmark.training.services.pool import pool_of

pytestmark = pytest.mark.django_db

RUNS = "/api/v1/generation-runs/"


def approved_run(cast: Cast, **pool: Any) -> GenerationRun:
    run = make_finished_generation(make_pool(cast, **pool), cast)
    candidates_approve_unflagged(run=run, actor=cast.curator)
    return run


def ask(cast: Cast, run: GenerationRun, **changes: Any) -> Any:
    given = {"detector": "patchcore", "hyperparameters": SMALL, "seed": 3} | changes
    return client_of(cast.curator).post(f"{RUNS}{run.id}/report/", given)


def train_both(report: RepairReport) -> None:
    for training in (report.without, report.with_generated):
        assert finish(training).state == "succeeded", training.job.log_tail


def test_a_report_compares_the_same_detector_with_and_without_the_generated_images() -> None:
    cast = make_cast()
    run = approved_run(cast)
    answer = ask(cast, run)
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["state"], answer.json()["generated_images"]) == ("training", 3)
    report = RepairReport.objects.get()
    without, added = report.without, report.with_generated
    assert (without.seed, added.seed, without.hyperparameters) == (3, 3, added.hyperparameters)
    extra = {one.image_id for one in pool_of(added.dataset_version).train} - {
        one.image_id for one in pool_of(without.dataset_version).train
    }
    assert extra == set(Image.objects.filter(origin="generated").values_list("id", flat=True))
    train_both(report)
    assert reports_advance() == 1
    report.refresh_from_db()
    assert report.job is not None and reports_advance() == 0
    execute(str(report.job_id), repair_report_execute)
    shown = client_of(cast.viewer).get(f"{RUNS}{run.id}/report/").json()
    assert shown["state"] == "done", shown
    figures = shown["figures"]
    assert (figures["test_normals"], figures["test_defectives"]) == (3, 3)
    for name in ("image_auroc", "pixel_auroc"):
        one = figures[name]
        assert one["difference"] == pytest.approx(one["with_generated"] - one["without"])
        assert one["low"] <= one["difference"] <= one["high"]
        assert one["outcome"] in ("better", "worse", "undecided")
    assert figures["image_auroc"]["without"] == pytest.approx(
        without.model_version.metrics["image_auroc"], abs=1e-9
    )
    assert figures["pixel_auroc"]["without"] == pytest.approx(
        without.model_version.metrics["pixel_auroc"], abs=2e-3
    )


def test_the_end_of_the_second_training_begins_the_comparison(
    django_capture_on_commit_callbacks: Any,
) -> None:
    cast = make_cast()
    ask(cast, approved_run(cast, masks=False))
    report = RepairReport.objects.get()
    finish(report.without)
    with django_capture_on_commit_callbacks(execute=True):
        finish(report.with_generated)
    report.refresh_from_db()
    assert report.job is not None
    execute(str(report.job_id), repair_report_execute)
    report.refresh_from_db()
    assert report.figures["pixel_auroc"] is None and report.figures["image_auroc"] is not None


def test_its_models_are_marked_and_do_not_begin_to_serve() -> None:
    cast = make_cast()
    ask(cast, approved_run(cast, masks=False))
    train_both(RepairReport.objects.get())
    models = client_of(cast.viewer).get("/api/v1/models/").json()["results"]
    assert [(one["trigger"], one["stage"]) for one in models] == [("report", "candidate")] * 2


def test_trainings_that_were_done_are_not_repeated() -> None:
    cast = make_cast()
    run = approved_run(cast)
    ask(cast, run)
    report = RepairReport.objects.get()
    train_both(report)
    reports_advance()
    report.refresh_from_db()
    assert report.job_id is not None
    execute(str(report.job_id), repair_report_execute)
    again = ask(cast, run).json()
    assert (again["state"], TrainingRun.objects.count()) == ("comparing", 2)


def test_what_hinders_a_report_is_said() -> None:
    cast = make_cast()
    run = make_finished_generation(make_pool(cast), cast)
    assert client_of(cast.curator).get(f"{RUNS}{run.id}/report/").json()["code"] == "no_report"
    assert ask(cast, run).json()["code"] == "nothing_approved"
    candidates_approve_unflagged(run=run, actor=cast.curator)
    assert ask(cast, run, detector="magic").json()["field"] == "detector"
    Image.objects.filter(split=Split.TEST, label=Label.DEFECTIVE).update(split=Split.UNASSIGNED)
    answer = ask(cast, run)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_test_images")
    assert not RepairReport.objects.exists() and not TrainingRun.objects.exists()


def test_a_second_report_waits_for_the_first_and_may_follow_a_failed_one() -> None:
    cast = make_cast()
    run = approved_run(cast)
    assert ask(cast, run).status_code == 201
    assert ask(cast, run).json()["code"] == "report_running"
    job_cancel(job=RepairReport.objects.get().without.job)
    assert client_of(cast.viewer).get(f"{RUNS}{run.id}/report/").json()["state"] == "failed"
    assert ask(cast, run).status_code == 201
    assert TrainingRun.objects.count() == 3  # the one that still runs is used again


def test_only_curators_ask_for_a_report() -> None:
    cast = make_cast()
    run = approved_run(cast)
    assert client_of(cast.reviewer).post(f"{RUNS}{run.id}/report/", {}).status_code == 403
    assert client_of(cast.stranger).post(f"{RUNS}{run.id}/report/", {}).status_code == 404

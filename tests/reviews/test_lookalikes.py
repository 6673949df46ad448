"""One verdict for images that look the same."""

from typing import Any

import numpy as np
import pytest
from factories import Cast, client_of
from rest_framework.test import APIClient
from reviews_builders import judge, lease, look_like, make_dataset, make_model, make_task

from flawmark.accounts.models import AuditEntry
from flawmark.datasets.models import Dataset, Image, Label
from flawmark.reviews.models import Review, ReviewTask, TaskState

ALIKE, OTHERS = 5, 8


@pytest.fixture
def rita(cast: Cast) -> APIClient:
    return client_of(cast.reviewer)


@pytest.fixture
def dataset(cast: Cast) -> Dataset:
    """Five false alarms of one kind, and eight images of all kinds."""
    dataset = make_dataset(cast.team)
    model, rng = make_model(dataset), np.random.default_rng(2)
    for number in range(ALIKE + OTHERS):
        task = make_task(dataset, model, priority=0.9 - number / 100)
        group = np.full(16, 0.25) + rng.normal(0, 0.003, 16)
        look_like(task.image, group if number < ALIKE else rng.normal(0, 0.25, 16))
    return dataset


def path_of(task: dict[str, Any]) -> str:
    return f"/api/v1/review-tasks/{task['id']}/look-alikes/"


def test_only_look_alikes_that_nobody_holds_are_shown(cast: Cast, rita: APIClient, dataset: Dataset) -> None:
    first = lease(rita, dataset)
    shown = rita.get(path_of(first)).json()
    group = set(Image.objects.order_by("id")[:ALIKE].values_list("filename", flat=True))
    assert {line["filename"] for line in shown} == group - {first["image"]["filename"]}
    assert all(line["likeness"] >= 0.5 for line in shown)
    taken = lease(client_of(cast.second_reviewer), dataset, task=shown[0]["task"])
    assert taken["id"] not in {line["task"] for line in rita.get(path_of(first)).json()}
    assert client_of(cast.stranger).get(path_of(first)).status_code == 404
    assert client_of(cast.viewer).get(path_of(first)).status_code == 403


def test_what_the_browser_has_loaded_ahead_is_among_them(rita: APIClient, dataset: Dataset) -> None:
    first = lease(rita, dataset)
    alike = {line["task"] for line in rita.get(path_of(first)).json()}
    ahead = lease(rita, dataset, task=min(alike), prefetch=1, after=first["id"])
    assert ahead["id"] in alike
    assert {line["task"] for line in rita.get(path_of(first)).json()} == alike
    outcome = rita.post(path_of(first), {"tasks": [ahead["id"]], "verdict": "normal"}).json()
    assert (len(outcome["reviews"]), outcome["left_alone"]) == (1, [])


def test_one_verdict_judges_them_all_and_each_can_be_undone(rita: APIClient, dataset: Dataset) -> None:
    first = lease(rita, dataset)
    tasks = [line["task"] for line in rita.get(path_of(first)).json()]
    body = {"tasks": tasks, "verdict": "normal", "reason": "Reflection"}
    outcome = rita.post(path_of(first), body).json()
    assert (len(outcome["reviews"]), outcome["left_alone"]) == (ALIKE - 1, [])
    assert {review["reason"] for review in outcome["reviews"]} == {"Reflection"}
    assert Image.objects.filter(label=Label.NORMAL).count() == ALIKE - 1
    assert AuditEntry.objects.filter(action="review.together").count() == 1
    assert rita.get(path_of(first)).json() == []
    undone = rita.post(f"/api/v1/reviews/{outcome['reviews'][0]['id']}/undo/")
    assert undone.status_code == 200
    assert Image.objects.filter(label=Label.NORMAL).count() == ALIKE - 2


def test_what_cannot_be_judged_is_named_and_holds_up_nothing(
    cast: Cast, rita: APIClient, dataset: Dataset
) -> None:
    first = lease(rita, dataset)
    held, free, empty = (line["task"] for line in rita.get(path_of(first)).json()[:3])
    lease(client_of(cast.second_reviewer), dataset, task=held)
    inspection = ReviewTask.objects.get(id=empty).inspection
    assert inspection is not None
    inspection.model_version.map_scale = 1e-9  # nothing of it reaches the pixel threshold
    model = inspection.model_version
    model.pk, model.number, model.stage = None, 99, "candidate"
    model.run_id = _another_run(model).id
    model.save()
    inspection.model_version = model
    inspection.save()
    outcome = rita.post(path_of(first), {"tasks": [held, free, empty], "verdict": "accept"}).json()
    assert [review["task"] for review in outcome["reviews"]] == [free]
    assert {line["task"] for line in outcome["left_alone"]} == {held, empty}
    assert not Review.objects.filter(task=empty).exists()
    assert ReviewTask.objects.get(id=empty).state == "open"


def _another_run(model: Any) -> Any:
    from flawmark.core.models import Job
    from flawmark.training.models import TrainingRun

    job = Job.objects.create(team_id=model.dataset.team_id, kind="training.train", queue="cpu", title="Train")
    return TrainingRun.objects.create(
        dataset=model.dataset, dataset_version=model.dataset_version, detector="patchcore", job=job
    )


def test_a_mask_or_a_skip_is_nothing_for_many(rita: APIClient, dataset: Dataset) -> None:
    first = lease(rita, dataset)
    for verdict in ("corrected", "skip"):
        refused = rita.post(path_of(first), {"tasks": [first["id"]], "verdict": verdict})
        assert (refused.status_code, refused.json()["field"]) == (400, "verdict")


def test_a_second_opinion_has_no_look_alikes(rita: APIClient, dataset: Dataset) -> None:
    first = lease(rita, dataset)
    ReviewTask.objects.filter(id=first["id"]).update(round=2)
    assert rita.get(path_of(first)).json() == []
    ReviewTask.objects.filter(id=first["id"]).update(round=1)
    assert judge(rita, first, "normal").status_code == 200


def test_a_queue_of_nothing_but_look_alikes_still_has_them(rita: APIClient, dataset: Dataset) -> None:
    others = ReviewTask.objects.exclude(image__in=Image.objects.order_by("id")[:ALIKE])
    others.update(state=TaskState.DONE)
    first = lease(rita, dataset)
    assert len(rita.get(path_of(first)).json()) == ALIKE - 1

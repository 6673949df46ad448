"""Taking a verdict back restores the image and the task, or says why it cannot."""

from typing import Any

import pytest
from factories import Cast, client_of
from rest_framework.test import APIClient
from reviews_builders import (
    judge,
    lease,
    make_dataset,
    make_image,
    make_model,
    make_scene,
    make_task,
    paint,
    tile,
)

from flawmark.datasets.models import Image, Label, Split
from flawmark.datasets.services.labels import ImageChanges, image_update
from flawmark.reviews.models import Review, ReviewTask, TaskReason, TaskState
from flawmark.training.models import CalibrationWeight

STATE = ["label", "split", "current_revision", "labelled_by", "labelled_at", "quarantined_at"]


@pytest.fixture
def rita(cast: Cast) -> APIClient:
    return client_of(cast.reviewer)


def undo(client: APIClient, review: dict[str, Any]) -> Any:
    return client.post(f"/api/v1/reviews/{review['id']}/undo/")


@pytest.mark.parametrize("verdict", ["accept", "normal", "defective", "corrected"])
@pytest.mark.parametrize("in_pool", [False, True])
def test_undo_puts_everything_back(cast: Cast, rita: APIClient, verdict: str, in_pool: bool) -> None:
    dataset = make_dataset(cast.team)
    fields = {"label": Label.NORMAL, "split": Split.TRAIN, "labelled_by": cast.curator} if in_pool else {}
    image = make_image(dataset, **fields)
    make_task(dataset, make_model(dataset), image=image, reason=TaskReason.REQUESTED)
    before = Image.objects.values(*STATE).get(id=image.id)
    task = lease(rita, dataset)
    paint(rita, task, tile((0, 0, 9, 9)))
    review = judge(rita, task, verdict, draft_version=1).json()
    answer = undo(rita, review)
    assert answer.status_code == 200, answer.content
    assert answer.json()["task"] == task["id"]
    assert Image.objects.values(*STATE).get(id=image.id) == before
    assert not CalibrationWeight.objects.exists()
    again = lease(rita, dataset)
    assert (again["id"], again["lease"]["token"]) == (task["id"], 2)
    draft = rita.get(f"/api/v1/review-tasks/{task['id']}/draft/").json()
    assert (draft["version"], len(draft["layers"])) == (1, 1), "what was painted is still there"
    assert judge(rita, again, "normal", draft_version=1).status_code == 200


def test_what_is_taken_back_comes_before_what_is_on_the_screen(cast: Cast, rita: APIClient) -> None:
    dataset, model, first = make_scene(cast)
    make_task(dataset, model, priority=0.1)
    review = judge(rita, lease(rita, dataset), "normal").json()
    on_screen = lease(rita, dataset)
    undo(rita, review)
    assert lease(rita, dataset)["id"] == str(first.id)
    assert judge(rita, on_screen, "normal").json()["late"] is False


def test_undo_of_a_skip_offers_the_task_again(cast: Cast, rita: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    review = judge(rita, lease(rita, dataset), "skip").json()
    assert undo(rita, review).status_code == 200
    assert lease(rita, dataset)["id"] == str(task.id)


def test_only_the_judge_or_a_curator_takes_it_back(cast: Cast, rita: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    review = judge(rita, lease(rita, dataset), "normal").json()
    assert undo(client_of(cast.second_reviewer), review).status_code == 403
    assert undo(client_of(cast.stranger), review).status_code == 404
    assert undo(client_of(cast.viewer), review).status_code == 403
    assert undo(client_of(cast.curator), review).status_code == 200
    assert ReviewTask.objects.get().state == TaskState.OPEN
    assert undo(rita, review).json()["code"] == "already_undone"


def test_a_change_since_is_never_overwritten(cast: Cast, rita: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    review = judge(rita, lease(rita, dataset), "normal").json()
    image = Image.objects.get(id=task.image_id)
    changes = ImageChanges(label=Label.DEFECTIVE)
    image_update(image=image, expected_version=None, changes=changes, actor=cast.curator)
    assert undo(rita, review).json()["code"] == "image_changed"
    assert Image.objects.get(id=task.image_id).label == Label.DEFECTIVE


def test_only_the_newest_verdict_can_go(cast: Cast, rita: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    first = judge(rita, lease(rita, dataset), "normal").json()
    ReviewTask.objects.create(
        dataset=dataset, image=task.image, reason=TaskReason.REQUESTED, inspection=task.inspection
    )
    second = judge(rita, lease(rita, dataset), "accept").json()
    assert undo(rita, first).json()["code"] == "not_newest"
    assert undo(rita, second).status_code == 200
    assert undo(rita, first).json()["code"] == "task_waiting"
    assert Review.objects.get(id=first["id"]).undone_at is None
    ReviewTask.objects.filter(state=TaskState.LEASED).update(state=TaskState.WITHDRAWN)
    assert undo(rita, first).status_code == 200
    assert Image.objects.get().label == Label.UNLABELLED


def test_late_verdicts_have_nothing_to_undo(cast: Cast, rita: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    ReviewTask.objects.update(state=TaskState.OPEN, leased_to=None)
    late = judge(rita, task, "normal").json()
    assert late["late"] is True
    assert undo(rita, late).json()["code"] == "late_verdict"


def test_history_lists_and_filters(cast: Cast, rita: APIClient) -> None:
    dataset, model, _ = make_scene(cast)
    make_task(dataset, model)
    for verdict in ("normal", "accept"):
        judge(rita, lease(rita, dataset), verdict)

    def verdicts(client: APIClient, query: str) -> list[str]:
        return [line["verdict"] for line in client.get(f"/api/v1/reviews/?{query}").json()["results"]]

    assert verdicts(rita, "") == ["accept", "normal"]
    assert verdicts(rita, f"dataset={dataset.id}&reviewer=rita&verdict=normal&undone=false") == ["normal"]
    assert verdicts(rita, "reviewer=rolf") == []
    assert verdicts(client_of(cast.stranger), "") == []

"""Leases: one person a task, ten minutes of the database's time, and nothing lost when they end."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from factories import Cast, client_of
from rest_framework.test import APIClient
from reviews_builders import (
    judge,
    lease,
    make_dataset,
    make_model,
    make_scene,
    make_task,
    paint,
    tile,
)

from flawmark.datasets.models import Dataset, Image, Label
from flawmark.inspections.models import Band, Inspection
from flawmark.reviews.models import Disagreement, QueueSettings, Review, ReviewTask, TaskReason, TaskState
from flawmark.reviews.services.queue import queue_fill
from flawmark.reviews.tasks import return_expired_leases

LEASE = "/api/v1/review-tasks/lease/"


@pytest.fixture
def rita(cast: Cast) -> APIClient:
    return client_of(cast.reviewer)


@pytest.fixture
def rolf(cast: Cast) -> APIClient:
    return client_of(cast.second_reviewer)


def expire() -> None:
    ReviewTask.objects.filter(state=TaskState.LEASED).update(lease_expires_at=Now() - timedelta(seconds=1))


def nothing_for(client: APIClient, dataset: Dataset) -> bool:
    return client.post(LEASE, {"dataset": str(dataset.id)}).status_code == 204


def test_the_task_has_all_that_the_workspace_shows(cast: Cast, rita: APIClient) -> None:
    dataset, model, task = make_scene(cast)
    shown = lease(rita, dataset)
    assert shown["lease"]["token"] == 1
    assert shown["image"]["content_url"] == f"/api/v1/images/{task.image_id}/content/"
    assert shown["inspection"]["map"] == {
        "url": f"/api/v1/inspections/{task.inspection_id}/map/", "height": 8, "width": 8, "scale": 0.001,
    }  # fmt: skip
    assert shown["inspection"]["model_version"] == str(model.id)
    assert shown["thresholds"] == {"t1": 0.4, "t2": 0.6, "pixel_threshold": 0.5}
    assert [kind["name"] for kind in shown["defect_types"]] == ["defect"]
    assert (shown["queue_length"], shown["state"]) == (1, "leased")


def test_best_first_and_the_same_one_until_it_is_judged(cast: Cast, rita: APIClient, rolf: APIClient) -> None:
    dataset = make_dataset(cast.team)
    low, high = make_task(dataset, priority=0.1), make_task(dataset, priority=0.9)
    first = lease(rita, dataset)
    assert first["id"] == str(high.id)
    assert lease(rita, dataset)["id"] == str(high.id)
    assert lease(rolf, dataset)["id"] == str(low.id)
    assert nothing_for(client_of(cast.curator), dataset)
    judge(rita, first, "normal")
    assert nothing_for(rita, dataset)


def test_what_is_loaded_ahead_is_what_comes_next(cast: Cast, rita: APIClient, rolf: APIClient) -> None:
    dataset = make_dataset(cast.team)
    for priority in (0.9, 0.8, 0.7):
        make_task(dataset, priority=priority)
    first = lease(rita, dataset)
    ahead = lease(rita, dataset, prefetch=1, after=first["id"])
    assert ahead["id"] != first["id"]
    assert lease(rolf, dataset)["id"] not in (first["id"], ahead["id"])
    assert lease(rita, dataset)["id"] == first["id"]
    judge(rita, first, "normal")
    assert lease(rita, dataset)["lease"]["token"] == ahead["lease"]["token"]
    assert lease(rita, dataset)["id"] == ahead["id"]


def test_filters_and_one_certain_task(cast: Cast, rita: APIClient) -> None:
    dataset = make_dataset(cast.team)
    model = make_model(dataset)
    make_task(dataset, model, priority=0.9)
    audit = make_task(dataset, model, priority=0.1, reason=TaskReason.AUDIT)
    assert lease(rita, dataset, reason="audit")["id"] == str(audit.id)
    assert lease(rita, dataset, task=str(audit.id))["id"] == str(audit.id)
    assert lease(rita, dataset, band="fail")["inspection"]["band"] == "fail"
    unknown = rita.post(LEASE, {"dataset": str(dataset.id), "band": "purple"})
    assert (unknown.status_code, unknown.json()["field"]) == (400, "band")


def test_heartbeat_keeps_and_release_returns(cast: Cast, rita: APIClient, rolf: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    path, token = f"/api/v1/review-tasks/{task['id']}", {"lease_token": task["lease"]["token"]}
    kept = rita.post(f"{path}/heartbeat/", token)
    assert kept.json()["expires_at"] > task["lease"]["expires_at"]
    assert rolf.post(f"{path}/heartbeat/", token).json()["code"] == "lease_lost"
    assert rolf.post(f"{path}/release/", token).status_code == 204
    assert nothing_for(rolf, dataset)
    assert rita.post(f"{path}/release/", token).status_code == 204
    assert lease(rolf, dataset)["lease"]["token"] == 2
    assert rita.post(f"{path}/heartbeat/", token).status_code == 409


def test_an_expired_lease_is_taken_over_and_its_verdict_is_late(
    cast: Cast, rita: APIClient, rolf: APIClient
) -> None:
    dataset, _, task = make_scene(cast)
    first = lease(rita, dataset)
    expire()
    second = lease(rolf, dataset)
    assert second["lease"]["token"] == 2
    painted = paint(rita, first, tile((0, 0, 9, 9)))
    assert painted.status_code == 200, painted.content
    late = judge(rita, first, "corrected", draft_version=1).json()
    assert (late["late"], late["verdict"]) == (True, "corrected")
    task.image.refresh_from_db()
    assert (task.image.label, task.image.current_revision) == (Label.UNLABELLED, None)
    assert Review.objects.get().mask_revision is not None, "what was drawn is kept"
    assert judge(rolf, second, "normal").json()["late"] is False
    task.image.refresh_from_db()
    assert task.image.label == Label.NORMAL
    disagreement = Disagreement.objects.get()
    assert (disagreement.cause, str(disagreement.second_id)) == ("late", late["id"])
    assert disagreement.first == Review.objects.get(reviewer=cast.second_reviewer)


def test_a_verdict_after_the_end_is_late_even_if_nobody_took_over(cast: Cast, rita: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    leased = lease(rita, dataset)
    expire()
    assert judge(rita, leased, "normal").json()["late"] is True
    task.refresh_from_db()
    assert task.image.label == Label.UNLABELLED
    assert Disagreement.objects.get().first is None


def test_a_label_given_meanwhile_is_not_overwritten(cast: Cast, rita: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    leased = lease(rita, dataset)
    Image.objects.filter(id=task.image_id).update(label=Label.NORMAL)
    assert judge(rita, leased, "defective").json()["late"] is True
    task.image.refresh_from_db()
    assert task.image.label == Label.NORMAL


def test_the_beat_returns_expired_leases(cast: Cast, rita: APIClient) -> None:
    dataset, _, task = make_scene(cast)
    lease(rita, dataset)
    return_expired_leases()
    task.refresh_from_db()
    assert task.state == TaskState.LEASED
    expire()
    return_expired_leases()
    task.refresh_from_db()
    assert (task.state, task.leased_to, task.lease_token) == (TaskState.OPEN, None, 1)


def test_a_token_that_was_never_given_is_refused(cast: Cast, rita: APIClient, rolf: APIClient) -> None:
    dataset, _, _ = make_scene(cast)
    task = lease(rita, dataset)
    assert judge(rolf, task, "normal").status_code == 403
    task["lease"]["token"] = 9
    assert judge(rita, task, "normal").json()["field"] == "lease_token"
    assert not Review.objects.exists()


def test_summary_counts_what_waits_and_what_is_done(cast: Cast, rita: APIClient, rolf: APIClient) -> None:
    dataset, model, _ = make_scene(cast)
    make_task(dataset, model, reason=TaskReason.AUDIT, priority=0.1)
    judge(rita, lease(rita, dataset), "normal")
    judge(rolf, lease(rolf, dataset), "skip")
    path = f"/api/v1/review-tasks/summary/?dataset={dataset.id}"
    assert rita.get(path).json() == {
        "waiting": 1, "waiting_for_me": 1, "by_reason": {"audit": 1}, "by_band": {"fail": 1},
        "done_today_by_me": 1, "done_today": 1, "open_disagreements": 0,
    }  # fmt: skip
    assert rolf.get(path).json()["waiting_for_me"] == 0
    assert client_of(cast.stranger).get(path).status_code == 404
    assert rita.get("/api/v1/review-tasks/summary/?dataset=nonsense").status_code == 404


def test_the_list_filters_and_shows_no_other_team(cast: Cast, rita: APIClient) -> None:
    dataset, model, task = make_scene(cast)
    make_task(dataset, model, state=TaskState.DONE)

    def listed(client: APIClient, query: str) -> list[Any]:
        return [line["id"] for line in client.get(f"/api/v1/review-tasks/?{query}").json()["results"]]

    assert listed(rita, f"dataset={dataset.id}&state=open&band=fail") == [str(task.id)]
    assert len(listed(rita, "reason=fail_band")) == 2
    assert listed(rita, "reason=audit") == []
    stranger = client_of(cast.stranger)
    assert listed(stranger, "") == []
    assert stranger.get(f"/api/v1/review-tasks/{task.id}/").status_code == 404
    assert stranger.post(LEASE, {"dataset": str(dataset.id)}).status_code == 404
    assert client_of(cast.viewer).post(LEASE, {"dataset": str(dataset.id)}).status_code == 403
    assert client_of(cast.viewer).get(f"/api/v1/review-tasks/{task.id}/").json()["lease"] is None


@pytest.mark.parametrize("ends", ["released", "expired"])
def test_a_task_given_back_is_brought_up_to_date(cast: Cast, rita: APIClient, ends: str) -> None:
    dataset, model, task = make_scene(cast)
    QueueSettings.objects.create(dataset=dataset, audit_probability=0.0)
    held = lease(rita, dataset)
    # The model learns meanwhile, and the image passes: the task in hand stays as it is.
    Inspection.objects.filter(id=task.inspection_id).update(image_score=0.1, band=Band.PASS)
    queue_fill(model_version=model)
    task.refresh_from_db()
    assert task.state == TaskState.LEASED
    if ends == "released":
        rita.post(f"/api/v1/review-tasks/{task.id}/release/", {"lease_token": held["lease"]["token"]})
    else:
        expire()
        return_expired_leases()
    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN

"""Leases live by the database's clock: a server whose own clock is wrong judges no lease by it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from factories import Cast, client_of
from reviews_builders import judge, lease, make_scene

from flawmark.reviews.models import ReviewTask
from flawmark.reviews.tasks import return_expired_leases


@pytest.fixture(params=[timedelta(hours=-3), timedelta(hours=3)], ids=["slow", "fast"])
def skewed_clock(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The web server's and the worker's clock is hours off."""
    real_now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real_now() + request.param)


@pytest.mark.usefixtures("skewed_clock")
def test_a_living_lease_stays_alive(cast: Cast) -> None:
    dataset, _, _ = make_scene(cast)
    rita = client_of(cast.reviewer)
    task = lease(rita, dataset)
    expires_at = datetime.fromisoformat(task["lease"]["expires_at"])
    assert timedelta(minutes=9) < expires_at - datetime.now(UTC) < timedelta(minutes=11)
    return_expired_leases()
    assert (
        client_of(cast.second_reviewer)
        .post("/api/v1/review-tasks/lease/", {"dataset": str(dataset.id)})
        .status_code
        == 204
    )
    path = f"/api/v1/review-tasks/{task['id']}/heartbeat/"
    assert rita.post(path, {"lease_token": 1}).status_code == 200
    assert judge(rita, task, "normal").json()["late"] is False


@pytest.mark.usefixtures("skewed_clock")
def test_an_ended_lease_is_over(cast: Cast) -> None:
    dataset, _, _ = make_scene(cast)
    rita = client_of(cast.reviewer)
    task = lease(rita, dataset)
    ReviewTask.objects.update(lease_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    taken = lease(client_of(cast.second_reviewer), dataset)
    assert taken["lease"]["token"] == 2
    assert judge(rita, task, "normal").json()["late"] is True

"""Retraining policies: over HTTP, and when they fire."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from factories import client_of, make_cast
from training_builders import SMALL, add_image, make_dataset, make_run

from flawmark.core.models import Job
from flawmark.datasets.models import Label, Split
from flawmark.training.models import RetrainingPolicy, TrainingRun, Trigger
from flawmark.training.services.policies import policies_check, policy_create

URL = "/api/v1/retraining-policies/"


def fields(**changes: Any) -> dict[str, Any]:
    return {"name": "Nightly", "detector": "patchcore", "hyperparameters": SMALL} | changes


@pytest.mark.django_db
def test_a_policy_is_made_changed_and_removed() -> None:
    cast = make_cast()
    client = client_of(cast.curator)
    given = fields(dataset=str(make_dataset(cast).id), cron="0 3 * * *", new_normals=50)
    made = client.post(URL, given)
    assert made.status_code == 201, made.json()
    assert len(made.json()["next_runs"]) == 5
    url = f"{URL}{made.json()['id']}/"
    assert client.patch(url, {"enabled": False}).status_code == 428
    changed = client.patch(url, {"enabled": False}, HTTP_IF_MATCH=made["ETag"])
    assert (changed.json()["enabled"], changed.json()["next_runs"]) == (False, [])
    stale = client.patch(url, {"name": "Other"}, HTTP_IF_MATCH=made["ETag"])
    assert (stale.status_code, stale.json()["current"]["name"]) == (412, "Nightly")
    assert client_of(cast.stranger).get(url).status_code == 404
    assert client_of(cast.reviewer).delete(url, HTTP_IF_MATCH="*").status_code == 403
    assert client.delete(url, HTTP_IF_MATCH=changed["ETag"]).status_code == 204
    assert not RetrainingPolicy.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "cron"),
        ({"cron": "every day"}, "cron"),
        ({"new_normals": 0}, "new_normals"),
        ({"new_normals": 5, "detector": "magic"}, "detector"),
        ({"new_normals": 5, "hyperparameters": {"image_size": 1}}, "hyperparameters.image_size"),
    ],
)
def test_a_policy_that_could_never_work_is_refused(changes: dict[str, Any], field: str) -> None:
    cast = make_cast()
    given = fields(dataset=str(make_dataset(cast).id), **changes)
    answer = client_of(cast.curator).post(URL, given)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.django_db
def test_it_fires_when_enough_normals_are_new_and_not_again_for_the_same() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    add_image(dataset, 1, label=Label.NORMAL, split=Split.TRAIN)
    first = make_run(dataset, cast)
    policy = policy_create(dataset=dataset, actor=cast.curator, fields=fields(new_normals=2))
    add_image(dataset, 2, label=Label.NORMAL, split=Split.TRAIN)
    add_image(dataset, 3, label=Label.NORMAL, split=Split.VALIDATION)  # does not train, so does not count
    assert policies_check() == 0
    add_image(dataset, 4, label=Label.NORMAL, split=Split.TRAIN)
    assert policies_check() == 1
    run = TrainingRun.objects.get(policy=policy)
    assert (run.trigger, run.dataset_version.number) == (Trigger.NEW_NORMALS, 2)
    assert run.dataset_version != first.dataset_version
    policy.refresh_from_db()
    assert "version 2" in policy.last_outcome
    Job.objects.update(state="failed")
    assert policies_check() == 0  # what a failed run has seen is not new any more


@pytest.mark.django_db
def test_it_fires_on_its_schedule_once_and_waits_for_its_own_run() -> None:
    cast = make_cast()
    dataset = make_dataset(cast)
    add_image(dataset, 1, label=Label.NORMAL, split=Split.TRAIN)
    policy = policy_create(dataset=dataset, actor=cast.curator, fields=fields(cron="*/5 * * * *"))
    assert policies_check() == 0
    RetrainingPolicy.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
    assert policies_check() == 1
    policy.refresh_from_db()
    assert policy.next_run_at is not None and policy.next_run_at > timezone.now()
    RetrainingPolicy.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
    assert policies_check() == 0  # its run has not ended
    Job.objects.update(state="succeeded")
    assert policies_check() == 1


@pytest.mark.django_db
def test_a_policy_that_cannot_start_says_why() -> None:
    cast = make_cast()
    policy = policy_create(dataset=make_dataset(cast), actor=cast.curator, fields=fields(cron="0 3 * * *"))
    RetrainingPolicy.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
    policies_check()
    policy.refresh_from_db()
    assert policy.last_outcome.startswith("Could not start: There are no normal images")
    assert not TrainingRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_never_start_it_twice() -> None:
    import threading

    cast = make_cast()
    dataset = make_dataset(cast)
    add_image(dataset, 1, label=Label.NORMAL, split=Split.TRAIN)
    policy_create(dataset=dataset, actor=cast.curator, fields=fields(new_normals=1))
    barrier = threading.Barrier(2)

    def scheduler() -> None:
        try:
            barrier.wait()
            policies_check()
        finally:
            connection.close()

    threads = [threading.Thread(target=scheduler) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert TrainingRun.objects.count() == 1

"""Many people at once, on real connections: every task is judged exactly once."""

import threading
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from factories import PASSWORD, Cast, client_of, make_cast
from rest_framework.test import APIClient
from reviews_builders import judge, lease, make_dataset, make_scene, make_task

from flawmark.accounts.models import Membership, Role, User
from flawmark.datasets.models import Image, Label
from flawmark.reviews.models import Review, ReviewTask, TaskState

REVIEWERS = 20
TASKS = 60


@pytest.fixture
def scene_cast(transactional_db: Any) -> Cast:
    return make_cast()


def together(*jobs: Any) -> list[Any]:
    """Run the callables at the same moment, each in a thread with a connection of its own."""
    results: list[Any] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(number: int) -> None:
        try:
            gate.wait(timeout=60)
            results[number] = jobs[number]()
        except Exception as error:  # shown by the assertions of the caller
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def work_through(client: APIClient, dataset_id: str) -> list[str]:
    """Lease, load the next one ahead, judge; until nothing is left."""
    judged = []
    while True:
        task = client.post("/api/v1/review-tasks/lease/", {"dataset": dataset_id})
        if task.status_code == 204:
            return judged
        shown = task.json()
        client.post(
            "/api/v1/review-tasks/lease/", {"dataset": dataset_id, "prefetch": 1, "after": shown["id"]}
        )
        answer = judge(client, shown, "normal")
        assert answer.status_code == 200, answer.content
        assert answer.json()["late"] is False
        judged.append(shown["id"])
        connection.close()  # as after a request; there are fewer connections than reviewers


def test_twenty_reviewers_judge_every_task_exactly_once(scene_cast: Cast) -> None:
    dataset = make_dataset(scene_cast.team)
    tasks = [make_task(dataset, priority=number / TASKS) for number in range(TASKS)]
    people = [User.objects.create_user(f"reviewer{n}", password=PASSWORD) for n in range(REVIEWERS)]
    for person in people:
        Membership.objects.create(team=scene_cast.team, user=person, role=Role.REVIEWER)
    clients = [client_of(person) for person in people]
    results = together(*[lambda client=client: work_through(client, str(dataset.id)) for client in clients])
    assert not [result for result in results if isinstance(result, Exception)], results
    counts = Counter(task_id for result in results for task_id in result)
    assert counts == Counter(str(task.id) for task in tasks)
    assert Review.objects.filter(late=False).count() == TASKS
    assert not ReviewTask.objects.exclude(state=TaskState.DONE).exists()
    assert not Image.objects.exclude(label=Label.NORMAL, version=2).exists()


def test_two_windows_that_submit_at_once_count_once(scene_cast: Cast) -> None:
    dataset, _, _ = make_scene(scene_cast)
    task = lease(client_of(scene_cast.reviewer), dataset)
    verdicts = [
        lambda verdict=verdict: judge(client_of(scene_cast.reviewer), task, verdict).status_code
        for verdict in ("normal", "defective")
    ]
    assert sorted(together(*verdicts)) == [200, 409]
    assert Review.objects.count() == 1


def test_a_verdict_and_a_takeover_at_once_never_both_count(scene_cast: Cast) -> None:
    dataset, _, _ = make_scene(scene_cast)
    first = lease(client_of(scene_cast.reviewer), dataset)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_reviewtask SET lease_expires_at = now() - interval '1 second'")
    rolf = client_of(scene_cast.second_reviewer)
    body = {"dataset": str(dataset.id)}
    late, taken = together(
        lambda: judge(client_of(scene_cast.reviewer), first, "defective").json(),
        lambda: rolf.post("/api/v1/review-tasks/lease/", body).status_code,
    )
    assert late["late"] is True
    if taken == 200:
        assert judge(rolf, lease(rolf, dataset), "normal").json()["late"] is False
        assert Image.objects.get().label == Label.NORMAL


def test_the_same_request_sent_twice_judges_once(scene_cast: Cast) -> None:
    dataset, _, _ = make_scene(scene_cast)
    client = client_of(scene_cast.reviewer)
    task = lease(client, dataset)
    key = {"Idempotency-Key": str(uuid4())}
    path = f"/api/v1/review-tasks/{task['id']}/verdict/"
    body = {"verdict": "normal", "lease_token": 1}

    def send() -> Any:
        response = client_of(scene_cast.reviewer).post(path, body, headers=key)
        return response.status_code, response.json()["id"]

    first, second = together(send, send)
    assert first == second
    assert first[0] == 200
    other = client.post(path, {**body, "verdict": "defective"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert client.post(path, body).json()["code"] == "already_judged"
    assert Review.objects.count() == 1

"""Errors, ETags and idempotency keys, as every endpoint has them."""

import threading
from typing import Any

import pytest
from django.db import connection
from factories import Cast, client_of, make_cast
from rest_framework.test import APIClient

from flawmark.core.models import IdempotencyKey
from flawmark.datasets.models import Dataset
from flawmark.datasets.services.datasets import dataset_create

URL = "/api/v1/datasets/"


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer["Content-Type"].startswith("application/problem+json"), answer.content
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code), body
    assert body["detail"]
    assert {"type", "title"} <= body.keys()
    return body


def test_nobody_gets_in_without_signing_in(db: None) -> None:
    for path in ("datasets/", "images/", "jobs/", "audit/", "imports/", "versions/", "events/"):
        assert_problem(APIClient().get(f"/api/v1/{path}"), 401, "not_authenticated")
    assert APIClient().get("/api/v1/schema/").status_code == 200


def test_every_error_is_a_problem(cast: Cast) -> None:
    client = client_of(cast.curator)
    assert_problem(client.get("/api/v1/no/such/thing/"), 404, "not_found")
    assert_problem(client.get(f"{URL}not-an-id/"), 404, "not_found")
    assert_problem(client.delete(URL), 405, "method_not_allowed")
    assert_problem(client.post(URL, "{broken", content_type="application/json"), 400, "parse_error")
    assert_problem(client.post(URL, "x", content_type="text/plain"), 415, "unsupported_media_type")
    missing = assert_problem(client.post(URL, {}), 400, "invalid")
    assert missing["field"] == "name"
    assert_problem(client_of(cast.viewer).post(URL, {"name": "x"}), 403, "not_allowed")
    assert_problem(client.get("/api/v1/images/", {"ids": "x"}), 400, "invalid")
    assert_problem(client.delete("/api/v1/tokens/not-an-id/"), 404, "not_found")


def test_text_that_cannot_be_stored_is_refused(cast: Cast, dataset: Dataset) -> None:
    client = client_of(cast.curator)
    assert_problem(client.post(URL, {"name": "a\0b"}), 400, "invalid")
    image = {"image": str(dataset.id), "metadata": {"lot": "a\0b"}}
    assert client.post("/api/v1/captures/", image).status_code == 404
    nested = {"name": "x", "region_of_interest": {"polygons": [[["\0", 1], [1, 1], [2, 2]]]}}
    assert client.post(URL, nested).status_code == 400


@pytest.fixture
def dataset(cast: Cast) -> Dataset:
    return dataset_create(team=cast.team, actor=None, name="Screws")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"1"', 200),
        ('W/"1"', 200),
        ("1", 200),
        ("*", 200),
        ('"2"', 412),
        ('"one"', 412),
        ('"²"', 412),
        ('"-1"', 412),
        ('"99999999999999999999999"', 412),
        (f'"{"9" * 5000}"', 412),
        ("", 428),
    ],
)
def test_if_match(cast: Cast, dataset: Dataset, header: str, status: int) -> None:
    client = client_of(cast.curator)
    answer = client.patch(f"{URL}{dataset.id}/", {"description": "new"}, HTTP_IF_MATCH=header)
    assert answer.status_code == status, answer.data
    assert Dataset.objects.get(id=dataset.id).description == ("new" if status == 200 else "")


def test_a_key_belongs_to_one_team_and_endpoint(cast: Cast) -> None:
    def create(user: Any, name: str) -> Any:
        return client_of(user).post(URL, {"name": name}, HTTP_IDEMPOTENCY_KEY="k")

    first, again, foreign = create(cast.owner, "A"), create(cast.curator, "A"), create(cast.stranger, "A")
    assert first.data["id"] == again.data["id"]
    assert again["Idempotent-Replay"] == "true"
    assert foreign.data["id"] != first.data["id"]
    assert_problem(create(cast.owner, "B"), 409, "idempotency_key_reused")
    other = client_of(cast.owner).post(
        "/api/v1/versions/", {"dataset": first.data["id"]}, HTTP_IDEMPOTENCY_KEY="k"
    )
    assert other.status_code == 201
    long_key = client_of(cast.owner).post(URL, {"name": "C"}, HTTP_IDEMPOTENCY_KEY="k" * 201)
    assert_problem(long_key, 400, "invalid")


def test_a_refused_create_leaves_its_key_free(cast: Cast, dataset: Dataset) -> None:
    client = client_of(cast.curator)
    taken = client.post(URL, {"name": dataset.name}, HTTP_IDEMPOTENCY_KEY="k")
    assert taken.status_code == 409
    assert IdempotencyKey.objects.count() == 0
    assert client.post(URL, {"name": "Nuts"}, HTTP_IDEMPOTENCY_KEY="k").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_twins_at_the_same_moment_create_once() -> None:
    cast = make_cast()
    start, answers = threading.Barrier(4), []

    def create() -> None:
        try:
            client = client_of(cast.curator)
            start.wait()
            answers.append(client.post(URL, {"name": "Twin"}, HTTP_IDEMPOTENCY_KEY="k"))
        finally:
            connection.close()

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({str(answer.data["id"]) for answer in answers}) == 1
    assert Dataset.objects.count() == 1

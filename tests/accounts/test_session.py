"""`/session/`: signing in and out."""

from itertools import count

import pytest
from django.core.cache import cache
from factories import PASSWORD, Cast
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle

URL = "/api/v1/session/"


def test_signing_in_shows_who_and_where(cast: Cast) -> None:
    client = APIClient()
    assert client.get(URL).status_code == 401
    answer = client.post(URL, {"username": "curt", "password": PASSWORD})
    assert answer.status_code == 200
    (team,) = answer.data["teams"]
    assert (answer.data["username"], team["name"], team["role"]) == ("curt", "Line 1", "curator")
    assert team["scopes"] == ["predict", "read", "review", "write"]
    assert client.get(URL).data["username"] == "curt"
    assert client.delete(URL).status_code == 204
    assert client.get(URL).status_code == 401


@pytest.mark.parametrize(
    "body", [{"username": "curt", "password": "wrong"}, {"username": "no", "password": "x"}]
)
def test_wrong_credentials_do_not_say_which_is_wrong(cast: Cast, body: dict[str, str]) -> None:
    answer = APIClient().post(URL, body)
    assert (answer.status_code, answer.data["code"]) == (400, "wrong_credentials")


def test_guessing_passwords_is_slowed_down_whatever_the_sender_claims(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"login": "3/min"})
    senders = count(1)
    cache.clear()

    def guess(password: str) -> int:
        body = {"username": "curt", "password": password}
        sender = f"10.0.0.{next(senders)}"
        return APIClient().post(URL, body, HTTP_X_FORWARDED_FOR=sender).status_code

    assert [guess("wrong") for _ in range(3)] == [400] * 3
    assert guess(PASSWORD) == 429
    cache.clear()


def test_a_deactivated_person_is_out_at_once(cast: Cast) -> None:
    client = APIClient()
    client.post(URL, {"username": "curt", "password": PASSWORD})
    cast.curator.is_active = False
    cast.curator.save()
    assert client.get("/api/v1/datasets/").status_code == 401
    assert client.post(URL, {"username": "curt", "password": PASSWORD}).status_code == 400


def test_a_browser_cannot_be_tricked_into_changing_anything(cast: Cast) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    assert client.post("/api/v1/datasets/", {"name": "x"}).status_code == 403
    client.get(URL)
    csrf = client.cookies["csrftoken"].value
    assert client.post("/api/v1/datasets/", {"name": "x"}, HTTP_X_CSRFTOKEN=csrf).status_code == 201

"""`/tokens/`: keys for machines."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from factories import Cast, client_of
from rest_framework.test import APIClient

from flawmark.accounts.models import ApiToken
from flawmark.accounts.services import member_remove, token_create
from flawmark.core.models import IdempotencyKey

URL = "/api/v1/tokens/"


def machine(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def make(cast: Cast, *scopes: str, **fields: Any) -> tuple[ApiToken, str]:
    return token_create(team=cast.team, user=cast.curator, name="camera", scopes=list(scopes), **fields)


def test_a_key_is_shown_once_and_stored_as_a_hash(cast: Cast) -> None:
    client = client_of(cast.curator)
    made = client.post(URL, {"name": "camera", "scopes": ["read"]})
    assert made.status_code == 201
    key = made.data["key"]
    assert machine(key).get("/api/v1/datasets/").status_code == 200
    (row,) = client.get(URL).data["results"]
    assert "key" not in row
    assert key.startswith(row["prefix"])
    assert not ApiToken.objects.filter(key_sha256=key).exists()


def test_a_repeated_create_makes_no_second_token_and_never_tells_the_key_again(cast: Cast) -> None:
    body = {"name": "camera", "scopes": ["read"]}
    client = client_of(cast.curator)
    key = client.post(URL, body, HTTP_IDEMPOTENCY_KEY="k1").data["key"]
    again = client.post(URL, body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.status_code, again.data["code"]) == (409, "already_created")
    assert again.data["current"]["id"] == client.get(URL).data["results"][0]["id"]
    assert ApiToken.objects.filter(team=cast.team).count() == 1
    stored = IdempotencyKey.objects.get(key="k1")
    assert "key" not in stored.response and key not in str(stored.response) + again.content.decode()
    assert client_of(cast.owner).post(URL, body, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201


def test_a_token_does_only_what_its_scopes_say(cast: Cast) -> None:
    reader = machine(make(cast, "read")[1])
    assert reader.get("/api/v1/datasets/").status_code == 200
    assert reader.post("/api/v1/datasets/", {"name": "x"}).status_code == 403
    writer = machine(make(cast, "write")[1])
    assert writer.get("/api/v1/datasets/").status_code == 403
    assert writer.post("/api/v1/datasets/", {"name": "x"}).status_code == 201


def test_a_token_never_does_more_than_its_person_may_now(cast: Cast) -> None:
    key = make(cast, "read", "write")[1]
    cast.curator.memberships.update(role="viewer")
    assert machine(key).post("/api/v1/datasets/", {"name": "x"}).status_code == 403
    assert machine(key).get("/api/v1/datasets/").status_code == 200


@pytest.mark.parametrize("key", ["fm_unknown", "", "x" * 5000])
def test_unknown_keys_are_refused(cast: Cast, key: str) -> None:
    assert machine(key).get("/api/v1/datasets/").status_code == 401


def test_expired_revoked_and_orphaned_keys_are_refused(cast: Cast) -> None:
    expired, expired_key = make(cast, "read", expires_at=timezone.now() + timedelta(days=1))
    ApiToken.objects.filter(id=expired.id).update(expires_at=timezone.now())
    assert machine(expired_key).get("/api/v1/datasets/").status_code == 401
    revoked, revoked_key = make(cast, "read")
    assert client_of(cast.curator).delete(f"{URL}{revoked.id}/").data["revoked_at"] is not None
    assert machine(revoked_key).get("/api/v1/datasets/").status_code == 401
    orphaned_key = make(cast, "read")[1]
    member_remove(membership=cast.curator.memberships.get(), actor=cast.owner)
    assert machine(orphaned_key).get("/api/v1/datasets/").status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": "x", "scopes": []}, 400, "scopes"),
        ({"name": "x", "scopes": ["fly"]}, 400, "scopes.0"),
        ({"name": "x", "scopes": ["admin"]}, 403, "scopes"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2001-01-01T00:00:00Z"}, 400, "expires_at"),
        ({"scopes": ["read"]}, 400, "name"),
    ],
)
def test_tokens_that_cannot_be(cast: Cast, body: dict[str, Any], status: int, field: str) -> None:
    answer = client_of(cast.curator).post(URL, body)
    assert (answer.status_code, answer.data["field"]) == (status, field)
    assert ApiToken.objects.count() == 0


def test_a_token_cannot_make_tokens(cast: Cast) -> None:
    client = machine(make(cast, "read", "write")[1])
    assert client.post(URL, {"name": "x", "scopes": ["read"]}).status_code == 403


def test_a_token_that_may_only_read_revokes_none(cast: Cast) -> None:
    token, key = make(cast, "read", "write")
    assert machine(key).delete(f"{URL}{token.id}/").status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None
    assert client_of(cast.curator).delete(f"{URL}{token.id}/").status_code == 200


def test_people_see_their_own_tokens_and_owners_all(cast: Cast) -> None:
    token, _ = make(cast, "read")
    assert len(client_of(cast.owner).get(URL).data["results"]) == 1
    for other in (cast.reviewer, cast.stranger):
        assert client_of(other).get(URL).data["results"] == []
        assert client_of(other).delete(f"{URL}{token.id}/").status_code == 404
    assert client_of(cast.owner).delete(f"{URL}{token.id}/").status_code == 200


def test_a_token_stays_in_its_team(cast: Cast) -> None:
    key = make(cast, "read")[1]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}", HTTP_FLAWMARK_TEAM=str(cast.other_team.id))
    client_of(cast.stranger).post("/api/v1/datasets/", {"name": "Theirs"})
    assert client.get("/api/v1/datasets/").data["results"] == []

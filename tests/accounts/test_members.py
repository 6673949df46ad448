"""`/members/`, `/teams/` and `/audit/`."""

import threading
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from factories import Cast, client_of, make_cast, make_user

from flawmark.accounts.models import Membership, Role, Team, User
from flawmark.accounts.services import member_set
from flawmark.core.errors import Conflict

URL = "/api/v1/members/"


def test_an_owner_adds_people_and_changes_roles(cast: Cast) -> None:
    client = client_of(cast.owner)
    made = client.post(URL, {"username": "nora", "role": "viewer", "password": "long-and-odd-phrase"})
    assert (made.status_code, made.data["role"]) == (201, "viewer")
    assert User.objects.get(username="nora").check_password("long-and-odd-phrase")
    assert client.post(URL, {"username": "nora", "role": "curator"}).data["role"] == "curator"
    assert Membership.objects.filter(team=cast.team, user__username="nora").count() == 1
    actions = [row["action"] for row in client.get("/api/v1/audit/").data["results"]]
    assert actions.count("member.set") == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": "nobody", "role": "viewer"}, "invalid"),
        ({"username": "curt", "role": "viewer", "password": "long-and-odd-phrase"}, "username_taken"),
        ({"username": "nora", "role": "viewer", "password": "12345"}, "invalid"),
        ({"username": "curt", "role": "king"}, "invalid"),
    ],
)
def test_members_that_cannot_be(cast: Cast, body: dict[str, str], code: str) -> None:
    answer = client_of(cast.owner).post(URL, body)
    assert (answer.data["code"], answer.status_code < 500) == (code, True)
    assert Membership.objects.get(user=cast.curator).role == Role.CURATOR


def test_a_repeated_create_adds_one_person_and_one_team(cast: Cast) -> None:
    client = client_of(cast.owner)
    nora = {"username": "nora", "role": "viewer", "password": "long-and-odd-phrase"}
    for url, body in ((URL, nora), ("/api/v1/teams/", {"name": "Second"})):
        first, again = (client.post(url, body, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert (again.json(), again["Idempotent-Replay"]) == (first.json(), "true")
    assert Team.objects.filter(name="Second").count() == 1


@pytest.mark.parametrize("who", ["curator", "reviewer", "viewer"])
def test_only_owners_manage_people(cast: Cast, who: str) -> None:
    client = client_of(getattr(cast, who))
    assert len(client.get(URL).data["results"]) == 5
    assert client.post(URL, {"username": who, "role": "owner"}).status_code == 403
    member = Membership.objects.get(user=cast.viewer)
    assert client.delete(f"{URL}{member.id}/").status_code == 403


def test_the_last_owner_stays(cast: Cast) -> None:
    client, last = client_of(cast.owner), Membership.objects.get(team=cast.team, user=cast.owner)
    for answer in (
        client.delete(f"{URL}{last.id}/"),
        client.post(URL, {"username": cast.owner.username, "role": "viewer"}),
    ):
        assert (answer.status_code, answer.data["code"]) == (409, "last_owner")
    client.post(URL, {"username": cast.curator.username, "role": "owner"})
    assert client.delete(f"{URL}{last.id}/").status_code == 204


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_demote_each_other_at_once() -> None:
    cast = make_cast()
    member_set(team=cast.team, user=cast.curator, role=Role.OWNER, actor=cast.owner)
    start, refused = threading.Barrier(2), []

    def demote(actor: User, other: User) -> None:
        try:
            start.wait()
            member_set(team=cast.team, user=other, role=Role.VIEWER, actor=actor)
        except Conflict as conflict:
            refused.append(conflict.code)
        finally:
            connection.close()

    pairs = [(cast.owner, cast.curator), (cast.curator, cast.owner)]
    threads = [threading.Thread(target=demote, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["last_owner"]
    assert Membership.objects.filter(team=cast.team, role=Role.OWNER).count() == 1


def test_another_teams_people_and_audit_do_not_exist(cast: Cast) -> None:
    stranger = client_of(cast.stranger)
    assert [row["username"] for row in stranger.get(URL).data["results"]] == ["stranger"]
    member = Membership.objects.get(user=cast.viewer)
    assert stranger.delete(f"{URL}{member.id}/").status_code == 404
    client_of(cast.owner).post("/api/v1/datasets/", {"name": "x"})
    actions = [row["action"] for row in stranger.get("/api/v1/audit/").data["results"]]
    assert actions == ["team.create"]
    names = [row["name"] for row in stranger.get("/api/v1/teams/").data["results"]]
    assert names == ["Line 2"]


def test_the_team_header_chooses_among_ones_own_teams(cast: Cast) -> None:
    Membership.objects.create(team=cast.other_team, user=cast.viewer, role=Role.OWNER)
    there = client_of(cast.viewer, cast.other_team.id)
    assert there.post("/api/v1/datasets/", {"name": "x"}).status_code == 201
    assert client_of(cast.viewer, cast.team.id).get("/api/v1/datasets/").data["results"] == []
    assert client_of(cast.curator, cast.other_team.id).get("/api/v1/datasets/").status_code == 404
    client = client_of(cast.viewer)
    client.credentials(HTTP_FLAWMARK_TEAM="nonsense")
    assert client.get("/api/v1/datasets/").status_code == 404


def test_a_person_without_a_team_is_told_so(cast: Cast) -> None:
    answer = client_of(make_user("lone")).get("/api/v1/datasets/")
    assert (answer.status_code, "member of any team" in answer.data["detail"]) == (403, True)


def test_the_first_start_makes_an_administrator_and_later_ones_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLAWMARK_ADMIN_PASSWORD", raising=False)
    first, second = StringIO(), StringIO()
    call_command("bootstrap", stdout=first)
    password = first.getvalue().split("password: ")[1].split()[0]
    assert User.objects.get(username="admin").check_password(password)
    assert Membership.objects.get(user__username="admin").role == Role.OWNER
    call_command("bootstrap", stdout=second)
    assert (second.getvalue(), Team.objects.count(), User.objects.count()) == ("", 1, 1)

"""The browser's choice of team, which comes in a cookie because pictures carry no headers."""

import pytest
from factories import client_of, make_cast

from flawmark.accounts.access import TEAM_COOKIE
from flawmark.accounts.models import Membership, Role

pytestmark = pytest.mark.django_db


def test_the_cookie_chooses_among_the_persons_own_teams() -> None:
    cast = make_cast()
    Membership.objects.create(team=cast.other_team, user=cast.owner, role=Role.VIEWER)
    client = client_of(cast.owner)
    client.cookies[TEAM_COOKIE] = str(cast.other_team.id)
    names = {row["username"] for row in client.get("/api/v1/members/").json()["results"]}
    assert names == {cast.owner.username, cast.stranger.username}


@pytest.mark.parametrize("choice", ["other", "not-an-id", ""])
def test_a_stale_or_foreign_choice_shows_the_persons_first_team(choice: str) -> None:
    cast = make_cast()
    client = client_of(cast.owner)
    client.cookies[TEAM_COOKIE] = str(cast.other_team.id) if choice == "other" else choice
    names = {row["username"] for row in client.get("/api/v1/members/").json()["results"]}
    assert cast.stranger.username not in names
    assert cast.curator.username in names


def test_the_header_wins_over_the_cookie() -> None:
    cast = make_cast()
    Membership.objects.create(team=cast.other_team, user=cast.owner, role=Role.VIEWER)
    client = client_of(cast.owner, cast.team.id)
    client.cookies[TEAM_COOKIE] = str(cast.other_team.id)
    names = {row["username"] for row in client.get("/api/v1/members/").json()["results"]}
    assert cast.curator.username in names

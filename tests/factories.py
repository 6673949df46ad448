"""The fixed cast of the tests: owner, curator, reviewers, viewer, and a stranger from another team."""

from dataclasses import dataclass
from uuid import UUID

from rest_framework.test import APIClient

from flawmark.accounts.models import Membership, Role, Team, User
from flawmark.accounts.services import team_create

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Cast:
    """Two teams and their people; `stranger` owns `other_team` and must never see anything of `team`."""

    team: Team
    other_team: Team
    owner: User
    curator: User
    reviewer: User
    second_reviewer: User
    viewer: User
    stranger: User


def make_user(name: str) -> User:
    return User.objects.create_user(username=name, password=PASSWORD)


def make_cast() -> Cast:
    owner, stranger = make_user("olga"), make_user("stranger")
    team, other_team = team_create(name="Line 1", owner=owner), team_create(name="Line 2", owner=stranger)
    people = {name: make_user(name) for name in ("curt", "rita", "rolf", "vera")}
    roles = {"curt": Role.CURATOR, "rita": Role.REVIEWER, "rolf": Role.REVIEWER, "vera": Role.VIEWER}
    for name, role in roles.items():
        Membership.objects.create(team=team, user=people[name], role=role)
    return Cast(
        team=team,
        other_team=other_team,
        owner=owner,
        curator=people["curt"],
        reviewer=people["rita"],
        second_reviewer=people["rolf"],
        viewer=people["vera"],
        stranger=stranger,
    )


def client_of(user: User, team_id: UUID | None = None) -> APIClient:
    """An API client that is signed in as `user`."""
    client = APIClient()
    client.force_login(user)
    if team_id is not None:
        client.credentials(HTTP_FLAWMARK_TEAM=str(team_id))
    return client

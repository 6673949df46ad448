"""What the asker may do, and in which team: one permission class for every endpoint.

A view says which scope each action needs: `scopes = {"list": Scope.READ, "create": Scope.WRITE}`; reading
needs `read` and everything else `write` where nothing is said. The team comes from the token, else from
the `Flawmark-Team` header, else from the browser's cookie, else it is the person's first team. Views then
read `request.team`.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from flawmark.accounts.models import ApiToken, Membership, Role, Scope, Team, User
from flawmark.core.errors import NotAllowed, NotFound

ROLE_SCOPES: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.REVIEWER: frozenset({Scope.READ, Scope.PREDICT, Scope.REVIEW}),
    Role.CURATOR: frozenset({Scope.READ, Scope.PREDICT, Scope.REVIEW, Scope.WRITE}),
    Role.OWNER: frozenset(Scope.values),
}
TEAM_HEADER = "Flawmark-Team"
# Set by the browser application: pictures and event streams cannot carry a header.
TEAM_COOKIE = "flawmark_team"
LACKING = {
    Scope.READ: "see this",
    Scope.PREDICT: "ask for predictions",
    Scope.REVIEW: "review images",
    Scope.WRITE: "change datasets and models",
    Scope.ADMIN: "manage the team",
}


class TeamAccess(BasePermission):
    """Signed in, member of the team, with a role (and token) that includes the needed scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        membership = membership_of(request)
        granted = granted_scopes(request, membership, needed=needed_scope(request, view))
        _remember(request, membership, granted)
        return True


def granted_scopes(request: Request, membership: Membership, *, needed: Scope) -> frozenset[str]:
    """What role and token allow together. Raises NotAllowed where `needed` is not among it."""
    granted = ROLE_SCOPES[membership.role]
    if isinstance(request.auth, ApiToken):
        granted = granted & set(request.auth.scopes)
    if needed not in granted:
        raise NotAllowed(f"Your role or token does not allow you to {LACKING[needed]}.")
    return granted


def _remember(request: Any, membership: Membership, granted: frozenset[str]) -> None:
    request.team, request.role, request.scopes = membership.team, membership.role, granted


def needed_scope(request: Request, view: Any) -> Scope:
    scopes: dict[str, Scope] = getattr(view, "scopes", {})
    action = getattr(view, "action", None) or str(request.method).lower()
    fallback = Scope.READ if request.method in SAFE_METHODS else Scope.WRITE
    return scopes.get(action, fallback)


def membership_of(request: Request, *, team: str | None = None) -> Membership:
    """Find the asker's membership in the team the request is about. Raises NotFound or NotAllowed.

    `team` is for what cannot carry the header, and counts before it.
    """
    named = team or request.headers.get(TEAM_HEADER)
    memberships = Membership.objects.select_related("team").filter(user__id=request.user.pk or UUID(int=0))
    if isinstance(request.auth, ApiToken):
        memberships = memberships.filter(team_id=request.auth.team_id)
    elif named:
        memberships = memberships.filter(team_id=_uuid(named))
    membership = _preferred(request, memberships) or memberships.order_by("created_at").first()
    if membership is None:
        if named:
            raise NotFound("There is no such team.")
        raise NotAllowed("You are not a member of any team. Ask an owner to add you.")
    return membership


def _preferred(request: Request, memberships: QuerySet[Membership]) -> Membership | None:
    """The team that the browser chose; a stale choice, or another person's, does not count."""
    try:
        return memberships.filter(team_id=UUID(request.COOKIES.get(TEAM_COOKIE, ""))).first()
    except ValueError:
        return None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such team.") from error


def team_of(request: Any) -> Team:
    """The team that the request is about, as TeamAccess found it."""
    return request.team


def actor_of(request: Any) -> User:
    """The signed-in person, or the one a token acts for."""
    return request.user

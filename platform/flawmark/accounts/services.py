"""Everything that changes people, teams, tokens and the audit trail."""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from flawmark.accounts.models import ApiToken, AuditEntry, Membership, Role, Scope, Team, User
from flawmark.core.errors import Conflict, InvalidInput

TOKEN_PREFIX = "fm_"


def audit_record(
    *,
    team: Team,
    actor: User | None,
    action: str,
    object_type: str,
    object_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one line of the audit trail, in the caller's transaction: no act without its line."""
    return AuditEntry.objects.create(
        team=team,
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=object_id,
        detail=detail or {},
    )


@transaction.atomic
def team_create(*, name: str, owner: User) -> Team:
    team = Team.objects.create(name=name)
    Membership.objects.create(team=team, user=owner, role=Role.OWNER)
    audit_record(team=team, actor=owner, action="team.create", object_type="team", object_id=team.id)
    return team


def user_create(*, username: str, password: str, email: str = "") -> User:
    """Create a person. Raises InvalidInput for a weak password, Conflict for a taken name."""
    try:
        validate_password(password)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from error
    try:
        with transaction.atomic():
            return User.objects.create_user(username=username, password=password, email=email)
    except IntegrityError as error:
        raise Conflict("This user name is taken.", code="username_taken", field="username") from error


@transaction.atomic
def member_set(*, team: Team, user: User, role: str, actor: User) -> Membership:
    """Add a person to the team or change their role. The last owner cannot be demoted."""
    if role != Role.OWNER:
        _refuse_without_owner(team=team, leaving=user)
    membership, _ = Membership.objects.update_or_create(team=team, user=user, defaults={"role": role})
    audit_record(
        team=team,
        actor=actor,
        action="member.set",
        object_type="user",
        object_id=user.id,
        detail={"username": user.username, "role": role},
    )
    return membership


@transaction.atomic
def member_remove(*, membership: Membership, actor: User) -> None:
    """Take a person off the team; what they did stays in its history."""
    _refuse_without_owner(team=membership.team, leaving=membership.user)
    ApiToken.objects.filter(team=membership.team, user=membership.user).update(revoked_at=timezone.now())
    audit_record(
        team=membership.team,
        actor=actor,
        action="member.remove",
        object_type="user",
        object_id=membership.user_id,
        detail={"username": membership.user.username},
    )
    membership.delete()


def _refuse_without_owner(*, team: Team, leaving: User) -> None:
    # Locking the owners' rows keeps two owners from demoting each other at the same time.
    owners = list(Membership.objects.select_for_update().filter(team=team, role=Role.OWNER))
    if [owner.user_id for owner in owners] == [leaving.id]:
        raise Conflict("A team needs an owner: make somebody else one first.", code="last_owner")


def token_hash(key: str) -> str:
    # Keys carry 256 random bits, so a plain fast hash is enough.
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def token_create(
    *, team: Team, user: User, name: str, scopes: list[str], expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token and return it with its key, which nobody can read again later."""
    if not scopes or not set(scopes) <= set(Scope.values):
        raise InvalidInput(f"Scopes are any of: {', '.join(Scope.values)}.", field="scopes")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput("A token cannot expire in the past.", field="expires_at")
    key = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        team=team,
        user=user,
        name=name,
        prefix=key[:8],
        key_sha256=token_hash(key),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    audit_record(
        team=team,
        actor=user,
        action="token.create",
        object_type="token",
        object_id=token.id,
        detail={"name": name, "scopes": token.scopes},
    )
    return token, key


@transaction.atomic
def token_revoke(*, token: ApiToken, actor: User) -> ApiToken:
    token.revoked_at = token.revoked_at or timezone.now()
    token.save(update_fields=["revoked_at", "updated_at"])
    audit_record(team=token.team, actor=actor, action="token.revoke", object_type="token", object_id=token.id)
    return token

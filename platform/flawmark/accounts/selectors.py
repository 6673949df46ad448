"""Reads of people, teams, tokens and the audit trail."""

from django.db.models import QuerySet

from flawmark.accounts.models import ApiToken, AuditEntry, Membership, Team, User


def memberships_of(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user).select_related("team").order_by("created_at")


def members_of(team: Team) -> QuerySet[Membership]:
    return Membership.objects.filter(team=team).select_related("user").order_by("user__username")


def tokens_of(team: Team, user: User | None = None) -> QuerySet[ApiToken]:
    """The team's tokens, or only those of one person."""
    tokens = ApiToken.objects.filter(team=team).select_related("user").order_by("-created_at")
    return tokens.filter(user=user) if user else tokens


def audit_of(team: Team) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(team=team).select_related("actor")

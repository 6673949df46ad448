"""`/teams/`, `/members/`, `/tokens/`, `/audit/`: people of the asker's team."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import ROLE_SCOPES, actor_of, team_of
from flawmark.accounts.models import ApiToken, AuditEntry, Membership, Role, Scope, Team, User
from flawmark.accounts.selectors import audit_of, members_of, memberships_of, tokens_of
from flawmark.accounts.services import (
    member_remove,
    member_set,
    team_create,
    token_create,
    token_revoke,
    user_create,
)
from flawmark.core.errors import Conflict, InvalidInput, NotAllowed
from flawmark.core.http.idempotency import REPLAY_HEADER, run_once

KEY_SHOWN = "This token was made already, and a key is shown only once. Revoke it and make another."


class TeamOut(serializers.ModelSerializer[Team]):
    class Meta:
        model = Team
        fields = ["id", "name", "created_at"]


class TeamViewSet(mixins.ListModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Team]):
    """Teams that the asker belongs to; creating one makes the asker its owner."""

    serializer_class = TeamOut
    queryset = Team.objects.none()
    scopes = {"create": Scope.ADMIN}

    def get_queryset(self) -> QuerySet[Team]:
        return Team.objects.filter(id__in=memberships_of(actor_of(self.request)).values("team_id"))

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        given = TeamOut(data=request.data)
        given.is_valid(raise_exception=True)
        owner = actor_of(request)

        def create() -> Response:
            team = team_create(owner=owner, **given.validated_data)
            return Response(TeamOut(team).data, status=201)

        return run_once(request, team_id=team_of(request).id, endpoint=f"teams/{owner.id}", create=create)


class MemberOut(serializers.ModelSerializer[Membership]):
    username = serializers.CharField(source="user.username")
    user = serializers.UUIDField(source="user_id")

    class Meta:
        model = Membership
        fields = ["id", "user", "username", "role", "created_at"]


class MemberIn(serializers.Serializer[Any]):
    """`password` makes a new person; without it the person must exist."""

    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)
    password = serializers.CharField(required=False, write_only=True, trim_whitespace=False)


class MemberViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet[Membership]):
    """People of the team. Posting an existing member changes their role."""

    serializer_class = MemberOut
    queryset = Membership.objects.none()
    scopes = {"create": Scope.ADMIN, "destroy": Scope.ADMIN}

    def get_queryset(self) -> QuerySet[Membership]:
        if getattr(self, "swagger_fake_view", False):
            return Membership.objects.none()
        return members_of(team_of(self.request))

    @extend_schema(request=MemberIn, responses={201: MemberOut})
    def create(self, request: Request) -> Response:
        given = MemberIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        team = team_of(request)

        def create() -> Response:
            if "password" in data:
                user = user_create(username=data["username"], password=data["password"])
            else:
                user = _existing(data["username"])
            membership = member_set(team=team, user=user, role=data["role"], actor=actor_of(request))
            return Response(MemberOut(membership).data, status=201)

        return run_once(request, team_id=team.id, endpoint="members", create=create)

    def perform_destroy(self, instance: Membership) -> None:
        member_remove(membership=instance, actor=actor_of(self.request))


def _existing(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise InvalidInput("There is no such person. Give a password to create them.", field="username")
    return user


class TokenOut(serializers.ModelSerializer[ApiToken]):
    username = serializers.CharField(source="user.username")

    class Meta:
        model = ApiToken
        fields = [
            "id", "name", "prefix", "scopes", "username", "created_at", "expires_at", "last_used_at",
            "revoked_at",
        ]  # fmt: skip


class TokenIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class TokenCreated(TokenOut):
    key = serializers.CharField(help_text="Shown only now.")

    class Meta(TokenOut.Meta):
        fields = [*TokenOut.Meta.fields, "key"]


class TokenViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ApiToken]):
    """API tokens. People see and revoke their own, owners everybody's."""

    serializer_class = TokenOut
    queryset = ApiToken.objects.none()
    scopes = {"create": Scope.READ, "destroy": Scope.READ}

    def get_queryset(self) -> QuerySet[ApiToken]:
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        team, user = team_of(self.request), actor_of(self.request)
        is_owner = getattr(self.request, "role", None) == Role.OWNER
        return tokens_of(team, None if is_owner else user)

    @extend_schema(request=TokenIn, responses={201: TokenCreated})
    def create(self, request: Request) -> Response:
        """Make a token. A repeat with the same `Idempotency-Key` is a 409 `already_created`.

        Its key is not stored, so it cannot be given again: `current` is the token, to be revoked.
        """
        given = TokenIn(data=request.data)
        given.is_valid(raise_exception=True)
        if isinstance(request.auth, ApiToken):
            raise NotAllowed("A token cannot make tokens. Sign in to make one.")
        role = getattr(request, "role", Role.VIEWER)
        beyond = set(given.validated_data["scopes"]) - ROLE_SCOPES[role]
        if beyond:
            raise NotAllowed(f"Your role does not include: {', '.join(sorted(beyond))}.", field="scopes")
        team, user = team_of(request), actor_of(request)

        def create() -> Response:
            token, key = token_create(team=team, user=user, **given.validated_data)
            return Response({**TokenOut(token).data, "key": key}, status=201)

        endpoint = f"tokens/{user.id}"
        answer = run_once(request, team_id=team.id, endpoint=endpoint, create=create, unstored=["key"])
        if REPLAY_HEADER in answer:
            raise Conflict(KEY_SHOWN, code="already_created", current=answer.data)
        return answer

    @extend_schema(responses=TokenOut)
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Revoke the token; its line stays."""
        if isinstance(request.auth, ApiToken) and Scope.ADMIN not in request.auth.scopes:
            raise NotAllowed("This token cannot revoke tokens. Sign in to do so.")
        token = token_revoke(token=self.get_object(), actor=actor_of(request))
        return Response(TokenOut(token).data)


class AuditOut(serializers.ModelSerializer[AuditEntry]):
    actor = serializers.CharField(source="actor.username", default=None)

    class Meta:
        model = AuditEntry
        fields = ["id", "created_at", "actor", "action", "object_type", "object_id", "detail"]


class AuditViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[AuditEntry]):
    """Who did what, newest first."""

    serializer_class = AuditOut
    queryset = AuditEntry.objects.none()
    filterset_fields = ["action", "object_type", "object_id"]

    def get_queryset(self) -> QuerySet[AuditEntry]:
        if getattr(self, "swagger_fake_view", False):
            return AuditEntry.objects.none()
        return audit_of(team_of(self.request))

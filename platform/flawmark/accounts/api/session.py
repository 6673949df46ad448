"""`/session/`: sign in, who am I, sign out."""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from flawmark.accounts.access import ROLE_SCOPES
from flawmark.accounts.models import Membership, User
from flawmark.accounts.selectors import memberships_of
from flawmark.core.errors import InvalidInput


class SessionTeam(serializers.ModelSerializer[Membership]):
    id = serializers.UUIDField(source="team.id")
    name = serializers.CharField(source="team.name")
    scopes = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["id", "name", "role", "scopes"]

    def get_scopes(self, membership: Membership) -> list[str]:
        return sorted(ROLE_SCOPES[membership.role])


class SessionOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    username = serializers.CharField()
    email = serializers.CharField()
    teams = SessionTeam(many=True)


class SessionIn(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


def session_of(user: User) -> dict[str, Any]:
    body = {"id": user.id, "username": user.username, "email": user.email}
    return SessionOut({**body, "teams": memberships_of(user)}).data


class SessionView(APIView):
    """The browser's session. Every answer sets the `csrftoken` cookie."""

    permission_classes = [AllowAny]
    throttle_scope = "login"

    def get_throttles(self) -> list[Any]:
        return [ScopedRateThrottle()] if self.request.method == "POST" else []

    @extend_schema(responses=SessionOut)
    def get(self, request: Request) -> Response:
        get_token(request)
        if not request.user.is_authenticated:
            raise NotAuthenticated
        return Response(session_of(request.user))

    @extend_schema(request=SessionIn, responses=SessionOut)
    def post(self, request: Request) -> Response:
        given = SessionIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request, **given.validated_data)
        if user is None:
            raise InvalidInput("The user name or the password is wrong.", code="wrong_credentials")
        login(request, user)
        get_token(request)
        return Response(session_of(user))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(request)
        return Response(status=204)

"""Who is asking: a browser's session, or a machine's `Authorization: Bearer fm_…`."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from flawmark.accounts.models import ApiToken, User
from flawmark.accounts.services import token_hash

USED_AT_EVERY = timedelta(minutes=1)


class SessionAuthentication(authentication.SessionAuthentication):
    """Session login; answers 401, not 403, when nobody is signed in."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <key>`; sets `request.auth` to the ApiToken."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "token") or not key:
            return None
        token = token_find(key.strip())
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="flawmark"'


def token_find(key: str) -> ApiToken | None:
    """Find a usable token by its key and note that it was used."""
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user", "team")
        .filter(key_sha256=token_hash(key), revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if token is None or (token.expires_at and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at > USED_AT_EVERY:
        ApiToken.objects.filter(id=token.id).update(last_used_at=now)
    return token


class SessionScheme(OpenApiAuthenticationExtension):
    """How the API's schema describes signing in with the browser."""

    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class TokenScheme(OpenApiAuthenticationExtension):
    """How the API's schema describes tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}

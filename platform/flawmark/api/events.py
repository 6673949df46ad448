"""`GET /events/`: the team's live events as server-sent events, replayed from `Last-Event-ID`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from rest_framework.exceptions import APIException, NotAuthenticated
from rest_framework.request import Request

from flawmark.accounts.access import granted_scopes, membership_of
from flawmark.accounts.authentication import SessionAuthentication, TokenAuthentication
from flawmark.accounts.models import Scope
from flawmark.core.errors import FlawmarkError
from flawmark.core.events import stream_key
from flawmark.core.http.problems import MEDIA_TYPE, problem_response

BLOCK_MS = 15_000
PATIENCE_S = 10
BATCH = 100


async def events(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Stream until the client leaves. No database connection is held while it is open."""
    try:
        team_id = await sync_to_async(_team_of, thread_sensitive=True)(request)
    except (FlawmarkError, APIException) as error:
        answer = problem_response(error, {})
        body: Any = answer.data if answer else {}
        return JsonResponse(body, status=body.get("status", 500), content_type=MEDIA_TYPE)
    last_id = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id") or "$"
    response = StreamingHttpResponse(_stream(team_id, last_id), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


def _team_of(request: HttpRequest) -> UUID:
    """Authenticate as the API does, then give the database connection back before the first byte."""
    try:
        drf_request = Request(request, authenticators=[TokenAuthentication(), SessionAuthentication()])
        if not drf_request.user.is_authenticated:
            raise NotAuthenticated
        # A browser's EventSource cannot send headers.
        membership = membership_of(drf_request, team=request.GET.get("team"))
        granted_scopes(drf_request, membership, needed=Scope.READ)
        return membership.team_id
    finally:
        close_old_connections()
        connection.close()


async def _stream(team_id: UUID, last_id: str) -> AsyncIterator[str]:
    client = _client()
    key = stream_key(team_id)
    try:
        last_id = await _start(client, key, last_id)
        yield f"retry: 2000\nid: {last_id}\nevent: hello\ndata: {{}}\n\n"
        while True:
            batch = await client.xread({key: last_id}, block=BLOCK_MS, count=BATCH)
            if not batch:
                yield ": still here\n\n"
                continue
            for last_id, fields in _entries(batch, key):
                yield f"id: {last_id}\nevent: {fields['event']}\ndata: {fields['data']}\n\n"
    except asyncio.CancelledError:
        raise
    except redis.RedisError:
        yield "event: lost\ndata: {}\n\n"  # the browser reconnects by itself after `retry`
    finally:
        await client.aclose()


def _client() -> "redis.Redis":
    """A connection that waits longer than the server does: an idle stream is no broken one."""
    return redis.Redis.from_url(
        settings.EVENTS_REDIS_URL, decode_responses=True, socket_timeout=BLOCK_MS / 1000 + PATIENCE_S
    )


async def _start(client: "redis.Redis", key: str, last_id: str) -> str:
    """Resolve "from now on" to a real id, so that nothing is missed between two reads."""
    if last_id != "$" and all(part.isdecimal() for part in last_id.split("-", 1)):
        return last_id
    newest = await client.xrevrange(key, count=1)
    return str(newest[0][0]) if newest else "0-0"


def _entries(batch: Any, key: str) -> list[tuple[str, dict[str, str]]]:
    """Both wire protocols: RESP2 gives a list of pairs, RESP3 a mapping."""
    found = batch[key] if isinstance(batch, dict) else batch[0][1]
    rows = (
        found[0]
        if found and isinstance(found[0], list) and found[0] and isinstance(found[0][0], (list, tuple))
        else found
    )
    return [(entry[0], entry[1]) for entry in rows]

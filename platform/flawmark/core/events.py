"""Live events of a team, kept in a Valkey stream so that a browser that reconnects misses nothing."""

import json
from functools import cache
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

KEPT_EVENTS = 2000


def stream_key(team_id: UUID | str) -> str:
    return f"events:{team_id}"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.EVENTS_REDIS_URL)


def publish(*, team_id: UUID, event: str, data: dict[str, Any]) -> None:
    """Tell the team's open browsers, once the surrounding transaction has committed.

    Events only say that something changed; the database stays the truth. A broker that is away must
    therefore never fail the work itself.
    """

    def send() -> None:
        fields: dict[Any, Any] = {"event": event, "data": json.dumps(data, default=str)}
        try:
            _client().xadd(stream_key(team_id), fields, maxlen=KEPT_EVENTS, approximate=True)
        except redis.RedisError:
            return

    transaction.on_commit(send, robust=True)

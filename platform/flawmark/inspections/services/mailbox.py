"""How a web process hands an image to a scorer and gets its answer, through Valkey.

The image's bytes and the answer live under the prediction's ticket, for no longer than anybody waits. The
Celery message carries only the ticket, so that large images never sit in a queue.
"""

import json
from functools import cache
from typing import Any

import redis
from django.conf import settings

from flawmark.core.errors import Unavailable

NO_SCORER = "No scorer answered in time. Try again in a moment."


@cache
def _client() -> "redis.Redis":
    return redis.Redis.from_url(settings.EVENTS_REDIS_URL)


def image_leave(ticket: str, content: bytes) -> None:
    """Leave an image for the scorer. Raises Unavailable when the broker is away."""
    try:
        _client().set(f"predict:{ticket}:image", content, ex=settings.PREDICT_TIMEOUT_S)
    except redis.RedisError as error:
        raise Unavailable(NO_SCORER) from error


def image_take(ticket: str) -> bytes | None:
    """Take the image; None when nobody waits for the answer any more."""
    content = _client().getdel(f"predict:{ticket}:image")
    return content if isinstance(content, bytes) else None


def answer_leave(ticket: str, answer: dict[str, Any]) -> None:
    key = f"predict:{ticket}:answer"
    with _client().pipeline() as commands:
        commands.rpush(key, json.dumps(answer, default=str))
        commands.expire(key, settings.PREDICT_TIMEOUT_S)
        commands.execute()


def answer_await(ticket: str) -> dict[str, Any]:
    """Wait for the answer. Raises Unavailable when none comes in time."""
    try:
        found: Any = _client().blpop([f"predict:{ticket}:answer"], timeout=settings.PREDICT_TIMEOUT_S)
    except redis.RedisError as error:
        raise Unavailable(NO_SCORER) from error
    if found is None:
        raise Unavailable(NO_SCORER)
    answer: dict[str, Any] = json.loads(found[1])
    return answer

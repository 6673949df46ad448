"""`Idempotency-Key` on creates: a repeated request gets the first answer, nothing happens twice."""

import hashlib
import json
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.core.blobs import sha256_of
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.models import IdempotencyKey

REPLAY_HEADER = "Idempotent-Replay"


def run_once(
    request: Request,
    *,
    team_id: UUID,
    endpoint: str,
    create: Callable[[], Response],
    unstored: Collection[str] = (),
) -> Response:
    """Run `create` unless this team already sent this key to this endpoint.

    The key's row and whatever `create` writes commit together, so a crash leaves neither. A concurrent
    twin waits on the unique row and then gets the stored answer. Raises Conflict when the key comes
    back with another body. Fields of the answer named in `unstored` are not kept, so a repeat lacks them.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return create()
    if not 1 <= len(key) <= 200:
        raise InvalidInput("An Idempotency-Key has 1 to 200 characters.", field="Idempotency-Key")
    digest = body_sha256(request)
    with transaction.atomic():
        row, fresh = IdempotencyKey.objects.get_or_create(
            team_id=team_id, endpoint=endpoint, key=key, defaults={"body_sha256": digest}
        )
        if not fresh:
            return _repeat(row, digest)
        response = create()
        row.status, row.response = response.status_code, _plain(response.data, unstored)
        row.save(update_fields=["status", "response", "updated_at"])
        return response


def _repeat(row: IdempotencyKey, digest: str) -> Response:
    if row.body_sha256 != digest:
        raise Conflict(
            "This Idempotency-Key was already used with another body.", code="idempotency_key_reused"
        )
    return Response(row.response, status=row.status, headers={REPLAY_HEADER: "true"})


def body_sha256(request: Request) -> str:
    """Hash the parsed body: names and values of fields, contents of files.

    The hash is keyed, because a body may hold a password: whoever reads the table cannot try guesses.
    """
    return salted_hmac("flawmark.idempotency", _plain_sha256(request), algorithm="sha256").hexdigest()


def _plain_sha256(request: Request) -> str:
    digest = hashlib.sha256()
    data: Any = request.data
    if not hasattr(data, "lists"):
        return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
    for name, values in sorted(data.lists()):
        for value in values:
            content = sha256_of(value) if isinstance(value, UploadedFile) else str(value)
            digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()


def _plain(data: Any, unstored: Collection[str]) -> Any:
    kept = {name: value for name, value in data.items() if name not in unstored} if unstored else data
    return json.loads(json.dumps(kept, default=str))

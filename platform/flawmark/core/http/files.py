"""Answering with the bytes of a blob, and signed addresses for those who cannot send a login."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote
from uuid import UUID

from django.core import signing
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import reverse

from flawmark.core.blobs import CHUNK_BYTES, blob_bytes, blob_open
from flawmark.core.errors import NotFound
from flawmark.core.http.problems import MEDIA_TYPE, problem_response
from flawmark.core.models import Blob

SIGNED_FOR_S = 60
FOR_EVER = "private, max-age=31536000, immutable"
_signer = signing.TimestampSigner(salt="flawmark.blob")


def blob_response(request: HttpRequest, blob: Blob, *, filename: str) -> HttpResponseBase:
    """The whole blob at once, for things the size of an image; the browser may keep it for ever."""
    etag = f'"{blob.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return _cached(HttpResponseNotModified(), etag)
    response = HttpResponse(blob_bytes(blob), content_type=blob.media_type)
    response["Content-Disposition"] = disposition("inline", filename)
    return _cached(response, etag)


def download_response(blob: Blob, *, filename: str) -> StreamingHttpResponse:
    """The blob in pieces, for files that may not fit into memory."""
    response = StreamingHttpResponse(_chunks(blob), content_type=blob.media_type)
    response["Content-Length"] = str(blob.size_bytes)
    response["Content-Disposition"] = disposition("attachment", filename)
    return response


def disposition(kind: str, filename: str) -> str:
    """A Content-Disposition header; the name is percent-encoded, so no name can break out of it."""
    return f"{kind}; filename*=UTF-8''{quote(filename, safe='')}"


def signed_url(blob: Blob, *, filename: str) -> str:
    """An address that gives the blob without a login, for 60 seconds."""
    token = _signer.sign_object({"blob": str(blob.id), "filename": filename})
    return reverse("signed-file", args=[token])


def signed_file(_request: HttpRequest, token: str) -> HttpResponseBase:
    """`GET /files/{token}/`: the blob that a signed address names."""
    try:
        claim = _signer.unsign_object(token, max_age=SIGNED_FOR_S)
        blob = Blob.objects.get(id=UUID(claim["blob"]))
    except (signing.BadSignature, Blob.DoesNotExist):
        answer = problem_response(NotFound("This address is not valid any more. Ask for a new one."), {})
        return JsonResponse(answer.data if answer else {}, status=404, content_type=MEDIA_TYPE)
    return download_response(blob, filename=claim["filename"])


async def _chunks(blob: Blob) -> AsyncIterator[bytes]:
    stream = await asyncio.to_thread(blob_open, blob)
    try:
        while chunk := await asyncio.to_thread(stream.read, CHUNK_BYTES):
            yield chunk
    finally:
        await asyncio.to_thread(stream.close)


def _cached(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Cache-Control"] = FOR_EVER
    return response

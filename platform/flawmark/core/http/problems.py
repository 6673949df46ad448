"""Every error leaves the API as `application/problem+json` (RFC 9457) with a stable `code`."""

from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from flawmark.core.errors import FlawmarkError

MEDIA_TYPE = "application/problem+json"
NOT_FOUND = "There is no such thing here."


def problem_response(error: Exception, _context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: translate known errors, leave unknown ones to become a 500."""
    headers: dict[str, str] = {}
    if isinstance(error, FlawmarkError):
        body = problem(error.status, error.code, error.detail, field=error.field, **error.extra)
        if error.current is not None:
            body["current"] = error.current
    elif isinstance(error, (Http404, PermissionDenied, SuspiciousOperation, DataError)):
        body = _djangos_problem(error)
    elif isinstance(error, exceptions.ValidationError):
        field, detail = _first_message(error.detail)
        body = problem(400, "invalid", detail, field=field, errors=error.detail)
    elif isinstance(error, exceptions.APIException):
        if error.status_code == 401:
            headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        codes = error.get_codes()
        body = problem(error.status_code, codes if isinstance(codes, str) else "invalid", str(error.detail))
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _djangos_problem(error: Exception) -> dict[str, Any]:
    if isinstance(error, Http404):
        return problem(404, "not_found", NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return problem(403, "not_allowed", str(error) or "You are not allowed to do this.")
    if isinstance(error, SuspiciousOperation):
        return problem(400, "invalid", str(error) or "This request is not allowed.")
    return problem(400, "invalid", "A value is out of range or has characters that cannot be stored.")


def no_such_path(_request: HttpRequest, **_kwargs: Any) -> JsonResponse:
    """Answer for API paths that do not exist."""
    body = problem(404, "not_found", "The API has no such address.")
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)


def unexpected(_request: HttpRequest) -> JsonResponse:
    """Answer for errors of our own; the log has their trace."""
    body = problem(500, "internal", "Something went wrong on our side; the server's log has the details.")
    return JsonResponse(body, status=500, content_type=MEDIA_TYPE)


def problem(status: int, code: str, detail: str, *, field: str | None = None, **extra: Any) -> dict[str, Any]:
    body = {"type": f"urn:flawmark:{code}", "title": code.replace("_", " ").capitalize(), "status": status}
    body |= {"code": code, "detail": detail, **extra}
    if field:
        body["field"] = field
    return body


def _first_message(detail: Any, field: str | None = None) -> tuple[str | None, str]:
    """Dig the first sentence and the dotted path of its field out of DRF's nested error lists."""
    if isinstance(detail, dict) and detail:
        key, value = next(iter(detail.items()))
        path = field if key == "non_field_errors" else f"{field}.{key}" if field else str(key)
        return _first_message(value, path)
    if isinstance(detail, list) and detail:
        return _first_message(next((item for item in detail if item), ""), field)
    return field, str(detail)

"""What the OpenAPI schema says of every operation: its conditional headers and how it fails."""

import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from flawmark.core.http.etag import expected_version
from flawmark.core.http.idempotency import run_once
from flawmark.core.http.problems import MEDIA_TYPE

# Optional for a client's compiler, which cannot know that a middleware or a call's own headers set them.
HEADERS = {
    expected_version: OpenApiParameter(
        "If-Match",
        str,
        OpenApiParameter.HEADER,
        description="The ETag of what is changed, or `*`. Without it: 428; when it is stale: 412.",
    ),
    run_once: OpenApiParameter(
        "Idempotency-Key",
        str,
        OpenApiParameter.HEADER,
        description="1 to 200 characters. A repeated key does nothing twice; with another body: 409.",
    ),
}
PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). `current` is what a lost race found.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "field": {"type": "string"},
        "current": {},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


class OperationSchema(AutoSchema):
    """Declares the headers that a handler reads, found in its code, so that no view repeats them."""

    def get_override_parameters(self) -> list[Any]:
        called = set(_called(self._handler(), type(self.view), set()))
        return [parameter for function, parameter in HEADERS.items() if function in called]

    def get_filter_backends(self) -> list[Any]:
        """Only reads are filtered, also where a create answers with a list."""
        return super().get_filter_backends() if self.method == "GET" else []

    def _get_paginator(self) -> Any:
        return super()._get_paginator() if self.method == "GET" else None

    def _handler(self) -> Any:
        return getattr(type(self.view), getattr(self.view, "action", None) or self.method.lower(), None)


def problems_declare(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Post-processing hook: every operation may answer with a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"content": content, "description": "An error."}
    return result


def _called(function: Any, view_class: type, seen: set[Any]) -> Iterator[Any]:
    """Functions that `function` names, also through its module's and its class's own functions."""
    function = inspect.unwrap(function) if function else None
    if not isinstance(function, FunctionType) or function in seen:
        return
    seen.add(function)
    for name in _names(function.__code__):
        for found in (function.__globals__.get(name), getattr(view_class, name, None)):
            yield found if isinstance(found, FunctionType) else None
            if getattr(found, "__module__", None) == function.__module__:
                yield from _called(found, view_class, seen)


def _names(code: CodeType) -> Iterator[str]:
    """Names in the code and in the functions within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)

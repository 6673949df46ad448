"""Errors with a stable code and a sentence that a person understands.

Services raise these; `flawmark.core.http.problems` turns them into `application/problem+json`.
"""

from typing import Any


class FlawmarkError(Exception):
    """Base class. `code` never changes once published; `detail` may be reworded."""

    status = 400
    code = "invalid"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        field: str | None = None,
        current: Any = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.field = field
        self.current = current
        self.extra = extra


class InvalidInput(FlawmarkError):
    """What was sent cannot be used; `field` names the culprit."""


class NotFound(FlawmarkError):
    """No such thing, or it belongs to another team (the two are never told apart)."""

    status = 404
    code = "not_found"


class NotAllowed(FlawmarkError):
    """The person's role or the token's scopes do not include this."""

    status = 403
    code = "not_allowed"


class Conflict(FlawmarkError):
    """The state does not allow this now; `current` carries what it is."""

    status = 409
    code = "conflict"


class LostRace(FlawmarkError):
    """Somebody changed it first (`If-Match` is stale); nothing was overwritten, `current` is newer."""

    status = 412
    code = "stale"


class PreconditionRequired(FlawmarkError):
    """An update of shared state came without `If-Match`."""

    status = 428
    code = "if_match_required"


class Unavailable(FlawmarkError):
    """A part that is needed does not answer in time; trying again later is right."""

    status = 503
    code = "unavailable"

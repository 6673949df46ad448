"""`ETag` and `If-Match`: two people never overwrite each other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import models
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.core.errors import LostRace, PreconditionRequired
from flawmark.core.models import VersionedRecord

Row = TypeVar("Row", bound=VersionedRecord)
# No version is longer, and Python refuses to read numbers of thousands of digits.
MAX_DIGITS = 30


def etag_of(version: int) -> str:
    return f'"{version}"'


def with_etag(response: Response, version: int) -> Response:
    response["ETag"] = etag_of(version)
    return response


def expected_version(request: Request) -> int | None:
    """Read `If-Match`. `*` means any version (None). Raises PreconditionRequired when it is missing."""
    header = request.headers.get("If-Match", "").strip()
    if header == "*":
        return None
    digits = header.removeprefix("W/").strip('"')
    if not digits:
        raise PreconditionRequired("Send the ETag of what you are changing in the If-Match header.")
    if not digits.isdecimal() or len(digits) > MAX_DIGITS:
        raise LostRace("The If-Match header is not an ETag of this resource.")
    return int(digits)


@contextmanager
def lost_race_shows(current: Callable[[], Any]) -> Iterator[None]:
    """Give a LostRace raised in here what the resource's own GET answers: `current`, read after the race."""
    try:
        yield
    except LostRace as error:
        error.current = current()
        raise


def lock_version(rows: "models.QuerySet[Row]", expected: int | None, current: Any = None) -> Row:
    """Lock the one row of `rows` inside a transaction and check its version, else raise LostRace.

    `current` is called with the row to describe what it is now.
    """
    row = rows.select_for_update(of=("self",)).get()
    if expected is not None and row.version != expected:
        state = current(row) if current else {"version": row.version}
        raise LostRace("Somebody changed this in the meantime; nothing was overwritten.", current=state)
    return row

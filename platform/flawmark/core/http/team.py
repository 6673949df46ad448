"""The asker's team, which the permission class has put on the request."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request


def team_id_of(request: Request) -> UUID:
    team: Any = getattr(request, "team")  # noqa: B009 - DRF's Request does not declare it
    return team.id

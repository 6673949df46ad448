"""Why a pixel scores as it does, as the web sees it: ask a scorer, await its answer. Torch-free."""

from typing import Any

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from flawmark.core.errors import FlawmarkError, InvalidInput, Unavailable
from flawmark.core.ids import uuid7
from flawmark.inspections.models import Inspection
from flawmark.inspections.services.mailbox import NO_SCORER, answer_await

EXPLAIN = "inspections.explain"


def explanation_ask(
    *, inspection: Inspection, pixel_xy: tuple[int, int] | None, neighbours: int
) -> dict[str, Any]:
    """The normal patches that a pixel's patch resembles most, and the image that most patches resemble.

    Args:
        inspection: the scored image.
        pixel_xy: (x, y) from the image's top-left corner; None: where the map peaks.
        neighbours: how many patches.

    Raises:
        InvalidInput: the pixel lies outside, or the model keeps no normal patches.
        Unavailable: no scorer answers in time.
    """
    _check_inside(inspection, pixel_xy)
    ticket = str(uuid7())
    try:
        current_app.send_task(
            EXPLAIN,
            args=[ticket, str(inspection.id), pixel_xy, neighbours],
            queue="score",
            priority=0,
            expires=settings.PREDICT_TIMEOUT_S,
            retry=False,
        )
    except OperationalError as error:
        raise Unavailable(NO_SCORER) from error
    answer = answer_await(ticket)
    if "error" in answer:
        raise _REFUSALS.get(answer["status"], InvalidInput)(answer["error"], code=answer["code"])
    return answer


_REFUSALS: dict[int, type[FlawmarkError]] = {Unavailable.status: Unavailable}


def _check_inside(inspection: Inspection, pixel_xy: tuple[int, int] | None) -> None:
    width_px, height_px = inspection.image.width_px, inspection.image.height_px
    if pixel_xy is None:
        return
    x, y = pixel_xy
    if not (0 <= x < width_px and 0 <= y < height_px):
        raise InvalidInput(
            f"Pixel ({x}, {y}) lies outside the image of {width_px} × {height_px} pixels.", field="x"
        )

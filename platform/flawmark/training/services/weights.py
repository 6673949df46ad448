"""How much reviewed images count in the thresholds."""

from collections.abc import Iterable
from uuid import UUID

from flawmark.core.errors import InvalidInput
from flawmark.datasets.models import Image
from flawmark.training.models import CalibrationWeight


def calibration_weight_set(*, image: Image, weight: float | None) -> None:
    """Say how much an image counts: 1 / the probability that it was picked for review. None: 1 again."""
    if weight is None:
        CalibrationWeight.objects.filter(image=image).delete()
        return
    if not 0 < weight < float("inf"):
        raise InvalidInput("A calibration weight must be a number above 0.", field="weight")
    CalibrationWeight.objects.update_or_create(image=image, defaults={"weight": weight})


def calibration_weights(image_ids: Iterable[UUID]) -> dict[UUID, float]:
    """The weights of images that have one; all others count 1."""
    rows = CalibrationWeight.objects.filter(image_id__in=list(image_ids))
    return dict(rows.values_list("image_id", "weight"))

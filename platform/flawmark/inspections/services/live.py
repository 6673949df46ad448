"""The live bank's door: what a review tells a model the moment it is given.

Bank revisions are kept by `BankRevision`, and inspections name theirs. A model without a live bank says so,
and the review then counts from the next training on.
"""

from dataclasses import dataclass
from typing import Literal

from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image
from flawmark.inspections.selectors import bank_revision_of
from flawmark.training.models import ModelVersion

LEARNS_LATER = "This model learns at the next retrain."


@dataclass(frozen=True)
class LiveUpdate:
    """Whether predictions changed at once, the bank revision that now counts, and a sentence for people."""

    applied: bool
    bank_revision: int
    sentence: str


def live_update_request(
    *,
    model_version: ModelVersion,
    image: Image,
    operation: Literal["add", "remove"],
    region: Mask | None = None,
) -> LiveUpdate:
    """Tell a model that an image, or a region of it, is normal (`add`) or was not after all (`remove`).

    Args:
        model_version: the model that serves.
        image: the reviewed image.
        operation: `add` its patches to the bank, or `remove` them from it.
        region: (H, W), True = the pixels meant; None: the whole image.
    """
    return LiveUpdate(applied=False, bank_revision=bank_revision_of(model_version), sentence=LEARNS_LATER)

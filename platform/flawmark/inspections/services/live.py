"""The live bank's door: what a review tells a model the moment it is given.

A request is a durable job on the scorer's queue; the web process never touches a bank. The scorer compares
what the image should now teach with what the bank holds of it (`live_teachings`), so a request that comes
twice, late or out of order does no harm. A model without a live bank says so, and the review then counts
from the next training on.
"""

from dataclasses import dataclass
from typing import Literal

from flawmark.core.jobs import job_create
from flawmark.core.masks.tiles import Mask
from flawmark.core.models import Job
from flawmark.datasets.models import Image
from flawmark.inspections.selectors import bank_revision_of
from flawmark.training.models import ModelVersion

LIVE_JOB = "inspections.live_update"
LEARNS_NOW = "The model is learning this now."
LEARNS_LATER = "This model learns at the next retrain."


@dataclass(frozen=True)
class LiveUpdate:
    """Whether predictions have changed already, the bank revision that counts, and a sentence for people."""

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
        image: the reviewed image, stored as the review leaves it: its label, split and mask count.
        operation: `add` its patches to the bank, or `remove` them from it.
        region: (H, W), True = the pixels meant; None: the whole image.
    """
    revision = bank_revision_of(model_version)
    if not learns_live(model_version):
        return LiveUpdate(applied=False, bank_revision=revision, sentence=LEARNS_LATER)
    part = "A region of" if region is not None else "All of"
    verb = "is normal" if operation == "add" else "is not normal"
    live_job_create(
        model_version=model_version,
        title=f"{part} {image.filename} {verb}",
        payload={
            "action": "teach",
            "image": str(image.id),
            "author": str(image.labelled_by_id) if image.labelled_by_id else None,
        },
    )
    return LiveUpdate(applied=False, bank_revision=revision, sentence=LEARNS_NOW)


def learns_live(model_version: ModelVersion) -> bool:
    """Can the model's bank be changed in place? Not yet where images are brought to a template first."""
    is_aligned = model_version.hyperparameters.get("alignment", "none") != "none"
    return model_version.supports_live_bank and not is_aligned


def live_job_create(*, model_version: ModelVersion, title: str, payload: dict[str, object]) -> Job:
    """A durable request to the scorer about one model's bank."""
    return job_create(
        team_id=model_version.dataset.team_id,
        kind=LIVE_JOB,
        queue="score",
        title=f"Model {model_version.number} learns: {title}"[:200],
        payload={"model_version": str(model_version.id), **payload},
        subject_type="model_version",
        subject_id=model_version.id,
    )

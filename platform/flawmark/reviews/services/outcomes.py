"""What a verdict makes of an image: its label, split, and weight in the thresholds."""

from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.datasets.models import Image, Label, MaskRevision
from flawmark.datasets.services.labels import images_changed_announce
from flawmark.datasets.services.pools import image_join_pool
from flawmark.inspections.services.calibration import calibration_request
from flawmark.inspections.services.live import LiveUpdate
from flawmark.reviews.models import Verdict
from flawmark.reviews.services.teaching import in_pool, model_teach, normal_region_of
from flawmark.training.services.weights import calibration_weight_set

LABEL_OF: dict[str, Label] = {
    Verdict.ACCEPT: Label.DEFECTIVE,
    Verdict.NORMAL: Label.NORMAL,
    Verdict.DEFECTIVE: Label.DEFECTIVE,
    Verdict.CORRECTED: Label.DEFECTIVE,
}


def outcome_apply(
    *,
    image: Image,
    verdict: str,
    revision: MaskRevision | None,
    author: User | None,
    sampling_probability: float,
) -> LiveUpdate | None:
    """Make a locked image what the verdict says; tell the other apps, and the serving model's live bank.

    A reviewed image joins train or validation by its lot, never test. One that was normal and is found
    defective leaves the pool by its label alone: its split stays, so that its lot stays together.
    """
    was_in_pool = in_pool(image.label, image.split)
    image.label = LABEL_OF[verdict]
    image.labelled_by, image.labelled_at = author, timezone.now()
    if revision is not None:
        image.current_revision = revision
    image_join_pool(image=image)
    image.version += 1
    image.save()
    calibration_weight_set(image=image, weight=1.0 / sampling_probability)
    images_changed_announce(dataset=image.dataset, image_ids=[image.id])
    calibration_request(dataset=image.dataset)
    region = normal_region_of(revision) if verdict == Verdict.CORRECTED else None
    return model_teach(image=image, was_in_pool=was_in_pool, normal_region=region)

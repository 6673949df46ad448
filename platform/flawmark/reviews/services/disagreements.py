"""A lead settles what two people do not agree on."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.events import publish
from flawmark.datasets.models import Image
from flawmark.reviews.models import Disagreement, Review
from flawmark.reviews.services.outcomes import LABEL_OF, outcome_apply


@transaction.atomic
def disagreement_settle(
    *, disagreement: Disagreement, in_favour_of: UUID, actor: User, comment: str = ""
) -> Disagreement:
    """Decide for one of the two verdicts, and make the image what that one says.

    Raises:
        Conflict: it is settled already.
        InvalidInput: the verdict is not one of the two.
    """
    row = Disagreement.objects.select_for_update(of=("self",)).get(id=disagreement.id)
    if row.settled_at is not None:
        raise Conflict("This disagreement is settled already.", code="already_settled")
    if in_favour_of not in (row.first_id, row.second_id):
        raise InvalidInput("Choose one of the two verdicts.", field="in_favour_of")
    review = Review.objects.select_related("mask_revision", "reviewer").get(id=in_favour_of)
    image = (
        Image.objects.select_for_update(of=("self",))
        .select_related("dataset__team", "current_revision")
        .get(id=row.image_id)
    )
    if not _image_says(image, review):
        outcome_apply(
            image=image,
            verdict=review.verdict,
            revision=review.mask_revision,
            author=review.reviewer,
            sampling_probability=review.sampling_probability,
        )
    row.settled_by, row.settled_at, row.settled_in_favour_of = actor, timezone.now(), review
    row.save()
    audit_record(
        team=image.dataset.team,
        actor=actor,
        action="disagreement.settle",
        object_type="image",
        object_id=image.id,
        detail={"disagreement": str(row.id), "in_favour_of": str(review.id), "comment": comment},
    )
    event = {"what": "settled", "dataset": image.dataset_id, "image": image.id, "disagreement": row.id}
    publish(team_id=image.dataset.team_id, event="review", data=event)
    return row


def _image_says(image: Image, review: Review) -> bool:
    """Is the image already what this verdict made of it?"""
    same_mask = review.mask_revision_id in (None, image.current_revision_id)
    return image.label == LABEL_OF[review.verdict] and same_mask

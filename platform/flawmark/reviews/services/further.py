"""Going on when the queue is empty: a look at what passes, where escapes are most likely first."""

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.core.errors import Conflict
from flawmark.datasets.models import Dataset, Label, Split
from flawmark.inspections.models import Band, Inspection
from flawmark.reviews.models import ReviewTask
from flawmark.reviews.ordering import further_places
from flawmark.reviews.selectors.queue import waiting_tasks
from flawmark.reviews.services.requests import review_request
from flawmark.training.selectors import champion_of


@transaction.atomic
def queue_look_further(*, dataset: Dataset, actor: User, count: int) -> list[ReviewTask]:
    """Ask for a look at the passing, unreviewed images with the highest scores; returns their tasks.

    Raises:
        Conflict: no model serves yet, so nothing passes.
    """
    champion = champion_of(dataset)
    if champion is None:
        raise Conflict("This dataset has no champion yet: train a model first.", code="no_champion")
    passing = (
        Inspection.objects.filter(
            model_version=champion,
            band=Band.PASS,
            image__label=Label.UNLABELLED,
            image__quarantined_at__isnull=True,
        )
        .exclude(image__split=Split.TEST)
        .exclude(image__in=waiting_tasks(dataset).values("image"))
        .order_by("image_id")
    )
    rows = list(passing.values_list("image_id", "image_score"))
    chosen = [rows[place][0] for place in further_places([score for _, score in rows], count)]
    if not chosen:
        return []
    return review_request(dataset=dataset, image_ids=chosen, actor=actor, comment="The queue was empty.")

"""Which of the tasks that a person may be given comes next."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from flawmark.accounts.models import User
from flawmark.datasets.models import Dataset
from flawmark.inspections.selectors import image_vectors
from flawmark.reviews.models import Review, ReviewTask
from flawmark.reviews.ordering import order_next
from flawmark.reviews.selectors.queue import held_tasks

# So many of the most urgent tasks are compared; a larger group of look-alikes would fill them all.
CANDIDATES = 400
RANKED = 40
REMEMBERED = 8


def best_first(tasks: QuerySet[ReviewTask], dataset: Dataset, reviewer: User) -> list[UUID]:
    """The ids of the tasks that deserve to come next: urgent, and unlike what this person has just seen."""
    rows = list(tasks.values_list("id", "image_id", "priority")[:CANDIDATES])
    seen = _recent_images(dataset, reviewer)
    looks = image_vectors([image_id for _, image_id, _ in rows] + seen)
    order = order_next(
        np.array([priority for *_, priority in rows]),
        _vectors(looks, [image_id for _, image_id, _ in rows]),
        _vectors(looks, seen),
    )
    return [rows[place][0] for place in order[:RANKED]]


def _recent_images(dataset: Dataset, reviewer: User) -> list[UUID]:
    """What this person holds and what they judged last, the newest first."""
    held = held_tasks(dataset, reviewer).order_by("-leased_at").values_list("image_id", flat=True)
    judged = Review.objects.filter(image__dataset=dataset, reviewer=reviewer).order_by("-id")
    images = [*held, *judged.values_list("image_id", flat=True)[:REMEMBERED]]
    return images[:REMEMBERED]


def _vectors(looks: dict[UUID, NDArray[np.float32]], image_ids: Sequence[UUID]) -> NDArray[np.float32]:
    """(N, d): the images' vectors in order, NaN where an image has none."""
    width = len(next(iter(looks.values()), ()))
    unknown = np.full(width, np.nan, np.float32)
    rows = [looks.get(image_id, unknown) for image_id in image_ids]
    return np.stack(rows) if rows else np.empty((0, width), np.float32)

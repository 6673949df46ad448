"""Which waiting images look like the one on the screen."""

import numpy as np
from django.db.models import Q

from flawmark.accounts.models import User
from flawmark.inspections.selectors import image_vectors
from flawmark.reviews.models import ReviewTask
from flawmark.reviews.ordering import likeness, spread_of
from flawmark.reviews.selectors.queue import held_tasks, offered_tasks

CANDIDATES = 2000
ALIKE_FROM = 0.5
SHOWN = 60
OTHERS = 500


def look_alikes_of(task: ReviewTask, reviewer: User) -> list[tuple[ReviewTask, float]]:
    """Waiting tasks of the same band whose images look like this one's, with their likeness, best first.

    A second opinion has none: whoever gives it should look at that one image.
    """
    if task.round > 1:
        return []
    # What the reviewer's browser has loaded ahead is in their hands, but waits like all others.
    waiting = (held_tasks(task.dataset, reviewer), offered_tasks(task.dataset, reviewer))
    alike = Q(round=1)
    if task.inspection is not None:
        alike &= Q(inspection__band=task.inspection.band)
    rows = [
        row
        for tasks in waiting
        for row in tasks.filter(alike).exclude(id=task.id).select_related("image", "inspection")[:CANDIDATES]
    ]
    # A queue of nothing but look-alikes does not tell how far images lie apart: the dataset's newest do.
    newest = task.dataset.images.order_by("-id").values_list("id", flat=True)[:OTHERS]
    looks = image_vectors({task.image_id, *(row.image_id for row in rows), *newest})
    known = [row for row in rows if row.image_id in looks]
    if task.image_id not in looks or not known:
        return []
    vectors = np.stack([looks[row.image_id] for row in known])
    mine = looks[task.image_id][None]
    degrees = likeness(vectors, mine, spread_of(np.stack(list(looks.values()))))[:, 0]
    order = np.argsort(-degrees, kind="stable")[:SHOWN]
    return [(known[place], float(degrees[place])) for place in order if degrees[place] >= ALIKE_FROM]

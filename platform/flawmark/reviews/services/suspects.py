"""Suspected mislabels of the training pool come early in the queue: each hides defects like itself."""

from collections.abc import Mapping
from uuid import UUID

from flawmark.core.events import publish
from flawmark.datasets.models import Image, Label, Split
from flawmark.reviews.models import ReviewTask, TaskReason
from flawmark.reviews.ordering import suspect_urgency
from flawmark.reviews.selectors.queue import counted_reviews
from flawmark.training.models import ModelVersion, Stage


def suspects_enqueue(*, model_version: ModelVersion, scores: Mapping[UUID, float]) -> int:
    """Ask for a look at training normals that the champion suspects; returns how many tasks were made.

    Whoever was judged by a person already is not asked about again.
    """
    if model_version.stage != Stage.CHAMPION:
        return 0
    judged = counted_reviews().filter(image__in=list(scores)).values("image")
    images = Image.objects.filter(
        id__in=list(scores), label=Label.NORMAL, split=Split.TRAIN, quarantined_at__isnull=True
    ).exclude(id__in=judged)
    tasks = [
        ReviewTask(
            dataset_id=model_version.dataset_id,
            image=image,
            reason=TaskReason.SUSPECT,
            priority=suspect_urgency(scores[image.id]),
        )
        for image in images
    ]
    ReviewTask.objects.bulk_create(tasks, ignore_conflicts=True)  # one that waits already stays
    made = ReviewTask.objects.filter(id__in=[task.id for task in tasks]).count()
    if made:
        dataset = model_version.dataset
        data = {"dataset": dataset.id, "what": "queue_filled", "count": made}
        publish(team_id=dataset.team_id, event="review", data=data)
    return made

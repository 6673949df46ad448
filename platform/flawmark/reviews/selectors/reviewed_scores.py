"""Scores of all images whose answer is known, for the browser to say what other thresholds would do."""

from dataclasses import dataclass

from django.db.models import QuerySet

from flawmark.datasets.models import Label, Origin, Split
from flawmark.inspections.models import Inspection
from flawmark.reviews.models import ReviewTask
from flawmark.reviews.selectors.queue import WAITING_STATES
from flawmark.training.models import ModelVersion
from flawmark.training.services.weights import calibration_weights

# More than this the browser does not need: the newest are taken.
MOST_IMAGES = 100_000


@dataclass(frozen=True)
class ReviewedScores:
    """Columns of equal length, one entry per image.

    Attributes:
        images: ids.
        filenames: for the list of images that flip.
        scores: image scores by the model.
        defective: 1 where the image is defective, 0 where it is normal.
        weights: 1 / the probability with which it was picked for review.
        waiting: images that wait for a verdict, and so are not in the columns.
    """

    images: list[str]
    filenames: list[str]
    scores: list[float]
    defective: list[int]
    weights: list[float]
    waiting: int


def judged_inspections(model_version: ModelVersion) -> QuerySet[Inspection]:
    """The model's inspections of real images whose label is known; never of the frozen test split.

    Training normals are no part of it: a memory of normal patches finds them at distance 0.
    """
    return (
        Inspection.objects.filter(
            model_version=model_version, stale=False, image__quarantined_at__isnull=True
        )
        .exclude(image__label=Label.UNLABELLED)
        .exclude(image__split=Split.TEST)
        .exclude(image__split=Split.TRAIN, image__label=Label.NORMAL)
        .exclude(image__origin=Origin.GENERATED)
    )


def reviewed_scores_of(model_version: ModelVersion) -> ReviewedScores:
    rows = list(
        judged_inspections(model_version)
        .order_by("-image_id")
        .values_list("image_id", "image__filename", "image_score", "image__label")[:MOST_IMAGES]
    )
    weights = calibration_weights(image_id for image_id, *_ in rows)
    waiting = ReviewTask.objects.filter(
        dataset=model_version.dataset_id, round=1, state__in=WAITING_STATES, image__label=Label.UNLABELLED
    )
    return ReviewedScores(
        images=[str(image_id) for image_id, *_ in rows],
        filenames=[filename for _, filename, _, _ in rows],
        scores=[score for _, _, score, _ in rows],
        defective=[int(label == Label.DEFECTIVE) for *_, label in rows],
        weights=[weights.get(image_id, 1.0) for image_id, *_ in rows],
        waiting=waiting.count(),
    )

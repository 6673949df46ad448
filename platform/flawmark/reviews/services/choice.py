"""Whether an inspected image needs a person, why, and how soon: decided without touching the database."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from flawmark.inspections.models import Band, Inspection
from flawmark.reviews.models import TaskReason
from flawmark.training.models import ThresholdSet

# How far full disagreement lifts an image that is far from every threshold.
DISAGREEMENT_COUNTS = 0.5
_RANK = {Band.PASS: 0, Band.REVIEW: 1, Band.FAIL: 2}


@dataclass(frozen=True)
class Choice:
    """Why an image is chosen, with which probability it was, and how urgent it is (0 … 1)."""

    reason: TaskReason
    sampling_probability: float
    priority: float


def choose(
    inspection: Inspection,
    thresholds: ThresholdSet | None,
    audit_probability: float,
    disagreement: float = 0.0,
) -> Choice | None:
    """Decide about one inspected image; the same image and model always get the same answer.

    The audit draws from every band. In `pass` it is the only way into the queue; in the others, where all
    images are in it anyway (with probability 1), it brings a fair sample to the front, since a queue that is
    never emptied would otherwise show only what lies near a threshold.

    Args:
        inspection: what the serving model said.
        thresholds: of that model.
        audit_probability: the share of each band that is drawn.
        disagreement: from `band_disagreement`, 0 to 1.
    """
    if thresholds is None or thresholds.t1 is None:
        score = max(inspection.image_score, 0.0)
        return Choice(TaskReason.UNCALIBRATED, 1.0, urgency(score / (1.0 + score), disagreement))
    chance = stable_chance("audit", inspection.image_id, inspection.model_version_id)
    passes = inspection.band == Band.PASS
    if chance < audit_probability:
        # Spread over the upper half of the priorities: an audit that always comes last never happens.
        soon = 0.5 + 0.5 * chance / audit_probability
        return Choice(TaskReason.AUDIT, audit_probability if passes else 1.0, urgency(soon, disagreement))
    if passes:
        return None
    reason = TaskReason.FAIL_BAND if inspection.band == Band.FAIL else TaskReason.NEAR_THRESHOLD
    # T1 takes fewer held-out normals than T2, so it can stand alone: then nothing fails by itself.
    t2 = thresholds.t1 if thresholds.t2 is None else thresholds.t2
    near = closeness(inspection.image_score, thresholds.t1, t2)
    return Choice(reason, 1.0, urgency(near, disagreement))


def closeness(score: float, t1: float, t2: float) -> float:
    """1 at a threshold, falling with the distance to the nearer one, in units of the review band's width."""
    distance, width = min(abs(score - t1), abs(score - t2)), t2 - t1
    return width / (width + distance) if width > 0 else 1.0 / (1.0 + distance)


def urgency(near: float, disagreement: float) -> float:
    """Either reason makes an image urgent: 1 − (1 − near)(1 − half the disagreement)."""
    return 1.0 - (1.0 - near) * (1.0 - DISAGREEMENT_COUNTS * disagreement)


def band_disagreement(band: str, others: Iterable[str]) -> float:
    """How far other models' bands lie from this one: 0 all the same, 1 all at the other end."""
    steps = [abs(_RANK[Band(band)] - _RANK[Band(other)]) / 2 for other in others]
    return sum(steps) / len(steps) if steps else 0.0


def stable_chance(*parts: object) -> float:
    """A uniform number in [0, 1) that depends on nothing but `parts`."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56

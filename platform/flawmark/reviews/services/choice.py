"""Whether an inspected image needs a person, why, and how soon: decided without touching the database."""

import hashlib
from dataclasses import dataclass

from flawmark.inspections.models import Band, Inspection
from flawmark.reviews.models import TaskReason
from flawmark.training.models import ThresholdSet


@dataclass(frozen=True)
class Choice:
    """Why an image is chosen, with which probability it was, and how urgent it is (0 … 1)."""

    reason: TaskReason
    sampling_probability: float
    priority: float


def choose(
    inspection: Inspection, thresholds: ThresholdSet | None, audit_probability: float
) -> Choice | None:
    """Decide about one inspected image; the same image and model always get the same answer."""
    if thresholds is None or thresholds.t1 is None:
        score = max(inspection.image_score, 0.0)
        return Choice(TaskReason.UNCALIBRATED, 1.0, score / (1.0 + score))
    if inspection.band == Band.PASS:
        chance = stable_chance("audit", inspection.image_id, inspection.model_version_id)
        if chance >= audit_probability:
            return None
        # Spread over the upper half of the priorities: an audit that always comes last never happens.
        return Choice(TaskReason.AUDIT, audit_probability, 0.5 + 0.5 * chance / audit_probability)
    reason = TaskReason.FAIL_BAND if inspection.band == Band.FAIL else TaskReason.NEAR_THRESHOLD
    # T1 takes fewer held-out normals than T2, so it can stand alone: then nothing fails by itself.
    t2 = thresholds.t1 if thresholds.t2 is None else thresholds.t2
    return Choice(reason, 1.0, closeness(inspection.image_score, thresholds.t1, t2))


def closeness(score: float, t1: float, t2: float) -> float:
    """1 at a threshold, falling with the distance to the nearer one, in units of the review band's width."""
    distance, width = min(abs(score - t1), abs(score - t2)), t2 - t1
    return width / (width + distance) if width > 0 else 1.0 / (1.0 + distance)


def stable_chance(*parts: object) -> float:
    """A uniform number in [0, 1) that depends on nothing but `parts`."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56

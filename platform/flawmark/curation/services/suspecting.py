"""Which normals may be defects, and which defects look normal to the model that serves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from detectors.pool.duplicates import Duplicates
from detectors.pool.outliers import FAR, robust_z
from flawmark.curation.models import FindingKind
from flawmark.curation.services.judging import MAX_PICTURES, Draft, outlying_rank
from flawmark.curation.services.measuring import Report
from flawmark.curation.services.pools import PoolArrays
from flawmark.datasets.models import Label, Split
from flawmark.inspections.models import Band, Inspection, LeftOutScore
from flawmark.inspections.services.left_out import left_out_scores_ensure
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import thresholds_of

# As many of a pool are listed, the most suspicious first; how many of them stand out is said beside.
LISTED_SHARE = 0.1
LEAST_LISTED = 20


@dataclass(frozen=True)
class Suspicion:
    """An image of the pool with how little the others resemble it (higher = more suspicious)."""

    image_id: UUID
    score: float
    detail: dict[str, Any]


def suspect_draft(
    *, pool: PoolArrays, duplicates: Duplicates, model: ModelVersion | None, progress: Report
) -> tuple[Draft | None, dict[str, Any]]:
    """The ranking of the pool's normals, and figures about it; None for a pool too small to have one.

    Near-duplicates are left out together: a mislabel copied twice must not vouch for itself.
    """
    basis, ranked = "model", _by_model(pool, duplicates, model, progress) if model else []
    if not ranked:
        basis = "embedding"
        labels = duplicates.labels.tolist()
        ranked = [Suspicion(image_id, score, {}) for image_id, score in outlying_rank(pool, labels)]
    figures = {"basis": basis, "scored": len(ranked), "of": len(pool)}
    if not ranked:
        return None, figures
    ranked.sort(key=lambda one: -one.score)
    cut = _cut(np.array([one.score for one in ranked]), model if basis == "model" else None)
    standing_out = sum(one.score >= cut for one in ranked)
    figures |= {"standing_out": standing_out, "cut": round(cut, 6)}
    listed = min(MAX_PICTURES, max(LEAST_LISTED, round(LISTED_SHARE * len(pool)), standing_out))
    pictures = [
        (one.image_id, {"score": round(one.score, 6), "stands_out": one.score >= cut} | one.detail)
        for one in ranked[:listed]
    ]
    return Draft(FindingKind.SUSPECTED_MISLABEL, standing_out / len(ranked), figures, pictures), figures


def _by_model(
    pool: PoolArrays, duplicates: Duplicates, model: ModelVersion, progress: Report
) -> list[Suspicion]:
    groups = {
        pool.image_ids[member]: number
        for number, group in enumerate(duplicates.groups)
        for member in group.members
    }
    left_out_scores_ensure(model_version=model, groups=groups, progress=progress)
    rows = LeftOutScore.objects.filter(model_version=model, image__in=pool.image_ids)
    found = {
        row.image_id: Suspicion(
            row.image_id,
            row.score,
            {"box_xyxy": row.box_xyxy, "nearest": row.nearest_image_id and str(row.nearest_image_id)},
        )
        for row in rows
    }
    # What came after the training is no part of the memory: its ordinary score says the same.
    later = Inspection.objects.filter(model_version=model, image__in=pool.image_ids, stale=False)
    for image_id, score in later.values_list("image_id", "image_score"):
        found.setdefault(image_id, Suspicion(image_id, score, {}))
    # A model that can judge only a few of them ranks nothing.
    return list(found.values()) if 2 * len(found) >= len(pool) else []


def _cut(scores: np.ndarray[Any, np.dtype[np.float64]], model: ModelVersion | None) -> float:
    """From which score an image stands out: the model's T1, else what is far from the pool's median."""
    thresholds = thresholds_of(model) if model else None
    if thresholds is not None and thresholds.t1 is not None:
        return thresholds.t1
    z = robust_z(scores, 1e-6)
    far = scores[z > FAR]
    return float(far.min()) if len(far) else float(np.nextafter(scores.max(), np.inf))


def defect_drafts(model: ModelVersion | None) -> list[Draft]:
    """Labelled defects that the model would let pass, never of the frozen test split."""
    if model is None:
        return []
    passed = (
        Inspection.objects.filter(
            model_version=model,
            image__label=Label.DEFECTIVE,
            image__quarantined_at__isnull=True,
            band=Band.PASS,
            stale=False,
        )
        .exclude(image__split=Split.TEST)
        .order_by("image_score", "image_id")
    )
    scores = list(passed.values_list("image_id", "image_score")[:MAX_PICTURES])
    if not scores:
        return []
    pictures = [(image_id, {"score": round(score, 6)}) for image_id, score in scores]
    return [
        Draft(
            FindingKind.NORMAL_LOOKING_DEFECT,
            min(1.0, len(scores) / 10),
            {"model": model.number, "count": passed.count()},
            pictures,
        )
    ]

"""Which normals may be defects, and which defects look normal to the model that serves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from detectors.pool.duplicates import Duplicates
from detectors.pool.outliers import FAR, robust_z
from detectors.pool.suspicion import novelty_of, suspicion_of
from flawmark.curation.models import FindingKind
from flawmark.curation.services.judging import MAX_PICTURES, Draft
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
LEAST_RANKED = 3


@dataclass(frozen=True)
class Suspicion:
    """What is known against an image of the pool; `score` is higher for a more suspicious one."""

    score: float
    detail: dict[str, Any]


def suspect_draft(
    *, pool: PoolArrays, duplicates: Duplicates, model: ModelVersion | None, progress: Report
) -> tuple[Draft | None, dict[str, Any]]:
    """The ranking of the pool's normals, and figures about it; None for a pool too small to have one.

    Near-duplicates are left out together: a mislabel copied twice must not vouch for itself. Where a model
    and embeddings both speak, the order is by both (`suspicion_of`); scores and cut are the model's.
    """
    novelty = _novelty(pool, duplicates)
    basis, found = "model", _by_model(pool, duplicates, model, progress) if model else {}
    if not found:
        basis = "embedding"
        found = {
            image_id: Suspicion(float(value), {})
            for image_id, value in zip(pool.image_ids, novelty, strict=True)
            if np.isfinite(value)
        }
    figures = {"basis": basis, "scored": len(found), "of": len(pool)}
    if not found:
        return None, figures
    scores = np.array([found[one].score if one in found else np.nan for one in pool.image_ids])
    cut = _cut(scores[np.isfinite(scores)], model if basis == "model" else None)
    standing_out = int((scores >= cut).sum())
    figures |= {"standing_out": standing_out, "cut": round(cut, 6)}
    ranked = np.argsort(-suspicion_of(scores, novelty), kind="stable")[: len(found)]
    listed = max(LEAST_LISTED, round(LISTED_SHARE * len(pool)))
    shown = [place for rank, place in enumerate(ranked) if rank < listed or scores[place] >= cut]
    pictures = [
        _picture(pool.image_ids[place], found[pool.image_ids[place]], cut) for place in shown[:MAX_PICTURES]
    ]
    return Draft(FindingKind.SUSPECTED_MISLABEL, standing_out / len(found), figures, pictures), figures


def _picture(image_id: UUID, one: Suspicion, cut: float) -> tuple[UUID, dict[str, Any]]:
    return image_id, {"score": round(one.score, 6), "stands_out": one.score >= cut} | one.detail


def _novelty(pool: PoolArrays, duplicates: Duplicates) -> NDArray[np.float64]:
    if pool.vectors is None or len(pool) < LEAST_RANKED:
        return np.full(len(pool), np.nan)
    return novelty_of(pool.vectors, duplicates.labels)


def _by_model(
    pool: PoolArrays, duplicates: Duplicates, model: ModelVersion, progress: Report
) -> dict[UUID, Suspicion]:
    """What the model says of each image; nothing where it can judge only a few of them."""
    groups = {
        pool.image_ids[member]: number
        for number, group in enumerate(duplicates.groups)
        for member in group.members
    }
    left_out_scores_ensure(model_version=model, groups=groups, progress=progress)
    rows = LeftOutScore.objects.filter(model_version=model, image__in=pool.image_ids)
    found = {
        row.image_id: Suspicion(
            row.score,
            {"box_xyxy": row.box_xyxy, "nearest": row.nearest_image_id and str(row.nearest_image_id)},
        )
        for row in rows
    }
    # What came after the training is no part of the memory: its ordinary score says the same.
    later = Inspection.objects.filter(model_version=model, image__in=pool.image_ids, stale=False)
    for image_id, score in later.values_list("image_id", "image_score"):
        found.setdefault(image_id, Suspicion(score, {}))
    return found if 2 * len(found) >= len(pool) else {}


def _cut(scores: NDArray[np.float64], model: ModelVersion | None) -> float:
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

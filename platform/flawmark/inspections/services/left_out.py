"""Scores of a model's training normals against its memory without themselves, computed once and kept."""

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from detectors.errors import DetectorError
from detectors.suspects import RanksItsPool
from flawmark.inspections.models import LeftOutScore
from flawmark.inspections.services.loaded import LOADED
from flawmark.training.models import ModelVersion
from flawmark.training.services.pool import pool_of

if TYPE_CHECKING:
    from detectors.suspects import RankedImage

STORED_FIELDS = ["group_key", "score", "box_xyxy", "nearest_image", "updated_at"]
BATCH = 1_000

Report = Callable[[float, str], None]


def left_out_scores_ensure(
    *, model_version: ModelVersion, groups: Mapping[UUID, int] | None = None, progress: Report | None = None
) -> int:
    """Bring the stored scores up to date; returns how many had to be computed.

    Args:
        model_version: a model that may remember its training images; others are left alone.
        groups: label of the near-duplicates that each image belongs to; one without a label is left out
            alone. Only images whose group changed are scored again. None: whatever is stored is right.
        progress: told the fraction and a sentence; may raise to stop.
    """
    if not model_version.supports_live_bank:
        return 0
    pool = [image.image_id for image in pool_of(model_version.dataset_version).train]
    labels = group_labels(pool, groups or {})
    keys = group_keys(pool, labels)
    known = dict(
        LeftOutScore.objects.filter(model_version=model_version).values_list("image_id", "group_key")
    )
    missing = [
        place
        for place, image_id in enumerate(pool)
        if (image_id not in known if groups is None else known.get(image_id) != keys[place])
    ]
    detector = LOADED.get(model_version) if missing else None
    if not isinstance(detector, RanksItsPool):
        return 0
    try:
        found = detector.suspects(progress, labels, missing)
    except DetectorError:  # too few images to judge one by the others, or their features were not kept
        return 0
    _store(model_version, pool, keys, found)
    return len(found)


def group_labels(pool: list[UUID], groups: Mapping[UUID, int]) -> list[int]:
    """Numbers of the groups; images of no group get numbers that nobody else has."""
    free = max(groups.values(), default=-1) + 1
    return [groups.get(image_id, free + place) for place, image_id in enumerate(pool)]


def group_keys(pool: list[UUID], labels: list[int]) -> list[str]:
    """Of each image: a hash of the images that are left out with it, empty for none."""
    members: dict[int, list[str]] = {}
    for image_id, label in zip(pool, labels, strict=True):
        members.setdefault(label, []).append(str(image_id))
    keys = {
        label: hashlib.sha256("".join(sorted(ids)).encode()).hexdigest() if len(ids) > 1 else ""
        for label, ids in members.items()
    }
    return [keys[label] for label in labels]


def _store(
    model_version: ModelVersion, pool: list[UUID], keys: list[str], found: "list[RankedImage]"
) -> None:
    LeftOutScore.objects.bulk_create(
        [
            LeftOutScore(
                image_id=pool[one.image],
                model_version=model_version,
                group_key=keys[one.image],
                score=one.score,
                box_xyxy=[round(float(edge), 1) for edge in one.box_xyxy],
                nearest_image_id=pool[one.nearest_image] if 0 <= one.nearest_image < len(pool) else None,
            )
            for one in found
        ],
        update_conflicts=True,
        unique_fields=["image", "model_version"],
        update_fields=STORED_FIELDS,
        batch_size=BATCH,
    )

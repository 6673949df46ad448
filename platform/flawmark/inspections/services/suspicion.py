"""Training normals that the rest of the pool would not let pass: suspected mislabels, told to the queue."""

from uuid import UUID

from django.db import transaction

from flawmark.inspections.models import Band, LeftOutScore
from flawmark.inspections.selectors import bank_revision_of
from flawmark.inspections.services.bands import band_of
from flawmark.inspections.services.left_out import left_out_scores_ensure
from flawmark.inspections.signals import pool_suspected
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.pool import pool_of


def suspects_announce(*, model_version: ModelVersion) -> int:
    """Score each training normal against the memory without its own patches; returns how many stand out.

    Only as trained: once live changes have moved the bank, their own reviews have looked at the pool.
    """
    if not model_version.supports_live_bank or bank_revision_of(model_version):
        return 0
    suspects = _suspects(model_version)
    if suspects:
        transaction.on_commit(
            lambda: pool_suspected.send(
                sender=ModelVersion, model_version=model_version, scores=dict(suspects)
            )
        )
    return len(suspects)


def _suspects(model_version: ModelVersion) -> list[tuple[UUID, float]]:
    thresholds = thresholds_of(model_version)
    if thresholds is None or thresholds.t1 is None:
        return []
    left_out_scores_ensure(model_version=model_version)
    normals = {
        image.image_id for image in pool_of(model_version.dataset_version).train if not image.is_defective
    }
    stored = LeftOutScore.objects.filter(model_version=model_version, image__in=normals)
    return [
        (image_id, score)
        for image_id, score in stored.values_list("image_id", "score")
        if band_of(score, thresholds) != Band.PASS
    ]

"""Two models side by side: their metrics, and the images they judge differently."""

from typing import Any

from flawmark.core.errors import InvalidInput
from flawmark.inspections.models import Inspection
from flawmark.training.models import ModelVersion

SHOWN = 200


def models_compare(*, first: ModelVersion, second: ModelVersion) -> dict[str, Any]:
    """The images whose band differs, most serious flips first.

    `same_test_split` says whether the metrics were measured on the same test images and labels; where it is
    false they must not be compared. Raises InvalidInput for models of two datasets.
    """
    if first.dataset_id != second.dataset_id:
        raise InvalidInput("Models of two datasets cannot be compared.", field="ids")
    before = _bands(first)
    after = _bands(second)
    both = before.keys() & after.keys()
    flips = [_flip(image_id, before[image_id], after[image_id]) for image_id in both]
    changed = sorted((flip for flip in flips if flip["from_band"] != flip["to_band"]), key=_seriousness)
    splits = {model.metrics.get("test_split_sha256") for model in (first, second)}
    return {
        "same_test_split": len(splits) == 1,
        "compared_images": len(both),
        "flipped_images": len(changed),
        "flips": changed[:SHOWN],
    }


def _bands(model: ModelVersion) -> dict[Any, dict[str, Any]]:
    rows = Inspection.objects.filter(model_version=model, stale=False).values(
        "image_id", "image__filename", "image__label", "image__split", "band", "image_score", "id"
    )
    return {row["image_id"]: dict(row) for row in rows}


def _flip(image_id: Any, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {
        "image": image_id,
        "filename": after["image__filename"],
        "label": after["image__label"],
        "split": after["image__split"],
        "from_band": before["band"],
        "to_band": after["band"],
        "from_score": before["image_score"],
        "to_score": after["image_score"],
    }


def _seriousness(flip: dict[str, Any]) -> tuple[int, str]:
    """Labelled images first: a flip there is known to be right or wrong."""
    return (0 if flip["label"] != "unlabelled" else 1, flip["filename"])

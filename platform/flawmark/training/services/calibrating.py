"""What held-out images fix before the test split is met: the map scale, and what thresholds come from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detectors.maps import QUANTISED_MAXIMUM, FloatMap, dequantise, quantise
from flawmark.training.services.pixel_peaks import DefectPixels, largest, map_peak
from flawmark.training.services.pool import Pool
from flawmark.training.services.scored import Scored, scored_images
from flawmark.training.services.thresholds import HeldOut
from flawmark.training.services.weights import calibration_weights

if TYPE_CHECKING:
    from detectors.base import Detector

# Room above the highest score of the images that the scale may look at; defects score higher than those,
# many times so where features are whitened. Half a step is then 1/4096 of that highest score.
HEADROOM = 32.0
# Where nothing is held out, some training images must do to find the scale.
TRAIN_SAMPLE = 16


@dataclass(frozen=True)
class Calibrated:
    """`map_scale` is the score per stored step; the grid's size is that of the first map."""

    map_scale: float
    map_height: int
    map_width: int
    held_out: HeldOut


def calibrate(detector: "Detector", pool: Pool, report: Callable[[float, str], None]) -> Calibrated:
    """Score the held-out normals and the labelled defects that neither teach nor stand in the test split.

    Maps are looked at as they will be stored, so that stored inspections later give the same thresholds.
    """
    normals = pool.validation_normals
    teach = detector.hyperparameters.learns_from_real_defects
    looked_at = [*normals, *pool.calibrating_defects(teach=teach)] or pool.train[:TRAIN_SAMPLE]
    found: list[Scored] = []
    for scored in scored_images(detector, looked_at):
        found.append(scored)
        report(len(found) / len(looked_at), f"{len(found)} of {len(looked_at)}")
    scale = (largest(one.score_map for one in found) * HEADROOM or 1.0) / QUANTISED_MAXIMUM
    weights = calibration_weights(image.image_id for image in normals)
    held_out = HeldOut(
        scores=[one.image_score for one in found[: len(normals)]],
        peaks=[map_peak(_as_stored(one, scale), *one.image.size_px) for one in found[: len(normals)]],
        weights=[weights.get(image.image_id, 1.0) for image in normals],
        defect_pixel_threshold=_defect_threshold(found[len(normals) :], scale),
    )
    height, width = found[0].score_map.shape
    return Calibrated(scale, height, width, held_out)


def _as_stored(scored: Scored, scale: float) -> FloatMap:
    return dequantise(quantise(scored.score_map, scale), scale)


def _defect_threshold(defects: list[Scored], scale: float) -> float | None:
    pixels = DefectPixels(scale)
    for one in defects:
        mask = one.image.defect_mask() if one.image.is_defective else None
        if mask is not None:
            pixels.update(_as_stored(one, scale), mask, one.image.counted_pixels())
    return pixels.threshold()

"""Guards against poisoning a bank with defects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Bands:
    """The two image thresholds: pass < review_from <= review < fail_from <= fail.

    Attributes:
        review_from: T1, or None while it cannot be given: then every image is at least in review.
        fail_from: T2, or None while it cannot be given: then no image fails.
    """

    review_from: float | None
    fail_from: float | None

    def rank(self, score: float) -> int:
        """0 for pass, 1 for review, 2 for fail."""
        if self.fail_from is not None and score >= self.fail_from:
            return 2
        return int(self.review_from is None or score >= self.review_from)


def dropped_bands(
    defective: Iterable[str],
    before: Mapping[str, float],
    after: Mapping[str, float],
    bands_before: Bands,
    bands_after: Bands,
) -> tuple[str, ...]:
    """Confirmed-defective images that a change would move to a lower band.

    Args:
        defective: the images to look at; those without both scores are passed over.
        before: image scores now.
        after: image scores with the change.
        bands_before: thresholds now.
        bands_after: thresholds with the change, from the rescored calibration normals.
    """
    return tuple(
        image
        for image in defective
        if image in before
        and image in after
        and bands_after.rank(after[image]) < bands_before.rank(before[image])
    )

"""Which images may train, which only calibrate, and which nobody may learn from."""

import hashlib

from flawmark.core.errors import Conflict, InvalidInput
from flawmark.datasets.models import Image, Origin, Split

VALIDATION_PERCENT = 20
LEARNING_SPLITS = (Split.TRAIN, Split.VALIDATION)


def split_of_lot(lot: str) -> Split:
    """Train or validation, decided by the lot's hash alone: 20 % of lots go to validation.

    Images of one lot look alike, so they stay together: else validation would measure memory.
    """
    bucket = int(hashlib.sha256(lot.encode()).hexdigest()[:8], 16) % 100
    return Split.VALIDATION if bucket < VALIDATION_PERCENT else Split.TRAIN


def split_of_image(image: Image) -> Split:
    """Where an image that may learn belongs: by its lot, but a generated one only ever trains."""
    return Split.TRAIN if image.origin == Origin.GENERATED else split_of_lot(image.lot)


def image_join_pool(*, image: Image) -> Split:
    """Give a reviewed image its split, and return it; an image that has one keeps it.

    Never test: the test split is frozen. The caller holds the image's row lock, changes the label, and counts
    its version up.
    """
    if image.split == Split.UNASSIGNED:
        image.split = split_of_image(image)
        image.save(update_fields=["split", "updated_at"])
    return Split(image.split)


def split_check(*, image: Image, split: str, leave_test: bool = False) -> None:
    """Refuse a move that would falsify later measurements.

    Raises:
        Conflict: a test image would join train or validation, and nobody said `leave_test`.
        InvalidInput: a generated image would calibrate or test.
    """
    if image.split == Split.TEST and split in LEARNING_SPLITS and not leave_test:
        raise Conflict(
            "This is a test image; training on it would falsify the comparison of models. "
            "Say `leave_test` to move it all the same.",
            code="test_image",
            field="split",
        )
    if image.origin == Origin.GENERATED and split in (Split.VALIDATION, Split.TEST):
        raise InvalidInput("A generated image may train, but never validate or test.", field="split")

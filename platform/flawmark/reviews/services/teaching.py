"""What a verdict tells the serving model's live bank, at once."""

from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image, Label, MaskRevision, Split
from flawmark.datasets.selectors.layers import NORMAL_REGION, revision_masks
from flawmark.inspections.services.live import LiveUpdate, live_update_request
from flawmark.training.selectors import champion_of


def in_pool(label: str, split: str) -> bool:
    """Does an image with this label and split belong to the normal training images?"""
    return label == Label.NORMAL and split == Split.TRAIN


def model_teach(
    *, image: Image, was_in_pool: bool, normal_region: Mask | None = None, forget_region: bool = False
) -> LiveUpdate | None:
    """Tell the champion what changed: the image entered or left the pool, or a region of it is normal.

    Args:
        image: the image as it is now.
        was_in_pool: whether it belonged to the pool before.
        normal_region: (H, W), True = pixels that a person called normal.
        forget_region: they were called so by a verdict that is taken back.

    Returns:
        What the model answered; None when nothing concerns it or nothing serves.
    """
    champion = champion_of(image.dataset)
    is_in_pool = in_pool(image.label, image.split)
    if champion is None:
        return None
    answer = None
    if is_in_pool != was_in_pool:
        answer = live_update_request(
            model_version=champion, image=image, operation="add" if is_in_pool else "remove"
        )
    if normal_region is not None and normal_region.any():
        answer = live_update_request(
            model_version=champion,
            image=image,
            operation="remove" if forget_region else "add",
            region=normal_region,
        )
    return answer


def normal_region_of(revision: MaskRevision | None) -> Mask | None:
    """The pixels that a revision calls normal, at the image's size."""
    return None if revision is None else revision_masks(revision).get(NORMAL_REGION)

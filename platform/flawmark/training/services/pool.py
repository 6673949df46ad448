"""What training may read: the images of one dataset version, sorted into the roles they have there."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from detectors import registry
from detectors.images import ImageArray
from detectors.samples import MarkedDefect
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import DatasetVersion, Label, LayerKind, MaskRevision, Origin, Split
from flawmark.datasets.selectors.layers import IGNORE, defect_mask_of, has_defects, revision_masks
from flawmark.datasets.selectors.versions import VersionEntry, version_entries, version_region_of_interest
from flawmark.training.models import ModelVersion
from flawmark.training.services.regions import region_mask


@dataclass(frozen=True)
class PoolImage:
    """An image as the version's manifest describes it; pixels and masks are read when they are asked for."""

    entry: VersionEntry
    region_of_interest: Any

    @property
    def image_id(self) -> UUID:
        return self.entry.image_id

    @property
    def is_defective(self) -> bool:
        return self.entry.label == Label.DEFECTIVE

    @property
    def size_px(self) -> tuple[int, int]:
        """(height, width)."""
        return self.entry.height_px, self.entry.width_px

    def pixels(self) -> ImageArray:
        """(H, W, 1|3) uint8 or uint16."""
        return self.entry.pixels()

    def inspected_pixels(self) -> Mask | None:
        """(H, W), True = inside the region of interest; None: everywhere."""
        return region_mask(self.region_of_interest, *self.size_px)

    def excluded_pixels(self) -> Mask | None:
        """(H, W), True = must not train: ignored, outside the region, or not known to be normal."""
        excluded = self.entry.ignore_mask()
        normal_region = self.entry.normal_region() if self.is_defective else None
        if normal_region is not None:
            excluded = ~normal_region if excluded is None else excluded | ~normal_region
        inspected = self.inspected_pixels()
        if inspected is not None:
            excluded = ~inspected if excluded is None else excluded | ~inspected
        return excluded

    def counted_pixels(self) -> Mask | None:
        """(H, W), True = counts in metrics and thresholds; None: everywhere."""
        return counted(self.entry.ignore_mask(), self.inspected_pixels())

    def marked_defect(self) -> MarkedDefect:
        """The image with its defect mask; asked for where somebody has drawn one."""
        mask = self.defect_mask()
        assert mask is not None
        return MarkedDefect(self.pixels(), mask)

    def defect_mask(self) -> Mask | None:
        """(H, W), True = defect; empty for a normal image, None where nobody has drawn the defects."""
        return self.entry.defect_mask()

    @property
    def has_normal_region(self) -> bool:
        return any(layer["kind"] == LayerKind.NORMAL for layer in self.entry.layers or [])


@dataclass(frozen=True)
class Pool:
    """A dataset version's images by role. Versions hold no quarantined images."""

    images: tuple[PoolImage, ...]
    region_of_interest: Any

    @cached_property
    def train(self) -> list[PoolImage]:
        """Normals of the train split, then defective parts of which a region is known to be normal.

        Their order is the version's own, so a memory bank's source numbers can be traced back to images.
        """
        normals = [image for image in self.images if _is(image, Split.TRAIN, Label.NORMAL)]
        may_lend = (Split.TRAIN, Split.UNASSIGNED)
        regions = [
            image
            for image in self.images
            if image.is_defective and image.entry.split in may_lend and image.has_normal_region
        ]
        return normals + (regions if normals else [])

    @cached_property
    def validation_normals(self) -> list[PoolImage]:
        return [image for image in self.images if _is(image, Split.VALIDATION, Label.NORMAL)]

    @cached_property
    def labelled_defects(self) -> list[PoolImage]:
        """Real defects outside the test split: they may calibrate."""
        defects = [image for image in self.images if image.is_defective and image.entry.split != Split.TEST]
        return [image for image in defects if image.entry.origin != Origin.GENERATED]

    @cached_property
    def marked_defects(self) -> list[PoolImage]:
        """Defective parts with drawn defects that may be shown to a training: neither held out nor tested."""
        may_teach = (Split.TRAIN, Split.UNASSIGNED)
        defective = [image for image in self.images if image.is_defective and image.entry.split in may_teach]
        return [image for image in defective if has_defects(image.entry.layers or [])]

    def calibrating_defects(self, *, teach: bool) -> list[PoolImage]:
        """Labelled defects that may fix the pixel threshold: where the marked ones teach, the others.

        What a model was taught it finds too well.
        """
        taught = {image.image_id for image in self.marked_defects} if teach else set()
        return [image for image in self.labelled_defects if image.image_id not in taught]

    @cached_property
    def test(self) -> list[PoolImage]:
        labelled = (Label.NORMAL, Label.DEFECTIVE)
        tested = [image for image in self.images if image.entry.split == Split.TEST]
        return [image for image in tested if image.entry.label in labelled]


def pool_of(version: DatasetVersion) -> Pool:
    """Read a version's manifest; nothing else of the dataset is looked at."""
    region = version_region_of_interest(version)
    return Pool(tuple(PoolImage(entry, region) for entry in version_entries(version)), region)


def defects_taught_to(model_version: ModelVersion) -> set[UUID]:
    """Images whose drawn defects the model learned from; empty for methods that learn from none."""
    chosen = registry.hyperparameters_class(model_version.detector).parse(model_version.hyperparameters)
    if not chosen.learns_from_real_defects:
        return set()
    return {image.image_id for image in pool_of(model_version.dataset_version).marked_defects}


def counted(ignored: Mask | None, inspected: Mask | None) -> Mask | None:
    """Pixels that count: not ignored, inside the region of interest; None: all."""
    if ignored is None:
        return inspected
    return ~ignored if inspected is None else inspected & ~ignored


def revision_defects_and_counted(
    revision: MaskRevision, inspected: Mask | None
) -> tuple[Mask | None, Mask | None]:
    """The defect mask of a revision (None where it draws none), and the pixels that count."""
    if not has_defects(revision.layers):
        return None, None
    masks = revision_masks(revision)
    height_px, width_px = next(iter(masks.values())).shape
    defects = defect_mask_of(masks, height_px=height_px, width_px=width_px)
    return defects, counted(masks.get(IGNORE), inspected)


def _is(image: PoolImage, split: Split, label: Label) -> bool:
    return image.entry.split == split and image.entry.label == label

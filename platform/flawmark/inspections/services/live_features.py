"""What images look like to a model that learns live: patch features from the cache, or extracted again."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.maps import FloatMap
from detectors.memory.arrays import Float16Array, Float32Array
from detectors.memory.cache import FeatureCache
from detectors.memory.live_scales import ScaleFeatures
from detectors.memory.rows import BankRows
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.models import ModelVersion
from flawmark.training.services.regions import region_mask

if TYPE_CHECKING:
    from detectors.memory.learner import LiveLearner, Places, Seen

Readable = tuple[Image, ImageArray]
SizePx = tuple[int, int]
"""(height, width)."""


class LiveFeatures:
    """The features of a model's images: one cache for all models that see images alike, bounded in bytes."""

    def __init__(self, model_version: ModelVersion, learner: "LiveLearner") -> None:
        self._learner = learner
        self._scales = tuple(learner.banks)
        self._region = model_version.region_of_interest
        self.cache = self._open_cache()
        self._places: dict[SizePx, Places] = {}
        self._sizes_px: dict[str, SizePx] = {}

    def keep(self, readable: Sequence[Readable]) -> list[Image]:
        """Extract what the cache lacks; returns the images that have features now, the others do not fit."""
        missing = [one for one in readable if not self.knows(one[0])]
        refused = self._keep_missing(missing) if missing else set()
        return [image for image, _ in readable if image.id not in refused]

    def knows(self, image: Image) -> bool:
        """Are the image's features at hand?"""
        return (image.height_px, image.width_px) in self._places and self._kept(image) is not None

    def _keep_missing(self, readable: Sequence[Readable]) -> set[object]:
        """Extract all at once, which is faster; one by one if one of them does not fit the model."""
        rois = [region_mask(self._region, *pixels.shape[:2]) for _, pixels in readable]
        try:
            seen = self._learner.read([pixels for _, pixels in readable], rois)
            for (image, _), one in zip(readable, seen, strict=True):
                self._put(image, one)
        except InputError:
            if len(readable) == 1:
                return {readable[0][0].id}
            return set().union(*(self._keep_missing([one]) for one in readable))
        return set()

    def of(self, image: Image) -> Mapping[str, Float16Array]:
        """(P, d) features of the image's patches, by scale.

        Raises:
            InputError: the image cannot be read, or does not fit the model.
        """
        return self._kept(image) or self._extract(image).features

    def places(self, image: Image) -> "Places":
        """Where the image's patches lie; the same for all images of one size. Errors as `of`."""
        size = (image.height_px, image.width_px)
        return self._places[size] if size in self._places else self._extract(image).places

    def places_named(self, name: str) -> "Places":
        """The same of the image with this id. Raises InputError also where it is gone or cannot be read.

        An image's size never changes, so that an image once seen costs no query.
        """
        known = self._places.get(self._sizes_px.get(name, (0, 0)))
        if known is not None:
            return known
        try:
            image = Image.objects.select_related("blob").get(id=name)
            places = self.places(image)
            self._sizes_px[name] = (image.height_px, image.width_px)
            return places
        except (Image.DoesNotExist, OSError) as error:
            raise InputError(f"The image {name} cannot be read any more.") from error

    def rows(
        self, image: Image, identity: int, wanted: Mask | None, refused: Mask | None
    ) -> dict[str, BankRows]:
        """The patches of an image that may join the banks, by scale.

        Args:
            image: the image.
            identity: its name in the banks.
            wanted: (H, W), True = the region meant; None: everywhere.
            refused: (H, W), True = a defect or ignored; no patch that sees any of it is taken.
        """
        return self.places(image).joining(self.of(image), identity, wanted, refused)

    def score_map(self, image: Image, distances: Mapping[str, Float32Array]) -> FloatMap:
        """The (h, w) map that goes with an image's patch distances, as `score` of the detector makes it."""
        return self.places(image).score_map(distances)

    def _kept(self, image: Image) -> dict[str, Float16Array] | None:
        kept = {}
        for scale in self._scales:
            features = self.cache.get(ScaleFeatures.name(str(image.id), scale))
            if features is None:
                return None
            kept[scale] = features
        return kept

    def _extract(self, image: Image) -> "Seen":
        roi = region_mask(self._region, image.height_px, image.width_px)
        seen = next(iter(self._learner.read([image_pixels(image)], [roi])))
        self._put(image, seen)
        return seen

    def _put(self, image: Image, seen: "Seen") -> None:
        size_px = image.height_px, image.width_px
        self._places[size_px] = seen.places
        self._sizes_px[str(image.id)] = size_px
        for scale, features in seen.features.items():
            self.cache.put(ScaleFeatures.name(str(image.id), scale), features)

    def _open_cache(self) -> FeatureCache:
        space = self._learner.feature_space()
        key = json.dumps([asdict(space), self._region], sort_keys=True)
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        folder = Path(settings.ARTIFACT_CACHE_DIR) / "features" / name
        cache = FeatureCache(folder, space, max_bytes=settings.FEATURE_CACHE_BYTES)
        folder.touch()
        caches_prune(folder, limit_bytes=settings.FEATURE_CACHE_BYTES)
        return cache


def caches_prune(newest: Path, *, limit_bytes: int) -> None:
    """Delete the caches beside `newest`, longest unopened first, until all of them fit the limit.

    Another process may still use one: it then finds its features gone and extracts them again.
    """
    others = [folder for folder in newest.parent.iterdir() if folder != newest and folder.is_dir()]
    sizes = {folder: _size_bytes(folder) for folder in [newest, *others]}
    for folder in sorted(others, key=lambda folder: folder.stat().st_mtime):
        if sum(sizes.values()) <= limit_bytes:
            return
        shutil.rmtree(folder, ignore_errors=True)
        del sizes[folder]


def _size_bytes(folder: Path) -> int:
    total = 0
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # somebody evicts at the same time
            total += path.stat().st_size
    return total

"""What images look like to a model that learns live: patch features from the cache, or extracted again."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from detectors import regions
from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.maps import FloatMap
from detectors.memory.cache import FeatureCache
from detectors.memory.rows import BankRows
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.models import ModelVersion
from flawmark.training.services.regions import region_mask

if TYPE_CHECKING:
    from detectors.features.extractor import PatchFeatures
    from detectors.methods.patchcore import PatchCore

Grid = NDArray[np.bool_]
Readable = tuple[Image, ImageArray]


class LiveFeatures:
    """The features of a model's images: one cache for all models that see images alike, bounded in bytes."""

    def __init__(self, model_version: ModelVersion, detector: "PatchCore") -> None:
        self._detector = detector
        self._region = model_version.region_of_interest
        self.cache = self._open_cache()
        self._usable: dict[tuple[int, int], Grid] = {}

    def keep(self, readable: Sequence[Readable]) -> list[Image]:
        """Extract what the cache lacks; returns the images that have features now, the others do not fit."""
        missing = [one for one in readable if not self.knows(one[0])]
        refused = self._keep_missing(missing) if missing else set()
        return [image for image, _ in readable if image.id not in refused]

    def knows(self, image: Image) -> bool:
        """Are the image's features at hand?"""
        return (image.height_px, image.width_px) in self._usable and (
            self.cache.get(str(image.id)) is not None
        )

    def _keep_missing(self, readable: Sequence[Readable]) -> set[object]:
        """Extract all at once, which is faster; one by one if one of them does not fit the model."""
        rois = [region_mask(self._region, *pixels.shape[:2]) for _, pixels in readable]
        try:
            features = self._detector.embed([pixels for _, pixels in readable], rois)
            for (image, _), one in zip(readable, features, strict=True):
                self._put(image, one)
        except InputError:
            if len(readable) == 1:
                return {readable[0][0].id}
            return set().union(*(self._keep_missing([one]) for one in readable))
        return set()

    def of(self, image: Image) -> NDArray[np.float16]:
        """(P, d) features of the usable cells, row by row.

        Raises:
            InputError: the image cannot be read, or does not fit the model.
        """
        kept = self.cache.get(str(image.id))
        return self._extract(image).vectors if kept is None else kept

    def usable(self, image: Image) -> Grid:
        """(rows, cols), True = cells that are scored; the same for all images of one size."""
        size = (image.height_px, image.width_px)
        return self._usable[size] if size in self._usable else self._extract(image).usable

    def rows(self, image: Image, identity: int, wanted: Mask | None, refused: Mask | None) -> BankRows:
        """The patches of an image that may join the bank.

        Args:
            image: the image.
            identity: its name in the bank.
            wanted: (H, W), True = the region meant; None: everywhere.
            refused: (H, W), True = a defect or ignored; no cell that sees any of it is taken.
        """
        usable = self.usable(image)
        cells = usable.copy()
        if wanted is not None:
            cells &= regions.touched(wanted, usable.shape, 0)
        if refused is not None:
            cells &= ~regions.touched(refused, usable.shape, self._detector.reach_cells)
        vectors = self.of(image)[cells[usable]]
        return BankRows(
            vectors, np.full(len(vectors), identity, np.int64), np.argwhere(cells).astype(np.int32)
        )

    def score_map(self, image: Image, distances: NDArray[np.float32]) -> FloatMap:
        """The (h, w) map that goes with an image's patch distances, as `score` of the detector makes it."""
        usable = self.usable(image)
        cells = np.zeros(usable.shape, np.float32)
        cells[usable] = distances
        return regions.smoothed(cells, usable, self._detector.hyperparameters.smoothing_sigma)

    def _extract(self, image: Image) -> "PatchFeatures":
        roi = region_mask(self._region, image.height_px, image.width_px)
        features = next(iter(self._detector.embed([image_pixels(image)], [roi])))
        self._put(image, features)
        return features

    def _put(self, image: Image, features: "PatchFeatures") -> None:
        self._usable[(image.height_px, image.width_px)] = features.usable
        self.cache.put(str(image.id), features.vectors)

    def _open_cache(self) -> FeatureCache:
        space = self._detector.feature_space()
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

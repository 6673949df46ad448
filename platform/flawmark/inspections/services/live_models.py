"""The scorer's live memories: a model's bank, and every scored image that is followed against it."""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from detectors import regions
from detectors.errors import DetectorError, InputError
from detectors.maps import FloatMap
from detectors.memory.bank import MemoryBank
from detectors.memory.cache import FeatureCache
from detectors.memory.live import LiveMemory
from detectors.memory.rows import BankRows
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.services.live_journal import operations_since
from flawmark.inspections.services.live_teachings import NOTHING, WHOLE, Extent, Teaching
from flawmark.inspections.services.loaded import LOADED
from flawmark.inspections.services.scoring import image_pixels
from flawmark.training.models import ModelVersion
from flawmark.training.services.pool import pool_of
from flawmark.training.services.regions import region_mask

if TYPE_CHECKING:
    from detectors.methods.patchcore import PatchCore

Grid = NDArray[np.bool_]
HELD_MODELS = 2
WATCH_BATCH = 4
# Images from beyond the training pool are named in the bank by bits of their id above all pool numbers.
BEYOND_POOL = 1 << 62


def images_followed(model_version: ModelVersion) -> QuerySet[Image]:
    """Scored images whose scores a live change may move: all but those that taught the model."""
    taught = Q(split=Split.TRAIN, label=Label.NORMAL)
    return (
        Image.objects.filter(inspections__model_version=model_version, quarantined_at__isnull=True)
        .exclude(taught)
        .select_related("blob")
        .order_by("-label", "id")
    )


class LiveModel:
    """One model's live memory in this process. `memory.bank` follows the journal, also others' entries."""

    def __init__(self, model_version: ModelVersion) -> None:
        self.model = model_version
        self.detector: PatchCore = LOADED.get(model_version)  # type: ignore[assignment]  # it learns live
        pool = pool_of(model_version.dataset_version).train
        self._numbers = {image.image_id: number for number, image in enumerate(pool)}
        self._regions = {image.image_id for image in pool if image.is_defective}
        self.cache = self._open_cache()
        self._usable: dict[tuple[int, int], Grid] = {}
        self._unreadable: set[UUID] = set()
        self.memory = self._fresh_memory()
        self.catch_up()

    def catch_up(self) -> None:
        """Replay what the journal has and this memory has not."""
        for operation in operations_since(self.model, len(self.memory.bank.journal)):
            self.memory.commit(self.memory.propose(operation))

    def follow(self, images: Sequence[Image], *, until: float) -> int:
        """Watch these images and no others, until a time (monotonic seconds); returns how many are left."""
        wanted = {str(image.id): image for image in images if image.id not in self._unreadable}
        watched = set(self.memory.scores)
        for gone in watched - set(wanted):
            self.memory.unwatch(gone)
        waiting = [image for name, image in wanted.items() if name not in watched]
        while waiting and time.monotonic() < until:
            batch, waiting = waiting[:WATCH_BATCH], waiting[WATCH_BATCH:]
            self.memory.watch([str(image.id) for image in batch if self._has_features(image)])
        return len(waiting)

    def trained_with(self, image: Image) -> Teaching:
        """What the training itself took of an image."""
        if image.id not in self._numbers:
            return NOTHING
        return Teaching(Extent.REGION) if image.id in self._regions else WHOLE

    def identity(self, image: Image) -> int:
        """The image's name in the bank: its number in the training pool, else bits of its id."""
        number = self._numbers.get(image.id)
        return BEYOND_POOL | (image.id.int & (BEYOND_POOL - 1)) if number is None else number

    def rows(self, image: Image, wanted: Mask | None, refused: Mask | None) -> BankRows:
        """The patches of an image that may join the bank.

        Args:
            image: the image.
            wanted: (H, W), True = the region meant; None: everywhere.
            refused: (H, W), True = a defect or ignored; no cell that sees any of it is taken.
        """
        usable = self.usable(image)
        cells = usable.copy()
        if wanted is not None:
            cells &= regions.touched(wanted, usable.shape, 0)
        if refused is not None:
            cells &= self._clear(refused, usable.shape)
        vectors = self._features(image)[cells[usable]]
        count = len(vectors)
        return BankRows(
            vectors, np.full(count, self.identity(image), np.int64), np.argwhere(cells).astype(np.int32)
        )

    def usable(self, image: Image) -> Grid:
        """(rows, cols), True = cells that are scored; the same for all images of one size."""
        size = (image.height_px, image.width_px)
        if size not in self._usable:
            self._extract(image)
        return self._usable[size]

    def score_map(self, image: Image, distances: NDArray[np.float32]) -> FloatMap:
        """The (h, w) map that goes with an image's patch distances, as `score` of the detector makes it."""
        usable = self.usable(image)
        cells = np.zeros(usable.shape, np.float32)
        cells[usable] = distances
        return regions.smoothed(cells, usable, self.detector.hyperparameters.smoothing_sigma)

    def _clear(self, refused: Mask, grid: tuple[int, ...]) -> Grid:
        """A patch averages `patch_size` cells of two layers, the coarser of which has cells twice as wide."""
        from detectors.memory.guard import clear_cells

        rows, cols = grid
        side_px = max(refused.shape[0] / rows, refused.shape[1] / cols)
        support_px = (2 * self.detector.hyperparameters.patch_size + 1) * side_px
        return clear_cells(refused, (rows, cols), support_px)

    def _has_features(self, image: Image) -> bool:
        """Extract what is missing; an image that cannot be read is not followed, and not tried again."""
        try:
            self._features(image)
        except (InputError, OSError):
            self._unreadable.add(image.id)
            return False
        return True

    def _features(self, image: Image) -> NDArray[np.float16]:
        kept = self.cache.get(str(image.id))
        return self._extract(image) if kept is None else kept

    def _extract(self, image: Image) -> NDArray[np.float16]:
        roi = region_mask(self.model.region_of_interest, image.height_px, image.width_px)
        features = next(iter(self.detector.embed([image_pixels(image)], [roi])))
        self._usable[(image.height_px, image.width_px)] = features.usable
        self.cache.put(str(image.id), features.vectors)
        return features.vectors

    def _open_cache(self) -> FeatureCache:
        space = self.detector.feature_space()
        key = json.dumps([asdict(space), self.model.region_of_interest], sort_keys=True)
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        folder = Path(settings.ARTIFACT_CACHE_DIR) / "features" / name
        return FeatureCache(folder, space, max_bytes=settings.FEATURE_CACHE_BYTES)

    def _fresh_memory(self) -> LiveMemory:
        chosen = self.detector.hyperparameters
        try:
            training = self.detector.training_patches()
        except InputError:  # fitted without keeping them: a removal then leaves gaps until the next training
            training = None
        mode: Any = chosen.image_score
        return LiveMemory(
            _as_trained(self.detector.bank),
            self.cache,
            training=training,
            image_score=mode,
            neighbours=chosen.b,
        )


class LiveModels:
    """The few live memories that a scorer keeps; one that leaves is rebuilt from artifact and journal."""

    def __init__(self) -> None:
        self._held: OrderedDict[UUID, LiveModel] = OrderedDict()

    def get(self, model_version: ModelVersion) -> LiveModel:
        """The model's memory, up to date with the journal."""
        live = self._held.pop(model_version.id, None)
        try:
            if live is not None:
                live.catch_up()
        except DetectorError:  # another history than the journal's: start again from the artifact
            live = None
        live = live or LiveModel(model_version)
        self._held[model_version.id] = live
        while len(self._held) > HELD_MODELS:
            self._held.popitem(last=False)
        return live

    def forget(self, model_id: UUID) -> None:
        """Drop a memory whose change could not be stored."""
        self._held.pop(model_id, None)


def _as_trained(bank: MemoryBank) -> MemoryBank:
    """The bank before any of its journal, with an empty journal."""
    back = bank.copy()
    for operation in reversed(bank.journal):
        back.apply(operation.inverse())
    return MemoryBank(back.vectors, back.source_image, back.cell, back.cover_radius)


LIVE = LiveModels()

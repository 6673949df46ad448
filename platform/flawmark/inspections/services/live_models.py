"""The scorer's live memories: a model's banks, and every scored image that is followed against them."""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from detectors.errors import ArtifactError, DetectorError, InputError
from detectors.maps import FloatMap
from detectors.memory.arrays import Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.checkpoints import Checkpoint, checkpoint_read, checkpoint_write
from detectors.memory.rows import BankRows
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.services.live_features import LiveFeatures, Readable
from flawmark.inspections.services.live_journal import operations_since, revisions_visible
from flawmark.inspections.services.live_teachings import NOTHING, WHOLE, Extent, Teaching
from flawmark.inspections.services.loaded import LOADED
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.models import ModelVersion
from flawmark.training.services.pool import pool_of

if TYPE_CHECKING:
    from detectors.memory.learner import LearnsLive

HELD_MODELS = 2
WATCH_BATCH = 4
CHECKPOINTS_KEPT = 8
# A checkpoint that is this old is written again; what has changed since is carried over at the next start.
CHECKPOINT_AFTER_S = 120
# Images from beyond the training pool are named in the bank by bits of their id above all pool numbers.
BEYOND_POOL = 1 << 62


def images_followed(model_version: ModelVersion) -> QuerySet[Image]:
    """Scored images whose scores a live change may move: all but those that taught the model."""
    taught = Q(split=Split.TRAIN, label=Label.NORMAL)
    return (
        Image.objects.filter(inspections__model_version=model_version, quarantined_at__isnull=True)
        .exclude(taught)
        .order_by("-label", "id")
    )


class LiveModel:
    """One model's live memory in this process. `memory.banks` follow the journal, also others' entries."""

    def __init__(self, model_version: ModelVersion) -> None:
        self.model = model_version
        learner = cast("LearnsLive", LOADED.get(model_version)).live_learner()
        pool = pool_of(model_version.dataset_version).train
        self._numbers = {image.image_id: number for number, image in enumerate(pool)}
        self._regions = {image.image_id for image in pool if image.is_defective}
        self.features = LiveFeatures(model_version, learner)
        self._unreadable: set[UUID] = set()
        self.memory = learner.memory(self.features.cache, self.features.places_named)
        self._checkpoint = Path(settings.ARTIFACT_CACHE_DIR) / "followed" / f"{model_version.id}.safetensors"
        self._checkpoint_at = 0.0
        self._start()

    def _start(self) -> None:
        """Replay the journal; images followed by an earlier process are taken over at its place in it."""
        earlier = None
        with contextlib.suppress(FileNotFoundError, ArtifactError):
            earlier = checkpoint_read(self._checkpoint)
        banks_then: Mapping[str, MemoryBank] | None = None
        for operations in operations_since(self.model, 0):
            if earlier is not None and self._applied() == earlier.operations:
                banks_then = self.memory.banks
            self.memory.commit(self.memory.propose(operations))
        if earlier is None or self._applied() < earlier.operations:
            return
        self._checkpoint_at = time.monotonic()
        with contextlib.suppress(InputError):  # features of another shape: they are searched for again
            self.memory.resume(earlier.neighbours, banks_then or self.memory.banks)

    def _applied(self) -> int:
        """How many of the journal's changes this memory holds."""
        return len(self.memory.kinds_done)

    def catch_up(self) -> None:
        """Replay what the journal has and this memory has not."""
        for operations in operations_since(self.model, self._applied()):
            self.memory.commit(self.memory.propose(operations))

    def sequence(self) -> int:
        """Sequence number of the newest revision that this memory holds; 0 as trained."""
        count = self._applied()
        numbers = revisions_visible(self.model).values_list("sequence", flat=True)
        return numbers[count - 1] if count else 0

    def checkpoint(self, *, at_once: bool = False) -> None:
        """Keep what is followed for the next process, unless that was done a moment ago."""
        now = time.monotonic()
        if not at_once and self._checkpoint_at and now - self._checkpoint_at < CHECKPOINT_AFTER_S:
            return
        self._checkpoint_at = now
        done = Checkpoint(self._applied(), self.memory.watched())
        checkpoint_write(self._checkpoint, done)
        kept = sorted(
            self._checkpoint.parent.glob("*.safetensors"), key=lambda path: -path.stat().st_mtime_ns
        )
        for old in kept[CHECKPOINTS_KEPT:]:
            old.unlink(missing_ok=True)

    def watch(self, readable: Sequence[Readable]) -> list[Image]:
        """Follow images from now on; returns those that fit the model and have a patch to score."""
        return self._watch(self.features.keep(readable))

    def _watch(self, images: Sequence[Image]) -> list[Image]:
        try:
            gone = self.memory.watch([str(image.id) for image in images])
        except InputError:
            if len(images) == 1:
                return []
            return [image for one in images for image in self._watch([one])]
        return [image for image in images if str(image.id) not in gone]

    def follow(self, images: QuerySet[Image], *, until: float) -> int:
        """Watch these images and no others, until a time (monotonic seconds); returns how many are left."""
        wanted = set(images.values_list("id", flat=True)) - self._unreadable
        watched = {UUID(name) for name in self.memory.scores}
        for gone in watched - wanted:
            self.memory.unwatch(str(gone))
        waiting = list(images.filter(id__in=wanted - watched).select_related("blob"))
        while waiting and time.monotonic() < until:
            batch, waiting = waiting[:WATCH_BATCH], waiting[WATCH_BATCH:]
            self._watch_stored(batch)
        return len(waiting)

    def _watch_stored(self, images: Sequence[Image]) -> None:
        """An image that cannot be read or scored is not followed, and not tried again."""
        ready = [image for image in images if self.features.knows(image)]
        readable: list[Readable] = []
        for image in images:
            with contextlib.suppress(InputError, OSError):
                if image not in ready:
                    readable.append((image, image_pixels(image)))
        done = self._watch(ready + self.features.keep(readable))
        self._unreadable |= {image.id for image in images} - {image.id for image in done}

    def trained_with(self, image: Image) -> Teaching:
        """What the training itself took of an image."""
        if image.id not in self._numbers:
            return NOTHING
        return Teaching(Extent.REGION) if image.id in self._regions else WHOLE

    def identity(self, image: Image) -> int:
        """The image's name in the bank: its number in the training pool, else bits of its id."""
        number = self._numbers.get(image.id)
        return BEYOND_POOL | (image.id.int & (BEYOND_POOL - 1)) if number is None else number

    def rows(self, image: Image, wanted: Mask | None, refused: Mask | None) -> dict[str, BankRows]:
        """The patches of an image that may join the banks, by scale; see `LiveFeatures.rows`."""
        return self.features.rows(image, self.identity(image), wanted, refused)

    def score_map(self, image: Image, distances: Mapping[str, Float32Array] | None = None) -> FloatMap:
        """The (h, w) map of a followed image, or the one that goes with other patch distances."""
        if distances is None:
            distances = self.memory.distances(str(image.id))
        return self.features.score_map(image, distances)


class LiveModels:
    """The few live memories that a scorer keeps; one that leaves is rebuilt from artifact and journal."""

    def __init__(self) -> None:
        self._held: OrderedDict[UUID, LiveModel] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, model_version: ModelVersion) -> LiveModel:
        """The model's memory, up to date with the journal."""
        with self._lock:
            return self._get(model_version)

    def prepare(self, model_version: ModelVersion) -> None:
        """Load a memory ahead, from a thread on the side; one that is in use already is left alone."""
        with self._lock:
            if model_version.id not in self._held:
                self._get(model_version)

    def _get(self, model_version: ModelVersion) -> LiveModel:
        live = self._held.pop(model_version.id, None)
        try:
            if live is not None:
                live.catch_up()
        except DetectorError:  # another history than the journal's: start again from the artifact
            live = None
        live = live or LiveModel(model_version)
        self._held[model_version.id] = live
        while len(self._held) > HELD_MODELS:
            _, leaving = self._held.popitem(last=False)
            leaving.checkpoint(at_once=True)
        return live

    def forget(self, model_id: UUID) -> None:
        """Drop a memory whose change could not be stored."""
        self._held.pop(model_id, None)


LIVE = LiveModels()

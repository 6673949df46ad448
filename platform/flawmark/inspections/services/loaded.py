"""Detectors in the scorer's memory: loaded once, kept while there is room, the least used leaves first."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

import detectors
from detectors.errors import DetectorError
from flawmark.core.errors import Unavailable
from flawmark.inspections.services.live_journal import banks_catch_up
from flawmark.training.models import ModelVersion
from flawmark.training.services.artifacts import artifact_folder, folder_bytes
from flawmark.training.services.compute import torch_threads_set

if TYPE_CHECKING:
    from detectors.base import Detector


class LoadedModels:
    """A cache of fitted detectors, bounded by the bytes of their artifacts. One thread loads at a time.

    A memory is as of the newest visible bank revision whenever it is given out.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held: OrderedDict[UUID, tuple[Detector, int]] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, model_version: ModelVersion) -> "Detector":
        """The fitted detector of a model version. Raises Unavailable when it cannot be loaded here."""
        with self._lock:
            if model_version.id not in self._held:
                self._held[model_version.id] = self._load(model_version)
                self._make_room()
            self._held.move_to_end(model_version.id)
            detector = self._held[model_version.id][0]
            if model_version.supports_live_bank:
                self._catch_up(model_version, detector)
            return detector

    def _catch_up(self, model_version: ModelVersion, detector: Any) -> None:
        """Bring its memory to the newest visible revision; one with another history is loaded again."""
        try:
            banks_catch_up(detector.live_learner().banks, model_version)
        except DetectorError as error:
            del self._held[model_version.id]
            raise Unavailable(str(error), code="model_not_loadable") from error

    def __contains__(self, model_id: UUID) -> bool:
        return model_id in self._held

    def _load(self, model_version: ModelVersion) -> "tuple[Detector, int]":
        torch_threads_set(settings.SCORER_THREADS)
        folder = artifact_folder(model_version)
        try:
            return detectors.load(folder), folder_bytes(folder)
        except DetectorError as error:
            raise Unavailable(str(error), code="model_not_loadable") from error

    def _make_room(self) -> None:
        """The newest always stays, even if it alone is larger than the limit."""
        while len(self._held) > 1 and sum(size for _, size in self._held.values()) > self._limit_bytes:
            self._held.popitem(last=False)


LOADED = LoadedModels(settings.MODEL_CACHE_BYTES)

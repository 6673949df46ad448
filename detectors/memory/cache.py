"""Features of pending images on disk: half precision, memory-mapped, capped in bytes."""

import hashlib
import json
import os
from collections import OrderedDict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from detectors.errors import ArtifactError, InputError
from detectors.files import replacing, sweep
from detectors.memory.arrays import Float16Array
from detectors.memory.distances import require_finite

_OWNER = "cache.json"
_SUFFIX = ".npy"
_MAPS_KEPT_OPEN = 8_192


@dataclass(frozen=True)
class FeatureSpace:
    """What features depend on besides the image: two caches may share files only if all of this agrees.

    Attributes:
        weights: hash of the backbone's weights.
        preprocessing: what is done to an image, in one canonical text.
        layers: which layers are read, in one canonical text.
    """

    weights: str
    preprocessing: str
    layers: str


class FeatureCache:
    """Patch features by image, least recently used first out.

    One file an image; several processes may write the same ones, and a reader never sees half of one. Files
    survive a restart; one that cannot be read is dropped, and its image must be extracted again.
    """

    def __init__(self, folder: Path, space: FeatureSpace, *, max_bytes: int) -> None:
        """Open or make the cache.

        Args:
            folder: its own folder.
            space: the features that it holds.
            max_bytes: size of all files together; the least recently used are evicted beyond it.

        Raises:
            ArtifactError: the folder is the cache of another model.
            InputError: a cap below 1.
        """
        if max_bytes < 1:
            raise InputError(f"A feature cache needs room for at least 1 byte, not {max_bytes}.")
        self._folder = folder
        self._max_bytes = max_bytes
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        self._require_owner(space)
        files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
        self._sizes = OrderedDict((path.name, path.stat().st_size) for path in files)
        self._maps: dict[str, Float16Array] = {}
        self._evict()

    @property
    def size_bytes(self) -> int:
        """Bytes in all files."""
        return sum(self._sizes.values())

    def __contains__(self, image: str) -> bool:
        return _file_name(image) in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def put(self, image: str, features: Float16Array) -> None:
        """Keep the features (P, d) float16 of an image; others may be evicted.

        Raises:
            InputError: NaN or infinite features, another type, or more bytes than the whole cap.
        """
        require_finite(features, "Cached features")
        if features.dtype != np.float16:
            raise InputError(f"Cached features must be float16, not {features.dtype}.")
        if features.nbytes > self._max_bytes:
            raise InputError(f"One image's features ({features.nbytes} bytes) exceed the whole cache.")
        name = _file_name(image)
        self._folder.mkdir(parents=True, exist_ok=True)  # another process may have made room
        with replacing(self._folder / name) as partial:
            with partial.open("wb") as file:
                np.save(file, features, allow_pickle=False)
            size = partial.stat().st_size
        self._maps.pop(name, None)
        self._sizes[name] = size
        self._sizes.move_to_end(name)
        self._evict()

    def get(self, image: str) -> Float16Array | None:
        """The features (P, d) of an image, memory-mapped and read-only; None if they were evicted."""
        name = _file_name(image)
        if name not in self._sizes:
            return None
        path = self._folder / name
        try:
            features = self._mapped(path)
            os.utime(path)
        except (OSError, ValueError, EOFError):
            self._drop(name)
            return None
        self._sizes.move_to_end(name)
        return features

    def discard(self, image: str) -> None:
        """Forget an image, if it is there."""
        if image in self:
            self._drop(_file_name(image))

    def _mapped(self, path: Path) -> Float16Array:
        """Maps stay open, since reading a header takes longer than using the features."""
        if path.name not in self._maps:
            if len(self._maps) >= _MAPS_KEPT_OPEN:
                self._maps.clear()
            self._maps[path.name] = np.load(path, mmap_mode="r", allow_pickle=False)
        return self._maps[path.name]

    def _evict(self) -> None:
        total = self.size_bytes
        while total > self._max_bytes and len(self._sizes) > 1:
            name = next(iter(self._sizes))
            total -= self._sizes[name]
            self._drop(name)

    def _drop(self, name: str) -> None:
        del self._sizes[name]
        self._maps.pop(name, None)
        (self._folder / name).unlink(missing_ok=True)

    def _require_owner(self, space: FeatureSpace) -> None:
        owner = self._folder / _OWNER
        mine = json.dumps(asdict(space), sort_keys=True)
        if not owner.exists():
            with replacing(owner) as partial:
                partial.write_text(mine)
        elif owner.read_text() != mine:
            raise ArtifactError(f"The feature cache {self._folder} belongs to another model.")


def _file_name(image: str) -> str:
    return hashlib.sha256(image.encode()).hexdigest() + _SUFFIX

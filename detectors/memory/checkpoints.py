"""The neighbours of watched images on disk, so that a process that starts anew need not search for them.

A checkpoint may be older than the bank: `LiveMemory.resume` carries it over what has changed since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from detectors.errors import ArtifactError
from detectors.files import replacing
from detectors.memory.arrays import AnyArray
from detectors.memory.neighbours import Neighbours

_NAMED = ("squared", "positions", "second_squared", "second", "norms_squared")


@dataclass(frozen=True)
class Checkpoint:
    """What was watched at one place in a bank's journal.

    Attributes:
        operations: how many operations the journal had.
        neighbours: by image, in the bank as it was then.
    """

    operations: int
    neighbours: Mapping[str, Neighbours]


def checkpoint_write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in place of an older one; a reader sees one or the other."""
    parts = list(checkpoint.neighbours.values())
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0)
        for name in _NAMED
    }
    arrays: dict[str, AnyArray] = joined | {
        "operations": np.array([checkpoint.operations]),
        "patches": np.array([len(part.norms_squared) for part in parts], np.int64),
        "images": np.frombuffer("\n".join(checkpoint.neighbours).encode(), np.uint8).copy(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        save_file(arrays, partial)


def checkpoint_read(path: Path) -> Checkpoint:
    """Read what `checkpoint_write` wrote.

    Raises:
        FileNotFoundError: there is none.
        ArtifactError: it is damaged.
    """
    try:
        arrays = load_file(path)
        images = arrays["images"].tobytes().decode().split("\n") if len(arrays["images"]) else []
        ends = np.cumsum(arrays["patches"])
        pieces = zip(*(np.split(arrays[name], ends[:-1]) for name in _NAMED), strict=True)
        neighbours = dict(zip(images, (Neighbours(*piece) for piece in pieces), strict=bool(images)))
        return Checkpoint(int(arrays["operations"][0]), neighbours)
    except (SafetensorError, KeyError, ValueError, IndexError) as error:
        raise ArtifactError(f"The checkpoint {path.name} of a live memory cannot be read.") from error

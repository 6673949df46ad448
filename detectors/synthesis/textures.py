"""Where foreign textures come from: one interface, several sources. Torch-free."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from detectors.synthesis.photographs import carried_photographs, folder_textures, miniworld_textures
from detectors.synthesis.pixels import RgbImage
from detectors.synthesis.procedural import ProceduralTextures

TEXTURES = ("procedural", "photographs", "miniworld")


class TextureSource(Protocol):
    """Anything that gives foreign pictures: to be blended into normal ones inside a mask."""

    def sample(self, size_px: tuple[int, int], random: np.random.Generator) -> RgbImage:
        """A picture of (height, width), (H, W, 3) uint8; all chance comes from `random`."""


class MixedTextures:
    """Several sources, each drawn equally often."""

    def __init__(self, sources: Sequence[TextureSource]) -> None:
        self._sources = tuple(sources)

    def sample(self, size_px: tuple[int, int], random: np.random.Generator) -> RgbImage:
        """A picture of one of the sources."""
        return self._sources[random.integers(len(self._sources))].sample(size_px, random)


def texture_source(names: Sequence[str], photographs: Sequence[str], folder: str) -> TextureSource:
    """The source that hyperparameters describe.

    Args:
        names: of `TEXTURES`; not heeded where a folder is given.
        photographs: which of the carried photographs `photographs` means.
        folder: a folder of images, used alone; empty: none.

    Raises:
        InputError: a folder that cannot be used, or a package that is not installed.
    """
    if folder:
        return folder_textures(Path(folder))
    makers: dict[str, Callable[[], TextureSource]] = {
        "procedural": ProceduralTextures,
        "photographs": lambda: carried_photographs(photographs),
        "miniworld": miniworld_textures,
    }
    return MixedTextures([makers[name]() for name in names])

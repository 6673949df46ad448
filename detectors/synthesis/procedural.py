"""Textures made by code: clouds, stripes, checks, Voronoi cells, grain. Torch-free, no files needed."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.spatial import cKDTree

from detectors.synthesis.perlin import FloatImage, perlin_noise
from detectors.synthesis.pixels import RgbImage, as_bytes

_COARSE_CELLS = 64


class ProceduralTextures:
    """Random patterns between two random colours, with a little grain."""

    def sample(self, size_px: tuple[int, int], random: np.random.Generator) -> RgbImage:
        """A new pattern, (H, W, 3) uint8."""
        pattern = _PATTERNS[random.integers(len(_PATTERNS))](size_px, random)
        grain = int(random.integers(1, 36))
        noise = random.integers(-grain, grain + 1, size_px, dtype=np.int16)
        levels = np.clip(pattern * np.float32(255) + noise, 0, 255).astype(np.uint8)
        return np.take(_palette(random), levels, axis=0)


def _palette(random: np.random.Generator) -> RgbImage:
    """256 colours between two random ones, (256, 3) uint8."""
    first, second = random.uniform(0, 255, (2, 3))
    return as_bytes(first + (second - first) * np.linspace(0, 1, 256)[:, None])


def _clouds(size_px: tuple[int, int], random: np.random.Generator) -> FloatImage:
    """Noise of several octaves, sometimes longer along one axis."""
    total = np.zeros(size_px, dtype=np.float32)
    rows, cols = (int(cells) for cells in random.integers(1, 7, 2))
    persistence = np.float32(random.uniform(0.4, 0.9))
    for octave in range(4):
        total += persistence**octave * perlin_noise(size_px, (rows << octave, cols << octave), random)
    return np.clip(total * np.float32(0.6) + np.float32(0.5), 0, 1)


def _stripes(size_px: tuple[int, int], random: np.random.Generator) -> FloatImage:
    """Waves or hard bars at any angle, slightly bent."""
    wave = np.sin(_phase(size_px, random))
    return _hardened(wave, random)


def _checks(size_px: tuple[int, int], random: np.random.Generator) -> FloatImage:
    return _hardened(np.sin(_phase(size_px, random)) * np.sin(_phase(size_px, random)), random)


def _cells(size_px: tuple[int, int], random: np.random.Generator) -> FloatImage:
    """Voronoi cells of random tones, or the distance to their seeds."""
    height, width = (min(side, _COARSE_CELLS) for side in size_px)
    seeds = random.uniform(0, 1, (int(random.integers(8, 80)), 2))
    rows, cols = np.mgrid[:height, :width]
    places = np.stack([rows.ravel() / height, cols.ravel() / width], axis=1)
    distances, nearest = cKDTree(seeds).query(places)
    flat = random.random() < 0.5
    values = random.uniform(0, 1, len(seeds))[nearest] if flat else distances / distances.max()
    coarse = Image.fromarray(values.reshape(height, width).astype(np.float32))
    how = Image.Resampling.NEAREST if flat else Image.Resampling.BILINEAR
    return np.asarray(coarse.resize((size_px[1], size_px[0]), how))


def _grain(size_px: tuple[int, int], random: np.random.Generator) -> FloatImage:
    """Noise in grains of one to eight pixels."""
    grain_px = int(random.integers(1, 9))
    coarse = random.random((size_px[0] // grain_px + 1, size_px[1] // grain_px + 1), dtype=np.float32)
    return np.repeat(np.repeat(coarse, grain_px, axis=0), grain_px, axis=1)[: size_px[0], : size_px[1]]


def _plain(size_px: tuple[int, int], random: np.random.Generator) -> FloatImage:
    """One colour."""
    return np.full(size_px, 0.5, dtype=np.float32)


def _phase(size_px: tuple[int, int], random: np.random.Generator) -> FloatImage:
    """A plane wave's phase, at 2 to 24 periods an image, bent by slow noise."""
    angle, periods = random.uniform(0, np.pi), 2 * 12 ** random.uniform(0, 1)
    rows = np.arange(size_px[0], dtype=np.float32)[:, None] / size_px[0]
    cols = np.arange(size_px[1], dtype=np.float32) / size_px[1]
    bend = perlin_noise(size_px, (2, 2), random) * np.float32(random.uniform(0, 2))
    turns = np.float32(np.cos(angle) * periods) * rows + np.float32(np.sin(angle) * periods) * cols
    phase: npt.NDArray[np.float32] = np.float32(2 * np.pi) * turns + bend
    return phase


def _hardened(wave: FloatImage, random: np.random.Generator) -> FloatImage:
    """[-1, 1] to [0, 1], with edges between soft and hard."""
    return np.clip(wave * np.float32(random.uniform(0.5, 5)) + np.float32(0.5), 0, 1)


_PATTERNS: tuple[Callable[[tuple[int, int], np.random.Generator], FloatImage], ...] = (
    _clouds,
    _stripes,
    _checks,
    _cells,
    _grain,
    _plain,
)

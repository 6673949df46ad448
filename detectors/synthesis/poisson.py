"""Seamless cloning: a patch's gradients inside, the destination's values at the edge. Torch-free.

Pérez, Gangnet and Blake, "Poisson Image Editing", SIGGRAPH 2003, equation 7 with the source's gradient.
A rectangle is solved at once by sine transforms; any other shape by a sparse factorisation.
"""

import numpy as np
import numpy.typing as npt
from scipy import fft, sparse
from scipy.sparse.linalg import splu

from detectors.synthesis.pixels import BoolMask, RgbImage, as_bytes

_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def seamless_clone(destination: RgbImage, source: RgbImage, inside: BoolMask) -> RgbImage:
    """Clone `source` into `destination` where `inside`; elsewhere the destination bit for bit.

    Args:
        destination: (H, W, 3) uint8.
        source: (H, W, 3) uint8, aligned with the destination.
        inside: (H, W) bool; pixels on the image's border are never cloned (they have no neighbour to meet).

    Returns:
        (H, W, 3) uint8.
    """
    inside = inside.copy()
    inside[[0, -1]] = inside[:, [0, -1]] = False
    if not inside.any():
        return destination.copy()
    rows, cols = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    window = slice(rows[0] - 1, rows[-1] + 2), slice(cols[0] - 1, cols[-1] + 2)
    core = inside[window]
    # The clone is source + u: u is harmonic inside and equals destination - source around.
    difference = destination[window].astype(np.float64) - source[window]
    solve = _on_rectangle if core[1:-1, 1:-1].all() else _on_shape
    cloned = source[window][core] + solve(difference, core)
    result = destination.copy()
    result[window][core] = as_bytes(cloned)
    return result


def _on_rectangle(difference: npt.NDArray[np.float64], core: BoolMask) -> npt.NDArray[np.float64]:
    """(P, C) harmonic values inside a rectangle whose rim is given."""
    height, width = difference.shape[0] - 2, difference.shape[1] - 2
    rim = np.zeros((height, width, difference.shape[2]))
    rim[0] += difference[0, 1:-1]
    rim[-1] += difference[-1, 1:-1]
    rim[:, 0] += difference[1:-1, 0]
    rim[:, -1] += difference[1:-1, -1]
    along = 2 - 2 * np.cos(np.pi * np.arange(1, height + 1) / (height + 1))
    across = 2 - 2 * np.cos(np.pi * np.arange(1, width + 1) / (width + 1))
    waves = fft.dstn(rim, type=1, axes=(0, 1)) / (along[:, None] + across)[:, :, None]
    return np.asarray(fft.idstn(waves, type=1, axes=(0, 1))).reshape(-1, difference.shape[2])


def _on_shape(difference: npt.NDArray[np.float64], core: BoolMask) -> npt.NDArray[np.float64]:
    """(P, C) harmonic values inside any shape, in the order of `difference[core]`."""
    count = int(core.sum())
    number = np.full(core.shape, -1)
    number[core] = np.arange(count)
    places = np.argwhere(core)
    rim = np.zeros((count, difference.shape[2]))
    rows, cols = [np.arange(count)], [np.arange(count)]
    for down, right in _NEIGHBOURS:
        beside = places + np.array([down, right])
        other = number[beside[:, 0], beside[:, 1]]
        linked = other >= 0
        rows.append(np.flatnonzero(linked))
        cols.append(other[linked])
        outer = beside[~linked]
        rim[~linked] += difference[outer[:, 0], outer[:, 1]]
    values = np.concatenate([np.full(count, 4.0), np.full(sum(map(len, rows)) - count, -1.0)])
    matrix = sparse.csc_matrix((values, (np.concatenate(rows), np.concatenate(cols))), (count, count))
    return np.asarray(splu(matrix).solve(rim))

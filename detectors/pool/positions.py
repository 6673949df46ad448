"""A map of a pool: each image's place on the two axes along which the pool varies most.

Axes are kept and used again, so that images stay where they were as others arrive.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.memory.arrays import Float32Array

_KEEP_WHILE = 0.9


@dataclass(frozen=True)
class Axes:
    """A projection: `centre` (d,) and `directions` (2, d) of length 1."""

    centre: Float32Array
    directions: Float32Array

    def place(self, vectors: Float32Array) -> Float32Array:
        """(N, 2) positions of (N, d) vectors."""
        return np.asarray((vectors - self.centre) @ self.directions.T, np.float32)


def axes_of(vectors: Float32Array, former: Axes | None = None) -> Axes:
    """The principal axes of (N, d) vectors; the former ones while they show nearly as much of the variance.

    Signs are fixed (the largest entry of a direction is positive), so the same pool gives the same map.
    """
    centre = vectors.mean(axis=0, dtype=np.float64) if len(vectors) else np.zeros(vectors.shape[1])
    centred = vectors - centre
    covariance = centred.T @ centred / max(len(vectors), 1)
    values, columns = np.linalg.eigh(covariance)
    if former is not None and former.centre.shape == centre.shape:
        shown = float(np.einsum("kd,de,ke->", former.directions, covariance, former.directions))
        if shown >= _KEEP_WHILE * float(values[-2:].sum()):
            return former
    directions: npt.NDArray[np.float64] = columns[:, ::-1][:, :2].T
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(np.take_along_axis(directions, largest[:, None], axis=1))
    return Axes(centre.astype(np.float32), (directions * signs).astype(np.float32))

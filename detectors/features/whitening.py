"""Whitening of patch features: directions in which normal patches hardly vary count as much as the others.

Distances become Mahalanobis distances of the normal patches' own covariance (as Rippel et al., "Modeling the
distribution of normal data in pre-trained deep features", ICPR 2020, use per image), shrunk so that noise in
the least varying directions is not blown up. Learned at fit, stored with the model, never learned again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

_SHRINKAGE = 0.1
"""Added to every variance, in units of the mean variance."""


@dataclass(frozen=True)
class Whitening:
    """An affine map of features.

    Attributes:
        mean: (d,) float32, subtracted first; it keeps the float16 values small.
        matrix: (d, d) float32, applied from the right; directions in the order of falling variance.
    """

    mean: npt.NDArray[np.float32]
    matrix: npt.NDArray[np.float32]

    @classmethod
    def learn(cls, parts: Iterable[npt.NDArray[np.float16]]) -> Self | None:
        """From features (P, d) in parts; None for fewer than two of them, or if nothing varies."""
        count, total, products = 0, np.zeros(0), np.zeros((0, 0))
        for part in parts:
            wide = part.astype(np.float64)
            if not count:
                total, products = np.zeros(part.shape[1]), np.zeros((part.shape[1],) * 2)
            count += len(wide)
            total += wide.sum(axis=0)
            products += wide.T @ wide
        if count < 2:
            return None
        mean = total / count
        variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
        variances, directions = np.maximum(variances[::-1], 0), directions[:, ::-1]
        if variances.mean() == 0:
            return None
        matrix = directions / np.sqrt(variances + _SHRINKAGE * variances.mean())
        return cls(mean.astype(np.float32), np.ascontiguousarray(matrix, dtype=np.float32))

    def apply(self, features: Tensor) -> Tensor:
        """(B, h, w, d) features, each image on its own: the batch must not change a bit."""
        mean, matrix = (
            torch.from_numpy(array).to(features.device, features.dtype) for array in (self.mean, self.matrix)
        )
        return torch.stack([(image.contiguous() - mean) @ matrix for image in features])

    @property
    def digest(self) -> str:
        """SHA-256 of the map: features of different maps must not be compared."""
        return hashlib.sha256(self.mean.tobytes() + self.matrix.tobytes()).hexdigest()

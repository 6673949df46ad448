"""Distances to a fixed set of centres by matrix product: bounds, not values."""

import torch

from detectors.memory.arrays import Float32Array, FloatArray


class CentreProduct:
    """|c|² - 2 x·c of points x with fixed centres c: squared distances short of |x|²."""

    def __init__(self, centres: Float32Array, norms_squared: FloatArray) -> None:
        """Hold the centres (m, d) and their squared norms (m,)."""
        self.centres = centres
        self._transposed = torch.from_numpy(centres).T
        self._offsets = torch.from_numpy(norms_squared.astype("float32"))

    def of(self, points: Float32Array) -> torch.Tensor:
        """(n, m) float32 for points (n, d); off by at most `distances.product_margin`."""
        return torch.addmm(self._offsets, torch.from_numpy(points), self._transposed, alpha=-2)

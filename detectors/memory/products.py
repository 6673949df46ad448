"""Distances to a fixed set of centres by matrix product: bounds, not values."""

import torch

from detectors.memory.arrays import Float32Array, FloatArray


class CentreProduct:
    """|c|² - 2 x·c of points x with fixed centres c: squared distances short of |x|²."""

    def __init__(
        self, centres: Float32Array, norms_squared: FloatArray, device: torch.device | None = None
    ) -> None:
        """Hold the centres (m, d) and their squared norms (m,), on a device (None: the CPU)."""
        self.centres = centres
        self._transposed = torch.from_numpy(centres).to(device).T
        self._offsets = torch.from_numpy(norms_squared.astype("float32")).to(device)

    def of(self, points: Float32Array) -> torch.Tensor:
        """(n, m) float32 for points (n, d), on the device; off by at most `distances.product_margin`."""
        wide = torch.from_numpy(points).to(self._offsets.device)
        return torch.addmm(self._offsets, wide, self._transposed, alpha=-2)

    def minima(self, points: Float32Array) -> Float32Array:
        """(n,) float32: the least entry of each row of `of`."""
        result: Float32Array = self.of(points).amin(1).cpu().numpy()
        return result

"""Distances to a fixed set of centres by matrix product: bounds, not values."""

import numpy as np
import torch

from detectors.memory.arrays import Float16Array, Float32Array, FloatArray


class CentreProduct:
    """|c|² - 2 x·c of points x with fixed centres c: squared distances short of |x|²."""

    def __init__(
        self, centres: Float32Array, norms_squared: FloatArray, device: torch.device | None = None
    ) -> None:
        """Hold the centres (m, d) and their squared norms (m,), on a device (None: the CPU)."""
        self.centres = centres
        # The norms are one coordinate more, whose product with 1 costs less than adding them afterwards.
        columns = np.vstack([-2 * centres.T, norms_squared.astype(np.float32)])
        self._columns = torch.from_numpy(columns).to(device)

    def of(self, points: Float32Array | Float16Array) -> torch.Tensor:
        """(n, m) float32 for points (n, d), on the device; off by at most `distances.product_margin`.

        float16 is widened on the way, which costs less than beforehand.
        """
        rows = torch.ones((len(points), len(self._columns)))
        rows[:, :-1] = torch.from_numpy(points)
        return torch.mm(rows.to(self._columns.device), self._columns)

    def minima(self, points: Float32Array) -> Float32Array:
        """(n,) float32: the least entry of each row of `of`."""
        result: Float32Array = self.of(points).amin(1).cpu().numpy()
        return result

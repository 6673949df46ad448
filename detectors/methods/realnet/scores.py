"""RealNet's image score: the maximum of the map after a mean filter, no padding."""

import numpy as np
import numpy.typing as npt


def window_score(cells: npt.NDArray[np.float32], window_px: int) -> float:
    """The greatest mean over a square window that lies inside the map; at most the greatest pixel.

    Args:
        cells: (h, w) float32 map.
        window_px: side of the window.

    Raises:
        ValueError: the map is smaller than the window.
    """
    height_px, width_px = cells.shape
    if min(height_px, width_px) < window_px:
        raise ValueError(f"The map of {width_px} × {height_px} is smaller than the window of {window_px}.")
    sums = np.zeros((height_px + 1, width_px + 1))
    sums[1:, 1:] = cells.astype(np.float64).cumsum(axis=0).cumsum(axis=1)
    n = window_px
    windows = sums[n:, n:] - sums[:-n, n:] - sums[n:, :-n] + sums[:-n, :-n]
    return float(np.float32(windows.max() / n**2))

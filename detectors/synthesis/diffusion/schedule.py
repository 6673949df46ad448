"""The noise of each diffusion step, all steps or evenly spaced ones. Torch-free."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NoiseSchedule:
    """Betas of a chain of T steps, and the numbers those steps have in the chain that was trained.

    Attributes:
        betas: (T,) float64, variance that step t adds.
        steps: (T,) int64, what the network is told of each step.
    """

    betas: Array
    steps: npt.NDArray[np.int64]

    @classmethod
    def linear(cls, count: int) -> Self:
        """The published schedule: betas from 1e-4 to 0.02 in 1,000 steps; scaled for other counts."""
        scale = 1000 / count
        betas = np.linspace(scale * 1e-4, scale * 0.02, count, dtype=np.float64)
        return cls(np.minimum(betas, 0.999), np.arange(count))

    def spaced(self, count: int) -> "NoiseSchedule":
        """Every (T / count)-th step from 0, betas derived anew so that the kept steps have the same noise."""
        if not 0 < count <= len(self.betas):
            raise ValueError(f"Between 1 and {len(self.betas)} steps can be kept, not {count}.")
        kept = np.arange(count) * (len(self.betas) // count)
        signal = self.signal[kept]
        before = np.append(1.0, signal[:-1])
        return NoiseSchedule(1 - signal / before, self.steps[kept])

    @cached_property
    def signal(self) -> Array:
        """(T,) the image's part of the variance after step t: the running product of 1 - beta."""
        return np.asarray(np.cumprod(1 - self.betas), dtype=np.float64)

    @cached_property
    def signal_before(self) -> Array:
        """(T,) `signal` one step earlier; 1 before the first step."""
        return np.append(1.0, self.signal[:-1])

    @cached_property
    def posterior_variance(self) -> Array:
        """(T,) variance of x[t-1] given x[t] and the image; 0 at step 0."""
        return self.betas * (1 - self.signal_before) / (1 - self.signal)

    @cached_property
    def posterior_log_variance(self) -> Array:
        """(T,) its logarithm, where step 0 takes the value of step 1 (its own is minus infinity)."""
        variance = self.posterior_variance.copy()
        variance[0] = variance[1] if len(variance) > 1 else self.betas[0]
        return np.log(variance)

    @cached_property
    def posterior_mean_factors(self) -> tuple[Array, Array]:
        """Factors of the image and of x[t] in the mean of x[t-1] given both."""
        rest = 1 - self.signal
        of_image = self.betas * np.sqrt(self.signal_before) / rest
        of_noisy = (1 - self.signal_before) * np.sqrt(1 - self.betas) / rest
        return of_image, of_noisy

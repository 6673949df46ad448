"""The choice of the network that is kept: by its quality on held-out samples."""

import copy
from typing import Any

from torch import Tensor, nn

_CHANCE = 0.01
"""So much better on so few samples may be chance: of two networks as near, the later is kept."""

_NEVER_TRIED = -1.0


class BestNetwork:
    """The network that did best so far; a part of the training's checkpoint."""

    def __init__(self, network: nn.Module, chance: float = _CHANCE) -> None:
        """Begin with nothing tried.

        Args:
            network: what is trained.
            chance: a network is kept in place of a better, earlier one that is better by no more than this.
        """
        self._chance = chance
        self._quality, self.step = _NEVER_TRIED, 0
        self._weights: dict[str, Tensor] = copy.deepcopy(network.state_dict())

    def consider(self, network: nn.Module, quality: float, step: int) -> None:
        """Remember the network, of quality 0 to 1, unless an earlier one did better by more than chance."""
        if quality >= self._quality - self._chance:
            self.step, self._weights = step, copy.deepcopy(network.state_dict())
        self._quality = max(quality, self._quality)

    def restore(self, network: nn.Module) -> None:
        """Put the best one back; leaves a network alone that was never tried."""
        if self._quality > _NEVER_TRIED:
            network.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        return {"quality": self._quality, "step": self.step, "weights": self._weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._quality, self.step = state["quality"], state["step"]
        self._weights = state["weights"]

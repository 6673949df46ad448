"""Making one picture: a source redrawn, generated at the generator's size, and brought to its own size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.sources import Sources, resized
from detectors.generation.variance import Augmentation, drawn_latents
from detectors.generation.views import View, draw_view
from detectors.generation.vqgan.network import VQGAN


@dataclass(frozen=True)
class Made:
    """One generated picture.

    Attributes:
        picture: (3, H, W), 0…1, at its source's size.
        small: (3, h, w), 0…1: the redrawn source at the generator's size, what the generator was given.
        place: its source, see `Sources`.
        view: how the source was redrawn.
    """

    picture: Tensor
    small: Tensor
    place: int
    view: View

    def origin(self) -> dict[str, Any]:
        """What a checkpoint and the provenance keep besides the pixels."""
        return {"place": self.place, "view": self.view.to_dict()}


class Maker:
    """Makes pictures with one generator."""

    def __init__(
        self, network: VQGAN, sources: Sources, views: str, settings: GenerationHyperparameters
    ) -> None:
        """Take a generator, which others may train on.

        Args:
            network: makes the pictures.
            sources: what they are made from.
            views: how sources are redrawn first, see `draw_view`.
            settings: of the run.
        """
        self.network, self.sources, self.views, self.settings = network, sources, views, settings
        self._augmentation = Augmentation.of(settings)
        self._device = next(network.parameters()).device

    @torch.no_grad()
    def make(self, place: int, random: np.random.Generator) -> Made:
        """A picture of a source, drawn anew each time."""
        chosen = self.settings
        view = draw_view(self.views, chosen, random)
        seen = view.apply(self.sources.picture(place))
        small = self.sources.shrunk(seen)
        image = (small * 2 - 1).to(self._device)
        latents = drawn_latents(
            self.network, image, chosen.mode, self._augmentation, chosen.temperature, random
        )
        drawn = self._enlarged(self.network.decode(latents[None])[0], seen)
        if chosen.detail:
            plain = self.network.decode(self.network.encode(image[None]))[0]
            drawn = drawn + chosen.detail * (seen - self._enlarged(plain, seen))
        return Made(drawn.clamp(0, 1), small, place, view)

    def _enlarged(self, image: Tensor, like: Tensor) -> Tensor:
        """The generator's image as values 0…1 at another's size, grey where the pool is."""
        picture = (image.float().cpu() + 1) / 2
        if not self.sources.acquisition.is_colour:
            picture = picture.mean(0, keepdim=True).expand(3, -1, -1)
        return resized(picture, like.shape[1], like.shape[2])

"""Prompts as pictures, so that they can be compared with images in the generator's latents.

TGVIG (section 3) leaves open in which latent space a candidate word is far from the images. No text goes
into the generator: what it paints for a prompt is here a blend, in latents, of those of its pictures that
agree best with the prompt, as ConSE blends the likeliest words.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from detectors.generation.encoders import TextImageEncoder, Vectors, unit
from detectors.generation.making import Maker
from detectors.generation.sources import as_bytes

_PICTURES, _BLENDED = 32, 3
_GRID = 4
"""Latents are averaged to so many blocks a side: images may differ in size."""


class PromptPainter:
    """Latents of prompts, by pictures that a generator makes."""

    def __init__(self, maker: Maker, encoder: TextImageEncoder) -> None:
        """Make the pictures that are blended.

        Args:
            maker: its generator has been trained.
            encoder: compares its pictures with prompts.
        """
        random = np.random.default_rng((maker.settings.seed, _PICTURES))
        made = [maker.make(place % len(maker.sources), random) for place in range(_PICTURES)]
        seen = encoder.encode_image([as_bytes(one.picture).permute(1, 2, 0).numpy() for one in made])
        self._seen = unit(seen)
        self._made = torch.stack([_pooled(maker, one.small) for one in made])
        self._images = torch.stack([_pooled(maker, small.float() / 255) for small in maker.sources.small])

    def distances(self, prompt_vectors: Vectors) -> npt.NDArray[np.float64]:
        """Mean L2 distance of each prompt's picture to the images, in pooled latents; (n,) of (n, d)."""
        agreement = torch.from_numpy(unit(prompt_vectors) @ self._seen.T)
        best = agreement.topk(_BLENDED, dim=1).indices
        painted = self._made[best].mean(dim=1)
        return torch.cdist(painted, self._images).mean(dim=1).double().numpy()


@torch.no_grad()
def _pooled(maker: Maker, small: Tensor) -> Tensor:
    """The latents of a picture (3, h, w) with values 0…1, averaged over blocks; flat."""
    device = next(maker.network.parameters()).device
    latents = maker.network.encode((small * 2 - 1)[None].to(device))
    return functional.adaptive_avg_pool2d(latents, _GRID).flatten().cpu()

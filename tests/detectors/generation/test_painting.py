"""Prompts measured in the generator's latents."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from pictures import stripes
from tiny_generation import TINY
from torch.nn.functional import adaptive_avg_pool2d

from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.making import Maker
from detectors.generation.painting import PromptPainter
from detectors.generation.sources import Sources
from detectors.generation.vqgan.network import NetworkSettings, seeded_network


class _OneAxisEach:
    """Sees the n-th picture as the n-th axis, so that a text can name pictures."""

    identity = "axes"

    def encode_text(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        raise NotImplementedError

    def encode_image(self, pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        return np.eye(len(pictures), dtype=np.float32)


def test_a_prompts_distance_is_that_of_the_pictures_that_agree_with_it() -> None:
    config = GenerationHyperparameters.parse({**TINY, "views": "none", "temperature": 0.0})
    images = [stripes(0, 32), 255 - stripes(7, 48), np.full((32, 32, 3), 40, np.uint8)]
    sources = Sources(images, 32, 4)
    network = seeded_network(NetworkSettings.of(config), 0)
    with torch.no_grad():
        inputs = [(sources.shrunk(sources.picture(place)) * 2 - 1)[None] for place in range(3)]
        own = torch.stack([adaptive_avg_pool2d(network.encode(one), 4).flatten() for one in inputs])
    # Pictures are made of the sources in turn; each text agrees with three of one source.
    texts = np.zeros((3, 32), np.float32)
    for place in range(3):
        texts[place, [place, place + 3, place + 6]] = 1
    found = PromptPainter(Maker(network, sources, "none", config), _OneAxisEach()).distances(texts)
    wanted = torch.cdist(own, own).mean(dim=1).numpy()
    assert list(np.argsort(found)) == list(np.argsort(wanted))
    np.testing.assert_allclose(found, wanted, rtol=0.1)

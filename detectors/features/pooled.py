"""One small vector per image: where two are near, the images look alike. For ordering, never for scores."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from detectors.features.backbones import load_backbone
from detectors.images import ImageArray

SIDE_PX = 224
_BACKBONE, _LAYER = "efficientnet_lite0", "blocks.4"
RECIPE = f"{_BACKBONE}/{_LAYER}/mean+max/{SIDE_PX}"
"""Names what vectors depend on besides the weights: only vectors of one recipe may be compared."""


class ImageEmbedder:
    """Mean and maximum over the picture of one layer of a pretrained network, each scaled to length 1.

    The mean says what the part looks like, the maximum what stands out on it.
    """

    def __init__(self, weights: str = "imagenet") -> None:
        """Load the network; raises MissingWeightsError when its weights are not on this machine."""
        # Depthwise convolutions take half the time where channels lie side by side.
        self._backbone = load_backbone(_BACKBONE, weights, (_LAYER,), seed=0).to(
            memory_format=torch.channels_last
        )

    def embed(self, images: Sequence[ImageArray]) -> npt.NDArray[np.float16]:
        """(N, d) float16, one vector of length 1 per (H, W, 1|3) uint8 or uint16 image of any size."""
        with torch.inference_mode(), _one_thread():
            return np.concatenate([self._vector(image) for image in images])

    def _vector(self, image: ImageArray) -> npt.NDArray[np.float16]:
        (layer,) = self._backbone(_prepared(image))
        pooled = torch.cat([F.normalize(layer.mean((2, 3))), F.normalize(layer.amax((2, 3)))], dim=1)
        vectors: npt.NDArray[np.float16] = F.normalize(pooled).half().numpy()
        return vectors


@contextmanager
def _one_thread() -> Iterator[None]:
    """One small picture is too little work to share: threads would wait longer than they compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _prepared(image: ImageArray) -> Tensor:
    """(1, 3, side, side) float32 with values 0…255; a fixed window: alike pixels, alike vectors."""
    pixels = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None]
    if image.dtype == np.uint16:
        pixels = pixels * (255 / 65535)
    small = F.interpolate(pixels, size=(SIDE_PX, SIDE_PX), mode="bilinear", antialias=True)
    return small.expand(1, 3, -1, -1).contiguous(memory_format=torch.channels_last)

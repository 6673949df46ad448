"""What compares words with pictures: one interface, several encoders."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from detectors.generation.hyperparameters import GenerationHyperparameters

Vectors = npt.NDArray[np.float32]
RgbImage = npt.NDArray[np.uint8]


class TextImageEncoder(Protocol):
    """Puts texts and pictures into one space.

    Attributes:
        identity: names model and weights, for provenance.
    """

    identity: str

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, not normalised."""
        ...

    def encode_image(self, pictures: Sequence[RgbImage]) -> Vectors:
        """(n, d) float32, not normalised, of (H, W, 3) uint8 pictures of any size."""
        ...


def create(chosen: GenerationHyperparameters) -> TextImageEncoder:
    """The encoder that the settings name.

    Raises:
        MissingWeightsError: its weights are not on this machine; the sentence says how to get them.
        InputError: weights that do not fit.
    """
    # Each brings in libraries of its own.
    if chosen.encoder == "openclip":
        from detectors.generation.encoders.openclip import OpenClipEncoder

        return OpenClipEncoder(chosen.openclip_model, chosen.openclip_weights)
    from detectors.generation.encoders.conse import ConseEncoder

    return ConseEncoder()


def unit(vectors: Vectors) -> Vectors:
    """Scaled to length 1; a zero vector stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)

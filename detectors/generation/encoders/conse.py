"""ConSE: a picture's place among words is the mean of its likeliest classes' names, weighted by probability.

Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", ICLR 2014; classes of
EfficientNet-Lite0, vectors of a sentence encoder. It works without any download, and knows of a picture only
what ImageNet's classes say of it.
"""

from collections.abc import Sequence

import numpy as np

from detectors.generation.encoders import RgbImage, Vectors
from detectors.generation.encoders.classifier import ImageClassifier, class_names
from detectors.generation.encoders.sentences import SentenceEncoder

LIKELIEST_CLASSES = 10


class ConseEncoder:
    """Texts through the sentence encoder, pictures through the classifier."""

    identity = f"conse/efficientnet_lite0/all-MiniLM-L6-v2/top{LIKELIEST_CLASSES}"

    def __init__(self) -> None:
        """Load both networks; raises MissingWeightsError where a package is missing."""
        self._sentences = SentenceEncoder()
        self._classifier = ImageClassifier()
        self._names = self._sentences.encode([f"a photo of a {name}" for name in class_names()])

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32, not normalised."""
        return self._sentences.encode(texts)

    def encode_image(self, pictures: Sequence[RgbImage]) -> Vectors:
        """(n, 384) float32, not normalised."""
        likeliest = self._classifier.probabilities(pictures).topk(LIKELIEST_CLASSES, dim=1)
        weights = (likeliest.values / likeliest.values.sum(1, keepdim=True)).numpy()
        vectors: Vectors = np.einsum("nk,nkd->nd", weights, self._names[likeliest.indices.numpy()])
        return vectors

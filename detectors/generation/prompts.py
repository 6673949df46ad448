"""From candidate words to the prompt: outliers dropped by distance, the most similar one chosen.

TGVIG, section 3 (keyword-to-prompt generator).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.generation.encoders import TextImageEncoder, unit
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.words.lexicon import Candidates, candidates, lexicon

Vectors = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.floating]
Measure = Callable[[Vectors], FloatArray]
"""Distances (n,) to the images, of the vectors (n, d) of prompts."""

CHOSEN, KEPT, OUTLIER = "chosen", "kept", "outlier"


@dataclass(frozen=True)
class ScoredWord:
    """A candidate word against the images.

    Attributes:
        word: the word.
        prompt: the sentence that was compared.
        distance: mean L2 distance of the prompt to the images, in the space that the settings name.
        similarity: mean cosine, higher = alike.
        status: `chosen`, `kept`, or `outlier` (dropped by its distance).
    """

    word: str
    prompt: str
    distance: float
    similarity: float
    status: str


def prompt_of(keyword: str, word: str) -> str:
    """The published template."""
    return f"a {keyword} with {word}"


def candidate_words(keyword: str, chosen: GenerationHyperparameters) -> Candidates:
    """The words that the settings name; `InputError` for an empty keyword or a folder without WordNet."""
    return candidates(lexicon(chosen.wordnet_folder), keyword, chosen.words, chosen.general_words)


def scored_words(
    keyword: str,
    words: Sequence[str],
    image_vectors: Vectors,
    encoder: TextImageEncoder,
    chosen: GenerationHyperparameters,
    measure: Measure | None = None,
) -> list[ScoredWord]:
    """Compare every word's prompt with the images.

    Args:
        keyword: the object's name.
        words: at least one, each different.
        image_vectors: (n, d), not normalised.
        encoder: for the prompts.
        chosen: rule and space of outliers.
        measure: gives the prompts' distances in place of the space that `chosen` names.

    Returns:
        One entry per word: the chosen one first, then kept ones by falling similarity, then outliers. The
        order of `words` does not matter.
    """
    keyword = " ".join(keyword.split())
    ordered = sorted(set(words))
    prompts = [prompt_of(keyword, word) for word in ordered]
    texts = encoder.encode_text(prompts)
    similarities = (unit(texts) @ unit(image_vectors).T).mean(axis=1)
    distances = measure(texts) if measure else _distances(texts, image_vectors, chosen)
    dropped = _outliers(distances, chosen)
    order = sorted(
        range(len(ordered)), key=lambda n: (bool(dropped[n]), -round(float(similarities[n]), 6), n)
    )
    return [
        ScoredWord(
            ordered[n],
            prompts[n],
            float(distances[n]),
            float(similarities[n]),
            OUTLIER if dropped[n] else CHOSEN if place == 0 else KEPT,
        )
        for place, n in enumerate(order)
    ]


def _distances(texts: Vectors, images: Vectors, chosen: GenerationHyperparameters) -> FloatArray:
    if chosen.outlier_space == "unit":
        texts, images = unit(texts), unit(images)
    return np.asarray(np.linalg.norm(texts[:, None] - images[None], axis=2).mean(axis=1))


def _outliers(distances: FloatArray, chosen: GenerationHyperparameters) -> npt.NDArray[np.bool_]:
    """Beyond Q3 + factor · IQR; the nearest is always kept."""
    if chosen.outlier_rule == "none":
        return np.zeros(len(distances), bool)
    low, high = np.quantile(distances, [0.25, 0.75])
    limit = max(high + chosen.outlier_factor * (high - low), distances.min())
    return np.asarray(distances > limit)

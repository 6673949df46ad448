"""What a run made, and where each picture came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.integrator import BestSet
from detectors.generation.prompts import ScoredWord
from detectors.generation.sources import Sources, as_bytes
from detectors.images import ImageArray


@dataclass(frozen=True)
class GeneratedNormal:
    """One generated picture.

    Attributes:
        picture: (H, W, 3) uint8, at its source's size, to look at.
        pixels: (H, W, 1|3) uint8 or uint16, in the pool's colour and depth, to train on.
        provenance: how it came about, as plain JSON values.
    """

    picture: npt.NDArray[np.uint8]
    pixels: ImageArray
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Generation:
    """What a run made.

    Attributes:
        prompt: the sentence that guided it.
        words: candidate words with their scores, the chosen one first; empty where the prompt was given.
        warnings: sentences that a person should read.
        scores: one per iteration, higher = agrees better with the prompt.
        best_iteration: index of the set that was kept.
        pictures: that set.
    """

    prompt: str
    words: list[ScoredWord]
    warnings: list[str]
    scores: list[float]
    best_iteration: int
    pictures: list[GeneratedNormal]


def finished_pictures(
    best: BestSet,
    sources: Sources,
    names: Sequence[str] | None,
    config: GenerationHyperparameters,
    shared: dict[str, Any],
) -> list[GeneratedNormal]:
    """The best set in the pool's own pixels, each with its provenance.

    Args:
        best: what the integrator kept.
        sources: where it was made from.
        names: of all images of the pool, or None.
        config: the run's settings.
        shared: what all pictures have in common.
    """
    finished = []
    for picture, origin in zip(best.pictures, best.origins, strict=True):
        number = sources.numbers[origin["place"]]
        provenance = {
            **shared,
            "seed": config.seed,
            "iteration": best.best,
            "score": best.scores[best.best],
            "source": {"index": number, "name": names[number] if names else None},
            "mode": config.mode,
            "view": origin["view"],
            "image_size": config.image_size,
            "upscaled": max(picture.shape[1:]) > config.image_size,
            "detail": config.detail,
            "generator": best.generator,
        }
        looked_at = as_bytes(picture).permute(1, 2, 0).numpy()
        finished.append(GeneratedNormal(looked_at, sources.pixels(picture), provenance))
    return finished

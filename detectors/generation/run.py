"""A whole run: words, prompt, generator, the best set, and where each picture came from."""

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.base import FitContext, Progress, ignore_progress
from detectors.devices import chosen_device
from detectors.errors import InputError
from detectors.generation import encoders
from detectors.generation.encoders import TextImageEncoder
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.integrator import BestSet, integrate
from detectors.generation.making import Maker
from detectors.generation.orientation import kind_of
from detectors.generation.prompts import CHOSEN, ScoredWord, candidate_words, scored_words
from detectors.generation.sources import Sources, as_bytes
from detectors.generation.vqgan.checkpoint import load_checkpoint
from detectors.generation.vqgan.learning import train_generator
from detectors.generation.vqgan.network import VQGAN, NetworkSettings, seeded_network
from detectors.generation.watching import GenerationWatcher, TrainingLosses
from detectors.images import ImageArray
from detectors.training.fingerprint import pool_fingerprint
from detectors.watching import Checkpoints

_COMPARED_IMAGES = 64
"""Words are compared with at most so many images, spread evenly over the sources."""


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


def propose_words(
    keyword: str,
    images: Sequence[ImageArray],
    config: GenerationHyperparameters,
    *,
    encoder: TextImageEncoder | None = None,
) -> list[ScoredWord]:
    """Candidate words of a keyword, compared with images; the chosen one first.

    Raises:
        InputError: an empty keyword, no images, or one that cannot be used.
        MissingWeightsError: the encoder's weights are not on this machine.
    """
    sources = Sources(images, config.image_size, 1, config.shots)
    return _scored(keyword, sources, config, encoder or encoders.create(config))[0]


def generate_normals(
    images: Sequence[ImageArray],
    config: GenerationHyperparameters,
    *,
    keyword: str,
    prompt: str | None = None,
    names: Sequence[str] | None = None,
    encoder: TextImageEncoder | None = None,
    progress: Progress | None = None,
    watcher: GenerationWatcher | None = None,
    checkpoints: Checkpoints | None = None,
) -> Generation:
    """Make new normal pictures from a few.

    Args:
        images: normal images, (H, W, 1|3) uint8 or uint16; read lazily, more than once.
        config: the run's settings.
        keyword: the object's name.
        prompt: guides in place of the best candidate word's.
        names: of the images, for provenance.
        encoder: in place of the one that the settings name.
        progress: called about once a second or oftener; raise `Cancelled` in it to stop.
        watcher: told of words, losses and sets.
        checkpoints: where the run keeps its state. Called again with the same arguments after its process was
            killed, it goes on from there, to the same pictures as without the kill.

    Raises:
        InputError: an empty keyword, no images, or one that cannot be used.
        MissingWeightsError: weights of the encoder or the generator are not on this machine.
        TrainingError: the generator broke or collapsed.
    """
    report, told = progress or ignore_progress, watcher or GenerationWatcher()
    if names is not None and len(names) != len(images):
        raise InputError(f"There are {len(images)} images but {len(names)} names.")
    report(0.0, "Reading images")
    device = chosen_device(config.device)
    network = _network(config).to(device)
    sources = Sources(images, config.image_size, network.settings.cell_px, config.shots)
    compare = encoder or encoders.create(config)
    report(0.02, "Comparing words")
    words, warnings = _guided(keyword, prompt, sources, config, compare)
    told.words(words, warnings)
    sentence = prompt or words[0].prompt
    view_kind = kind_of(sources.small) if config.views == "auto" else config.views
    with tempfile.TemporaryDirectory(prefix="generation-") as scratch:
        settings = {**config.to_dict(), "keyword": keyword, "prompt": sentence, "encoder": compare.identity}
        fingerprint = functools.cache(lambda: pool_fingerprint(settings, images, None))
        losses = TrainingLosses("generator", config.steps, told)
        context = FitContext(report, Path(scratch), losses, checkpoints, fingerprint)
        train_generator(network, sources.small, view_kind, config, context.share(0.05, 0.5), device)
        best = integrate(
            Maker(network, sources, view_kind, config),
            range(len(sources)),
            compare.encode_text([sentence])[0],
            compare,
            config,
            replace(context.share(0.5, 1.0), watcher=losses),
            told.iteration,
        )
    shared = {
        "prompt": sentence,
        "keyword": keyword,
        "word": words[0].word if words else None,
        "encoder": compare.identity,
        "views": view_kind,
    }
    pictures = _finished(best, sources, names, config, shared)
    report(1.0, "Generated")
    return Generation(sentence, words, warnings, best.scores, best.best, pictures)


def _network(config: GenerationHyperparameters) -> VQGAN:
    if config.generator_checkpoint:
        return load_checkpoint(Path(config.generator_checkpoint))
    return seeded_network(NetworkSettings.of(config), config.seed)


def _guided(
    keyword: str,
    prompt: str | None,
    sources: Sources,
    config: GenerationHyperparameters,
    encoder: TextImageEncoder,
) -> tuple[list[ScoredWord], list[str]]:
    """Scored words (none where the prompt is given) and warnings on keyword and pool."""
    words: list[ScoredWord] = []
    warnings: list[str] = []
    if prompt is None:
        words, warnings = _scored(keyword, sources, config, encoder)
        assert words[0].status == CHOSEN
    elif not prompt.strip():
        raise InputError("The prompt is empty.")
    if len(sources) == 1:
        warnings.append("There is one image: the pictures can only vary what it shows.")
    elif sources.are_all_alike:
        warnings.append(f"All {len(sources)} images are the same: they teach no more than one.")
    return words, warnings


def _scored(
    keyword: str, sources: Sources, config: GenerationHyperparameters, encoder: TextImageEncoder
) -> tuple[list[ScoredWord], list[str]]:
    found = candidate_words(keyword, config)
    count = min(len(sources), _COMPARED_IMAGES)
    places = [number * len(sources) // count for number in range(count)]
    pictures = [as_bytes(sources.picture(place)).permute(1, 2, 0).numpy() for place in places]
    scored = scored_words(keyword, found.words, encoder.encode_image(pictures), encoder, config)
    return scored, list(found.warnings)


def _finished(
    best: BestSet,
    sources: Sources,
    names: Sequence[str] | None,
    config: GenerationHyperparameters,
    shared: dict[str, Any],
) -> list[GeneratedNormal]:
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
        finished.append(
            GeneratedNormal(as_bytes(picture).permute(1, 2, 0).numpy(), sources.pixels(picture), provenance)
        )
    return finished

"""A whole run: words, prompt, generator, the best set."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from detectors.base import FitContext, Progress, ignore_progress
from detectors.devices import chosen_device
from detectors.errors import InputError
from detectors.generation import encoders
from detectors.generation.encoders import TextImageEncoder
from detectors.generation.guidance import guidance, propose_words, require_words
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.integrator import integrate
from detectors.generation.making import Maker
from detectors.generation.orientation import FEW_IMAGES, kind_of
from detectors.generation.painting import PromptPainter
from detectors.generation.results import GeneratedNormal, Generation, finished_pictures
from detectors.generation.sources import Sources
from detectors.generation.vqgan.checkpoint import load_checkpoint
from detectors.generation.vqgan.learning import train_generator
from detectors.generation.vqgan.network import VQGAN, NetworkSettings, seeded_network
from detectors.generation.watching import GenerationWatcher, TrainingLosses
from detectors.images import ImageArray
from detectors.training.fingerprint import pool_fingerprint
from detectors.watching import Checkpoints

__all__ = ["GeneratedNormal", "Generation", "generate_normals", "propose_words"]

_GUESSED = {
    "texture": "From so few images it is a guess that they show a texture, which may be mirrored, turned and "
    "shifted. If it is a part with a place of its own, choose object for views.",
    "object": "From so few images it is a guess that they show a part with a place of its own. If it is a "
    "surface that looks the same everywhere, choose texture for views.",
}


def generate_normals(
    images: Sequence[ImageArray],
    config: GenerationHyperparameters,
    *,
    keyword: str,
    prompt: str | None = None,
    names: Sequence[str] | None = None,
    relatives: Sequence[ImageArray] = (),
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
        relatives: more images of the same product and view, from which nothing is made: with few images they
            tell whether these show a texture or a part.
        encoder: in place of the one that the settings name.
        progress: called about once a second or oftener; raise `Cancelled` in it to stop.
        watcher: told of words, losses and sets.
        checkpoints: where the run keeps its state. Called again with the same arguments after its process
            was killed, it goes on from there, to the same pictures as without the kill.

    Raises:
        InputError: an empty keyword, no images, or one that cannot be used.
        MissingWeightsError: weights of the encoder or the generator are not on this machine.
        TrainingError: the generator broke or collapsed.
    """
    require_words(keyword, prompt)
    if names is not None and len(names) != len(images):
        raise InputError(f"There are {len(images)} images but {len(names)} names.")
    report, told = progress or ignore_progress, watcher or GenerationWatcher()
    report(0.0, "Reading images")
    network = _network(config).to(chosen_device(config.device))
    sources = Sources(images, config.image_size, network.settings.cell_px, config.shots)
    compare = encoder or encoders.create(config)
    views, doubts = _views(sources, relatives, config)
    maker = Maker(network, sources, views, config)
    with tempfile.TemporaryDirectory(prefix="generation-") as scratch:
        context = FitContext(report, Path(scratch), checkpoints=checkpoints)

        def of_prompt(prompt: str | None) -> FitContext:
            named = {**config.to_dict(), "prompt": prompt, "encoder": compare.identity, "views": views}
            return replace(context, fingerprint=lambda: pool_fingerprint(named, images, None))

        measure = None
        if config.outlier_space == "generator" and prompt is None:
            _train(maker, of_prompt(None), told)
            measure = PromptPainter(maker, compare).distances
        guide = guidance(keyword, prompt, sources, config, compare, measure)
        guide.warnings.extend(doubts)
        told.words(guide.words, guide.warnings)
        if measure is None:
            _train(maker, of_prompt(None), told)
        target = compare.encode_text([guide.prompt])[0]
        sets = of_prompt(guide.prompt).share(0.5, 1.0)
        best = integrate(maker, target, compare, sets, told.iteration)
    origin = {
        "prompt": guide.prompt,
        "keyword": keyword,
        "word": guide.words[0].word if guide.words else None,
        "encoder": compare.identity,
        "views": views,
    }
    pictures = finished_pictures(best, sources, names, config, origin)
    report(1.0, "Generated")
    return Generation(guide.prompt, guide.words, guide.warnings, best.scores, best.best, pictures)


def _train(maker: Maker, context: FitContext, told: GenerationWatcher) -> None:
    watcher = TrainingLosses("generator", maker.settings.steps, told)
    training = replace(context.share(0.05, 0.5), watcher=watcher)
    train_generator(maker.network, maker.sources.small, maker.views, maker.settings, training)


def _network(config: GenerationHyperparameters) -> VQGAN:
    if config.generator_checkpoint:
        return load_checkpoint(Path(config.generator_checkpoint))
    return seeded_network(NetworkSettings.of(config), config.seed)


def _views(
    sources: Sources, relatives: Sequence[ImageArray], config: GenerationHyperparameters
) -> tuple[str, list[str]]:
    """How sources are redrawn, and a warning where that is guessed from few images."""
    if config.views != "auto":
        return config.views, []
    known = list(sources.small)
    if len(known) < FEW_IMAGES and len(relatives) > 0:
        known += Sources(relatives, config.image_size, sources.cell_px).small
    kind = kind_of(known)
    return kind, [_GUESSED[kind]] if len(known) < FEW_IMAGES else []

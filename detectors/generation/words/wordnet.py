"""Nouns from WordNet's database files (the format of wndb(5WN)), by seeking, not loading. Torch-free."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from detectors.errors import InputError

INDEX_FILE, DATA_FILE = "index.noun", "data.noun"
ARTEFACT = "artifact"

_NOUN_FILES = (
    *("tops", "act", "animal", "artifact", "attribute", "body", "cognition", "communication", "event"),
    *("feeling", "food", "group", "location", "motive", "object", "person", "phenomenon", "plant"),
    *("possession", "process", "quantity", "relation", "shape", "state", "substance", "time"),
)
"""Names of the lexicographer's noun files, number 3 onwards."""
_FIRST_NOUN_FILE = 3
_HYPERNYMS, _HYPONYMS = ("@", "@i"), ("~", "~i")


@dataclass(frozen=True)
class Sense:
    """One meaning of a noun.

    Attributes:
        topic: what it is about, such as `artifact` or `person`.
        words: the nouns that share this meaning, the commonest first.
        gloss: its definition.
        hypernyms: offsets of the wider meanings.
        hyponyms: offsets of the narrower ones.
    """

    topic: str
    words: tuple[str, ...]
    gloss: str
    hypernyms: tuple[int, ...]
    hyponyms: tuple[int, ...]


class WordNet:
    """The nouns in a folder of WordNet's files (versions 3.0 and 3.1)."""

    def __init__(self, folder: Path) -> None:
        """Look into the folder; raises `InputError` if the files are not there."""
        self._index, self._data = folder / INDEX_FILE, folder / DATA_FILE
        if not (self._index.is_file() and self._data.is_file()):
            raise InputError(f"{folder} does not hold WordNet's files {INDEX_FILE} and {DATA_FILE}.")

    def senses(self, noun: str) -> list[Sense]:
        """The meanings of a noun (spaces between words), the commonest first; empty for an unknown one."""
        lemma = "_".join(noun.lower().split())
        with self._index.open("rb") as stream:
            line = _line_of(stream, lemma.encode()) if lemma else None
        if line is None:
            return []
        fields = line.decode().split()
        return [self.sense(int(offset)) for offset in fields[-int(fields[2]) :]]

    def sense(self, offset: int) -> Sense:
        """The meaning at an offset of the data file."""
        with self._data.open("rb") as stream:
            stream.seek(offset)
            record, _, gloss = stream.readline().decode().partition(" | ")
        fields = record.split()
        words_end = 4 + 2 * int(fields[3], 16)
        pointers = list(_pointers(fields[words_end + 1 :], int(fields[words_end])))
        return Sense(
            topic=_NOUN_FILES[int(fields[1]) - _FIRST_NOUN_FILE],
            words=tuple(word.replace("_", " ") for word in fields[4:words_end:2]),
            gloss=gloss.split(";")[0].strip(),
            hypernyms=tuple(target for kind, target in pointers if kind in _HYPERNYMS),
            hyponyms=tuple(target for kind, target in pointers if kind in _HYPONYMS),
        )


def _pointers(fields: list[str], count: int) -> Iterator[tuple[str, int]]:
    for number in range(count):
        kind, target, part_of_speech = fields[4 * number : 4 * number + 3]
        if part_of_speech == "n":
            yield kind, int(target)


def _line_of(stream: BinaryIO, lemma: bytes) -> bytes | None:
    """Binary search of a sorted file for a lemma's line; the licence's lines begin with spaces."""
    low, high = 0, stream.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        stream.seek(middle)
        if middle:
            stream.readline()
        line = stream.readline()
        found = line.split(b" ", 1)[0]
        if line and found == lemma:
            return line
        if line and found < lemma:
            low = middle + 1
        else:
            high = middle
    stream.seek(0)
    first = stream.readline()
    return first if first.split(b" ", 1)[0] == lemma else None

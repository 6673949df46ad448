"""Candidate words: WordNet's files, the built-in table, general vocabulary."""

from pathlib import Path

import pytest

from detectors.errors import InputError
from detectors.generation.words import lexicon
from detectors.generation.words.builtin import GENERAL, RELATED
from detectors.generation.words.lexicon import BuiltInLexicon, WordNetLexicon, candidates
from detectors.generation.words.wordnet import WordNet


def test_senses_are_read_as_they_are_written(wordnet_folder: Path) -> None:
    guard, screw = WordNet(wordnet_folder).senses("screw")
    assert (guard.topic, screw.topic) == ("person", "artifact")
    assert screw.words == ("screw",)
    assert screw.gloss == "a fastener with a thread"
    assert WordNet(wordnet_folder).sense(screw.hypernyms[0]).words == ("fastener", "fixing")


@pytest.mark.parametrize("noun", ["fastener", "fixing", "guard", "joy", "nail", "screw", "wood screw"])
def test_every_noun_is_found(wordnet_folder: Path, noun: str) -> None:
    assert noun in {word for sense in WordNet(wordnet_folder).senses(noun) for word in sense.words}


@pytest.mark.parametrize("noun", ["", "aaa", "scre", "screws", "zzz"])
def test_other_nouns_are_not(wordnet_folder: Path, noun: str) -> None:
    assert WordNet(wordnet_folder).senses(noun) == []


def test_the_thing_is_preferred_to_the_prison_guard_and_said_so(wordnet_folder: Path) -> None:
    found = candidates(WordNetLexicon(WordNet(wordnet_folder)), "screw", 4, 0)
    assert found.words == ("wood screw", "fastener", "fixing", "nail")
    assert "guards prisoners" in found.warnings[0]
    assert "thread" in found.warnings[0]


def test_a_word_without_a_thing_is_warned_of(wordnet_folder: Path) -> None:
    found = candidates(WordNetLexicon(WordNet(wordnet_folder)), "joy", 3, 0)
    assert "only as: the emotion" in found.warnings[0]


def test_a_compound_is_looked_up_by_its_head(wordnet_folder: Path) -> None:
    found = candidates(WordNetLexicon(WordNet(wordnet_folder)), "brass screw", 2, 0)
    assert found.words == ("screw", "wood screw")
    assert "'screw' was looked up" in found.warnings[0]


@pytest.mark.parametrize("keyword", ["screw", "qzx", "Metal Nut", "surface"])
def test_words_are_different_ordered_and_never_the_keyword(wordnet_folder: Path, keyword: str) -> None:
    for source in (BuiltInLexicon(), WordNetLexicon(WordNet(wordnet_folder))):
        found = candidates(source, keyword, 20, 0.25)
        assert len(found.words) == 20 == len({word.casefold() for word in found.words})
        assert keyword.casefold() not in {word.casefold() for word in found.words}
        assert found == candidates(source, keyword, 20, 0.25)


def test_an_unknown_word_falls_back_to_general_ones() -> None:
    found = candidates(BuiltInLexicon(), "qzx", 5, 0)
    assert found.words == tuple(GENERAL[:5])
    assert "wordnet-base" in found.warnings[0]


def test_general_words_have_their_share() -> None:
    words = candidates(BuiltInLexicon(), "hazelnut", 8, 0.5).words
    assert words == (*RELATED["hazelnut"][:4], *GENERAL[:4])


@pytest.mark.parametrize("keyword", ["", "   "])
def test_an_empty_keyword_is_refused(keyword: str) -> None:
    with pytest.raises(InputError, match="keyword is empty"):
        candidates(BuiltInLexicon(), keyword, 5, 0)


def test_without_wordnet_the_table_stands_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lexicon, "WORDNET_FOLDERS", (tmp_path,))
    assert isinstance(lexicon.lexicon(), BuiltInLexicon)
    with pytest.raises(InputError, match=r"index\.noun"):
        lexicon.lexicon(str(tmp_path))


def test_the_carried_wordnet_is_read() -> None:
    if not isinstance(source := lexicon.lexicon(), WordNetLexicon):
        pytest.skip("this machine has no WordNet")
    assert source.wordnet.senses("screw")[0].topic == "person"
    found = candidates(source, "screw", 30, 0.2)
    assert len(found.words) == 30
    assert "guards prisoners" in found.warnings[0]

"""What the word filter marks and what it leaves, by the library that is installed."""

from pathlib import Path

import glin_profanity  # type: ignore[import-untyped]
import pytest

from infra.word_filter.languages import LANGUAGES, checked_languages
from infra.word_filter.offensive_words import NoWords, OffensiveWords

WORDS = OffensiveWords()


@pytest.mark.parametrize("text", ["What a shitty bet", "F.U.C.K the ref", "you c*nt", "\uff53\uff48\uff49\uff54", "fuuuuuck", "sh1t"])
def test_offensive_words_are_marked_however_they_are_written(text: str):
    assert WORDS.marks(text)
    assert not NoWords().marks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Arsenal to beat Scunthorpe",
        "Cockburn and Penistone, a classic in Essex",
        "Total domination by the hooker and the MF",
        "It is tied up, they snatch a point",
        "Fuchs shoots, Kaka scores",
        "*" * 500,
        "\u7b2c\u4e00 \u0433\u043e\u043b \U0001f3c6",
    ],
)
def test_names_and_talk_of_matches_are_left(text: str):
    assert not WORDS.marks(text)


def test_words_of_other_languages_are_marked_where_they_are_asked_for():
    text = "du Arschloch"
    assert OffensiveWords(["german"]).marks(text)
    assert OffensiveWords(["english", "german"]).marks("What a shitty bet")
    assert not OffensiveWords(["spanish"]).marks("Total domination by the hooker")
    assert not WORDS.marks(text)


def test_every_language_that_may_be_named_has_words():
    folder = Path(glin_profanity.__file__).parent
    files = {file.stem for file in folder.rglob("*.json") if file.parent.name == "dictionaries"} - {"globalWhitelist"}
    assert set(LANGUAGES) == files


def test_a_setting_names_languages_with_commas_between_and_nothing_else():
    assert checked_languages(" German, english,german") == ("german", "english")
    for wrong in ("", "klingon", "english,"):
        with pytest.raises(ValueError, match="is no list of these"):
            checked_languages(wrong)

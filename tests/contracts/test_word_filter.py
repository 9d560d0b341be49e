"""What the word filter marks and what it leaves, by the library that is installed."""

import pytest

from infra.word_filter.english import EnglishWords, NoWords

WORDS = EnglishWords()


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

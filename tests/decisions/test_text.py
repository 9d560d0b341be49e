"""Text from outside: one form for what looks the same, and nothing that cannot be seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import is_plain, normal

COMPOSED, DECOMPOSED = "jos\u00e9", "jose\u0301"

UNSEEN = {
    "NUL": "\0", "ESC": "\x1b", "line break": "\n", "tab": "\t", "delete": "\x7f", "C1": "\x85", "soft hyphen": "\xad",
    "zero width space": "\u200b", "zero width joiner": "\u200d", "right-to-left override": "\u202e", "isolate": "\u2066",
    "byte order mark": "\ufeff", "line separator": "\u2028", "no-break space": "\xa0", "lone surrogate": "\ud800", "private": "\ue000",
    "unassigned": "\U000e0fff", "tag": "\U000e0041", "Hangul filler": "\u3164", "variation selector": "\ufe0f", "braille blank": "\u2800",
}  # fmt: skip


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_is_no_plain_text(name: str):
    assert not is_plain(f"a{UNSEEN[name]}b", 100)


def test_composed_and_decomposed_are_the_same_text_once_normal():
    assert normal(DECOMPOSED) == normal(COMPOSED) == COMPOSED
    assert is_plain(COMPOSED, 4)
    assert not is_plain(DECOMPOSED, 100)


@pytest.mark.parametrize("text", ["Bayern München", "北京国安", "São Paulo 3-1", "Πανιώνιος", "a b", "⚽"])
def test_names_of_the_world_are_plain(text: str):
    assert is_plain(text, 60)


def test_plain_text_is_bounded_and_there():
    assert is_plain("a" * 60, 60)
    assert not is_plain("a" * 61, 60)
    assert not is_plain("", 60)


@given(st.text())
def test_normal_text_stays_as_it_is(text: str):
    assert normal(normal(text)) == normal(text) == unicodedata.normalize("NFC", text)

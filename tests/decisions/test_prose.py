"""Prose: counted as people count, nothing unseen in it, one form for what looks the same; emoji and every script are welcome."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.prose import (
    CODE_POINTS_PER_CHARACTER_MAX,
    MENTIONS_MAX,
    TextEmpty,
    TextMalformed,
    TextTooLong,
    checked_prose,
    count_characters,
    handles_in,
)
from domain.sealed_text import TextNotSealed, check_sealed, is_sealed

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
REFEREE = "\U0001f9d1\U0001f3fd\u200d\u2696\ufe0f"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
BRAZIL, SPAIN = "\U0001f1e7\U0001f1f7", "\U0001f1ea\U0001f1f8"

ONE_CHARACTER = {
    "letter": "a", "composed": "\u00e9", "decomposed": "e\u0301", "without a composed form": "q\u0323\u0307", "emoji": "\u26bd",
    "shade of skin": "\U0001f44d\U0001f3ff", "family": FAMILY, "referee": REFEREE, "flag": BRAZIL, "England": ENGLAND,
    "keycap": "1\ufe0f\u20e3", "heart": "\u2764\ufe0f", "Thai": "\u0e19\u0e49", "Korean": "\u1112\u1161\u11ab",
    "an emoji of tomorrow": "\U0001faff",
}  # fmt: skip

REFUSED = {
    "NUL": "\0", "ESC": "\x1b", "delete": "\x7f", "soft hyphen": "\xad", "zero width space": "\u200b", "override": "\u202e",
    "isolate": "\u2066", "byte order mark": "\ufeff", "lone surrogate": "\ud800", "private": "\ue000", "stray tag": "\U000e0041",
    "Hangul filler": "\u3164", "braille blank": "\u2800", "object": "\ufffc", "variation of an ideograph": "\U000e0100",
    "joiner between letters": "\u200d", "non-joiner between Latin letters": "\u200c", "selector behind a letter": "\ufe0f",
}  # fmt: skip


def checked(text: str, characters_max: int = 100, **how: bool) -> str:
    return checked_prose(text, field="caption", characters_max=characters_max, **how)


@pytest.mark.parametrize("name", ONE_CHARACTER)
def test_what_people_see_as_one_character_counts_as_one(name: str):
    text = ONE_CHARACTER[name]
    assert count_characters(checked(text)) == 1
    assert count_characters(checked(text * 3)) == 3
    assert checked(text * 3, 3)
    with pytest.raises(TextTooLong) as refused:
        checked(text * 3, 2)
    assert (refused.value.field, refused.value.characters_max) == ("caption", 2)


def test_flags_side_by_side_are_two_and_a_letter_alone_is_one():
    assert count_characters(BRAZIL + SPAIN) == 2
    assert count_characters(BRAZIL + SPAIN[:1]) == 2
    assert count_characters(f"{BRAZIL} 2-1 {SPAIN}") == 7


@pytest.mark.parametrize("name", REFUSED)
def test_a_character_that_nobody_sees_is_refused_by_its_name(name: str):
    with pytest.raises(TextMalformed) as refused:
        checked(f"a{REFUSED[name]}b")
    assert refused.value.character == f"U+{ord(REFUSED[name]):04X}"


@pytest.mark.parametrize("text", ["a" + "\u0301" * 9, "\u0301a", "a\n\u0301", "a \u0301", "\u0628\u200c\u200c\u0628", "\u200c", "\u200d"])
def test_a_mark_or_joiner_needs_its_letter_and_a_letter_carries_only_so_many(text: str):
    with pytest.raises(TextMalformed):
        checked(text)


@pytest.mark.parametrize(
    "text",
    ["Bayern München", "北京国安 vs 上海", "Ελλάδα!", PERSIAN, "क्\u200dष", "<b>& 'quotes'</b>", f"{ENGLAND} {REFEREE} ⚽⚽", "₿ ½ ©"],
)
def test_every_script_and_emoji_and_markup_is_text(text: str):
    assert checked(text) == text


def test_ends_of_lines_and_blanks_take_one_form():
    assert checked("  one\u00a0two \r\n\r\n\r\n\r\nthree\u2028four\t\n ") == "one two\n\nthree\nfour"


def test_a_text_of_one_line_takes_no_line_feed():
    with pytest.raises(TextMalformed) as refused:
        checked("one\ntwo", lines=False)
    assert refused.value.character == "U+000A"


def test_nothing_is_refused_as_empty_unless_it_may_be():
    with pytest.raises(TextEmpty):
        checked(" \n ")
    assert checked(" \n ", may_be_empty=True) == ""


def test_a_text_of_a_megabyte_is_refused_before_it_is_looked_at():
    with pytest.raises(TextTooLong):
        checked("\u202e" * 1_000_000)
    with pytest.raises(TextTooLong):
        checked("a" * (100 * CODE_POINTS_PER_CHARACTER_MAX + 1))


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_what_was_checked_stays_as_it_is(text: str):
    try:
        kept = checked(text, may_be_empty=True)
    except TextMalformed:
        return
    assert checked(kept, may_be_empty=True) == kept == unicodedata.normalize("NFC", kept)
    assert count_characters(kept) <= len(kept)


def test_mentions_are_handles_once_each_and_no_part_of_a_word_or_an_address():
    assert handles_in("@Ann and (@bob_1), @ann! mail me@example.org, @no, //@x.org/@abc @" + "y" * 31) == ("ann", "bob_1")
    assert len(handles_in(" ".join(f"@user{number}" for number in range(50)))) == MENTIONS_MAX + 1


def test_text_in_the_clear_is_not_sealed_text():
    sealed = "s1." + "A" * 40
    assert is_sealed(sealed, 10)
    assert not is_sealed("s1." + "A" * 5_000, 10)
    check_sealed(sealed, field="caption", characters_max=10)
    with pytest.raises(TextNotSealed):
        check_sealed("hello", field="caption", characters_max=10)

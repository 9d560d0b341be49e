"""Handles that look alike: which are one, and whose it is."""

import json
import re
import string
from pathlib import Path

import confusable_homoglyphs
import pytest
from hypothesis import given, strategies

from domain.account.decider import HANDLE, HandleLooksTaken
from domain.account.facts import HandleClaimed
from domain.account.look_alikes import skeleton
from domain.ids import derived, handle_claim_of
from tests.decisions.given import NOON
from tests.decisions.test_account_use_cases import account
from tests.decisions.test_use_cases import Book

HANDLES = strategies.from_regex(HANDLE, fullmatch=True)
CHARACTERS = string.ascii_letters + string.digits + "_"
BOB = derived("account", "bob")


def unicodes_look_alikes() -> list[tuple[str, str]]:
    """Return the pairs that Unicode's table of confusable characters has of what a handle may hold."""
    table = json.loads((Path(confusable_homoglyphs.__file__).parent / "confusables.json").read_text(encoding="utf-8"))
    pairs = [(one, row["c"]) for one in CHARACTERS for row in table.get(one, ())]
    return [(one, other) for one, other in pairs if re.fullmatch(r"[A-Za-z0-9_]+", other)]


def test_what_unicode_calls_confusable_is_one_and_nothing_else_but_case():
    pairs = unicodes_look_alikes()
    assert {"0O", "1l", "Il", "mrn"} <= {one + other for one, other in pairs}
    for one, other in pairs:
        assert skeleton(f"a{one}z") == skeleton(f"a{other}z"), (one, other)
    same = {frozenset(pair) for pair in pairs} | {frozenset("1I")}
    for one in CHARACTERS:
        for other in CHARACTERS:
            is_same = one.casefold() == other.casefold() or frozenset({one, other}) in same
            by_case = {frozenset({a, b}) for a in (one, one.swapcase()) for b in (other, other.swapcase())} & same
            assert is_same or by_case or skeleton(one) != skeleton(other), (one, other)


@pytest.mark.parametrize("pair", [("Ida", "lda"), ("modern", "rnodem"), ("bob_10", "BOB_lO"), ("a__b", "a_b"), ("ADA", "ada")])
def test_two_handles_that_look_alike_are_one(pair: tuple[str, str]):
    assert skeleton(pair[0]) == skeleton(pair[1])


@pytest.mark.parametrize("pair", [("ida", "lda"), ("ada", "adda"), ("ann1", "ann2"), ("a_b", "ab"), ("nr", "m")])
def test_two_handles_that_look_different_are_two(pair: tuple[str, str]):
    assert skeleton(pair[0]) != skeleton(pair[1])


@given(HANDLES)
def test_what_a_handle_looks_like_looks_like_itself(handle: str):
    assert skeleton(skeleton(handle)) == skeleton(handle)


def test_a_handle_that_looks_like_anothers_is_refused_and_the_other_keeps_its_own():
    book = Book()
    book.do(account(handle="Molly_1"))
    book.refused(HandleLooksTaken, account(BOB, "rnolly_I", "bob@example.org"), handle="rnolly_I")
    book.do(account(handle="Molly_1"), account(BOB, "polly_1", "bob@example.org"))


def test_a_handle_from_before_looks_were_claimed_is_kept_from_look_alikes_too():
    book = Book()
    old = derived("account", "old")
    book.record_in(handle_claim_of("olly"), [HandleClaimed("Olly", old, NOON)])
    book.refused(HandleLooksTaken, account(BOB, "0lly", "bob@example.org"), handle="0lly")

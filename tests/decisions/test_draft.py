"""Drafts and their codes: kept, replaced, handed on, deleted by their author alone; and the bet that is placed from one."""

from typing import Any

import pytest

from commands.social.bet_on_code import BetOnCode, DraftOver
from commands.social.keep_draft import ChosenLeg, KeepDraft
from commands.social.worst_odds import OddsBelowWorst
from domain.bet.decider import BetKeyReused, BetTypeUnknown
from domain.draft.code import code_as_kept, code_of, is_code
from domain.draft.commands import DeleteDraft, MakeDraft, PublishDraft, ReplaceDraft
from domain.draft.decider import DRAFT, DraftKeyReused, DraftLegsMalformed, DraftUnknown
from domain.draft.facts import DraftDeleted, DraftLeg, DraftMade, DraftPublished, DraftReplaced
from domain.fixture.commands import KickOff
from domain.ids import derived, draft_of
from domain.market.state import MarketUnknown, SelectionUnknown
from domain.odds import parse
from tests.decisions.given import NOON, given, later
from tests.decisions.test_use_cases import ANN, BOB, F1, F2, M1, M2, Book, account, bet, deposit, market

CODE = "7GKQ2M9XTA"
LEGS, OTHER = (DraftLeg("f1", "m1", "yes"),), (DraftLeg("f2", "m2", "no"),)
MADE, REPLACED = DraftMade(ANN, CODE, "single", LEGS, NOON), DraftReplaced(ANN, CODE, "single", OTHER, NOON)
PUBLISHED, DELETED = DraftPublished(ANN, CODE, NOON), DraftDeleted(ANN, CODE, NOON)
BET = derived("bet", "of a code")


def make(account_id: str = ANN, legs: tuple[DraftLeg, ...] = LEGS) -> MakeDraft:
    return MakeDraft(CODE, account_id, "single", legs, NOON)


def test_a_draft_is_made_replaced_published_and_deleted_and_repeats_are_no_new_facts():
    given(DRAFT).when(make()).then(MADE)
    given(DRAFT, MADE).when(ReplaceDraft(CODE, ANN, "single", OTHER, NOON)).then(REPLACED)
    given(DRAFT, MADE, REPLACED).when(PublishDraft(CODE, ANN, NOON)).then(PUBLISHED)
    given(DRAFT, MADE, REPLACED, PUBLISHED).when(DeleteDraft(CODE, ANN, NOON)).then(DELETED)
    happened = (MADE, REPLACED, PUBLISHED, DELETED)
    given(DRAFT, *happened).when(make()).nothing()
    given(DRAFT, *happened).when(DeleteDraft(CODE, ANN, NOON)).nothing()
    given(DRAFT, *happened[:3]).when(PublishDraft(CODE, ANN, NOON)).nothing()
    given(DRAFT, *happened[:3]).when(ReplaceDraft(CODE, ANN, "single", OTHER, NOON)).nothing()


@pytest.mark.parametrize(
    "command", [PublishDraft(CODE, BOB, NOON), DeleteDraft(CODE, BOB, NOON), ReplaceDraft(CODE, BOB, "single", LEGS, NOON)]
)
def test_anothers_draft_is_answered_as_one_that_is_not_there(command: Any):
    for happened in ((), (MADE,), (MADE, PUBLISHED), (MADE, DELETED)):
        given(DRAFT, *happened).when(command).refused(DraftUnknown, code=CODE)


def test_what_no_draft_can_be_is_refused_by_name():
    given(DRAFT).when(make(legs=())).refused(DraftLegsMalformed, legs=0, legs_max=25)
    given(DRAFT).when(make(legs=LEGS * 2)).refused(DraftLegsMalformed, legs=2)
    given(DRAFT, MADE).when(make(legs=OTHER)).refused(DraftKeyReused, code=CODE)
    given(DRAFT, MADE).when(make(BOB)).refused(DraftKeyReused)
    for command in (PublishDraft(CODE, ANN, NOON), ReplaceDraft(CODE, ANN, "single", OTHER, NOON)):
        given(DRAFT, MADE, DELETED).when(command).refused(DraftUnknown)


def test_a_code_is_short_the_same_for_one_secret_and_read_as_people_type_it():
    codes = {code_of(f"secret {number}") for number in range(1_000)}
    assert len(codes) == 1_000
    assert all(is_code(code) and len(code) == 10 for code in codes)
    assert code_of("secret 1") == code_of("secret 1")
    assert {len({code[place] for code in codes}) for place in range(10)} == {32}, "every letter says five bits"
    assert code_as_kept(" 7gkq2-m9xta ") == CODE
    assert code_as_kept("oil0000000") == "0110000000"
    assert [code_as_kept(typed) for typed in ("", "7GKQ2M9XT", "7GKQ2M9XTAA", "7GKQ2M9XTU", "Ä" * 10, "x" * 100_000)] == [""] * 6


def keep(*legs: ChosenLeg, account_id: str = ANN, kind: str = "single", replaces: bool = False) -> KeepDraft:
    return KeepDraft(CODE, account_id, kind, legs or (ChosenLeg(M1, "yes"),), later(seconds=1), replaces)


def place(**changed: Any) -> BetOnCode:
    said: dict[str, Any] = {"stake_minor": 5_00, "percent_of_balance": None, "worst_odds": None}
    return BetOnCode(**{"bet_id": BET, "account_id": BOB, "code": CODE, "at": later(seconds=3), **said, **changed})


@pytest.fixture
def book() -> Book:
    """Ann and Bob with a hundred each, and two matches to come."""
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2))
    book.do(account(BOB, "bob", "bob@example.org"), deposit(account_id=BOB, reference="ref-2"))
    return book


def test_only_its_author_opens_a_draft_before_it_is_published(book: Book):
    book.do(keep())
    book.refused(DraftUnknown, place(), code=CODE)
    book.do(PublishDraft(CODE, ANN, NOON))
    receipt = book.do(place())
    assert (receipt.placed.account_id, receipt.placed.stake_minor) == (BOB, 5_00)
    assert [(leg.market_id, leg.selection, leg.odds.text) for leg in receipt.placed.legs] == [(M1, "yes", "2.10")]
    book.do(DeleteDraft(CODE, ANN, NOON))
    assert book.do(place(at=later(seconds=9))) == receipt
    book.refused(DraftUnknown, place(bet_id=derived("bet", "late")))


def test_legs_whose_matches_have_begun_are_left_out_and_a_draft_of_them_alone_is_over(book: Book):
    book.do(keep(ChosenLeg(M1, "yes"), ChosenLeg(M2, "no"), kind="multiple"), PublishDraft(CODE, ANN, NOON))
    whole = book.do(place(bet_id=derived("bet", "whole")))
    assert (whole.placed.type, len(whole.placed.legs)) == ("multiple", 2)
    book.do(KickOff(F1, later(seconds=2)))
    receipt = book.do(place())
    assert (receipt.placed.type, [leg.market_id for leg in receipt.placed.legs]) == ("single", [M2])
    book.do(KickOff(F2, later(seconds=2)))
    book.refused(DraftOver, place(bet_id=derived("bet", "late")), code=CODE)
    assert book.do(place()) == receipt


def test_a_bet_on_a_code_has_the_guards_of_a_tail_and_its_key_names_it(book: Book):
    book.do(keep(), PublishDraft(CODE, ANN, NOON))
    book.refused(OddsBelowWorst, place(worst_odds=parse("2.2")), worst="2.20", current="2.10")
    assert book.do(place(stake_minor=None, units_hundredths=1_50, unit_minor=2_00)).placed.stake_minor == 3_00
    book.refused(BetKeyReused, place(stake_minor=4_00), bet_id=BET)
    assert book.do(place(bet_id=derived("bet", "share"), stake_minor=None, percent_of_balance=10)).placed.stake_minor == 9_70
    book.do(bet())
    book.refused(BetKeyReused, place(account_id=ANN))


def test_a_draft_is_kept_of_selections_that_exist_and_by_its_author(book: Book):
    book.refused(MarketUnknown, keep(ChosenLeg(derived("market", "none"), "yes")))
    book.refused(SelectionUnknown, keep(ChosenLeg(M1, "maybe")))
    book.refused(BetTypeUnknown, keep(kind="multiple"))
    book.refused(DraftUnknown, keep(replaces=True))
    book.do(keep())
    book.refused(DraftKeyReused, keep(account_id=BOB))
    book.refused(DraftUnknown, keep(account_id=BOB, replaces=True))
    assert book.do(keep(ChosenLeg(M2, "no"), replaces=True)).legs == (DraftLeg(F2, M2, "no"),)
    assert [type(fact) for fact in book.facts(draft_of(CODE))] == [DraftMade, DraftReplaced]

"""Free bets: granted by staff, used whole by one bet at a time in time; the stake is not returned, and a void bet gives it back."""

from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from commands.accounts.move_money import MoveMoney
from commands.betting.cash_out import QuoteCashOut
from commands.betting.place_bet import PlaceBet
from commands.betting.settle_bet import Settlement
from commands.ports import NewFact
from commands.social.share_slip import FreeBetNotShared, ShareBet
from domain.account.commands import GrantRole
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import CloseAccount, ExcludeSelf, SetLimit, SetStakeFactor, TimeOut
from domain.account_gate.state import AccountIsClosed, SelfExcludedNow, StaffDoNotBet, TimedOutNow
from domain.bet.cash_out import FreeBetNotCashedOut
from domain.bet.commands import AskedLeg, ResultLegs, StrikeBet
from domain.bet.decider import BET, BetKeyReused
from domain.bet.facts import BetPlaced, BetSettled, BetSettlementReversed
from domain.bet.stake_limit import StakeOverLimit
from domain.bet.state import Bet
from domain.fact import micros
from domain.free_bet.commands import GrantFreeBet
from domain.free_bet.decider import (
    FREE_BET,
    FreeBetAlreadyUsed,
    FreeBetAmountOutOfRange,
    FreeBetCurrencyDiffers,
    FreeBetExpired,
    FreeBetExpiryOutOfRange,
    FreeBetIdReused,
    FreeBetStakeDiffers,
    FreeBetUnknown,
)
from domain.free_bet.facts import FreeBetGivenBack, FreeBetGranted, FreeBetTakenAgain, FreeBetUsed
from domain.ids import wallet_of
from domain.market.facts import MarketResulted
from domain.odds import Odds, exact, parse
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from domain.wallet.decider import CurrencyMismatch
from domain.wallet.facts import ReturnsPaid, SettlementReversed, StakeReserved
from tests.decisions.given import NOON, later
from tests.decisions.test_bet_machine import factor
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, BOB, F1, F2, M1, M2, Book, account, bet, deposit, graded, market, settle

TOKEN, OTHER = "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b", "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1c"
TOMORROW = later(days=1)


def granting(token: str = TOKEN, amount_minor: int = 10_00, expires_at: datetime = TOMORROW, **changes: Any) -> GrantFreeBet:
    asked = {"account_id": ANN, "currency": "EUR", "reason": "welcome", "actor": "console", "at": NOON, **changes}
    return GrantFreeBet(free_bet_id=token, amount_minor=amount_minor, expires_at=expires_at, **asked)


def free(bet_id: str = BET_1, token: str = TOKEN, stake_minor: int = 10_00, account_id: str = ANN, currency: str = "EUR") -> PlaceBet:
    leg = AskedLeg(M1, "yes", parse("2.1"), 1)
    return PlaceBet(bet_id, account_id, stake_minor, currency, "single", (leg,), "exact", later(seconds=1), free_bet_id=token)


def available_minor(book: Book, account_id: str = ANN) -> int:
    return book.facts(wallet_of(account_id))[-1].available_minor


def held_by(book: Book) -> tuple[str, ...]:
    state = FREE_BET.initial
    for fact in book.facts(TOKEN):
        state = FREE_BET.evolve(state, fact)
    return state.held_by


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account(), deposit(5_00), *market(M1, F1), *market(M2, F2))
    return book


def test_a_free_bet_is_granted_once_with_who_did_it_and_why(book: Book):
    receipt = book.do(granting())
    assert (receipt.account_id, receipt.amount_minor, receipt.expires_at) == (ANN, 10_00, TOMORROW)
    assert book.facts(TOKEN) == [FreeBetGranted(ANN, 10_00, "EUR", TOMORROW, "welcome", "console", NOON)]
    assert book.do(granting(at=later(hours=1))) == receipt
    assert len(book.facts(TOKEN)) == 1
    book.refused(FreeBetIdReused, granting(amount_minor=11_00))
    book.refused(FreeBetIdReused, granting(reason="other"))


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (granting(actor=ANN), ActorWithoutRole),
        (granting(account_id=BOB), AccountUnknown),
        (granting(currency="GBP"), CurrencyMismatch),
        (granting(amount_minor=0), FreeBetAmountOutOfRange),
        (granting(amount_minor=1_000_001), FreeBetAmountOutOfRange),
        (granting(reason=""), ReasonMalformed),
        (granting(expires_at=NOON), FreeBetExpiryOutOfRange),
        (granting(expires_at=later(days=366, seconds=1)), FreeBetExpiryOutOfRange),
    ],
)
def test_a_grant_that_cannot_be_is_refused_by_name(book: Book, asked: GrantFreeBet, refusal: type[Refused]):
    book.refused(refusal, asked)


def test_a_trader_may_grant_and_an_account_of_staff_gets_none(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"), GrantRole(BOB, "trader", "console", NOON), granting(actor=BOB))
    book.refused(StaffDoNotBet, granting(OTHER, account_id=BOB))


@pytest.mark.parametrize(
    ("shut", "refusal"),
    [
        (TimeOut(ANN, later(hours=5), ANN, NOON), TimedOutNow),
        (ExcludeSelf(ANN, None, ANN, NOON), SelfExcludedNow),
        (CloseAccount(ANN, "moved", "console", NOON), AccountIsClosed),
    ],
)
def test_who_may_not_bet_is_offered_no_free_bet_and_strikes_none(book: Book, shut: Any, refusal: type[Refused]):
    book.do(granting(), shut)
    book.refused(refusal, granting(OTHER))
    book.refused(refusal, free())


def test_a_bet_uses_the_free_bet_and_moves_no_money(book: Book):
    book.do(granting())
    receipt, append = book.decide(free())
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(TOKEN, FreeBetUsed), (BET_1, BetPlaced)]
    assert append.not_after_us == micros(TOMORROW) - 1
    assert (receipt.placed.free_bet_id, receipt.placed.stake_minor, receipt.placed.potential_returns_minor) == (TOKEN, 10_00, 11_00)
    book.do(free())
    assert available_minor(book) == 5_00
    assert book.do(free()) == receipt


def test_a_free_bet_is_used_once(book: Book):
    book.do(granting(), free())
    book.refused(FreeBetAlreadyUsed, free(BET_2), used_by=BET_1)


def test_of_two_bets_with_one_free_bet_the_second_to_commit_is_decided_again(book: Book):
    book.do(granting())
    (_, one), (_, other) = book.decide(free(BET_1)), book.decide(free(BET_2))
    verdicts = book.store.append_many([one, other]).verdicts
    assert [verdict.accepted for verdict in verdicts] == [True, False]
    book.refused(FreeBetAlreadyUsed, free(BET_2))


def test_the_key_of_a_free_bet_stands_for_no_other_bet(book: Book):
    book.do(granting(), granting(OTHER), free())
    book.refused(BetKeyReused, free(token=OTHER))
    book.refused(BetKeyReused, bet())


@pytest.mark.parametrize(
    ("asked", "refusal", "evidence"),
    [
        (free(token=OTHER), FreeBetUnknown, {"free_bet_id": OTHER}),
        (free(stake_minor=9_99), FreeBetStakeDiffers, {"stake_minor": 9_99, "amount_minor": 10_00}),
        (free(currency="GBP"), FreeBetCurrencyDiffers, {"currency": "GBP", "free_bet_currency": "EUR"}),
    ],
)
def test_a_bet_that_does_not_fit_its_free_bet_is_refused_by_name(book: Book, asked: PlaceBet, refusal: type[Refused], evidence: Any):
    book.do(granting())
    book.refused(refusal, asked, **evidence)
    assert book.facts(BET_1) == []


def test_the_free_bet_of_another_is_as_unknown_as_none(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"), granting(account_id=BOB))
    book.refused(FreeBetUnknown, free())


def test_a_free_bet_expires_by_the_logs_time(book: Book):
    book.do(granting(expires_at=later(seconds=10)))
    book.wait(9_999)
    _, append = book.decide(free())
    book.wait(1)
    assert not book.store.append_many([append]).verdicts[0].accepted
    book.refused(FreeBetExpired, free(), expires_at=later(seconds=10))


@pytest.mark.parametrize(("result", "status", "paid_minor"), [(WON, "won", 11_00), (LOST, "lost", 0), (VOID, "void", 0)])
def test_a_win_pays_without_the_stake_a_loss_nothing_and_a_void_gives_it_back(
    book: Book, *, result: LegResult, status: str, paid_minor: int
):
    book.do(granting(), free(), *graded(M1, F1, result))
    assert book.do(settle(BET_1, M1)) == Settlement(BET_1, status, paid_minor)
    book.do(settle(BET_1, M1))
    assert available_minor(book) == 5_00 + paid_minor
    paid = [fact for fact in book.facts(wallet_of(ANN)) if isinstance(fact, ReturnsPaid)]
    assert [(fact.stake_minor, fact.returns_minor) for fact in paid] == ([(0, paid_minor)] if paid_minor else [])
    given_back = [fact for fact in book.facts(TOKEN) if isinstance(fact, FreeBetGivenBack)]
    assert len(given_back) == (status == "void")


def test_what_a_void_bet_gave_back_is_used_again_unless_it_expired(book: Book):
    book.do(granting(expires_at=later(hours=3)), free(), *graded(M1, F1, VOID), settle(BET_1, M1))
    leg = AskedLeg(M2, "yes", parse("2.1"), 1)
    again = PlaceBet(BET_2, ANN, 10_00, "EUR", "single", (leg,), "exact", NOON, free_bet_id=TOKEN)
    book.decide(again)
    book.wait(3 * 3_600_000)
    book.refused(FreeBetExpired, again)


def corrected(book: Book, results: dict[str, LegResult], number: int) -> None:
    """A market comes out otherwise, whoever decided that."""
    version = len(book.facts(M1)) + 1
    book.record([NewFact(M1, version, MarketResulted(results, 2, 1, NOON, actor="console", number=number, reason="video"))])


def test_a_correction_settles_a_free_bet_anew_both_ways(book: Book):
    book.do(granting(), free(), *graded(M1, F1, WON), settle(BET_1, M1))
    for number, (result, available, held) in enumerate(
        [(VOID, 5_00, ()), (WON, 16_00, (BET_1,)), (LOST, 5_00, (BET_1,)), (VOID, 5_00, ())], 2
    ):
        corrected(book, {"yes": result, "no": VOID if result == VOID else LOST if result == WON else WON}, number)
        book.do(settle(BET_1, M1))
        assert available_minor(book) == available
        assert held_by(book) == held
    assert [type(fact) for fact in book.facts(TOKEN)][2:] == [FreeBetGivenBack, FreeBetTakenAgain, FreeBetGivenBack]
    undone = [fact for fact in book.facts(wallet_of(ANN)) if isinstance(fact, SettlementReversed)]
    assert [(fact.stake_minor, fact.returns_minor) for fact in undone] == [(0, 11_00), (0, 11_00)]


def test_a_free_bet_that_was_used_again_stays_both_bets_when_the_void_is_undone(book: Book):
    book.do(granting(), free(), *graded(M1, F1, VOID), settle(BET_1, M1))
    leg = AskedLeg(M2, "yes", parse("2.1"), 1)
    book.do(PlaceBet(BET_2, ANN, 10_00, "EUR", "single", (leg,), "exact", NOON, free_bet_id=TOKEN))
    corrected(book, {"yes": WON, "no": LOST}, 2)
    book.do(settle(BET_1, M1))
    assert available_minor(book) == 16_00
    book.do(*graded(M2, F2, VOID), settle(BET_2, M2))
    assert held_by(book) == (BET_1,)


def test_what_a_correction_takes_back_and_is_not_there_is_owed(book: Book):
    book.do(granting(), free(), *graded(M1, F1, WON), settle(BET_1, M1))
    book.do(MoveMoney("withdrawal", ANN, 16_00, "EUR", "bank", NOON))
    corrected(book, {"yes": LOST, "no": WON}, 2)
    book.do(settle(BET_1, M1))
    last = book.facts(wallet_of(ANN))[-1]
    assert (last.returns_minor, last.owed_minor, last.available_minor) == (11_00, 11_00, 0)


def test_limits_of_ones_own_do_not_count_a_free_stake_but_what_it_wins(book: Book):
    book.do(
        SetLimit(ANN, "stake", "day", 5_00, ANN, NOON), SetLimit(ANN, "loss", "day", 5_00, ANN, NOON), bet(BET_2, 5_00), granting(), free()
    )
    assert [type(fact) for fact in book.facts(wallet_of(ANN))].count(StakeReserved) == 1
    book.do(*graded(M1, F1, WON), settle(BET_1, M1))
    assert book.facts(wallet_of(ANN))[-1].returns_minor == 11_00


def test_a_free_bet_is_held_to_the_limit_of_any_bet(book: Book):
    book.do(granting(), SetStakeFactor(ANN, "0.000002", "arbitrage", "console", NOON))
    book.refused(StakeOverLimit, free())


def test_a_free_bet_is_neither_cashed_out_nor_shared(book: Book):
    book.do(granting(), free())
    book.refused(FreeBetNotCashedOut, QuoteCashOut(BET_1, ANN, 100, NOON))
    book.refused(FreeBetNotShared, ShareBet(BET_1, ANN, "public", "amount", 0, "", (), (), NOON))


RESULTS = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST, LegResult((1, 1), (0, 1), (2, 1))])
PRICES = st.sampled_from([exact(11, 10), exact(21, 11), exact(235, 100), exact(50, 1)])


@for_all(legs=st.lists(st.tuples(PRICES, RESULTS), min_size=1, max_size=3), units=st.integers(1, 500), as_system=st.booleans())
def test_a_free_bet_pays_what_its_lines_return_less_the_whole_stake(legs: list[tuple[Odds, LegResult]], units: int, *, as_system: bool):
    is_system = as_system and len(legs) == 3
    kind = "trixie" if is_system else "single" if len(legs) == 1 else "multiple"
    lines = [(0, 1), (0, 2), (1, 2), (0, 1, 2)] if is_system else [tuple(range(len(legs)))]
    stake_minor = units * len(lines)
    asked = tuple(AskedLeg(f"m-{n}", "home", odds, 1) for n, (odds, _) in enumerate(legs))
    offered = tuple(Quote(f"f-{n}", odds, 1, odds, 1) for n, (odds, _) in enumerate(legs))
    strike = StrikeBet("bet-1", "ann", stake_minor, "EUR", kind, asked, offered, "exact", NOON, free_bet_id=TOKEN)
    state = Bet()
    settled: Any = None
    for command in [strike, *[ResultLegs("bet-1", f"m-{n}", {"home": result}, NOON) for n, (_, result) in enumerate(legs)]]:
        for fact in BET.decide(state, command):
            state, settled = BET.evolve(state, fact), fact
    assert isinstance(settled, BetSettled)
    exactly = Fraction(0)
    for line in lines:
        returned = Fraction(units)
        for n in line:
            returned *= factor(*legs[n])
        exactly += returned
    rounded = (2 * exactly.numerator + exactly.denominator) // (2 * exactly.denominator)
    is_void = all(result == VOID for _, result in legs)
    assert settled.returns_minor == max(rounded - stake_minor, 0)
    assert settled.outcome == ("void" if is_void else "won" if settled.returns_minor else "lost")
    assert state.placed is not None
    assert settled.returns_minor <= max(state.placed.potential_returns_minor, 0)


def test_a_reversal_names_the_free_stake_as_the_bet_has_it(book: Book):
    book.do(granting(), free(), *graded(M1, F1, WON), settle(BET_1, M1))
    corrected(book, {"yes": LOST, "no": WON}, 2)
    book.do(settle(BET_1, M1))
    (undone,) = [fact for fact in book.facts(BET_1) if isinstance(fact, BetSettlementReversed)]
    assert (undone.stake_minor, undone.returns_minor) == (10_00, 11_00)

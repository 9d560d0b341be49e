"""Bonuses: credited by staff on stated terms, staked in time, paid where they stand, cash once their requirement is met, else taken off."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from commands.accounts.move_money import MoveMoney
from commands.audit import verify
from commands.betting.expire_bonus import BonusNotExpired
from commands.betting.place_bet import BonusBetWouldWait, PlaceBet, StakeOfTwoKinds
from commands.social.share_slip import BonusBetNotShared, ShareBet
from commands.trading.four_eyes import ApproveProposal
from commands.trading.proposing import ProposalReceipt
from domain.account.commands import GrantRole
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import CloseAccount, ExcludeSelf, SetLimit, TimeOut
from domain.account_gate.state import AccountIsClosed, SelfExcludedNow, StaffDoNotBet, TimedOutNow
from domain.bet.commands import AskedLeg
from domain.bet.decider import BetKeyReused
from domain.bet.facts import BetPlaced
from domain.bonus.commands import CreditBonus, ExpireBonus
from domain.bonus.decider import (
    BONUS,
    BonusAmountOutOfRange,
    BonusCurrencyDiffers,
    BonusExpiryOutOfRange,
    BonusIdReused,
    BonusIsOver,
    BonusStakeLimitOutOfRange,
    BonusStakeTooLarge,
    BonusTimesOutOfRange,
    BonusUnknown,
    InsufficientBonus,
)
from domain.bonus.facts import BonusBetSettled, BonusConverted, BonusCredited, BonusExpired, BonusSettlementReversed, BonusStakeReserved
from domain.bonus.postings import BOOK
from domain.bonus.postings import postings as bonus_postings
from domain.bonus.state import ACTIVE, CONVERTED, EXPIRED, Bonus
from domain.fact import micros
from domain.fixture.commands import KickOff
from domain.ids import derived, wallet_of
from domain.market.commands import SetBetDelay
from domain.odds import Odds, OddsOutOfRange, parse
from domain.refused import Refused
from domain.settling import LOST, VOID, WON, LegResult
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from domain.wallet.decider import CurrencyMismatch
from domain.wallet.facts import BonusReceived, ReturnsPaid, SettlementReversed
from domain.wallet.postings import postings as cash_postings
from tests.decisions.given import NOON, later
from tests.decisions.test_cash_out import accept, ask
from tests.decisions.test_corrections import TIM, TOM, correct, correction
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, BOB, F1, F2, M1, M2, Book, account, deposit, graded, market, settle

GIFT, OTHER = "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1d", "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1e"
TOMORROW = later(days=1)


def crediting(bonus_id: str = GIFT, **changes: Any) -> CreditBonus:
    terms = {"amount_minor": 10_00, "times": 2, "odds_min": parse("1.5"), "stake_minor_max": 10_00, "expires_at": TOMORROW}
    asked = {"account_id": ANN, "currency": "EUR", "reason": "welcome", "actor": "console", "at": NOON, **terms, **changes}
    return CreditBonus(bonus_id=bonus_id, **asked)


def of_bonus(bet_id: str = BET_1, stake_minor: int = 10_00, market_id: str = M1, selection: str = "yes", **changes: Any) -> PlaceBet:
    leg = AskedLeg(market_id, selection, parse("2.1" if selection == "yes" else "1.7"), 1)
    asked = {"account_id": ANN, "currency": "EUR", "bonus_id": GIFT, **changes}
    return PlaceBet(bet_id=bet_id, stake_minor=stake_minor, type="single", legs=(leg,), accept="exact", at=later(seconds=1), **asked)


def bonus_of(book: Book, bonus_id: str = GIFT) -> Bonus:
    state = BONUS.initial
    for fact in book.facts(bonus_id):
        state = BONUS.evolve(state, fact)
    return state


def holds(book: Book) -> tuple[str, int, int, int, int]:
    bonus = bonus_of(book)
    return bonus.status, bonus.available_minor, bonus.reserved_minor, bonus.owed_minor, bonus.wagered_minor


def cash_minor(book: Book) -> int:
    available_minor: int = book.facts(wallet_of(ANN))[-1].available_minor
    return available_minor


def proven(book: Book) -> None:
    found = verify(book.store)
    assert found.violation is None, found.violation


@pytest.fixture
def book() -> Book:
    return opened()


def opened() -> Book:
    book = Book()
    book.do(account(), deposit(5_00), *market(M1, F1), *market(M2, F2))
    for trader, name in ((TOM, "tom"), (TIM, "tim")):
        book.do(account(trader, name, f"{name}@example.org"), GrantRole(trader, "trader", "console", NOON))
    return book


def test_a_bonus_is_credited_once_on_terms_that_its_fact_keeps(book: Book):
    receipt = book.do(crediting())
    terms = (10_00, "EUR", 2, 20_00, Odds(1500, 1000), 10_00, TOMORROW, 1)
    assert book.facts(GIFT) == [BonusCredited(ANN, *terms, "welcome", "console", NOON)]
    assert (receipt.wager_minor, receipt.odds_min) == (20_00, "1.50")
    assert book.do(crediting(at=later(hours=1))) == receipt
    book.refused(BonusIdReused, crediting(times=3))
    assert cash_minor(book) == 5_00
    proven(book)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (crediting(actor=ANN), ActorWithoutRole),
        (crediting(account_id=BOB), AccountUnknown),
        (crediting(currency="GBP"), CurrencyMismatch),
        (crediting(amount_minor=0), BonusAmountOutOfRange),
        (crediting(amount_minor=1_000_001), BonusAmountOutOfRange),
        (crediting(times=0), BonusTimesOutOfRange),
        (crediting(times=11), BonusTimesOutOfRange),
        (crediting(odds_min=Odds(1, 1)), OddsOutOfRange),
        (crediting(stake_minor_max=10_01), BonusStakeLimitOutOfRange),
        (crediting(reason=""), ReasonMalformed),
        (crediting(expires_at=NOON), BonusExpiryOutOfRange),
        (crediting(expires_at=later(days=366, seconds=1)), BonusExpiryOutOfRange),
    ],
)
def test_terms_that_cannot_be_are_refused_by_name(book: Book, asked: CreditBonus, refusal: type[Refused]):
    book.refused(refusal, asked)


@pytest.mark.parametrize(
    ("shut", "refusal"),
    [
        (TimeOut(ANN, later(hours=5), ANN, NOON), TimedOutNow),
        (ExcludeSelf(ANN, None, ANN, NOON), SelfExcludedNow),
        (CloseAccount(ANN, "moved", "console", NOON), AccountIsClosed),
    ],
)
def test_who_may_not_bet_is_credited_nothing_and_stakes_nothing_but_may_take_the_cash(book: Book, shut: Any, refusal: type[Refused]):
    book.do(crediting(), shut)
    book.refused(refusal, crediting(OTHER))
    book.refused(refusal, of_bonus())
    book.do(MoveMoney("withdrawal", ANN, 5_00, "EUR", "ref-2", NOON))
    assert (cash_minor(book), holds(book)) == (0, (ACTIVE, 10_00, 0, 0, 0))
    proven(book)


def test_staff_are_credited_nothing(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"), GrantRole(BOB, "trader", "console", NOON), crediting(actor=BOB))
    book.refused(StaffDoNotBet, crediting(OTHER, account_id=BOB))


def test_a_stake_is_of_the_bonus_whole_and_moves_no_cash(book: Book):
    book.do(crediting())
    receipt, append = book.decide(of_bonus(stake_minor=4_00))
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(GIFT, BonusStakeReserved), (BET_1, BetPlaced)]
    assert append.not_after_us == micros(TOMORROW) - 1
    assert (receipt.placed.bonus_id, receipt.placed.potential_returns_minor) == (GIFT, 8_40)
    book.do(of_bonus(stake_minor=4_00))
    assert (cash_minor(book), holds(book)) == (5_00, (ACTIVE, 6_00, 4_00, 0, 0))
    assert book.do(of_bonus(stake_minor=4_00)) == receipt
    book.refused(BetKeyReused, of_bonus(stake_minor=4_00, bonus_id=""))
    book.refused(BonusBetNotShared, ShareBet(BET_1, ANN, "public", "amount", 0, "", (), (), NOON))
    proven(book)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (of_bonus(bonus_id=OTHER), BonusUnknown),
        (of_bonus(account_id=BOB), BonusUnknown),
        (of_bonus(currency="GBP"), BonusCurrencyDiffers),
        (of_bonus(stake_minor=8_01), BonusStakeTooLarge),
        (of_bonus(free_bet_id=OTHER), StakeOfTwoKinds),
    ],
)
def test_a_stake_that_cannot_be_of_the_bonus_is_refused_by_name(book: Book, asked: PlaceBet, refusal: type[Refused]):
    book.do(account(BOB, "bob", "bob@example.org"), crediting(stake_minor_max=8_00))
    book.refused(refusal, asked)


def test_a_stake_beyond_the_bonus_is_refused_with_what_is_left_whatever_cash_there_is(book: Book):
    book.do(crediting(), of_bonus(stake_minor=4_00))
    book.refused(InsufficientBonus, of_bonus(BET_2, stake_minor=6_01), available_minor=6_00, stake_minor=6_01)


def test_limits_of_ones_own_count_no_stake_of_a_bonus(book: Book):
    book.do(SetLimit(ANN, "stake", "day", 1, ANN, NOON), SetLimit(ANN, "loss", "day", 1, ANN, NOON), crediting(), of_bonus())
    assert holds(book)[2] == 10_00


def test_a_bet_that_waits_in_play_is_not_of_a_bonus(book: Book):
    book.do(crediting(), SetBetDelay(M1, 5, NOON), KickOff(F1, NOON))
    book.refused(BonusBetWouldWait, of_bonus(), delay_s=5)


def test_returns_go_to_the_bonus_until_its_requirement_is_met_and_then_all_of_it_is_cash_once(book: Book):
    book.do(crediting(), of_bonus(), *graded(M1, F1, WON), settle(BET_1, M1))
    assert (cash_minor(book), holds(book)) == (5_00, (ACTIVE, 21_00, 0, 0, 10_00))
    book.do(of_bonus(BET_2, 10_00, M2), *graded(M2, F2, WON), settle(BET_2, M2))
    assert (cash_minor(book), holds(book)) == (5_00 + 32_00, (CONVERTED, 0, 0, 0, 20_00))
    assert [type(fact) for fact in book.facts(GIFT)[-2:]] == [BonusBetSettled, BonusConverted]
    assert book.facts(wallet_of(ANN))[-1] == BonusReceived(ANN, GIFT, BET_2, 32_00, 37_00, book.facts(GIFT)[-1].at)
    book.do(*market(later_market := derived("test", "m3"), derived("test", "f3")))
    book.refused(BonusIsOver, of_bonus(derived("bet", "3"), 1, later_market), status=CONVERTED)
    proven(book)


@pytest.mark.parametrize(("odds_min", "result", "counted_minor"), [("2.1", LOST, 10_00), ("2.101", LOST, 0), ("1.5", VOID, 0)])
def test_a_settled_stake_counts_unless_the_odds_are_too_short_or_the_bet_is_void(
    book: Book, odds_min: str, result: LegResult, counted_minor: int
):
    book.do(crediting(odds_min=parse(odds_min)), of_bonus(), *graded(M1, F1, result), settle(BET_1, M1))
    assert holds(book) == (ACTIVE, 10_00 if result == VOID else 0, 0, 0, counted_minor)
    proven(book)


def test_a_bet_that_is_open_when_its_bonus_becomes_cash_is_paid_in_cash_and_corrected_there(book: Book):
    book.do(crediting(times=1), of_bonus(stake_minor=2_00), of_bonus(BET_2, 8_00, M2))
    book.do(crediting(OTHER, times=1), *graded(M2, F2, WON), settle(BET_2, M2))
    assert holds(book) == (ACTIVE, 16_80, 2_00, 0, 8_00)
    book.do(of_bonus(third := derived("bet", "3"), 2_00, M1), *graded(M1, F1, WON), settle(third, M1))
    assert (cash_minor(book), holds(book)) == (5_00 + 19_00, (CONVERTED, 0, 2_00, 0, 10_00))
    book.do(settle(BET_1, M1))
    paid = book.facts(wallet_of(ANN))[-1]
    assert isinstance(paid, ReturnsPaid)
    assert (paid.stake_minor, paid.returns_minor, cash_minor(book), holds(book)[2]) == (0, 4_20, 28_20, 0)
    correct(book, 1, 0)
    book.do(settle(BET_1, M1), settle(third, M1))
    assert isinstance(book.facts(wallet_of(ANN))[-1], SettlementReversed)
    assert (cash_minor(book), holds(book)) == (28_20 - 8_40, (CONVERTED, 0, 0, 0, 12_00))
    assert Counter(map(type, book.facts(GIFT)))[BonusConverted] == 1, "what became cash is cash, whatever is corrected"
    proven(book)


def test_what_a_reversal_takes_and_the_bonus_does_not_hold_is_owed_by_the_bonus_and_never_by_the_cash(book: Book):
    book.do(crediting(stake_minor_max=10_00), of_bonus(), *graded(M1, F1, WON), settle(BET_1, M1), of_bonus(BET_2, 10_00, M2))
    before = holds(book)
    correct(book, 1, 0)
    book.do(settle(BET_1, M1))
    assert (cash_minor(book), holds(book)) == (5_00, (ACTIVE, 0, 10_00, 10_00, 10_00))
    assert book.facts(GIFT)[-2:][0] == BonusSettlementReversed(ANN, BET_1, 1, 10_00, 21_00, "bonus", 10_00, 0, 0, NOON, 10_00)
    correct(book, 2, 1)
    book.do(settle(BET_1, M1))
    assert holds(book) == before, "settled, undone and settled again is the same"
    proven(book)


def test_a_bonus_is_taken_off_once_when_its_time_is_over_and_not_before(book: Book):
    book.do(crediting(), of_bonus(stake_minor=4_00))
    book.refused(BonusUnknown, ExpireBonus(OTHER, NOON))
    book.refused(BonusNotExpired, ExpireBonus(GIFT, NOON), expires_at=TOMORROW)
    book.now_us = micros(TOMORROW)
    book.refused(BonusIsOver, of_bonus(BET_2, 1_00), status=EXPIRED)
    book.do(ExpireBonus(GIFT, NOON), ExpireBonus(GIFT, NOON))
    assert [fact for fact in book.facts(GIFT) if isinstance(fact, BonusExpired)] == [BonusExpired(ANN, 6_00, 0, NOON)]
    book.do(*graded(M1, F1, WON), settle(BET_1, M1))
    assert (cash_minor(book), holds(book)) == (5_00, (EXPIRED, 0, 0, 0, 4_00))
    correct(book, 1, 0)
    book.do(settle(BET_1, M1))
    assert (cash_minor(book), holds(book)) == (5_00, (EXPIRED, 0, 0, 0, 4_00))
    proven(book)


def test_an_expiry_close_to_its_time_is_left_to_the_commit_to_judge(book: Book):
    book.do(crediting())
    book.now_us = micros(TOMORROW) - 1_000_000
    assert book.decide(ExpireBonus(GIFT, NOON))[1].not_before_us == micros(TOMORROW)


def test_a_cash_out_is_paid_to_the_bonus_and_counts_for_nothing(book: Book):
    book.do(crediting(), of_bonus())
    half = book.do(accept(book.do(ask(share=50)))).fact
    assert (cash_minor(book), holds(book)) == (5_00, (ACTIVE, half.amount_minor, 5_00, 0, 0))
    book.do(*graded(M1, F1, LOST), settle(BET_1, M1))
    assert holds(book) == (ACTIVE, half.amount_minor, 0, 0, 5_00)
    proven(book)


KINDS = ("bet", "bet", "cash bet", "settle", "settle", "correct", "cash out", "withdraw", "expire")
STEPS = st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(1, 6_00))


@settings(max_examples=25)
@for_all(st.lists(STEPS, max_size=14), st.integers(1, 2))
def test_whatever_happens_cash_and_bonus_are_what_their_facts_move_and_never_mix(steps: list[tuple[str, int, int]], times: int):
    book = opened()
    markets = [(M1, F1), (M2, F2)]
    book.do(crediting(times=times, stake_minor_max=6_00))
    bets: list[str] = []
    for number, (step, which, minor) in enumerate(steps):
        market_id, fixture_id = markets[which % 2]
        bet_id = bets[which % len(bets)] if bets else BET_1
        try:
            match step:
                case "bet" | "cash bet":
                    bets.append(new := derived("bet", f"n{number}"))
                    book.do(of_bonus(new, minor, market_id, bonus_id=GIFT if step == "bet" else ""))
                case "settle":
                    book.do(*graded(market_id, fixture_id, (WON, LOST, VOID, WON)[which]))
                case "correct":
                    told = book.do(correction(which % 3, 1, market_id, void_reason="fog" if which == 3 else ""))
                    if isinstance(told, ProposalReceipt):
                        book.do(ApproveProposal(told.proposal_id, TIM, NOON))
                case "cash out":
                    book.do(accept(book.do(ask(bet_id)), f"k{number}"))
                case "withdraw":
                    book.do(MoveMoney("withdrawal", ANN, minor, "EUR", f"out-{number}", NOON))
                case _:
                    book.now_us = max(book.now_us, micros(TOMORROW))
                    book.do(ExpireBonus(GIFT, NOON))
        except Refused:
            continue
        for settled_id in bets:
            for of_market, _ in markets:
                try:
                    book.do(settle(settled_id, of_market))
                except Refused:
                    continue
    balances = Counter[str]()
    for postings, stream_id in ((cash_postings, wallet_of(ANN)), (bonus_postings, GIFT)):
        for fact in book.facts(stream_id):
            for source, destination, minor in postings(fact):
                balances[source] -= minor
                balances[destination] += minor
                assert ("bonus" in source) <= (destination == BOOK or "bonus" in destination), "never mixed"
    bonus = bonus_of(book)
    held = [balances[f"{ANN}:{part}"] for part in ("available", "bonus", "bonus_reserved", "bonus_owed")]
    assert held == [cash_minor(book), bonus.available_minor, bonus.reserved_minor, -bonus.owed_minor]
    assert sum(balances.values()) == 0
    proven(book)

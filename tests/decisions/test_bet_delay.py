"""A bet in play on a market with a delay: pending with its stake reserved, then struck or refused by what holds at the end."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.audit.verify import verify
from commands.betting.cash_out import QuoteCashOut
from commands.betting.end_bet_delay import DelayEnded, EndBetDelay
from commands.betting.place_bet import BetReceipt, FreeBetWouldWait, PlaceBet
from commands.betting.waiting import BetDelayNotOver
from commands.social.share_slip import ShareBet
from domain.account.commands import GrantRole
from domain.account_gate.commands import ExcludeSelf, SetStakeFactor, TimeOut
from domain.account_gate.state import TimedOutNow
from domain.bet.commands import AskedLeg
from domain.bet.decider import BetKeyReused
from domain.bet.facts import BetPending, BetPlaced, BetRefused
from domain.bet.state import BetIsPending, BetIsRefused, BetUnknown
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, KickOff
from domain.ids import derived, wallet_of
from domain.market.bet_delay import BetDelayOutOfRange
from domain.market.commands import CloseMarket, PriceMarket, ResultMarket, ResumeMarket, SetBetDelay, SuspendMarket
from domain.market.facts import MarketBetDelaySet
from domain.market.state import MarketNotOpen, MarketUnknown
from domain.odds import parse
from domain.producer.commands import Beat
from domain.wallet.decider import InsufficientFunds
from domain.wallet.facts import StakeReleased, StakeReserved
from tests.decisions.given import NOON, later
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, BOB, F1, F2, M1, M2, Book, account, bet, deposit, market, settle

SHORTER = {"yes": parse("2"), "no": parse("1.8")}
LONGER = {"yes": parse("2.5"), "no": parse("1.6")}
END = EndBetDelay(BET_1, NOON)


def asked(accept: str = "exact", odds: str = "2.1", version: int = 1, stake_minor: int = 10_00) -> PlaceBet:
    return PlaceBet(BET_1, ANN, stake_minor, "EUR", "single", (AskedLeg(M1, "yes", parse(odds), version),), accept, later(seconds=1))


@pytest.fixture
def book() -> Book:
    """A market in play with a delay of five seconds."""
    book = Book()
    book.do(account(), deposit(), *market(M1, F1), *market(M2, F2), SetBetDelay(M1, 5, NOON), KickOff(F1, NOON))
    return book


def end(book: Book, ms: int = 5_001) -> Any:
    book.wait(ms)
    return book.do(END)


def available(book: Book) -> int:
    return book.facts(wallet_of(ANN))[-1].available_minor


def test_a_bet_in_play_is_pending_with_its_stake_reserved(book: Book):
    receipt, append = book.decide(asked())
    assert [type(fact.body) for fact in append.facts] == [StakeReserved, BetPending]
    assert receipt == BetReceipt(BET_1, append.facts[-1].body)
    assert (receipt.placed.delay_s, receipt.placed.potential_returns_minor) == (5, 21_00)


def test_a_bet_before_kick_off_and_one_on_a_market_without_a_delay_are_struck_at_once(book: Book):
    book.do(bet())
    assert [type(fact) for fact in book.facts(BET_1)] == [BetPending]
    early = Book()
    early.do(
        account(), deposit(), *market(M1, F1), SetBetDelay(M1, 5, NOON), bet(), KickOff(F1, NOON), SetBetDelay(M1, 0, NOON), bet(BET_2)
    )
    assert [type(fact) for bet_id in (BET_1, BET_2) for fact in early.facts(bet_id)] == [BetPlaced, BetPlaced]


def test_a_multiple_waits_for_the_longest_delay_of_its_legs_in_play(book: Book):
    legs = (AskedLeg(M1, "yes", parse("2.1"), 1), AskedLeg(M2, "no", parse("1.7"), 1))
    double = PlaceBet(BET_2, ANN, 10_00, "EUR", "multiple", legs, "exact", NOON)
    book.do(SetBetDelay(M2, 9, NOON))
    assert book.decide(double)[0].placed.delay_s == 5
    book.do(KickOff(F2, NOON))
    assert book.decide(double)[0].placed.delay_s == 9


def test_a_bet_is_struck_as_it_was_asked_for_when_its_delay_is_over_and_moves_no_money_then(book: Book):
    pending = book.do(asked()).placed
    head = book.store.head()
    assert end(book) == DelayEnded(BET_1, "open")
    assert book.store.head() == head + 1
    placed = book.facts(BET_1)[-1]
    assert (placed.legs, placed.stake_minor, placed.potential_returns_minor) == (pending.legs, 10_00, 21_00)
    assert available(book) == 90_00


@pytest.mark.parametrize("ms", [0, 1, 4_799, 4_800, 4_999, 5_000])
def test_nothing_strikes_a_bet_before_its_delay_is_over_by_the_logs_time(book: Book, ms: int):
    book.do(asked())
    book.wait(ms)
    if ms < 4_800:
        book.refused(BetDelayNotOver, END, delay_s=5)
    else:
        _, append = book.decide(END)
        assert not book.store.append_many([append]).verdicts[0].accepted, "the commit judges what is close"
    book.wait(5_001 - ms)
    assert book.do(END) == DelayEnded(BET_1, "open")


def test_a_bet_that_was_decided_is_not_decided_again(book: Book):
    book.do(asked())
    end(book)
    book.do(SuspendMarket(M1, "goal", NOON))
    head = book.store.head()
    assert book.do(END) == DelayEnded(BET_1, "open")
    assert book.store.head() == head
    book.refused(BetUnknown, EndBetDelay(BET_2, NOON))


@pytest.mark.parametrize("after", [(), (END,), (SuspendMarket(M1, "goal", NOON), END)])
def test_the_same_key_gets_the_same_answer_and_another_body_is_refused_whatever_became_of_the_bet(book: Book, after: tuple[Any, ...]):
    first = book.do(asked())
    book.wait(5_001)
    book.do(*after, SetBetDelay(M1, 0, NOON))
    head = book.store.head()
    assert book.do(asked()) == first
    book.refused(BetKeyReused, asked(stake_minor=11_00))
    assert book.store.head() == head


@pytest.mark.parametrize(
    ("accept", "prices", "struck"),
    [
        ("exact", None, "2.1"),
        ("exact", SHORTER, None),
        ("exact", LONGER, None),
        ("better", SHORTER, None),
        ("better", LONGER, "2.5"),
        ("any", SHORTER, "2"),
        ("any", LONGER, "2.5"),
    ],
)
def test_the_price_is_checked_again_as_the_bettor_agreed(book: Book, accept: str, prices: dict[str, Any] | None, struck: str | None):
    book.do(asked(accept))
    book.wait(4_900)
    if prices:
        book.do(PriceMarket(M1, prices, NOON))
    end(book, 101)
    last = book.facts(BET_1)[-1]
    if struck is None:
        assert (last.reason, last.evidence["current"], last.evidence["asked"]) == ("prices-moved", prices and prices["yes"].text, "2.10")
        assert available(book) == 100_00
    else:
        assert (type(last), last.legs[0].odds) == (BetPlaced, parse(struck))


def test_a_price_that_came_back_is_struck(book: Book):
    book.do(asked(), PriceMarket(M1, SHORTER, NOON), PriceMarket(M1, {"yes": parse("2.1"), "no": parse("1.7")}, NOON))
    end(book)
    assert (book.facts(BET_1)[-1].legs[0].version, book.facts(BET_1)[-1].legs[0].asked_version) == (4, 1)


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        ((SuspendMarket(M1, "goal", NOON),), "market-suspended-now"),
        ((SuspendMarket(M1, "goal", NOON), ResumeMarket(M1, LONGER, NOON)), "prices-moved"),
        ((CloseMarket(M1, NOON),), "market-not-open"),
        ((EndFixture(F1, 0, 0, 0, 0, NOON), ResultMarket(M1, NOON)), "market-not-open"),
        ((EndFixture(F1, 0, 0, 0, 0, NOON),), "betting-over"),
        ((AbandonFixture(F1, "fog", NOON), ResultMarket(M1, NOON, "fog")), "market-not-open"),
        ((ChangeScore(F1, 1, 0, 7, "first_half", NOON),), "prices-awaited"),
        ((PriceMarket(M1, {"no": parse("1.7")}, NOON),), "selection-withdrawn"),
        ((ExcludeSelf(ANN, None, ANN, NOON),), "self-excluded-now"),
        ((GrantRole(ANN, "trader", "console", NOON),), "staff-do-not-bet"),
    ],
)
def test_what_would_be_refused_at_the_end_is_refused_with_the_reason_and_the_stake_comes_back(
    book: Book, meanwhile: tuple[Any, ...], reason: str
):
    book.do(asked(), *meanwhile)
    _, append = (book.wait(5_001), book.decide(END))[1]
    assert [(fact.stream_id, type(fact.body)) for fact in append.facts] == [(wallet_of(ANN), StakeReleased), (BET_1, BetRefused)]
    assert book.do(END) == DelayEnded(BET_1, "refused")
    assert book.facts(BET_1)[-1].reason == reason
    assert available(book) == 100_00


def test_a_time_out_that_begins_meanwhile_takes_no_bet_back(book: Book):
    book.do(asked(), TimeOut(ANN, NOON + timedelta(days=7), ANN, NOON))
    end(book)
    assert isinstance(book.facts(BET_1)[-1], BetPlaced)
    assert verify(book.store).violation is None
    book.refused(TimedOutNow, bet(BET_2))


def test_a_price_whose_producer_fell_silent_meanwhile_is_not_struck(book: Book):
    book.do(Beat("feed", 10_000, NOON), PriceMarket(M1, LONGER, NOON, producer="feed"))
    book.do(asked("exact", "2.5", 3))
    book.wait(5_000)
    book.do(Beat("feed", 10_000, NOON))
    book.wait(10_001)
    _, append = book.decide(END)
    assert derived("producer", "feed") in {read.stream_id for read in append.all_reads}, "a heartbeat on its way must undo the refusal"
    book.do(END)
    assert book.facts(BET_1)[-1].reason == "prices-awaited"


def test_a_limit_that_a_trader_set_meanwhile_holds(book: Book):
    book.do(asked(stake_minor=50_00), SetStakeFactor(ANN, "0.000001", "a doubt", "console", NOON))
    end(book)
    last = book.facts(BET_1)[-1]
    assert (last.reason, int(last.evidence["stake_minor_max"]) < 50_00) == ("stake-over-limit", True)


def test_a_bet_that_cannot_be_placed_is_refused_at_once_and_not_after_the_delay(book: Book):
    book.refused(InsufficientFunds, asked(stake_minor=999_00))
    book.do(SuspendMarket(M1, "goal", NOON))
    assert book.facts(BET_1) == []


def test_a_free_bet_does_not_wait(book: Book):
    ask = msgspec.structs.replace(asked(), free_bet_id=derived("test", "free"))
    book.refused(FreeBetWouldWait, ask, delay_s=5)
    book.do(asked())
    book.refused(BetKeyReused, ask)


def test_a_pending_bet_is_neither_cashed_out_nor_shared_nor_settled_nor_is_a_refused_one(book: Book):
    share = ShareBet(BET_1, ANN, "public", "hidden", 0, "", (), (), NOON)
    book.do(asked(), account(BOB, "bob", "bob@example.org"))
    book.refused(BetIsPending, QuoteCashOut(BET_1, ANN, 100, NOON))
    book.refused(BetUnknown, QuoteCashOut(BET_1, BOB, 100, NOON))
    book.refused(BetIsPending, share)
    book.refused(BetUnknown, settle(BET_1, M1))
    book.do(SuspendMarket(M1, "goal", NOON))
    end(book)
    book.refused(BetIsRefused, QuoteCashOut(BET_1, ANN, 100, NOON))
    book.refused(BetIsRefused, share)


def test_a_market_has_a_delay_of_0_to_12_seconds_while_it_takes_bets(book: Book):
    for delay_s in (-1, 13, True):
        book.refused(BetDelayOutOfRange, SetBetDelay(M1, delay_s, NOON), market_id=M1)
    book.refused(MarketUnknown, SetBetDelay(derived("test", "none"), 5, NOON))
    head = book.store.head()
    book.do(SetBetDelay(M1, 5, NOON))
    assert book.store.head() == head, "the delay that stands is a repeat"
    book.do(SetBetDelay(M1, 12, NOON, "console"))
    assert book.facts(M1)[-1] == MarketBetDelaySet(12, NOON, "console")
    book.do(CloseMarket(M1, NOON))
    book.refused(MarketNotOpen, SetBetDelay(M1, 3, NOON), status="closed")

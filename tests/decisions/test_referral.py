"""A bet over its limit that its bettor puts to a trader: taken, in part or not, once and in time, by what holds at the answer."""

from typing import Any

import msgspec
import pytest

from commands.betting.answer_referral import ReferralReceipt
from commands.betting.end_bet_delay import DelayEnded, EndBetDelay
from commands.betting.place_bet import BetReceipt, PlaceBet
from commands.betting.waiting import BetDelayNotOver
from commands.social.share_slip import ShareBet
from commands.trading.authority import TraderUnknown
from domain.account.commands import GrantRole, RevokeRole
from domain.account_gate.commands import ExcludeSelf, SetLimit, SetStakeFactor
from domain.bet.commands import AnswerReferral, AskedLeg
from domain.bet.decider import BetKeyReused, StakeUneven
from domain.bet.facts import BetPending, BetPlaced, BetRefused, ReferralAnswered
from domain.bet.referral import ReferralOver, StakeOverAsked
from domain.bet.stake_limit import StakeOverLimit
from domain.bet.state import BetIsPending, BetUnknown
from domain.fixture.commands import ChangeScore, KickOff
from domain.ids import derived, wallet_of
from domain.market.commands import LimitPayout, PriceMarket, ResumeMarket, SetBetDelay, SuspendMarket
from domain.market.facts import MarketPayoutLimited
from domain.market.payout_limit import PAYOUT_MINOR_MAX, ReferralMalformed
from domain.odds import parse
from domain.wallet.decider import InsufficientFunds
from domain.wallet.facts import StakeReleased, StakeReserved
from tests.decisions.given import NOON, later
from tests.decisions.test_use_cases import ANN, BET_1, BET_2, F1, F2, M1, M2, Book, account, deposit, market

TOM, TESS = derived("account", "tom"), derived("account", "tess")
SHORTER = {"yes": parse("2"), "no": parse("1.8")}
LONGER = {"yes": parse("2.5"), "no": parse("1.6")}
END = EndBetDelay(BET_1, NOON)
LIMITED = (LimitPayout(M1, 21_00, "few know it", NOON, TOM, 105_00, 60), LimitPayout(M2, None, "few know it", NOON, TOM, 500_00, 40))


def asked(stake_minor: int = 40_00, accept: str = "exact", odds: str = "2.1", version: int = 1, *, refer: bool = True) -> PlaceBet:
    leg = AskedLeg(M1, "yes", parse(odds), version)
    return PlaceBet(BET_1, ANN, stake_minor, "EUR", "single", (leg,), accept, later(seconds=1), refer=refer)


def double(stake_minor: int, *, refer: bool = True) -> PlaceBet:
    legs = (AskedLeg(M1, "yes", parse("2.1"), 1), AskedLeg(M2, "no", parse("1.7"), 1))
    return PlaceBet(BET_2, ANN, stake_minor, "EUR", "multiple", legs, "exact", NOON, refer=refer)


def take(stake_minor: int | None = None, actor: str = TOM, bet_id: str = BET_1) -> AnswerReferral:
    return AnswerReferral(bet_id, stake_minor, actor, NOON)


DECLINE = take(0)


@pytest.fixture
def book() -> Book:
    """Two matches to come, on whose markets traders are asked about bets that pay up to 105.00 and 500.00."""
    book = Book()
    book.do(account(), account(TOM, "tom", "tom@example.org"), account(TESS, "tess", "tess@example.org"), deposit())
    book.do(GrantRole(TOM, "trader", "console", NOON), GrantRole(TESS, "trader", "console", NOON))
    book.do(*market(M1, F1), *market(M2, F2), *LIMITED)
    return book


def available(book: Book) -> int:
    return book.facts(wallet_of(ANN))[-1].available_minor


def kinds(book: Book, bet_id: str = BET_1) -> list[type]:
    return [type(fact) for fact in book.facts(bet_id)]


def test_a_bet_over_its_limit_waits_for_a_trader_with_its_stake_reserved(book: Book):
    receipt, append = book.decide(asked())
    assert [type(fact.body) for fact in append.facts] == [StakeReserved, BetPending]
    assert receipt == BetReceipt(BET_1, append.facts[-1].body)
    assert (receipt.placed.refer_s, receipt.placed.delay_s, receipt.placed.potential_returns_minor) == (60, 0, 84_00)


def test_it_is_refused_where_the_bettor_does_not_ask_or_no_trader_may_be_asked_and_says_which(book: Book):
    book.refused(StakeOverLimit, asked(refer=False), may_refer=True, stake_minor_max=10_00)
    book.refused(StakeOverLimit, asked(50_01), may_refer=False)
    book.refused(StakeOverLimit, asked(50_01, refer=False), may_refer=False)
    book.do(LimitPayout(M1, 21_00, "enough", NOON, TOM))
    book.refused(StakeOverLimit, asked(), may_refer=False)
    free = msgspec.structs.replace(asked(), free_bet_id=derived("test", "free"))
    book.do(*LIMITED)
    book.refused(StakeOverLimit, free, may_refer=False)
    book.do(LimitPayout(M1, 21_00, "more", NOON, TOM, 500_00, 60))
    book.refused(InsufficientFunds, asked(200_00))


def test_a_bet_within_its_limit_is_struck_at_once_whether_a_trader_is_asked_for_or_not(book: Book):
    book.do(asked(10_00))
    assert kinds(book) == [BetPlaced]
    book.do(asked(10_00, refer=False))


def test_a_factor_lowers_what_is_taken_at_once_and_not_what_a_trader_may_take(book: Book):
    book.do(SetStakeFactor(ANN, "0.1", "arbitrage", TOM, NOON), asked(50_00))
    assert kinds(book) == [BetPending]


def test_all_markets_of_a_multiple_must_have_a_trader_asked_up_to_the_lowest_amount_for_the_shortest_time(book: Book):
    book.refused(StakeOverLimit, double(29_42), may_refer=False)
    assert book.decide(double(29_41))[0].placed.refer_s == 40
    book.do(LimitPayout(M2, None, "enough", NOON, TOM))
    book.refused(StakeOverLimit, double(29_41), may_refer=False)


def test_in_play_a_trader_has_half_a_minute_after_the_delay(book: Book):
    book.do(SetBetDelay(M1, 8, NOON), KickOff(F1, NOON))
    placed = book.do(asked()).placed
    assert (placed.delay_s, placed.refer_s) == (8, 38)
    book.do(LimitPayout(M1, 21_00, "quicker", NOON, TOM, 105_00, 15))
    assert book.decide(msgspec.structs.replace(asked(), bet_id=BET_2))[0].placed.refer_s == 23


def test_a_trader_takes_a_bet_and_no_more_money_moves(book: Book):
    book.do(asked())
    receipt, append = book.decide(take())
    assert [type(fact.body) for fact in append.facts] == [ReferralAnswered, BetPlaced]
    assert receipt == ReferralReceipt(BET_1, "open", 40_00)
    book.do(take())
    placed = book.facts(BET_1)[-1]
    assert (placed.stake_minor, placed.potential_returns_minor, available(book)) == (40_00, 84_00, 60_00)


def test_a_trader_takes_a_part_and_the_rest_comes_back_and_counts_in_no_limit(book: Book):
    book.do(SetLimit(ANN, "stake", "day", 50_00, ANN, NOON), asked())
    _, append = book.decide(take(15_00))
    assert [type(fact.body) for fact in append.facts] == [StakeReleased, ReferralAnswered, BetPlaced]
    assert book.do(take(15_00)) == ReferralReceipt(BET_1, "open", 15_00)
    assert (book.facts(BET_1)[-1].stake_minor, book.facts(BET_1)[-1].potential_returns_minor, available(book)) == (15_00, 31_50, 85_00)
    book.do(msgspec.structs.replace(asked(35_00), bet_id=BET_2))


def test_a_trader_declines_and_the_stake_comes_back(book: Book):
    book.do(asked())
    assert book.do(DECLINE) == ReferralReceipt(BET_1, "refused", 0, "referral-declined")
    assert kinds(book) == [BetPending, ReferralAnswered, BetRefused]
    assert available(book) == 100_00


@pytest.mark.parametrize("answer", [take(), take(15_00), DECLINE])
def test_a_bet_is_answered_once_and_a_repeat_of_the_answer_changes_nothing(book: Book, answer: AnswerReferral):
    book.do(asked())
    first = book.do(answer)
    head = book.store.head()
    book.wait(61_000)
    assert book.do(answer) == first
    book.do(END)
    for other in (take(20_00), msgspec.structs.replace(answer, actor=TESS)):
        book.refused(ReferralOver, other, status=first.status)
    assert book.store.head() == head


def test_two_answers_decided_beside_each_other_are_one(book: Book):
    book.do(asked())
    _, first = book.decide(take())
    _, second = book.decide(take(0, TESS))
    _, ended = (book.wait(59_900), book.decide(take(20_00, TESS)))[1]
    assert [book.store.append_many([append]).verdicts[0].accepted for append in (first, second, ended)] == [True, False, False]
    assert kinds(book) == [BetPending, ReferralAnswered, BetPlaced]


def test_nothing_is_answered_after_the_time_is_up_and_the_bet_is_refused_then(book: Book):
    book.do(asked())
    book.wait(59_000)
    book.refused(BetDelayNotOver, END, delay_s=60)
    _, late = book.decide(take())
    book.wait(1_001)
    assert not book.store.append_many([late]).verdicts[0].accepted, "the commit judges what is close"
    book.refused(ReferralOver, take(), status="pending")
    assert book.do(END) == DelayEnded(BET_1, "refused")
    assert (book.facts(BET_1)[-1].reason, available(book)) == ("referral-expired", 100_00)
    book.refused(ReferralOver, take(), status="refused")


def test_only_a_trader_answers_and_only_what_was_put_to_one(book: Book):
    book.do(asked(), double(5_00, refer=False))
    for actor in (ANN, "console", "replay", "", "nobody"):
        book.refused(TraderUnknown, take(actor=actor))
    book.do(RevokeRole(TOM, "trader", "console", NOON))
    book.refused(TraderUnknown, take())
    for bet_id in (BET_2, derived("bet", "none")):
        book.refused(BetUnknown, take(actor=TESS, bet_id=bet_id))
    book.do(SetBetDelay(M1, 5, NOON), KickOff(F1, NOON))
    book.do(msgspec.structs.replace(asked(1_00), bet_id=derived("bet", "delayed")))
    book.refused(BetUnknown, take(actor=TESS, bet_id=derived("bet", "delayed")))


def test_a_role_taken_away_undoes_an_answer_on_its_way(book: Book):
    book.do(asked())
    _, answer = book.decide(take())
    book.do(RevokeRole(TOM, "trader", "console", NOON))
    assert not book.store.append_many([answer]).verdicts[0].accepted


def test_a_trader_takes_at_most_what_was_asked_evenly_over_its_lines(book: Book):
    book.do(asked())
    for stake_minor in (40_01, -1):
        book.refused(StakeOverAsked, take(stake_minor), asked_minor=40_00)
    each_way = LimitPayout(M1, 21_00, "lines", NOON, TOM, 1_000_00, 60)
    legs = (AskedLeg(M1, "yes", parse("2.1"), 1), AskedLeg(M2, "no", parse("1.7"), 1))
    book.do(each_way, LimitPayout(M2, 10_00, "lines", NOON, TOM, 1_000_00, 60))
    patent = PlaceBet(BET_2, ANN, 30_00, "EUR", "roundrobin:1,2", legs, "exact", NOON, refer=True)
    book.do(patent)
    book.refused(StakeUneven, take(10_00, bet_id=BET_2), lines=3)
    assert book.do(take(9_00, bet_id=BET_2)).stake_minor == 9_00


@pytest.mark.parametrize(
    ("accept", "prices", "struck"),
    [("exact", None, "2.1"), ("exact", SHORTER, None), ("better", SHORTER, None), ("better", LONGER, "2.5"), ("any", SHORTER, "2")],
)
def test_the_price_is_checked_again_as_the_bettor_agreed(book: Book, accept: str, prices: dict[str, Any] | None, struck: str | None):
    book.do(asked(accept=accept))
    if prices:
        book.do(PriceMarket(M1, prices, NOON))
    receipt = book.do(take(30_00))
    last = book.facts(BET_1)[-1]
    if struck is None:
        assert (receipt.status, receipt.reason, last.reason, available(book)) == ("refused", "prices-moved", "prices-moved", 100_00)
    else:
        assert (type(last), last.legs[0].odds, last.stake_minor, available(book)) == (BetPlaced, parse(struck), 30_00, 70_00)


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        ((SuspendMarket(M1, "goal", NOON),), "market-suspended-now"),
        ((SuspendMarket(M1, "goal", NOON), ResumeMarket(M1, LONGER, NOON)), "prices-moved"),
        (
            (
                KickOff(F1, NOON),
                ChangeScore(F1, 1, 0, 7, "first_half", NOON),
            ),
            "prices-awaited",
        ),
        ((ExcludeSelf(ANN, None, ANN, NOON),), "self-excluded-now"),
        ((LimitPayout(M1, 21_00, "enough", NOON, TOM),), "stake-over-limit"),
        ((GrantRole(ANN, "trader", "console", NOON),), "staff-do-not-bet"),
    ],
)
def test_what_would_be_refused_now_is_refused_though_a_trader_takes_it(book: Book, meanwhile: tuple[Any, ...], reason: str):
    book.do(asked(), *meanwhile)
    assert book.do(take()) == ReferralReceipt(BET_1, "refused", 0, reason)
    assert (kinds(book), available(book)) == ([BetPending, ReferralAnswered, BetRefused], 100_00)


def test_a_bet_in_play_is_taken_only_after_it_has_waited_as_any_other_does(book: Book):
    book.do(SetBetDelay(M1, 8, NOON), KickOff(F1, NOON))
    book.do(asked())
    book.refused(BetDelayNotOver, take(), delay_s=8)
    book.wait(7_900)
    _, early = book.decide(take())
    assert not book.store.append_many([early]).verdicts[0].accepted, "the commit judges what is close"
    book.wait(101)
    assert book.do(take()).status == "open"


def test_a_bet_in_play_is_declined_at_once(book: Book):
    book.do(SetBetDelay(M1, 8, NOON), KickOff(F1, NOON))
    book.do(asked())
    assert book.do(DECLINE).reason == "referral-declined"


@pytest.mark.parametrize("after", [(), (take(15_00),), (DECLINE,)])
def test_the_same_key_gets_the_same_answer_and_another_body_is_refused(book: Book, after: tuple[Any, ...]):
    first = book.do(asked())
    book.do(*after)
    head = book.store.head()
    assert book.do(asked()) == first
    book.refused(BetKeyReused, asked(15_00))
    assert book.store.head() == head


def test_a_referred_bet_is_not_shared(book: Book):
    book.do(asked())
    book.refused(BetIsPending, ShareBet(BET_1, ANN, "public", "hidden", 0, "", (), (), NOON))


def test_a_trader_is_asked_up_to_an_amount_above_the_limit_for_10_to_300_seconds(book: Book):
    for amount, seconds in ((21_00, 60), (0, 60), (PAYOUT_MINOR_MAX + 1, 60), (True, 60), (50_00, 9), (50_00, 301), (50_00, True)):
        ask = LimitPayout(M1, 21_00, "few", NOON, TOM, amount, seconds)
        book.refused(ReferralMalformed, ask, any_minor_max=PAYOUT_MINOR_MAX)
    head = book.store.head()
    book.do(LIMITED[0])
    assert book.store.head() == head, "what stands is a repeat"
    book.do(LimitPayout(M1, None, "any", NOON, TOM, PAYOUT_MINOR_MAX, 300))
    assert book.facts(M1)[-1] == MarketPayoutLimited(0, "any", NOON, TOM, PAYOUT_MINOR_MAX, 300)
    book.do(PriceMarket(M1, SHORTER, NOON))
    assert book.decide(SetStakeFactor(ANN, "0.000001", "a doubt", TOM, NOON))

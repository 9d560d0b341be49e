"""Limits of markets: the lowest of the legs counts, an account's factor multiplies it, prices stay, and a bet is told what is taken."""

from typing import Any

import pytest

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.betting.place_bet import PlaceBet
from commands.trading.authority import TraderUnknown
from commands.trading.limit_stakes import FindRestrictions
from domain.account.commands import GrantRole
from domain.account_gate.commands import SetStakeFactor
from domain.bet.commands import AskedLeg
from domain.bet.stake_limit import HOUSE_LIMIT, StakeOverLimit
from domain.ids import derived
from domain.market.commands import CloseMarket, LimitPayout, PriceMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketPayoutLimited
from domain.market.payout_limit import PAYOUT_MINOR_MAX, PayoutLimitMalformed
from domain.market.state import MarketNotOpen, MarketUnknown
from domain.odds import parse
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, single
from tests.decisions.test_use_cases import F1, F2, M1, M2, ODDS, Book, market

ANN, TOM = derived("account", "ann"), derived("account", "tom")


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(OpenAccount(ANN, "ann", "ann@example.org", "argon2", "EUR", NOON), OpenAccount(TOM, "tom", "tom@example.org", "a", "EUR", NOON))
    book.do(GrantRole(TOM, "trader", "console", NOON), *market(M1, F1), *market(M2, F2))
    book.do(MoveMoney("deposit", ANN, 5_000_00, "EUR", "first", NOON))
    return book


def limit(payout_minor_max: Any, market_id: str = M1, reason: str = "few know this league", actor: str = TOM) -> LimitPayout:
    return LimitPayout(market_id, payout_minor_max, reason, NOON, actor)


def bet(name: str, stake_minor: int, version: int = 1) -> PlaceBet:
    return single(derived("bet", name), ANN, stake_minor, AskedLeg(M1, "yes", ODDS["yes"], version), NOON)


def double(name: str, stake_minor: int) -> PlaceBet:
    legs = (AskedLeg(M1, "yes", ODDS["yes"], 1), AskedLeg(M2, "no", ODDS["no"], 1))
    return PlaceBet(derived("bet", name), ANN, stake_minor, "EUR", "multiple", legs, "exact", NOON)


def test_a_bet_over_the_limit_of_its_market_is_refused_with_the_stake_that_is_taken(book: Book):
    book.do(bet("before", 1_000_00), limit(21_00))
    book.refused(StakeOverLimit, bet("over", 10_01), payout_minor_max=21_00, stake_minor_max=10_00, factor="1", lines=1)
    book.do(bet("taken", 10_00))
    book.do(bet("before", 1_000_00))
    book.do(limit(None, reason="known by now"), bet("after", 1_000_00))


def test_of_several_legs_the_lowest_limit_counts_and_a_factor_multiplies_it(book: Book):
    book.do(limit(1_000_00), limit(357_00, M2))
    book.refused(StakeOverLimit, double("over", 100_01), payout_minor_max=357_00, stake_minor_max=100_00)
    book.do(SetStakeFactor(ANN, "0.1", "arbitrage", TOM, NOON))
    book.refused(StakeOverLimit, double("scaled", 10_01), payout_minor_max=35_70, stake_minor_max=10_00, factor="0.1")
    book.do(double("taken", 10_00))
    book.do(SetStakeFactor(ANN, "2", "a good customer", TOM, NOON), double("more", 200_00))


def test_a_limit_leaves_prices_as_they_are_and_lasts_over_prices_and_suspensions(book: Book):
    book.do(limit(21_00), bet("at the same price", 10_00, version=1), bet("at the newest version", 10_00, version=2))
    prices = {"yes": parse("2"), "no": parse("1.8")}
    book.do(PriceMarket(M1, prices, NOON, actor=TOM), SuspendMarket(M1, "goal", NOON, TOM), ResumeMarket(M1, ODDS, NOON, actor=TOM))
    book.refused(StakeOverLimit, bet("after a goal", 10_01, version=5), payout_minor_max=21_00)
    book.do(limit(42_00))
    assert [fact.payout_minor_max for fact in book.facts(M1) if isinstance(fact, MarketPayoutLimited)] == [21_00, 42_00]


def test_a_bet_that_was_decided_before_a_limit_is_decided_again(book: Book):
    _, decided_before = book.decide(bet("one", 100_00))
    book.do(limit(21_00))
    assert not book.store.append_many([decided_before]).verdicts[0].accepted
    book.refused(StakeOverLimit, bet("one", 100_00))


def test_only_traders_limit_and_only_what_may_be_bet_on_by_an_amount_below_that_of_any_bet(book: Book):
    book.refused(TraderUnknown, limit(21_00, actor=ANN))
    book.refused(MarketUnknown, limit(21_00, derived("market", "none")))
    for amount in (0, -1, PAYOUT_MINOR_MAX, 10**15, True):
        book.refused(PayoutLimitMalformed, limit(amount), any_minor_max=PAYOUT_MINOR_MAX)
    book.refused(ReasonMalformed, limit(21_00, reason=""))
    head = book.store.head()
    book.do(limit(None), limit(21_00), limit(21_00, reason="again"))
    assert book.store.head() == head + 1
    book.do(CloseMarket(M1, NOON, TOM))
    book.refused(MarketNotOpen, limit(42_00))


def test_a_holder_is_told_the_lowest_limit_of_the_markets_before_betting(book: Book):
    book.do(limit(1_000_00), limit(357_00, M2), SetStakeFactor(ANN, "0.5", "arbitrage", TOM, NOON))
    told = book.do(FindRestrictions(ANN, ODDS["yes"], (M1,)))
    assert (told.payout_minor_max, told.markets_minor_max) == (500_00, 1_000_00)
    assert book.do(FindRestrictions(ANN, None, (M1, M2))).payout_minor_max == 178_50
    told = book.do(FindRestrictions(ANN))
    assert (told.payout_minor_max, told.markets_minor_max) == (HOUSE_LIMIT.payout_minor_max // 2, None)

"""Limits of matches: they hold on every market of the match, later ones too, whatever a process remembers; a bet is told what is taken."""

from collections.abc import Iterator
from typing import Any

import pytest

from commands.audit.verify import verify
from commands.betting.end_bet_delay import EndBetDelay
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.trading.authority import TraderUnknown
from commands.trading.limit_fixture import FixtureLimitReceipt
from commands.trading.limit_stakes import FindRestrictions
from domain.account_gate.commands import SetStakeFactor
from domain.bet.commands import AskedLeg
from domain.bet.stake_limit import HOUSE_LIMIT, StakeOverLimit
from domain.fixture.commands import AbandonFixture, KickOff
from domain.fixture.decider import FixtureNotLive, FixtureUnknown
from domain.fixture_limit.commands import LimitFixturePayout
from domain.fixture_limit.decider import PAYOUT_MINOR_MAX, FixtureLimitMalformed
from domain.fixture_limit.facts import FixturePayoutLimited
from domain.ids import derived, fixture_limit_of
from domain.market.commands import LimitPayout, PriceMarket, SetBetDelay
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, single
from tests.decisions.test_payout_limits import ANN, TOM, bet, book, double, limit
from tests.decisions.test_use_cases import F1, F2, M1, M2, ODDS, Book, market

__all__ = ["book"]

LATER = derived("test", "a market to come")


def of_match(payout_minor_max: Any, fixture_id: str = F1, reason: str = "a rumour", actor: str = TOM) -> LimitFixturePayout:
    return LimitFixturePayout(fixture_id, payout_minor_max, reason, NOON, actor)


def test_a_bet_over_the_limit_of_its_match_is_refused_on_every_market_those_opened_later_too(book: Book):
    book.do(bet("before", 1_000_00))
    assert book.do(of_match(21_00)) == FixtureLimitReceipt(F1, 21_00)
    book.refused(StakeOverLimit, bet("over", 10_01), payout_minor_max=21_00, stake_minor_max=10_00, factor="1", lines=1)
    book.do(bet("taken", 10_00), bet("before", 1_000_00))
    book.do(market(LATER, F1)[1])
    leg = AskedLeg(LATER, "yes", ODDS["yes"], 1)
    book.refused(StakeOverLimit, single(derived("bet", "later"), ANN, 10_01, leg, NOON), stake_minor_max=10_00)
    assert book.do(of_match(None, reason="nothing in it")) == FixtureLimitReceipt(F1, None)
    book.do(bet("after", 1_000_00))
    assert [fact.payout_minor_max for fact in book.facts(fixture_limit_of(F1))] == [21_00, 0]
    assert verify(book.store).violation is None


def test_of_the_limits_of_matches_and_markets_the_lowest_counts_and_a_factor_multiplies_it(book: Book):
    book.do(limit(1_000_00), of_match(500_00), of_match(357_00, F2))
    book.refused(StakeOverLimit, double("over", 100_01), payout_minor_max=357_00, stake_minor_max=100_00)
    book.refused(StakeOverLimit, bet("single", 300_00, version=2), payout_minor_max=500_00)
    book.do(limit(21_00))
    book.refused(StakeOverLimit, double("lower", 10_01), payout_minor_max=21_00)
    book.do(limit(None), SetStakeFactor(ANN, "0.1", "arbitrage", TOM, NOON))
    book.refused(StakeOverLimit, double("scaled", 10_01), payout_minor_max=35_70, stake_minor_max=10_00, factor="0.1")
    book.do(double("taken", 10_00))
    assert verify(book.store).violation is None


def test_a_bet_that_was_decided_before_a_limit_is_decided_again(book: Book):
    _, decided_before = book.decide(bet("one", 100_00))
    book.do(of_match(21_00))
    assert not book.store.append_many([decided_before]).verdicts[0].accepted
    book.refused(StakeOverLimit, bet("one", 100_00))


def test_only_traders_limit_a_match_that_is_not_over_by_an_amount_below_that_of_any_bet(book: Book):
    book.refused(TraderUnknown, of_match(21_00, actor=ANN))
    book.refused(FixtureUnknown, of_match(21_00, derived("fixture", "none")))
    for amount in (0, -1, PAYOUT_MINOR_MAX, 10**15, True):
        book.refused(FixtureLimitMalformed, of_match(amount), any_minor_max=PAYOUT_MINOR_MAX)
    book.refused(ReasonMalformed, of_match(21_00, reason=""))
    head = book.store.head()
    book.do(of_match(None), of_match(21_00), of_match(21_00, reason="again"))
    assert book.store.head() == head + 1
    assert book.facts(fixture_limit_of(F1)) == [FixturePayoutLimited(F1, 21_00, "a rumour", NOON, TOM)]
    book.do(AbandonFixture(F1, "fog", NOON))
    book.refused(FixtureNotLive, of_match(42_00), status="abandoned")


def test_a_holder_is_told_the_lowest_limit_of_markets_and_matches_before_betting(book: Book):
    book.do(limit(1_000_00), of_match(357_00, F2), SetStakeFactor(ANN, "0.5", "arbitrage", TOM, NOON))
    told = book.do(FindRestrictions(ANN, ODDS["yes"], (M1,)))
    assert (told.payout_minor_max, told.markets_minor_max) == (500_00, 1_000_00)
    assert book.do(FindRestrictions(ANN, None, (M1, M2))).payout_minor_max == 178_50
    assert book.do(FindRestrictions(ANN)).payout_minor_max == HOUSE_LIMIT.payout_minor_max // 2


def test_a_bet_that_waits_is_held_against_the_limit_that_stands_when_it_is_struck(book: Book):
    book.do(KickOff(F1, NOON), SetBetDelay(M1, 5, NOON), PriceMarket(M1, ODDS, NOON), bet("waits", 100_00, version=1))
    bet_id = derived("bet", "waits")
    book.do(of_match(21_00))
    book.wait(5_001)
    assert book.do(EndBetDelay(bet_id, NOON)).status == "refused"
    assert book.facts(bet_id)[-1].reason == "stake-over-limit"
    assert verify(book.store).violation is None


def test_a_bet_over_the_limit_of_its_match_is_put_to_a_trader_where_its_market_asks_one(book: Book):
    book.do(of_match(21_00), LimitPayout(M1, None, "a trader looks", NOON, TOM, 500_00, 60))
    book.refused(StakeOverLimit, bet("over", 100_00, version=2), may_refer=True, payout_minor_max=21_00)
    book.refused(StakeOverLimit, bet("far over", 300_00, version=2), may_refer=False)


@pytest.fixture
def processes(book: Book) -> Iterator[tuple[Any, Any]]:
    """Two processes on the log, each of which remembers what its bets read."""
    dispatchers = [Dispatcher(book.store, USE_CASES, batch_wait_ms=0).start() for _ in range(2)]
    yield dispatchers[0].call, dispatchers[1].call
    for dispatcher in dispatchers:
        dispatcher.stop()


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_limit_holds_from_the_next_bet_on_whatever_a_process_remembers(book: Book, processes: tuple[Any, Any], *, elsewhere: bool):
    here, there = processes
    trader = there if elsewhere else here
    for name in ("one", "two"):
        here(bet(name, 100_00))
    trader(of_match(21_00))
    for name in ("three", "four"):
        with pytest.raises(StakeOverLimit):
            here(bet(name, 100_00))
    here(bet("five", 10_00))
    trader(of_match(None))
    here(bet("six", 100_00))
    assert verify(book.store).violation is None

"""The dispatcher over the log in memory, stepped by hand: what is decided while something else commits, and what becomes of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.dispatch.batch import Answer, Overloaded
from commands.dispatch.cached_stream import SNAPSHOT_EVERY_FACTS
from commands.dispatch.dispatcher import Dispatcher
from commands.dispatch.state_cache import StateCache
from commands.ports import Append, Appended, NewFact, StoreUnavailable
from commands.registry import USE_CASES
from domain.bet.commands import AskedLeg
from domain.bet.decider import BET
from domain.bet.striking import PricesMoved
from domain.fact import Recorded
from domain.fixture.commands import KickOff, ScheduleFixture
from domain.ids import derived, handle_claim_of, wallet_of
from domain.market.commands import OpenMarket, ResumeMarket, SuspendMarket
from domain.market.decider import MARKET
from domain.market.facts import MarketPriced, Selection
from domain.market.state import MarketUnknown, VersionFromTheFuture
from domain.odds import Odds, parse
from domain.wallet.decider import WALLET, InsufficientFunds
from domain.wallet.facts import FundsDeposited, FundsWithdrawn
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import single
from tests.decisions.loading import load

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA, MARKET_1, FIXTURE_1 = derived("account", "ada"), derived("market", "1"), derived("fixture", "1")
ODDS = {"yes": Odds(2000, 1000), "no": Odds(1800, 1000)}
BETTER = {"yes": Odds(2100, 1000), "no": Odds(1700, 1000)}


class SteppedDispatcher:
    """A dispatcher without its thread, and what it answered."""

    def __init__(self, store):
        self.dispatcher = Dispatcher(store, USE_CASES, batch_wait_ms=0, queue_commands_max=600)
        self.answers = {}

    def ask(self, name, command):
        self.dispatcher.submit(command, lambda answer: self.answers.__setitem__(name, answer))
        return self

    def turn(self):
        self.dispatcher.turn()
        return self

    def settle(self):
        while self.dispatcher.turn():
            pass
        return self

    def told(self, command):
        return self.ask("it", command).settle().answers.pop("it")


MARKS = (0, 0, 0)
"""The versions of the gates that nobody touched."""


@pytest.fixture
def store():
    return MemoryEventStore()


@pytest.fixture
def dispatcher(store):
    return opened(SteppedDispatcher(store))


def opened(dispatcher):
    kick_off = NOON + timedelta(hours=1)
    assert isinstance(dispatcher.told(OpenAccount(ADA, "ada", "ada@slipstream.example", "hash", "EUR", NOON)), Answer)
    assert isinstance(dispatcher.told(deposit(100_00)), Answer)
    dispatcher.told(ScheduleFixture(FIXTURE_1, "football", "Cup", "A", "B", kick_off, neutral=False, at=NOON))
    selections = (Selection("yes", "Yes"), Selection("no", "No"))
    dispatcher.told(OpenMarket(MARKET_1, FIXTURE_1, "both_teams_to_score", {}, selections, ODDS, 3000, NOON))
    return dispatcher


def deposit(amount_minor, reference="first"):
    return MoveMoney("deposit", ADA, amount_minor, "EUR", reference, NOON)


def bet(name, stake_minor=10_00, version=1, odds=ODDS["yes"], market_id=MARKET_1, at=NOON):
    return single(derived("bet", name), ADA, stake_minor, AskedLeg(market_id, "yes", odds, version), at)


def elsewhere(store, *facts):
    """Let another process write."""
    versions = {stream_id: len(recorded) for stream_id, recorded in store.load(dict.fromkeys([f[0] for f in facts], 0)).items()}
    assert (
        store.append_many([Append([NewFact(stream_id, versions[stream_id] + 1, body) for stream_id, body in facts])]).verdicts[0].accepted
    )


def test_a_batch_is_decided_while_the_one_before_it_is_under_way_and_both_are_answered(dispatcher, store):
    dispatcher.ask("a", bet("a")).turn().turn().ask("b", bet("b"))
    assert dispatcher.answers == {}
    dispatcher.turn()
    assert set(dispatcher.answers) == {"a"}
    dispatcher.settle()
    assert dispatcher.answers["a"].position < dispatcher.answers["b"].position == store.head()


def test_a_repeat_after_a_restart_gets_the_first_answer_though_the_market_is_suspended_and_the_money_is_gone(dispatcher, store):
    first = dispatcher.told(bet("a", 100_00))
    dispatcher.told(SuspendMarket(MARKET_1, "goal", NOON))
    again = SteppedDispatcher(store).told(bet("a", 100_00))
    assert (again.receipt, again.position) == (first.receipt, first.position)


def test_a_bet_on_a_price_that_another_process_moved_is_struck_on_what_the_log_says(dispatcher, store):
    dispatcher.told(bet("warm", 1_00))
    elsewhere(store, (MARKET_1, MarketPriced(BETTER, NOON + timedelta(seconds=1), marks=MARKS)))
    struck = dispatcher.told(bet("a", at=NOON + timedelta(seconds=2)))
    assert struck.receipt.placed.legs[0].version == 1
    assert dispatcher.told(bet("b", version=2, odds=BETTER["yes"], at=NOON + timedelta(seconds=9))).receipt.placed.legs[0].version == 2


def test_a_refusal_from_stale_money_is_not_told_before_the_log_confirms_it(dispatcher, store):
    assert isinstance(dispatcher.told(bet("poor", 200_00)), InsufficientFunds)
    elsewhere(store, (wallet_of(ADA), FundsDeposited(ADA, 500_00, "elsewhere", 600_00, NOON)))
    assert isinstance(dispatcher.told(bet("rich", 200_00)), Answer)


def test_a_version_from_the_future_is_looked_for_in_the_log_before_it_is_refused(dispatcher, store):
    elsewhere(store, (MARKET_1, MarketPriced(BETTER, NOON, marks=MARKS)))
    assert isinstance(dispatcher.told(bet("fresh", version=2, odds=BETTER["yes"])), Answer)
    assert isinstance(dispatcher.told(bet("future", version=3, odds=BETTER["yes"])), VersionFromTheFuture)


def test_what_was_decided_on_a_stake_that_was_never_recorded_is_decided_again(dispatcher, store):
    """Another process fills the very version that the lost stake would have had: versions alone would not tell."""
    dispatcher.told(bet("warm", 1_00))
    dispatcher.ask("a", bet("a", 10_00)).ask("b", bet("b", 10_00))
    elsewhere(store, (wallet_of(ADA), FundsWithdrawn(ADA, 99_00, "elsewhere", 0, NOON)))
    dispatcher.settle()
    assert [(type(told), told.available_minor) for told in dispatcher.answers.values()] == [(InsufficientFunds, 0)] * 2


def test_what_was_decided_while_a_stake_was_under_way_that_was_never_recorded_is_decided_again(dispatcher, store):
    dispatcher.told(bet("warm", 1_00))
    elsewhere(store, (wallet_of(ADA), FundsWithdrawn(ADA, 99_00, "elsewhere", 0, NOON)))
    dispatcher.ask("a", bet("a", 10_00)).turn().ask("b", bet("b", 10_00)).settle()
    assert [(type(told), told.available_minor) for told in dispatcher.answers.values()] == [(InsufficientFunds, 0)] * 2


class FailedBatch(NamedTuple):
    """A batch that was begun and cannot be committed."""

    outcome: Callable[[], Appended]
    changed_elsewhere: Mapping[str, int] | None = None
    facts_elsewhere: Sequence[Recorded] = ()
    ready: Callable[[], bool] = lambda: True


class Failing(MemoryEventStore):
    """A log that goes away for a batch."""

    failures = 0

    def begin(self, appends):
        if self.failures:
            self.failures -= 1
            return FailedBatch(self._fail)
        return super().begin(appends)

    def _fail(self) -> Appended:
        raise StoreUnavailable


def test_when_the_log_goes_away_its_callers_are_told_and_what_was_decided_meanwhile_is_decided_again():
    store = Failing()
    dispatcher = opened(SteppedDispatcher(store))
    store.failures = 1
    dispatcher.ask("lost", deposit(500_00, "second")).turn().turn().ask("next", bet("a", 300_00)).settle()
    assert isinstance(dispatcher.answers["lost"], StoreUnavailable)
    assert isinstance(dispatcher.answers["next"], InsufficientFunds)
    assert isinstance(dispatcher.told(deposit(500_00, "second")), Answer)


class Broken(MemoryEventStore):
    """A log that fails in ways nobody foresaw."""

    begins, saves = 0, False

    def begin(self, appends):
        if self.begins:
            self.begins -= 1
            raise RuntimeError("unforeseen")
        return super().begin(appends)

    def save_snapshots(self, snapshots):
        if self.saves:
            raise RuntimeError("unforeseen")
        super().save_snapshots(snapshots)


def test_an_error_nobody_foresaw_is_told_to_its_callers_and_the_door_stays_open():
    store = Broken()
    dispatcher = opened(SteppedDispatcher(store))
    store.begins = 1
    assert isinstance(dispatcher.told(bet("a")), RuntimeError)
    assert isinstance(dispatcher.told(bet("a")), Answer)


def test_the_memory_of_streams_is_bounded_and_what_is_asked_for_again_stays(store):
    states = StateCache(store, states_max=8)
    for number in range(100):
        states.find_or_assume_new(MARKET, f"new {number}").version = 1
        assert states.find("new 0") is not None
        load(states, WALLET, derived("wallet", f"{number}"))
        assert len(states) <= 2 * 8
    assert states.find("new 1") is None


def test_brief_streams_never_push_out_the_lasting_ones(store):
    states = StateCache(store, states_max=8)
    wallet = states.find_or_assume_new(WALLET, wallet_of(ADA))
    wallet.version = 1
    assert states.find(wallet_of(ADA)) is wallet
    for number in range(100):
        states.find_or_assume_new(BET, f"bet {number}").version = 1
        assert states.find(f"bet {number}") is not None
        assert len(states) <= 2 * 8
    assert states.find("bet 0") is None
    assert states.find(wallet_of(ADA)) is wallet


def test_a_snapshot_that_cannot_be_saved_costs_time_and_nothing_else():
    store = Broken()
    dispatcher = opened(SteppedDispatcher(store))
    store.saves = True
    for number in range(SNAPSHOT_EVERY_FACTS + 1):
        assert isinstance(dispatcher.told(deposit(1, f"n{number}")), Answer)


def test_what_somebody_asked_for_as_another_kind_of_thing_can_still_come_to_be(dispatcher):
    stolen = handle_claim_of("victim")
    assert isinstance(dispatcher.told(bet("a", market_id=stolen)), MarketUnknown)
    opened_account = OpenAccount(derived("account", "v"), "victim", "victim@slipstream.example", "hash", "EUR", NOON)
    assert isinstance(dispatcher.told(opened_account), Answer)


def test_a_bet_that_waited_too_long_is_not_struck(dispatcher):
    dispatcher.dispatcher.submit(bet("late"), lambda answer: dispatcher.answers.__setitem__("late", answer), wait_s_max=-1)
    dispatcher.settle()
    assert isinstance(dispatcher.answers["late"], Overloaded)
    assert isinstance(dispatcher.told(bet("late")), Answer)


def test_a_repeat_that_changes_nothing_is_answered_with_where_it_came_to_be_true(dispatcher):
    began = dispatcher.told(ScheduleFixture(FIXTURE_1, "football", "Cup", "A", "B", NOON + timedelta(hours=1), neutral=False, at=NOON))
    kicked = dispatcher.told(KickOff(FIXTURE_1, NOON))
    assert dispatcher.told(KickOff(FIXTURE_1, NOON)).position >= kicked.position > began.position


def test_the_price_in_a_refusal_can_be_asked_for(dispatcher):
    uneven = Odds(21, 11)
    dispatcher.told(SuspendMarket(MARKET_1, "goal", NOON))
    dispatcher.told(ResumeMarket(MARKET_1, {"yes": uneven, "no": Odds(1800, 1000)}, NOON))
    moved = dispatcher.told(bet("a", at=NOON + timedelta(seconds=9)))
    assert isinstance(moved, PricesMoved)
    assert isinstance(dispatcher.told(bet("a", version=moved.current_version, odds=parse(moved.current))), Answer)

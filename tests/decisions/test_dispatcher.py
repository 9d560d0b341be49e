"""The dispatcher, turned by hand: who is answered what, and when."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
import structlog

from commands.dispatch.batch import Answer, Contended, Overloaded, Stopping
from commands.dispatch.cached_stream import SNAPSHOT_EVERY_FACTS
from commands.dispatch.completion import ATTEMPTS_MAX
from commands.dispatch.dispatcher import Dispatcher
from commands.dispatch.state_cache import StateCache
from commands.dispatch.stream import NotOfThatKind
from commands.ports import Append, Appended, StoreUnavailable, Wanted
from commands.registry import USE_CASES
from domain.account.commands import SignIn
from domain.bet.commands import AskedLeg
from domain.fixture.commands import KickOff, ScheduleFixture
from domain.ids import derived, wallet_of
from domain.market.commands import PriceMarket
from domain.market.decider import MARKET
from domain.market.facts import MarketPriced
from domain.market.state import MarketUnknown
from domain.odds import Odds, parse
from domain.unknown import AccountUnknown
from infra.eventstore.memory import MemoryBatch, MemoryEventStore, MemoryLoad
from tests.decisions.given import NOON, single
from tests.decisions.loading import load
from tests.decisions.test_use_cases import ANN, BET_1, BOB, F1, F2, M1, M2, account, bet, deposit, market


class SteppedDispatcher:
    """A dispatcher whose loop the test turns; `told` holds the answers in the order they came."""

    def __init__(self, store: MemoryEventStore, **limits: Any) -> None:
        self.store = store
        self.dispatcher = Dispatcher(store, USE_CASES, batch_wait_ms=0, **limits)
        self.told: list[Answer | BaseException] = []

    def ask(self, *commands: Any) -> "SteppedDispatcher":
        for command in commands:
            self.dispatcher.submit(command, self.told.append)
        return self

    def turn(self, times: int = 1) -> "SteppedDispatcher":
        for _ in range(times):
            self.dispatcher.turn()
        return self

    def settle_down(self) -> list[Answer | BaseException]:
        while self.dispatcher.turn():
            pass
        told, self.told = self.told, []
        return told


@pytest.fixture
def store() -> MemoryEventStore:
    store = MemoryEventStore()
    told = SteppedDispatcher(store).ask(account(), deposit(), *market(M1, F1), *market(M2, F2)).settle_down()
    assert all(isinstance(answer, Answer) for answer in told)
    return store


@pytest.fixture
def dispatcher(store: MemoryEventStore) -> SteppedDispatcher:
    return SteppedDispatcher(store)


def kinds(answers: Sequence[Any]) -> list[type]:
    return [type(answer) for answer in answers]


def test_nobody_is_answered_before_the_commit(dispatcher: SteppedDispatcher):
    dispatcher.ask(bet()).turn().turn().turn()
    assert dispatcher.told == []
    dispatcher.turn()
    assert kinds(dispatcher.told) == [Answer]


def test_whoever_misses_a_stream_steps_aside_and_the_others_go_on(dispatcher: SteppedDispatcher):
    dispatcher.ask(bet(derived("bet", "0"))).settle_down()
    dispatcher.ask(SignIn(ANN, "argon2", "", NOON), bet()).turn().turn()
    assert [type(answer.receipt).__name__ for answer in dispatcher.told if isinstance(answer, Answer)] == ["BetReceipt"]
    assert kinds(dispatcher.settle_down()) == [Answer, Answer]


def test_who_steps_aside_for_a_stream_is_not_overtaken_on_it(store: MemoryEventStore):
    dispatcher = SteppedDispatcher(store, commands_per_batch_max=1)
    prices = [{"yes": Odds(number, 1000), "no": Odds(1800, 1000)} for number in range(2000, 2006)]
    told = dispatcher.ask(*[PriceMarket(M1, each, NOON) for each in prices]).settle_down()
    assert kinds(told) == [Answer] * 6
    assert [recorded.body.prices for recorded in store.load({M1: 1})[M1] if isinstance(recorded.body, MarketPriced)] == prices


def test_a_stream_that_came_late_does_not_undo_what_was_decided_on_it_meanwhile(store: MemoryEventStore):
    states = StateCache(store)
    late, wanted = states.begin_load({M1: Wanted()}), {M1: (MARKET, Wanted())}
    entry = load(states, MARKET, M1)
    states.stage(entry, MARKET, entry.state, entry.version + 1)
    states.take(wanted, late.outcome())
    assert states.find(M1) is entry
    assert entry.version == entry.base_version + 1


def test_an_answer_says_where_its_bet_stands_and_a_retry_says_the_same(dispatcher: SteppedDispatcher, store: MemoryEventStore):
    (first,) = dispatcher.ask(bet()).settle_down()
    assert isinstance(first, Answer)
    assert first.position == store.head()
    assert dispatcher.ask(bet()).settle_down() == [first]
    assert SteppedDispatcher(store).ask(bet()).settle_down() == [first]


def test_the_same_bet_twice_in_one_batch_is_one_bet_with_two_equal_answers(dispatcher: SteppedDispatcher, store: MemoryEventStore):
    head = store.head()
    first, second = dispatcher.ask(bet(), bet()).settle_down()
    assert first == second
    assert store.head() == head + 2


def test_the_same_bet_at_two_processes_at_once_is_one_bet_with_two_equal_answers(store: MemoryEventStore):
    dispatchers = SteppedDispatcher(store).ask(bet()), SteppedDispatcher(store).ask(bet())
    for dispatcher in dispatchers:
        dispatcher.turn()
    assert dispatchers[0].settle_down() == dispatchers[1].settle_down()


def test_two_processes_cannot_spend_the_same_money(store: MemoryEventStore):
    dispatchers = [SteppedDispatcher(store).ask(bet(derived("bet", str(n)), stake_minor=60_00)) for n in range(2)]
    for dispatcher in dispatchers:
        dispatcher.turn()
    told = [answer for dispatcher in dispatchers for answer in dispatcher.settle_down()]
    assert sorted(kind.__name__ for kind in kinds(told)) == ["Answer", "InsufficientFunds"]


def test_a_no_that_was_based_on_old_news_is_not_told(store: MemoryEventStore):
    stale = SteppedDispatcher(store)
    stale.ask(SignIn(BOB, "argon2", "", NOON)).turn()
    SteppedDispatcher(store).ask(account(BOB, "bob", "bob@example.org")).settle_down()
    assert kinds(stale.settle_down()) == [Answer]


def test_a_no_that_stood_at_its_commit_is_told_and_not_remembered(store: MemoryEventStore):
    early = SteppedDispatcher(store)
    early.ask(SignIn(BOB, "argon2", "", NOON)).turn().turn()
    SteppedDispatcher(store).ask(account(BOB, "bob", "bob@example.org")).settle_down()
    assert kinds(early.settle_down()) == [AccountUnknown]
    assert kinds(early.ask(SignIn(BOB, "argon2", "", NOON)).settle_down()) == [Answer]


def test_a_queue_that_is_full_refuses_at_once(store: MemoryEventStore):
    dispatcher = SteppedDispatcher(store, queue_commands_max=2).ask(bet(), bet())
    with pytest.raises(Overloaded) as raised:
        dispatcher.ask(bet())
    assert raised.value.evidence() == {"commands_waiting": 2}
    assert kinds(dispatcher.settle_down()) == [Answer, Answer]


def test_a_door_that_closes_answers_who_is_inside_and_nobody_else(store: MemoryEventStore):
    dispatcher = SteppedDispatcher(store).ask(bet())
    dispatcher.dispatcher.start()
    dispatcher.dispatcher.stop()
    assert kinds(dispatcher.told) == [Answer]
    with pytest.raises(Stopping):
        dispatcher.ask(bet())


class PositionMoved(MemoryEventStore):
    """Somebody else is always faster."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        return super().append_many([Append([*append.facts, *append.facts], append.reads) for append in appends])


def test_nothing_is_tried_for_ever():
    (told,) = SteppedDispatcher(PositionMoved()).ask(account()).settle_down()
    assert isinstance(told, Contended)
    assert told.evidence() == {"attempts": ATTEMPTS_MAX}


class LostBatch(MemoryBatch):
    """A batch of which nobody knows what became of it."""

    def __init__(self) -> None:
        super().__init__(Appended([]))

    def outcome(self) -> Appended:
        raise StoreUnavailable("away")


class Away(MemoryEventStore):
    """Begins a batch and never learns what became of it, while `is_away`."""

    is_away = False

    def begin(self, appends: Sequence[Append]) -> MemoryBatch:
        return LostBatch() if self.is_away else super().begin(appends)


def test_a_log_that_is_away_is_told_and_what_was_decided_is_forgotten():
    store = Away()
    dispatcher = SteppedDispatcher(store).ask(account(), deposit(), *market(M1, F1))
    dispatcher.settle_down()
    store.is_away = True
    assert kinds(dispatcher.ask(bet(stake_minor=100_00)).settle_down()) == [StoreUnavailable]
    store.is_away = False
    assert kinds(dispatcher.ask(bet(stake_minor=100_00)).settle_down()) == [Answer]


def test_a_broken_command_gets_its_error_and_its_neighbours_go_on(dispatcher: SteppedDispatcher):
    dispatcher.ask(bet(derived("bet", "0"))).settle_down()
    with structlog.testing.capture_logs() as logged:
        broken = msgspec.structs.replace(bet(derived("bet", "2")), legs=5)
        told = dispatcher.ask(bet(), broken, bet(derived("bet", "3"))).settle_down()
    assert kinds(told) == [Answer, TypeError, Answer]
    assert [entry["event"] for entry in logged] == ["a use case failed"]


def test_an_id_of_something_else_is_unknown_and_taken_whether_it_is_in_memory_or_not(store: MemoryEventStore):
    dispatcher = SteppedDispatcher(store).ask(bet())
    assert kinds(dispatcher.settle_down()) == [Answer]
    on_a_bet = single(derived("bet", "2"), ANN, 1, AskedLeg(BET_1, "home", parse("2.1"), 1), NOON)
    for each in (dispatcher, SteppedDispatcher(store)):
        assert kinds(each.ask(on_a_bet).settle_down()) == [MarketUnknown]
        assert kinds(each.ask(bet(M2)).settle_down()) == [NotOfThatKind]


class Watched(MemoryEventStore):
    """Notes the version of the snapshot that each stream was last loaded from."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: dict[str, int] = {}

    def begin_load(self, streams: Mapping[str, Wanted]) -> MemoryLoad:
        load = super().begin_load(streams)
        snapshots = load.outcome().snapshots
        self.loaded |= dict.fromkeys(streams, 0) | {stream_id: snapshot.version for stream_id, snapshot in snapshots.items()}
        return load


def test_a_wallet_with_a_long_past_is_loaded_from_its_snapshot():
    store = Watched()
    SteppedDispatcher(store).ask(account(), *[deposit(1, f"r {n}") for n in range(SNAPSHOT_EVERY_FACTS)]).settle_down()
    assert store.loaded[wallet_of(ANN)] == 0
    (told,) = SteppedDispatcher(store).ask(deposit(1, "one more")).settle_down()
    assert isinstance(told, Answer)
    assert store.loaded[wallet_of(ANN)] >= SNAPSHOT_EVERY_FACTS


def test_a_long_queue_is_answered_in_batches_and_in_order(store: MemoryEventStore):
    dispatcher = SteppedDispatcher(store, commands_per_batch_max=3, states_max=4)
    fixtures = [derived("test", f"fixture {n}") for n in range(20)]
    dispatcher.ask(*[ScheduleFixture(f, "football", "Cup", "A", "B", NOON, False, NOON) for f in fixtures])
    dispatcher.ask(*[KickOff(f, NOON) for f in fixtures])
    told = dispatcher.settle_down()
    assert [(answer.receipt.fixture_id, answer.receipt.status) for answer in told if isinstance(answer, Answer)] == [
        *[(f, "scheduled") for f in fixtures],
        *[(f, "live") for f in fixtures],
    ]
    assert BET_1 not in store._streams

"""The queue by lanes, and the dispatcher that empties it: what must not wait goes first, and nothing waits for ever."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.dispatch.batch import Answer, Overloaded, QueuedCommand
from commands.dispatch.batch_size import COMMANDS_MIN, HELD_US_EASY, HELD_US_MAX, HURRIED_BATCHES, HURRIED_US_MAX, BatchSize
from commands.dispatch.command_queue import CommandQueue
from commands.dispatch.dispatcher import COMMANDS_PER_LOOK, COMMANDS_PER_NUDGE, Dispatcher
from commands.dispatch.lanes import SHARES, SHED_AT, Lane
from commands.dispatch.loading import StreamLoader
from commands.dispatch.state_cache import StateCache
from commands.dispatch.use_case import Outcome, StreamRef, UseCase
from commands.registry import USE_CASES
from domain.fixture.commands import ScheduleFixture
from domain.fixture.decider import FIXTURE
from domain.gate.commands import ReopenBetting, StopBetting
from domain.ids import derived
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON
from tests.decisions.test_following import Shared
from tests.decisions.test_use_cases import F1, M1, bet, deposit, market


def waiting(lane: Lane, name: Any = "") -> QueuedCommand:
    return QueuedCommand(name, lambda _: None, lane, 0.0)


def filled(**counts: int) -> CommandQueue:
    queue = CommandQueue(10_000)
    for lane in Lane:
        for number in range(counts.get(lane.name.lower(), 0)):
            queue.put(waiting(lane, number))
    return queue


def lanes_of(batch: list[QueuedCommand]) -> list[Lane]:
    return [queued.lane for queued in batch]


def test_safety_commands_go_first_and_all_of_them():
    assert lanes_of(filled(bets=600, safety=5).take(512))[:6] == [*[Lane.SAFETY] * 5, Lane.BETS]


def test_no_lane_starves_whatever_fills_the_others():
    for starved in SHARES:
        counts = {lane.name.lower(): 5_000 for lane in SHARES if lane != starved} | {starved.name.lower(): 500}
        queue = filled(**counts)
        batch = queue.take(512)
        assert lanes_of(batch).count(starved) >= int(SHARES[starved] * 512)
        assert len(batch) == 512


def test_a_full_lane_refuses_what_comes_last_and_leaves_the_others_open():
    queue = CommandQueue(2)
    queue.put(waiting(Lane.BETS))
    queue.put(waiting(Lane.BETS))
    with pytest.raises(Overloaded) as refused:
        queue.put(waiting(Lane.BETS))
    assert refused.value.evidence() == {"commands_waiting": 2}
    queue.put(waiting(Lane.SAFETY))
    queue.put(waiting(Lane.ACCOUNTS))
    assert queue.depths() == {Lane.SAFETY: 1, Lane.TRADING: 0, Lane.SETTLEMENT: 0, Lane.BETS: 2, Lane.SOCIAL: 0, Lane.ACCOUNTS: 1}


@given(st.lists(st.tuples(st.sampled_from(list(Lane)), st.integers()), max_size=60), st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_everything_is_taken_once_and_in_order_within_its_lane(put: list[tuple[Lane, int]], sizes: list[int]):
    queue = CommandQueue(100)
    for lane, number in put:
        queue.put(waiting(lane, number))
    taken: list[QueuedCommand] = []
    for size in sizes * 60:
        batch = queue.take(size)
        assert len(batch) <= size
        queue.put_back(batch[len(batch) // 2 + 1 :])
        taken += batch[: len(batch) // 2 + 1]
    assert len(queue) == 0
    for lane in Lane:
        assert [queued.command for queued in taken if queued.lane == lane] == [number for of, number in put if of == lane]


def test_a_batch_shrinks_when_it_held_the_head_too_long_and_grows_again():
    size = BatchSize(512)
    for _ in range(50):
        size.learn(HELD_US_MAX * 2)
    assert size.commands_max == COMMANDS_MIN
    for _ in range(1_000):
        size.learn(1_000)
    assert size.commands_max == 512


def test_batches_are_smaller_while_safety_commands_come_and_not_much_longer():
    size, between_us = BatchSize(512), (HURRIED_US_MAX + HELD_US_EASY) // 2
    size.learn(between_us)
    assert size.commands_max == 512
    for number in range(100):
        size.learn(between_us, urgent=not number % 20)
    assert size.commands_max == COMMANDS_MIN
    for _ in range(HURRIED_BATCHES - 20):
        size.learn(between_us)
    assert size.commands_max < 2 * COMMANDS_MIN
    for _ in range(100):
        size.learn(between_us)
    assert size.commands_max == 512


class Slow:
    """A use case that lets a safety command arrive while a batch of bets is decided."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher(
            MemoryEventStore(),
            {
                ScheduleFixture: UseCase(self.handle, lambda ask: (StreamRef(FIXTURE, ask.fixture_id),), lane=Lane.BETS),
                int: UseCase(self.stop, lambda ask: (StreamRef(FIXTURE, derived("f", str(ask))),), lane=Lane.SAFETY),
            },
            batch_wait_ms=0,
        )
        self.order: list[Any] = []
        self.handled = 0

    def handle(self, ask: ScheduleFixture, streams: Any) -> Outcome:
        fixture = streams.load(FIXTURE, ask.fixture_id)
        fixture.decide(ask)
        self.handled += 1
        if self.handled == 10:
            self.dispatcher.submit(7, lambda answer: self.order.append(("safety", answer)))
        return Outcome(None, fixture)

    def stop(self, ask: int, streams: Any) -> Outcome:
        return Outcome(ask, streams.load(FIXTURE, derived("f", str(ask))))


def test_a_safety_command_closes_the_batch_that_is_being_decided():
    slow = Slow()
    for number in range(400):
        fixture_id = derived("fixture", str(number))
        ask = ScheduleFixture(fixture_id, "football", "Cup", "A", "B", NOON, neutral=False, at=NOON)
        slow.dispatcher.submit(ask, lambda answer: slow.order.append(("bet", answer)))
    while slow.dispatcher.turn():
        pass
    assert len(slow.order) == 401
    assert all(isinstance(answer, Answer) for _, answer in slow.order)
    place = [kind for kind, _ in slow.order].index("safety")
    assert place <= 2 * COMMANDS_PER_LOOK


def test_whoever_waits_for_a_safety_command_is_answered_before_the_next_batch_is_decided():
    decided, decided_before = list[Any](), list[int]()

    def counted(use_case: UseCase) -> UseCase:
        return use_case._replace(handle=lambda ask, streams: (decided.append(ask), use_case.handle(ask, streams))[1])

    use_cases = {kind: counted(use_case) for kind, use_case in USE_CASES.items()}
    dispatcher = Dispatcher(MemoryEventStore(), use_cases, batch_wait_ms=0, commands_per_batch_max=512)
    fixtures = [derived("fixture", str(number)) for number in range(1_000)]

    def ask_for(stop: Any, done: Any) -> None:
        dispatcher.submit(stop, done)
        for fixture_id in fixtures:
            dispatcher.submit(ScheduleFixture(fixture_id, "football", "Cup", "A", "B", NOON, neutral=False, at=NOON), lambda _: None)
        while dispatcher.turn():
            pass

    ask_for(StopBetting("sport", ("football",), "doubt", NOON), lambda _: None)
    ask_for(ReopenBetting("sport", ("football",), NOON), lambda _: None)
    decided.clear()
    ask_for(StopBetting("sport", ("football",), "goal", NOON), lambda _: decided_before.append(len(decided)))
    assert len(decided) == len(fixtures) + 1, "all is in memory by now"
    assert decided_before[0] <= 512 + 2 * COMMANDS_PER_NUDGE


def cold_bet(number: int) -> Any:
    """A bet of an account that is not in memory."""
    return bet(derived("bet", str(number)), account_id=derived("account", str(number)))


def test_a_safety_command_that_misses_its_streams_does_not_wait_for_bets_that_miss_theirs():
    log = Shared()
    log.process().do(*market(M1, F1))
    dispatcher, order = log.process().dispatcher, list[str]()
    for number in range(5_000):
        dispatcher.submit(cold_bet(number), lambda _: order.append("bet"))
    for _ in range(10):
        dispatcher.turn()
    answered_before = len(order)
    dispatcher.submit(StopBetting("fixture", (F1,), "doubt", NOON), lambda answer: order.append(type(answer).__name__))
    while dispatcher.turn():
        pass
    assert len(order) == 5_001
    assert order.index("Answer") - answered_before <= 1_000, "a load under way, and the batches that were decided before"


def test_what_waits_for_streams_is_bounded_by_lane_too():
    loader = StreamLoader(StateCache(MemoryEventStore()), USE_CASES, lambda _: None, lane_commands_max=2)
    told: list[Any] = []
    for lane in [Lane.BETS, Lane.BETS, Lane.BETS, Lane.SAFETY]:
        loader.wait_for(QueuedCommand(cold_bet(len(told)), told.append, lane, 0.0))
    assert [type(answer) for answer in told] == [Overloaded]


SHED_IN_ORDER = (Lane.SOCIAL, Lane.ACCOUNTS, Lane.SETTLEMENT)
BOUND = 100


def is_taken(queue: CommandQueue, lane: Lane) -> bool:
    """Whether a new command of a class is taken now; it does not stay."""
    queued = QueuedCommand("", lambda _: None, lane, 0.0)
    try:
        queue.admit(queued)
    except Overloaded:
        return False
    queue._lanes[lane].pop()
    return True


@given(st.lists(st.sampled_from(list(Lane)), max_size=4 * BOUND))
def test_whatever_waits_the_classes_are_shed_in_their_order_and_suspensions_and_bets_last(put: list[Lane]):
    queue = CommandQueue(BOUND)
    for lane in put:
        with suppress(Overloaded):
            queue.admit(waiting(lane))
    taken = [is_taken(queue, lane) for lane in SHED_IN_ORDER if queue.depths()[lane] < SHED_AT[lane] * BOUND]
    assert taken == sorted(taken), "where one is taken, so is whatever is shed after it"
    for lane in (Lane.BETS, Lane.TRADING, Lane.SAFETY):
        assert is_taken(queue, lane) == (queue.depths()[lane] < BOUND)


def test_bets_that_fill_the_queue_shed_one_class_after_the_other():
    queue, shed_at = CommandQueue(BOUND), {}
    for number in range(BOUND):
        for lane in SHED_IN_ORDER:
            if lane not in shed_at and not is_taken(queue, lane):
                shed_at[lane] = number / BOUND
        queue.admit(waiting(Lane.BETS))
    assert shed_at == SHED_AT
    assert not is_taken(queue, Lane.BETS)
    assert is_taken(queue, Lane.SAFETY)


def test_what_is_shed_is_counted_by_class():
    dispatcher = Dispatcher(MemoryEventStore(), USE_CASES, queue_commands_max=4)
    for _ in range(4):
        dispatcher.submit(bet(), lambda _: None)
    for _ in range(3):
        with pytest.raises(Overloaded):
            dispatcher.submit(deposit(), lambda _: None)
    dispatcher.submit(StopBetting("fixture", (F1,), "doubt", NOON), lambda _: None)
    assert {lane: count for lane, count in dispatcher.figures.shed.items() if count} == {Lane.ACCOUNTS: 3}
    assert dispatcher.queue_filled == 5 / 4

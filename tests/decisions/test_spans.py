"""Decisions that hold for a while: judged by the log's own time, whatever clocks the processes have."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commands.dispatch.batch import Answer, LogClockBehind
from commands.dispatch.dispatcher import Dispatcher
from commands.dispatch.use_case import Outcome, StreamRef, UseCase
from commands.ports import Append, NewFact
from domain.aggregate import Aggregate
from domain.fact import micros
from domain.ids import derived
from domain.refused import Refused
from domain.wallet.facts import TransferRecorded, WalletOpened
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON

LAMP_MS = 10_000
LAMP, DOOR_BELL = derived("lamp", "1"), derived("bell", "1")


class LampOut(Refused):
    """The lamp is out."""


class Burning(msgspec.Struct, frozen=True):
    """How often a lamp was lit."""

    times: int = 0


def lit(state: Burning, _fact: Any) -> Burning:
    return Burning(state.times + 1)


LAMPS = Aggregate("lamp", Burning(), lambda _state, ask: (WalletOpened("lamp", "EUR", ask.at),), lit, (WalletOpened,), times_kept_ms=60_000)
BELLS = Aggregate(
    "bell",
    Burning(),
    lambda _state, ask: (TransferRecorded("bell", "in", 1, "EUR", ask.name, NOON),),
    lit,
    (TransferRecorded,),
)


class Light(msgspec.Struct, frozen=True):
    """Light the lamp; its light counts for ten seconds."""

    at: Any = NOON


class Ring(msgspec.Struct, frozen=True):
    """Ring the bell, which may be done only in the lamp's light."""

    name: str = "ring"
    delay_ms: int = 0
    unheld: bool = False


def light(ask: Light, streams: Any) -> Outcome:
    lamp = streams.load(LAMPS, LAMP)
    lamp.decide(ask)
    return Outcome("lit", lamp)


def ring(ask: Ring, streams: Any) -> Outcome:
    bell, lamp = streams.load(BELLS, DOOR_BELL), streams.look(LAMPS, LAMP)
    if not lamp.version or not streams.is_within(lamp, lamp.version, LAMP_MS):
        raise LampOut
    if not ask.unheld:
        streams.hold(lamp, lamp.version, LAMP_MS)
    if ask.delay_ms:
        streams.delay(lamp, lamp.version, ask.delay_ms)
    bell.decide(ask)
    return Outcome("rung", bell)


USE_CASES = {
    Light: UseCase(light, lambda _: (StreamRef(LAMPS, LAMP),)),
    Ring: UseCase(ring, lambda _: (StreamRef(BELLS, DOOR_BELL), StreamRef(LAMPS, LAMP))),
}


class Clocks:
    """A log whose clock the test sets, and processes whose monotonic clocks go with it as far as the test says."""

    def __init__(self) -> None:
        self.log_us = micros(NOON)
        self.monotonic_us = 0
        self.log = MemoryEventStore(clock_us=lambda: self.log_us)

    def process(self) -> "Process":
        return Process(Dispatcher(self.log, USE_CASES, batch_wait_ms=0, monotonic_ns=lambda: self.monotonic_us * 1000))

    def pass_ms(self, ms: int, *, noticed: bool = True) -> None:
        self.log_us += ms * 1000
        if noticed:
            self.monotonic_us += ms * 1000


class Process:
    """A dispatcher turned by hand."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher

    def do(self, *commands: Any) -> list[Any]:
        told: list[Any] = []
        for command in commands:
            self.dispatcher.submit(command, told.append)
        while self.dispatcher.turn():
            pass
        return [answer.receipt if isinstance(answer, Answer) else type(answer) for answer in told]


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_what_holds_for_ten_seconds_holds_to_the_last_microsecond_and_no_longer(clocks: Clocks):
    process = clocks.process()
    assert process.do(Light(), Ring()) == ["lit", "rung"]
    clocks.pass_ms(LAMP_MS)
    assert process.do(Ring("at the end")) == ["rung"]
    clocks.log_us += 1
    assert process.do(Ring("too late")) == [LampOut]


def test_a_process_whose_clock_stands_still_is_held_to_the_logs_time(clocks: Clocks):
    process = clocks.process()
    process.do(Light(), Ring())
    clocks.pass_ms(LAMP_MS + 1, noticed=False)
    assert process.do(Ring("too late")) == [LampOut]


def test_a_process_that_has_just_begun_knows_the_times_of_what_it_loads(clocks: Clocks):
    clocks.process().do(Light())
    clocks.pass_ms(LAMP_MS - 1)
    assert clocks.process().do(Ring()) == ["rung"]
    clocks.pass_ms(2)
    assert clocks.process().do(Ring("too late")) == [LampOut]


def test_what_another_process_renewed_is_seen_though_nobody_told(clocks: Clocks):
    one, other = clocks.process(), clocks.process()
    one.do(Light(), Ring())
    clocks.pass_ms(LAMP_MS - 5)
    other.do(Light())
    clocks.pass_ms(LAMP_MS - 5)
    assert one.do(Ring("in the other light")) == ["rung"]


def test_a_no_is_not_told_on_an_old_look_at_what_another_process_renewed(clocks: Clocks):
    one, other = clocks.process(), clocks.process()
    one.do(Light(), Ring())
    clocks.pass_ms(LAMP_MS * 3)
    other.do(Light())
    assert one.do(Ring("after a pause")) == ["rung"]


def test_what_was_looked_at_may_move_without_harm(clocks: Clocks):
    process = clocks.process()
    process.do(Light(), Ring())
    told: list[Any] = []
    process.dispatcher.submit(Ring("while it is lit again"), told.append)
    clocks.log.append_many([Append([NewFact(LAMP, 2, WalletOpened("lamp", "EUR", NOON))])])
    while process.dispatcher.turn():
        pass
    assert [type(answer) for answer in told] == [Answer]


def test_a_decision_in_the_same_batch_as_what_it_holds_from_is_as_old_as_the_commit(clocks: Clocks):
    assert clocks.process().do(*[Light(), Ring("a"), Light(), Ring("b")]) == ["lit", "rung", "lit", "rung"]


@pytest.mark.parametrize("unheld", [False, True], ids=["what holds", "what was looked at"])
@pytest.mark.parametrize("following", [False, True], ids=["in the same batch", "in the batch after"])
def test_what_is_decided_on_a_fact_that_is_refused_is_decided_again(clocks: Clocks, *, following: bool, unheld: bool):
    one, other = clocks.process(), clocks.process()
    one.do(Light(), Ring())
    other.do(Light())
    clocks.pass_ms(LAMP_MS * 3)
    told: list[Any] = []
    one.dispatcher.submit(Light(), told.append)
    if following:
        one.dispatcher.turn()
    one.dispatcher.submit(Ring("in a light that was refused", unheld=unheld), told.append)
    while one.dispatcher.turn():
        pass
    assert {type(answer) for answer in told} == {Answer}
    assert [fact.stream_id for fact in clocks.log.read(0, 10)] == [LAMP, DOOR_BELL, LAMP, LAMP, DOOR_BELL]


def test_nothing_is_committed_before_its_delay_is_over(clocks: Clocks):
    process = clocks.process()
    process.do(Light(), Ring())
    clocks.pass_ms(2_000)
    assert process.do(Ring("early", delay_ms=2_000)) != ["rung"]
    clocks.log_us += 1
    assert process.do(Ring("in time", delay_ms=2_000)) == ["rung"]


def test_a_clock_that_was_set_back_refuses_what_has_a_span_and_lets_the_rest_pass(clocks: Clocks):
    process = clocks.process()
    process.do(Light(), Ring())
    clocks.log_us -= 1_000_001
    assert process.do(Ring("lagging")) == [LogClockBehind]
    assert process.do(Light()) == ["lit"]
    clocks.log_us += 2
    assert process.do(Ring("less than a second")) == ["rung"]


def test_the_logs_time_never_goes_back(clocks: Clocks):
    process = clocks.process()
    process.do(Light())
    clocks.log_us -= micros(NOON + timedelta(hours=1)) - micros(NOON)
    process.do(Light(), Light())
    times = [fact.committed_us for fact in clocks.log.read(0, 10)]
    assert times == sorted(times)

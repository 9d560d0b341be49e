"""A match that does not kick off in time was never played: it is abandoned, and its bets are void like those on any abandoned match."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.process_manager import Case, CaseTables, Change, Due, Over, ProcessManager
from commands.trading.run_fixture import FixtureReceipt
from commands.trading.void_market import ACTOR
from domain.fact import Fact, Recorded, micros
from domain.fixture.commands import AbandonFixture
from domain.fixture.decider import FIXTURE, FixtureUnknown
from domain.fixture.facts import FixtureAbandoned, FixtureEnded, FixtureRescheduled, FixtureScheduled, KickedOff
from domain.gate.commands import EndBetting
from domain.gate.decider import GATE
from domain.ids import gate_of
from domain.refused import Refused
from domain.settling.rules import never_played_at

TABLES = CaseTables(key="kick_off_of", case_id="fixture_id", later="unplayed_fixture")

CLOCKS_APART_US = 1_000_000
"""How far a process's estimate of the log's time may be behind it. An abandonment this close to its time is left to the commit to judge."""


class KickOffAwaited(Refused):
    """The match may still be played: its kick-off is awaited until then."""

    fixture_id: str
    until: datetime


class AbandonUnplayed(msgspec.Struct, frozen=True, gc=False):
    """Abandon a match that did not kick off within some hours of when it should have; one that did, or is over, stays as it is."""

    fixture_id: str
    within_hours: float
    at: datetime


def streams_of(ask: AbandonUnplayed) -> Sequence[StreamRef]:
    """Name the fixture and its gate."""
    return (StreamRef(FIXTURE, ask.fixture_id), StreamRef(GATE, gate_of("fixture", ask.fixture_id)))


def abandon_unplayed(ask: AbandonUnplayed, streams: UnitOfWork) -> Outcome:
    """Abandon the fixture and end the betting on it, at a commit that is not before its time.

    It passes while the database's clock lags, too: then the log's time stands still, and what it has reached stays reached.

    Raises:
        FixtureUnknown: when there is none. KickOffAwaited: when it is too early.

    """
    fixture_id = ask.fixture_id
    fixture = streams.load(FIXTURE, fixture_id)
    standing = fixture.state.announced
    if standing is None:
        raise FixtureUnknown(fixture_id)
    if fixture.state.status == "scheduled":
        until = never_played_at(standing.kick_off, standing.at, timedelta(hours=ask.within_hours))
        if streams.now_us + CLOCKS_APART_US < micros(until):
            raise KickOffAwaited(fixture_id, until)
        streams.not_before(micros(until), though_clock_lags=True)
        fixture.decide(AbandonFixture(fixture_id, f"not played within {ask.within_hours:g} hours", ask.at, ACTOR))
        streams.load(GATE, gate_of("fixture", fixture_id)).decide(EndBetting("fixture", (fixture_id,), "abandoned", ask.at, ACTOR))
    return Outcome(FixtureReceipt(fixture_id, fixture.state.status), fixture)


def unplayed(within_hours: float) -> ProcessManager:
    """Return the process manager that awaits kick-offs for that long."""
    within = timedelta(hours=within_hours)

    def announced(recorded: Recorded[FixtureScheduled]) -> Sequence[Change]:
        body, fixture_id = recorded.body, recorded.stream_id
        return (Due(fixture_id, fixture_id, micros(never_played_at(body.kick_off, body.at, within))),)

    def moved(recorded: Recorded[FixtureRescheduled]) -> Sequence[Change]:
        body, fixture_id = recorded.body, recorded.stream_id
        return (Over(fixture_id), Due(fixture_id, fixture_id, micros(never_played_at(body.kick_off, body.at, within))))

    def begun_or_over(recorded: Recorded[KickedOff | FixtureEnded | FixtureAbandoned]) -> Sequence[Change]:
        return (Over(recorded.stream_id),)

    def abandon(case: Case, at: datetime) -> AbandonUnplayed:
        return AbandonUnplayed(case.case_id, within_hours, at)

    reactions: dict[type[Fact], Callable[[Recorded[Any]], Sequence[Change]]] = {
        FixtureScheduled: announced,
        FixtureRescheduled: moved,
        KickedOff: begun_or_over,
        FixtureEnded: begun_or_over,
        FixtureAbandoned: begun_or_over,
    }
    return ProcessManager("unplayed", TABLES, reactions, abandon, version=f"2, {within_hours:g} hours")

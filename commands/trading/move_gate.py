"""Stop and reopen betting on a fixture, a competition or a sport: one fact, whatever the number of markets."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.fixture.decider import FIXTURE, FixtureUnknown
from domain.gate.commands import ReopenBetting, StopBetting
from domain.gate.decider import GATE
from domain.ids import gate_of


class GateReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where the gate stands after the command: open, stopped or over."""

    scope: str
    subject: tuple[str, ...]
    status: str


def streams_of(ask: StopBetting | ReopenBetting) -> Sequence[StreamRef]:
    """Name the gate, and the fixture that it is of."""
    gate = StreamRef(GATE, gate_of(ask.scope, *ask.subject))
    return (gate, StreamRef(FIXTURE, ask.subject[0])) if ask.scope == "fixture" and ask.subject else (gate,)


def move_gate(ask: StopBetting | ReopenBetting, streams: UnitOfWork) -> Outcome:
    """Stop betting below a gate, or open it again.

    Raises:
        FixtureUnknown: when there is no such fixture. A competition or a sport need not be known yet.
        Refused: what the gate's rules refuse.

    """
    gate = streams.load(GATE, gate_of(ask.scope, *ask.subject))
    if ask.scope == "fixture" and ask.subject and not streams.read(FIXTURE, ask.subject[0]).status:
        raise FixtureUnknown(ask.subject[0])
    gate.decide(ask)
    return Outcome(GateReceipt(ask.scope, ask.subject, gate.state.status), gate)

"""A trader asks for a match to be abandoned: betting on it stops at once, and it is abandoned once another trader agrees.

An abandonment voids every market of the match, so it needs two traders as a void does. That betting stops needs only one.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.trading.authority import check_trader, trading_streams
from commands.trading.proposing import propose, told
from commands.trading.run_fixture import FixtureReceipt
from domain.fixture.commands import AbandonFixture
from domain.fixture.decider import FIXTURE
from domain.gate.commands import StopBetting
from domain.gate.decider import GATE
from domain.ids import gate_of

CAUSE = "That a match is abandoned, so that nothing on it counts, needs a second trader."
STOPPED_FOR = "abandonment proposed"
"""The reason for which betting on a match stops while its abandonment waits for a second trader."""


class AskAbandonment(msgspec.Struct, frozen=True, gc=False):
    """Stop the betting on a match and propose to abandon it. `actor` is the trader."""

    fixture_id: str
    reason: str
    at: datetime
    actor: str


def streams_of(ask: AskAbandonment) -> Sequence[StreamRef]:
    """Name the fixture, its gate and the trader."""
    return (StreamRef(FIXTURE, ask.fixture_id), StreamRef(GATE, gate_of("fixture", ask.fixture_id)), *trading_streams(ask.actor))


def ask_abandonment(ask: AskAbandonment, streams: UnitOfWork) -> Outcome:
    """Stop betting and propose the abandonment, in one append. A match that was abandoned for that reason is answered as it stands.

    Betting stays stopped when the proposal is rejected or expires, until a trader opens it again.

    Raises:
        TraderUnknown: when the account is no trader's.
        FixtureUnknown, FixtureNotLive, AlreadyAbandoned, ReasonMalformed: what could not be done with anybody's approval either.
        ProposalClosed: when the same was rejected too often.

    """
    check_trader(streams, ask.actor)
    command = AbandonFixture(ask.fixture_id, ask.reason, ask.at, ask.actor)
    fixture = streams.load(FIXTURE, ask.fixture_id)
    if not FIXTURE.decide(fixture.state, command):
        return Outcome(FixtureReceipt(ask.fixture_id, fixture.state.status), fixture)
    gate = streams.load(GATE, gate_of("fixture", ask.fixture_id))
    if gate.state.status == "open":
        gate.decide(StopBetting("fixture", (ask.fixture_id,), STOPPED_FOR, ask.at, ask.actor))
    proposal = propose(command, "abandon_fixture", CAUSE, streams)
    return Outcome(told(proposal), proposal)

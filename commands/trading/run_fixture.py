"""Run a fixture: what happens in it, and what follows for the betting on it, is one append on the fixture and its gate."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, FixtureCommand
from domain.fixture.decider import FIXTURE
from domain.fixture.state import Fixture
from domain.gate.commands import EndBetting, VoidPrices
from domain.gate.decider import GATE
from domain.ids import ID_REGEX, gate_of
from domain.refused import Refused


class AbandonmentNeedsApproval(Refused):
    """A match is abandoned by a trader only with another trader's approval."""

    fixture_id: str


class FixtureReceipt(msgspec.Struct, frozen=True, gc=False):
    """Where the fixture stands after the command."""

    fixture_id: str
    status: str


def streams_of(ask: FixtureCommand) -> Sequence[StreamRef]:
    """Name the fixture, and its gate where the command moves that too."""
    fixture = StreamRef(FIXTURE, ask.fixture_id)
    if isinstance(ask, ChangeScore | EndFixture | AbandonFixture):
        return (fixture, StreamRef(GATE, gate_of("fixture", ask.fixture_id)))
    return (fixture,)


def run_fixture(ask: FixtureCommand, streams: UnitOfWork) -> Outcome:
    """Decide a fixture's command.

    Raises:
        AbandonmentNeedsApproval: when an account asks for an abandonment; a process may, which has it from a feed.
        Refused: what the fixture's rules refuse.

    """
    fixture = streams.load(FIXTURE, ask.fixture_id)
    if decide_fixture(ask, fixture, streams) and isinstance(ask, AbandonFixture) and ID_REGEX.fullmatch(ask.actor):
        raise AbandonmentNeedsApproval(ask.fixture_id)
    return Outcome(FixtureReceipt(ask.fixture_id, fixture.state.status), fixture)


def decide_fixture(ask: FixtureCommand, fixture: Stream[Fixture], streams: UnitOfWork) -> bool:
    """Decide on a fixture and on its gate; return whether anything follows.

    Another score voids all prices on the fixture; its end and its abandonment end the betting on it.

    Raises:
        Refused: what the fixture's rules refuse.

    """
    goals_before = fixture.state.home_goals + fixture.state.away_goals
    if not fixture.decide(ask):
        return False
    scope = ("fixture", (ask.fixture_id,))
    if isinstance(ask, ChangeScore):
        cause = "point" if ask.tennis is not None else "goal" if ask.home + ask.away > goals_before else "score corrected"
        streams.load(GATE, gate_of("fixture", ask.fixture_id)).decide(VoidPrices(*scope, cause, ask.at, ask.actor))
    elif isinstance(ask, EndFixture | AbandonFixture):
        cause = "ended" if isinstance(ask, EndFixture) else "abandoned"
        streams.load(GATE, gate_of("fixture", ask.fixture_id)).decide(EndBetting(*scope, cause, ask.at, ask.actor))
    return True

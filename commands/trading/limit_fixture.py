"""Limit the most that is paid on a bet with a leg on a match: one fact in a stream that every bet on the match reads."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.fixture.decider import FIXTURE, FixtureNotLive, FixtureUnknown
from domain.fixture_limit.commands import LimitFixturePayout
from domain.fixture_limit.decider import FIXTURE_LIMIT
from domain.ids import fixture_limit_of


class FixtureLimitReceipt(msgspec.Struct, frozen=True, gc=False):
    """The most that is paid on a bet with a leg on the match; None where no trader limits it."""

    fixture_id: str
    payout_minor_max: int | None


def streams_of(ask: LimitFixturePayout) -> Sequence[StreamRef]:
    """Name the match and its limit."""
    return StreamRef(FIXTURE_LIMIT, fixture_limit_of(ask.fixture_id)), StreamRef(FIXTURE, ask.fixture_id)


def limit_fixture(ask: LimitFixturePayout, streams: UnitOfWork) -> Outcome:
    """Set the limit of a match that is not over, or take it away; bets that are struck keep what they promise.

    Raises:
        FixtureUnknown, FixtureNotLive: when there is no such match, or it is over.
        FixtureLimitMalformed, ReasonMalformed: what the limit's rules refuse.

    """
    limit = streams.load(FIXTURE_LIMIT, fixture_limit_of(ask.fixture_id))
    fixture = streams.read(FIXTURE, ask.fixture_id)
    if fixture.scheduled is None:
        raise FixtureUnknown(ask.fixture_id)
    if fixture.status in ("ended", "abandoned"):
        raise FixtureNotLive(ask.fixture_id, fixture.status)
    limit.decide(ask)
    return Outcome(FixtureLimitReceipt(ask.fixture_id, limit.state.payout_minor_max or None), limit)

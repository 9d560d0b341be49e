"""Put a bet over its limit to a trader. Whether one may be asked, up to which amount and for how long, its markets say, which are read."""

from collections.abc import Sequence

import msgspec

from commands.accounts.access import within_the_day
from commands.dispatch.stream import Seen
from commands.dispatch.unit_of_work import UnitOfWork
from domain.bet.commands import StrikeBet
from domain.bet.stake_limit import StakeLimit, StakeOverLimit
from domain.fixture.decider import FIXTURE
from domain.market.state import Market
from domain.quote import REFERRAL_IN_PLAY_S_MAX


def refer(strike: StrikeBet, over: StakeOverLimit, markets: Sequence[Seen[Market]], streams: UnitOfWork, *, is_asked: bool) -> StrikeBet:
    """Return how a bet over its limit is put to a trader.

    Raises:
        StakeOverLimit: where no trader may be asked about it, or the bettor did not ask for one.

    """
    limit = referral_limit(markets)
    is_cash = not strike.free_bet_id and not strike.bonus_id
    may_refer = limit is not None and over.potential_returns_minor <= limit.payout_minor_max and is_cash
    if limit is None or not may_refer or strike.same_game:
        raise over
    if not is_asked:
        raise StakeOverLimit(**{**over.evidence(), "may_refer": True})
    refer_s = min(market.state.referral_s for market in markets)
    streams.need([(FIXTURE, market.state.fixture_id) for market in markets])
    statuses = [streams.read(FIXTURE, market.state.fixture_id).status for market in markets]
    if any(status != "scheduled" for status in statuses):
        refer_s = min(refer_s, REFERRAL_IN_PLAY_S_MAX)
    at = within_the_day(streams, strike.at)
    return msgspec.structs.replace(strike, limit=limit, at=at, refer_s=refer_s + strike.delay_s)


def referral_limit(markets: Sequence[Seen[Market]]) -> StakeLimit | None:
    """Return the most that a trader may have paid on a bet: the lowest of its markets, None where one of them asks no trader."""
    lowest_minor = min(market.state.referral_minor_max for market in markets)
    return StakeLimit(lowest_minor) if lowest_minor else None

"""A bet that waited, for the end of its delay or for a trader: all that placing asks for is asked again, and a refusal frees its stake."""

from datetime import datetime

import msgspec

from commands.accounts.access import account_gate_streams, check_may_still_bet
from commands.betting.place_bet import exclusive_of, most_paid, place_terms
from commands.betting.standing_prices import all_below, check_below, fixture_limit
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from domain.bet.commands import RefuseDelayed, StrikeDelayed
from domain.bet.delay import without_grace
from domain.bet.facts import BetPending
from domain.bet.state import Bet
from domain.market.decider import MARKET
from domain.market.state import quote
from domain.refused import Refused
from domain.wallet.commands import ReleaseStake
from domain.wallet.decider import WALLET

US_PER_S = 1_000_000
PENDING_VERSION = 1
"""A bet that waits began with that: it is pending from its first version on."""

CLOCKS_APART_US = 200_000
"""How far a process's estimate of the log's time may be behind it. An end this close to its time is left to the commit to judge."""


class BetDelayNotOver(Refused):
    """The delay of the bet is not over yet."""

    bet_id: str
    delay_s: int


def check_due(bet_id: str, bet: Stream[Bet], waits_s: int, streams: UnitOfWork) -> None:
    """Check that a pending bet has waited for so many seconds, as far as is known here; the commit judges what is close.

    Raises:
        BetDelayNotOver: when it is too early.

    """
    begun_us = bet.entry.committed_us(PENDING_VERSION)
    assert begun_us != 0, "when a bet became pending is known for as long as it is"
    if begun_us is None or streams.now_us + CLOCKS_APART_US < begun_us + waits_s * US_PER_S:
        raise BetDelayNotOver(bet_id, waits_s)


def refuse_pending(bet_id: str, bet: Stream[Bet], pending: BetPending, refusal: Refused, at: datetime, streams: UnitOfWork) -> None:
    """Refuse a pending bet and release its stake in the same append."""
    # A heartbeat that was only looked at, and may be on its way, is a reason for a fact here: it becomes a condition.
    streams.reads.extend([entry.read() for entry in streams.looked])
    bet.decide(RefuseDelayed(bet_id, refusal, at))
    wallet = streams.load(WALLET, remembered_wallet_of(pending.account_id))
    wallet.decide(ReleaseStake(pending.account_id, bet_id, pending.stake_minor, pending.at, at))


def checked_again(bet_id: str, pending: BetPending, at: datetime, streams: UnitOfWork) -> StrikeDelayed:
    """Return what is offered for the bet now: prices that stand, without grace, on markets that take bets, to an account that may bet.

    Raises:
        Refused: what the account's gate, the markets' quotes, their gates and producers, and their places refuse, in this order.

    """
    asked = [(leg.market_id, leg.selection, leg.version) for leg in pending.legs]
    streams.need([account_gate_streams(pending.account_id), *[(MARKET, market_id) for market_id, _, _ in asked]])
    account = check_may_still_bet(streams, pending.account_id)
    markets = [streams.see(MARKET, market_id) for market_id, _, _ in asked]
    try:
        offered = []
        for (market_id, selection, version), market in zip(asked, markets, strict=True):
            standing = without_grace(quote(market.state, market_id, selection, version))
            check_below(market_id, market.state, streams)
            fixture_minor_max = fixture_limit(market.state.fixture_id, streams)
            offered.append(msgspec.structs.replace(standing, fixture_minor_max=fixture_minor_max))
    except StreamsNotCached:
        streams.need(all_below([market.state for market in markets]))
        raise
    paid = zip(asked, markets, strict=True) if pending.each_way else ()
    terms = tuple([place_terms(market_id, market.state) for (market_id, _, _), market in paid])
    return StrikeDelayed(bet_id, tuple(offered), at, terms, most_paid(account, markets, offered), exclusive_of(pending.legs, markets))

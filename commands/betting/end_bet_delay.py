"""End the delay of a pending bet: everything that placing asks for is asked again, and the bet is struck or refused by what holds now.

The commit is not before the delay is over, counted by the log's time from the commit that made the bet pending. Its stake was reserved
then: a bet that is struck moves no money any more, one that is refused has its stake released in the same append. The account's own limits
on stakes and losses counted it when it was reserved, and are not asked again.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import account_gate_streams, check_may_bet
from commands.betting.place_bet import most_paid, place_terms
from commands.betting.standing_prices import all_below, check_below
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.bet.commands import RefuseDelayed, StrikeDelayed
from domain.bet.decider import BET, is_pending
from domain.bet.delay import without_grace
from domain.bet.facts import BetPending
from domain.bet.state import BetUnknown
from domain.fact import moment
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


class EndBetDelay(msgspec.Struct, frozen=True, gc=False):
    """Decide a pending bet whose delay is over; one that was decided already stays as it is."""

    bet_id: str
    at: datetime


class DelayEnded(msgspec.Struct, frozen=True, gc=False):
    """What became of the bet: open, refused, or whatever it came to since."""

    bet_id: str
    status: str


def streams_of(ask: EndBetDelay) -> Sequence[StreamRef]:
    """Name the bet; all else is only known from it."""
    return (StreamRef(BET, ask.bet_id),)


def end_bet_delay(ask: EndBetDelay, streams: UnitOfWork) -> Outcome:
    """Strike the bet at the prices that stand, as its bettor agreed to, or refuse it and release its stake.

    Raises:
        BetUnknown: when no such bet ever waited. BetDelayNotOver: when it is too early.

    """
    bet = streams.load(BET, ask.bet_id)
    pending = bet.state.pending
    if pending is None:
        raise BetUnknown(ask.bet_id)
    if is_pending(bet.state):
        begun_us = bet.entry.committed_us(PENDING_VERSION)
        assert begun_us != 0, "when a bet became pending is known for as long as it is"
        if begun_us is None or streams.now_us + CLOCKS_APART_US < begun_us + pending.delay_s * US_PER_S:
            raise BetDelayNotOver(ask.bet_id, pending.delay_s)
        at = moment(streams.now_us)
        try:
            bet.decide(_checked_again(ask.bet_id, pending, at, streams))
        except Refused as refusal:
            # A heartbeat that was only looked at, and may be on its way, is a reason for a fact here: it becomes a condition.
            streams.reads.extend([entry.read() for entry in streams.looked])
            bet.decide(RefuseDelayed(ask.bet_id, refusal, at))
            wallet = streams.load(WALLET, remembered_wallet_of(pending.account_id))
            wallet.decide(ReleaseStake(pending.account_id, ask.bet_id, pending.stake_minor, pending.at, at))
        streams.delay(bet.entry, PENDING_VERSION, pending.delay_s * 1_000)
    return Outcome(DelayEnded(ask.bet_id, bet.state.status), bet)


def _checked_again(bet_id: str, pending: BetPending, at: datetime, streams: UnitOfWork) -> StrikeDelayed:
    """Return what is offered for the bet now: prices that stand, without grace, on markets that take bets, to an account that may bet.

    Raises:
        Refused: what the account's gate, the markets' quotes, their gates and producers, and their places refuse, in this order.

    """
    asked = [(leg.market_id, leg.selection, leg.version) for leg in pending.legs]
    streams.need([account_gate_streams(pending.account_id), *[(MARKET, market_id) for market_id, _, _ in asked]])
    account = check_may_bet(streams, pending.account_id)
    markets = [streams.see(MARKET, market_id) for market_id, _, _ in asked]
    try:
        offered = []
        for (market_id, selection, version), market in zip(asked, markets, strict=True):
            offered.append(without_grace(quote(market.state, market_id, selection, version)))
            check_below(market_id, market.state, streams)
    except StreamsNotCached:
        streams.need(all_below([market.state for market in markets]))
        raise
    paid = zip(asked, markets, strict=True) if pending.each_way else ()
    terms = tuple([place_terms(market_id, market.state) for (market_id, _, _), market in paid])
    return StrikeDelayed(bet_id, tuple(offered), at, terms, most_paid(account, markets))

"""End the delay of a pending bet: everything that placing asks for is asked again, and the bet is struck or refused by what holds now.

The commit is not before the delay is over, counted by the log's time from the commit that made the bet pending. Its stake was reserved
then: a bet that is struck moves no money any more, one that is refused has its stake released in the same append. The account's own limits
on stakes and losses counted it when it was reserved, and are not asked again. A time-out that began meanwhile takes no bet back: it may be
over in seconds, and a bet that its bettor can take back while it waits is an option on what happens meanwhile.

A bet that no trader answered in time is refused.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.betting.waiting import PENDING_VERSION, check_due, checked_again, refuse_pending
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.bet.decider import BET, is_pending
from domain.bet.referral import ReferralExpired
from domain.bet.state import BetUnknown
from domain.fact import moment
from domain.refused import Refused


class EndBetDelay(msgspec.Struct, frozen=True, gc=False):
    """Decide a pending bet whose delay, or whose time to be answered, is over; one that was decided already stays as it is."""

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
        check_due(ask.bet_id, bet, pending.waits_s, streams)
        at = moment(streams.now_us)
        try:
            if pending.refer_s:
                raise ReferralExpired(pending.refer_s)
            bet.decide(checked_again(ask.bet_id, pending, at, streams))
        except Refused as refusal:
            refuse_pending(ask.bet_id, bet, pending, refusal, at, streams)
        streams.delay(bet.entry, PENDING_VERSION, pending.waits_s * 1_000)
    return Outcome(DelayEnded(ask.bet_id, bet.state.status), bet)

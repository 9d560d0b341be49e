"""A bet over its limit that its bettor puts to a trader: it waits, its stake reserved, until the trader takes it, a part of it, or nothing.

It is decided once: by the first answer, or by the end of the time that a trader has.
"""

from collections.abc import Sequence

from domain.bet.commands import AnswerReferral
from domain.bet.facts import PENDING, ReferralAnswered
from domain.bet.state import Bet, BetUnknown
from domain.refused import Refused


class ReferralOver(Refused):
    """The bet does not wait for a trader any more: another one answered, or the time is up."""

    bet_id: str
    status: str


class StakeOverAsked(Refused):
    """A trader takes at most the stake that was asked for."""

    stake_minor: int
    asked_minor: int


class ReferralDeclined(Refused):
    """The trader did not take the bet."""


class ReferralExpired(Refused):
    """No trader answered in time."""

    refer_s: int


def answered(bet: Bet, command: AnswerReferral) -> Sequence[ReferralAnswered]:
    """Decide a trader's answer. The same answer of the same trader again is a repeat.

    Raises:
        BetUnknown, ReferralOver, StakeOverAsked: in this order.

    """
    pending, known = bet.pending, bet.answered
    if pending is None or not pending.refer_s:
        raise BetUnknown(command.bet_id)
    stake_minor = pending.stake_minor if command.stake_minor is None else command.stake_minor
    if known is not None and (known.actor, known.stake_minor) == (command.actor, stake_minor):
        return ()
    if bet.status != PENDING or known is not None:
        raise ReferralOver(command.bet_id, bet.status)
    if not 0 <= stake_minor <= pending.stake_minor:
        raise StakeOverAsked(stake_minor, pending.stake_minor)
    struck_minor = 0 if command.is_refused else stake_minor
    return (ReferralAnswered(pending.account_id, stake_minor, struck_minor, command.actor, command.at),)

"""Holds on withdrawals: staff stop money from going out of an account, for a reason that its holder reads, and let it go again."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from domain.account_gate.commands import HoldCommand, HoldWithdrawals, ReleaseWithdrawals
from domain.account_gate.facts import HoldFact, WithdrawalHoldPlaced, WithdrawalHoldReleased
from domain.fact import micros, moment
from domain.refused import Refused
from domain.text import check_reason


class WithdrawalsHeld(Refused):
    """Withdrawals from this account are held. Bets and deposits go on, and nothing that it holds is lost."""

    reason: str
    since: datetime


class HeldForAnotherReason(Refused):
    """Withdrawals from this account are held already, for another reason: release them first."""

    reason: str


class WithdrawalHold(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Why withdrawals are held, and since which moment, in microseconds; empty and 0 where they are not."""

    reason: str = ""
    since_us: int = 0


NOT_HELD = WithdrawalHold()


def check_withdrawals(hold: WithdrawalHold) -> None:
    """Refuse a withdrawal while withdrawals are held.

    Raises:
        WithdrawalsHeld: with why and since when.

    """
    if hold.since_us:
        raise WithdrawalsHeld(hold.reason, moment(hold.since_us))


def decide_hold(hold: WithdrawalHold, command: HoldCommand) -> Sequence[HoldFact]:
    """Decide on a hold or its release. The same hold again is a repeat, and so is a release where nothing is held.

    Raises:
        HeldForAnotherReason, ReasonMalformed: from `HoldWithdrawals`, in this order.

    """
    match command:
        case HoldWithdrawals(account_id, reason, actor, at):
            if hold.since_us:
                if hold.reason != reason:
                    raise HeldForAnotherReason(hold.reason)
                return ()
            check_reason(reason)
            return (WithdrawalHoldPlaced(account_id, reason, actor, at),)
        case ReleaseWithdrawals(account_id, actor, at):
            return (WithdrawalHoldReleased(account_id, actor, at),) if hold.since_us else ()
        case _:
            assert_never(command)


def evolve_hold(hold: WithdrawalHold, fact: HoldFact) -> WithdrawalHold:
    """Return the hold after the fact."""
    match fact:
        case WithdrawalHoldPlaced():
            assert not hold.since_us, "withdrawals that are held are not held again"
            return WithdrawalHold(fact.reason, micros(fact.at))
        case WithdrawalHoldReleased():
            assert hold.since_us, "only what is held is released"
            return NOT_HELD
        case _:
            assert_never(fact)

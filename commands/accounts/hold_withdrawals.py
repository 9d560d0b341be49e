"""Hold withdrawals from an account, and release them; tell those who ask how it stands."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import actor_streams, check_role
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.decider import ACCOUNT
from domain.account_gate.commands import HoldCommand
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.withdrawals import WithdrawalHold
from domain.fact import moment
from domain.ids import account_gate_of
from domain.unknown import AccountUnknown


class FindWithdrawals(msgspec.Struct, frozen=True, gc=False):
    """Ask whether withdrawals from an account are held. Appends nothing."""

    account_id: str


class HoldReceipt(msgspec.Struct, frozen=True, gc=False):
    """Why withdrawals are held, as the holder is told, and since when."""

    reason: str
    since: datetime


class WithdrawalsReceipt(msgspec.Struct, frozen=True, gc=False):
    """What keeps withdrawals from going out: `hold` is None where nothing does."""

    account_id: str
    hold: HoldReceipt | None


def streams_of(ask: HoldCommand | FindWithdrawals) -> Sequence[StreamRef]:
    """Name the account and its gate, and whoever of the staff asks."""
    actor = () if isinstance(ask, FindWithdrawals) else actor_streams(ask.actor)
    return (StreamRef(ACCOUNT, ask.account_id), StreamRef(ACCOUNT_GATE, account_gate_of(ask.account_id)), *actor)


def hold_withdrawals(ask: HoldCommand, streams: UnitOfWork) -> Outcome:
    """Hold withdrawals or release them. One that is committed first has gone; every later one is refused.

    Raises:
        ActorWithoutRole: when it is asked for by who has neither the role compliance nor admin.
        AccountUnknown: when there is no such account.
        HeldForAnotherReason, ReasonMalformed: what the gate's rules refuse.

    """
    check_role(streams, ask.actor, "compliance", "admin")
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    gate.decide(ask)
    return Outcome(_receipt(ask.account_id, gate.state.withdrawal_hold), gate)


def find_withdrawals(ask: FindWithdrawals, streams: UnitOfWork) -> Outcome:
    """Tell whether withdrawals are held.

    Raises:
        AccountUnknown: when there is no such account.

    """
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    return Outcome(_receipt(ask.account_id, gate.state.withdrawal_hold), gate, at_head=True)


def hold_of(hold: WithdrawalHold) -> HoldReceipt | None:
    """Return what is told of a hold, None where there is none."""
    return HoldReceipt(hold.reason, moment(hold.since_us)) if hold.since_us else None


def _receipt(account_id: str, hold: WithdrawalHold) -> WithdrawalsReceipt:
    return WithdrawalsReceipt(account_id, hold_of(hold))


def _check_account(account_id: str, streams: UnitOfWork) -> None:
    if not streams.read(ACCOUNT, account_id).handle:
        raise AccountUnknown(account_id)

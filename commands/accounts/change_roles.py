"""Grant and revoke roles: the account and its gate are one append, so that staff never bets."""

from collections.abc import Sequence

from commands.accounts.access import actor_streams, check_role
from commands.accounts.open_account import AccountReceipt
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.commands import GrantRole, RevokeRole
from domain.account.decider import ACCOUNT, STAFF_ROLES
from domain.account_gate.commands import LeaveOffice, TakeOffice
from domain.account_gate.decider import ACCOUNT_GATE
from domain.ids import account_gate_of


def streams_of(ask: GrantRole | RevokeRole) -> Sequence[StreamRef]:
    """Name the account and its gate, and whoever asks where that is an account."""
    return (StreamRef(ACCOUNT, ask.account_id), StreamRef(ACCOUNT_GATE, account_gate_of(ask.account_id)), *actor_streams(_actor(ask)))


def change_roles(ask: GrantRole | RevokeRole, streams: UnitOfWork) -> Outcome:
    """Grant the role with its office, or revoke both.

    Raises:
        ActorWithoutRole: when it is neither an admin nor the console that asks.
        AccountUnknown, RoleUnknown: with the evidence of each.

    """
    actor = _actor(ask)
    check_role(streams, actor, "admin")
    account = streams.load(ACCOUNT, ask.account_id)
    account.decide(ask)
    if ask.role in STAFF_ROLES:
        gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
        if isinstance(ask, GrantRole):
            gate.decide(TakeOffice(ask.account_id, ask.role, actor, ask.at))
        else:
            gate.decide(LeaveOffice(ask.account_id, ask.role, actor, ask.at))
    state = account.state
    return Outcome(AccountReceipt(ask.account_id, state.handle, state.currency, state.roles), account)


def _actor(ask: GrantRole | RevokeRole) -> str:
    return ask.granted_by if isinstance(ask, GrantRole) else ask.revoked_by

"""Sign in, end sessions, change the password or the second factor; and find who may act for an account now, in which roles."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import CONSOLES
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.commands import EndSessions, RemoveSecondFactor, SeePlace, SessionCommand, SignIn
from domain.account.decider import ACCOUNT, SIGN_INS, STAFF_ROLES, Account, ActorWithoutRole
from domain.account.sessions import Sessions, SignInOutdated
from domain.account_gate.commands import TakeOffice
from domain.account_gate.decider import ACCOUNT_GATE
from domain.ids import account_gate_of, sign_ins_of
from domain.unknown import AccountUnknown


class FindAccess(msgspec.Struct, frozen=True, gc=False):
    """Ask who may act for an account now. Appends nothing."""

    account_id: str


class FindStaffAccess(msgspec.Struct, frozen=True, gc=False):
    """The same for a session of staff, in the safety lane: what stops betting must not wait."""

    account_id: str


class AccountAccess(msgspec.Struct, frozen=True, gc=False):
    """Who may act for an account: the roles that it has, and which of its sessions count. Nothing where there is no such account."""

    account_id: str
    handle: str
    currency: str
    roles: tuple[str, ...]
    sessions: Sessions


def streams_of_find(ask: FindAccess | FindStaffAccess) -> Sequence[StreamRef]:
    """Name the account."""
    return (StreamRef(ACCOUNT, ask.account_id),)


def find_access(ask: FindAccess | FindStaffAccess, streams: UnitOfWork) -> Outcome:
    """Tell who may act for an account."""
    account = streams.load(ACCOUNT, ask.account_id)
    return Outcome(_access(ask.account_id, account.state), account)


def streams_of_change(ask: SessionCommand) -> Sequence[StreamRef]:
    """Name the account."""
    return (StreamRef(ACCOUNT, ask.account_id),)


def change_sessions(ask: SessionCommand, streams: UnitOfWork) -> Outcome:
    """End sessions, change the password or the second factor.

    Raises:
        ActorWithoutRole: when somebody else asks than the account itself or the console.
        AccountUnknown, SessionOver, SignInOutdated, SecondFactorStands, SecondFactorUnknown: from the account's rules.

    """
    actor = _actor_of(ask)
    if actor != ask.account_id and actor not in CONSOLES:
        raise ActorWithoutRole(actor, "the account's own")
    account = streams.load(ACCOUNT, ask.account_id)
    account.decide(ask)
    return Outcome(_access(ask.account_id, account.state), account)


def _actor_of(ask: SessionCommand) -> str:
    match ask:
        case EndSessions():
            return ask.ended_by
        case RemoveSecondFactor():
            return ask.removed_by
        case _:
            return ask.account_id


def streams_of_sign_in(ask: SignIn) -> Sequence[StreamRef]:
    """Name the account, its sign-ins of the day, and its gate."""
    return (
        StreamRef(ACCOUNT, ask.account_id),
        StreamRef(SIGN_INS, _sign_ins_of(ask.account_id, ask.at)),
        StreamRef(ACCOUNT_GATE, account_gate_of(ask.account_id)),
    )


def sign_in(ask: SignIn, streams: UnitOfWork) -> Outcome:
    """Note that a session was opened, and from where if that is new. Whoever got a role before accounts had gates takes the office now.

    Raises:
        AccountUnknown: when there is no such account.
        SignInOutdated: when another password or second factor stands than those that were checked.

    """
    stream = streams.load(ACCOUNT, ask.account_id)
    account = stream.state
    if not account.handle:
        raise AccountUnknown(ask.account_id)
    if (account.password_hash, account.sessions.factor_id) != (ask.password_hash, ask.factor_id):
        raise SignInOutdated
    sign_ins = streams.load(SIGN_INS, _sign_ins_of(ask.account_id, ask.at))
    sign_ins.decide(ask)
    stream.decide(SeePlace(ask.account_id, ask.place, ask.at))
    if offices := [role for role in account.roles if role in STAFF_ROLES]:
        gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
        for role in offices:
            gate.decide(TakeOffice(ask.account_id, role, ask.account_id, ask.at))
    return Outcome(_access(ask.account_id, account), sign_ins)


def _sign_ins_of(account_id: str, at: datetime) -> str:
    return sign_ins_of(account_id, at.date().isoformat())


def _access(account_id: str, account: Account) -> AccountAccess:
    return AccountAccess(account_id, account.handle, account.currency, account.roles, account.sessions)

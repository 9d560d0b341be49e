"""Time out, exclude and close accounts, and let them return."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import actor_streams, check_role
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.account.decider import ACCOUNT, ActorWithoutRole
from domain.account_gate.commands import PersonCommand, RequestReturn, StaffCommand
from domain.account_gate.decider import ACCOUNT_GATE, return_span_us
from domain.account_gate.state import AccountGate, end_of, status_of
from domain.fact import moment
from domain.ids import account_gate_of
from domain.unknown import AccountUnknown


class FindAccountGate(msgspec.Struct, frozen=True, gc=False):
    """Ask what keeps an account from betting. Appends nothing."""

    account_id: str


class AccountGateReceipt(msgspec.Struct, frozen=True, gc=False):
    """What keeps an account from betting: `betting` is active, timed_out, self_excluded, closed or staff.

    `excluded_until` is None where there is no exclusion, and where it has no end: `excluded` tells.
    """

    account_id: str
    betting: str
    timed_out_until: datetime | None
    excluded: bool
    excluded_until: datetime | None
    returns_from: datetime | None


def streams_of(ask: PersonCommand | StaffCommand | FindAccountGate) -> Sequence[StreamRef]:
    """Name the account and its gate, and whoever of the staff asks."""
    actor = actor_streams(ask.actor) if isinstance(ask, StaffCommand) else ()
    return (StreamRef(ACCOUNT, ask.account_id), StreamRef(ACCOUNT_GATE, account_gate_of(ask.account_id)), *actor)


def restrict_account(ask: PersonCommand | StaffCommand, streams: UnitOfWork) -> Outcome:
    """Decide on the account's gate by the log's time.

    Raises:
        ActorWithoutRole: when a person's own command is another's, or a closure is asked for by who is neither support nor admin.
        AccountUnknown: when there is no such account. Refused: what the gate's rules refuse.

    """
    if isinstance(ask, StaffCommand):
        check_role(streams, ask.actor, "support", "admin")
    elif ask.actor != ask.account_id:
        raise ActorWithoutRole(ask.actor, "the account's own")
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    ask = msgspec.structs.replace(ask, now_us=streams.now_us)
    before = gate.state
    if gate.decide(ask) and isinstance(ask, RequestReturn):
        first_us, last_us = return_span_us(before, ask)
        streams.not_before(first_us)
        streams.not_after(last_us)
    return Outcome(_receipt(ask.account_id, gate.state, streams.now_us), gate)


def find_account_gate(ask: FindAccountGate, streams: UnitOfWork) -> Outcome:
    """Tell what keeps the account from betting.

    Raises:
        AccountUnknown: when there is no such account.

    """
    _check_account(ask.account_id, streams)
    gate = streams.load(ACCOUNT_GATE, account_gate_of(ask.account_id))
    return Outcome(_receipt(ask.account_id, gate.state, streams.now_us), gate, at_head=True)


def _check_account(account_id: str, streams: UnitOfWork) -> None:
    if not streams.read(ACCOUNT, account_id).handle:
        raise AccountUnknown(account_id)


def _receipt(account_id: str, gate: AccountGate, now_us: int) -> AccountGateReceipt:
    excluded = gate.excluded_until_us > 0 and not 0 < gate.returns_from_us <= now_us
    return AccountGateReceipt(
        account_id=account_id,
        betting=status_of(gate, now_us),
        timed_out_until=moment(gate.timed_out_until_us) if gate.timed_out_until_us > now_us else None,
        excluded=excluded,
        excluded_until=end_of(gate.excluded_until_us) if excluded else None,
        returns_from=moment(gate.returns_from_us) if excluded and gate.returns_from_us else None,
    )

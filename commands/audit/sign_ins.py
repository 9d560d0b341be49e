"""Sign-ins: one stream for an account and a day."""

from datetime import UTC, timedelta
from typing import Any

from commands.audit.account_streams import AuditedSignIns
from commands.audit.auditor import Auditor, check_id, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountMissing
from domain.account.facts import SessionOpened
from domain.fact import Recorded, moment
from domain.ids import sign_ins_of

DAY = timedelta(days=1)


def begun(state: AuditState, recorded: Recorded[Any], fact: SessionOpened) -> AuditedSignIns:
    """Check the first SessionOpened of a day: the account exists, the day is right; end the account's days before yesterday."""
    account = state.of(AuditedAccount, fact.account_id)
    if account is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id)
    day = _day(state, recorded, fact)
    check_id(recorded, sign_ins_of(fact.account_id, day))
    yesterday = (moment(state.committed_us) - DAY).date().isoformat()
    for past in account.sign_ins:
        if past < yesterday:
            state.end(sign_ins_of(fact.account_id, past))
    account.sign_ins = (*(past for past in account.sign_ins if past >= yesterday), day)
    return AuditedSignIns(1, account_id=fact.account_id, day=day)


def opened(state: AuditState, recorded: Recorded[Any], sign_ins: AuditedSignIns, fact: SessionOpened) -> None:
    """Check a further SessionOpened: of the same account and day."""
    day = _day(state, recorded, fact)
    if (fact.account_id, day) != (sign_ins.account_id, sign_ins.day):
        check_id(recorded, sign_ins_of(fact.account_id, day))


def _day(state: AuditState, recorded: Recorded[Any], fact: SessionOpened) -> str:
    """Return the day of a sign-in, which was committed on that day, or close to it."""
    check_value(recorded, "at", fact.at.isoformat(), allowed=abs(fact.at - moment(state.committed_us)) < DAY)
    return fact.at.astimezone(UTC).date().isoformat()


AUDITOR = Auditor(aggregate="sign_ins", holds=AuditedSignIns, begins={SessionOpened: begun}, follows={SessionOpened: opened})

"""Reality checks: chosen and acknowledged by nobody but the account itself."""

from typing import Any

from commands.audit.auditor import Follow, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import RoleNotGranted
from domain.account.facts import RealityCheckAcknowledged, RealityCheckSet
from domain.fact import Fact, Recorded

INTERVALS_MINUTES = frozenset({0, 15, 30, 60, 120, 240})


def chosen(_state: AuditState, recorded: Recorded[Any], account: AuditedAccount, fact: RealityCheckSet) -> None:
    """Check RealityCheckSet: an interval that may be chosen, another one than before, by the account; update the audit state."""
    _check_own(recorded, fact.actor)
    is_allowed = fact.interval_minutes in INTERVALS_MINUTES and fact.interval_minutes != account.reality_check_minutes
    check_value(recorded, "interval_minutes", str(fact.interval_minutes), allowed=is_allowed)
    account.reality_check_minutes = fact.interval_minutes


def acknowledged(_state: AuditState, recorded: Recorded[Any], _account: AuditedAccount, fact: RealityCheckAcknowledged) -> None:
    """Check RealityCheckAcknowledged: by the account."""
    _check_own(recorded, fact.actor)


def _check_own(recorded: Recorded[Any], actor: str) -> None:
    if actor != recorded.stream_id:
        raise ViolationFound(RoleNotGranted, recorded, actor=actor[:60], role="the account's own")


FOLLOWS: dict[type[Fact], Follow] = {RealityCheckSet: chosen, RealityCheckAcknowledged: acknowledged}
"""What may follow in an account's stream; `accounts.AUDITOR` takes it in."""

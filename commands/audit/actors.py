"""Who may act on fixtures, markets and gates: a trader, a producer of prices, or a process of the bookmaker's own."""

from typing import Any

from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount
from commands.audit.violation import ViolationFound
from commands.audit.violations import RoleNotGranted
from domain.fact import Recorded

CONSOLES = frozenset({"console", "slipstream up"})
"""Who gives roles without having one: whoever has the server itself."""

ABANDONMENT = "abandonment"
"""The process manager that abandons what was never played, and voids what was abandoned; it does nothing else."""

PROCESSES = CONSOLES | {"", "replay", ABANDONMENT}
"""Who acts without having a role: processes of the bookmaker's own, one of them may leave its name unsaid."""

TRADING_ROLES = frozenset({"trader", "admin"})


def check_trading(state: AuditState, recorded: Recorded[Any], actor: str) -> None:
    """Check that whoever asked for something in trading is a process of the bookmaker, a known producer, or somebody with the role.

    In a log that was put together from one without batches nobody knows when anything was committed, and a session kept its roles.
    """
    if actor in PROCESSES or actor in state.producers:
        return
    account = state.of(AuditedAccount, actor)
    if account is None or not (TRADING_ROLES & {*account.roles} or (state.migrated and TRADING_ROLES & account.had.keys())):
        raise ViolationFound(RoleNotGranted, recorded, actor=actor[:60], role="trader or admin")


def is_person(state: AuditState, actor: str) -> bool:
    """Say whether whoever asked for something has an account, and is neither a process nor a producer."""
    return actor not in PROCESSES and actor not in state.producers

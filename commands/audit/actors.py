"""Who may act on fixtures, markets and gates: a trader, a producer of prices, or a process of the bookmaker's own."""

from typing import Any

from commands.audit.auditor import LATENESS_US
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

REVOKED_WITHIN_US = 1_000_000
"""How long after its commit a revoked role may still be believed by another process that takes commands, by the earlier rules."""


def check_trading(state: AuditState, recorded: Recorded[Any], actor: str) -> None:
    """Check that whoever asked for something in trading is a process of the bookmaker, a known producer, or somebody with the role.

    By the earlier rules, who had lost the role may have been let in until every process knew of that, and their command may have waited
    after that. In a log that was put together from one without batches nobody knows when anything was committed.
    """
    if actor in PROCESSES or actor in state.producers:
        return
    account = state.of(AuditedAccount, actor)
    if account is None or not (TRADING_ROLES & {*account.roles} or (state.earlier and _had_lately(state, account))):
        raise ViolationFound(RoleNotGranted, recorded, actor=actor[:60], role="trader or admin")


def _had_lately(state: AuditState, account: AuditedAccount) -> bool:
    """Say whether an account lost a role so lately that a command of it may have been let in before."""
    since_us = state.committed_us - REVOKED_WITHIN_US - LATENESS_US
    return any(role in TRADING_ROLES and (state.migrated or until_us >= since_us) for role, until_us in account.had.items())


def is_producer(state: AuditState, actor: str) -> bool:
    """Say whether whoever asked for something is a producer that was heard of: what a feed says needs no second trader."""
    return actor not in PROCESSES and actor in state.producers


def is_person(state: AuditState, actor: str) -> bool:
    """Say whether whoever asked for something has an account, and is neither a process nor a producer."""
    return actor not in PROCESSES and actor not in state.producers

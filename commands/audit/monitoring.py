"""Monitoring of transfers: each is held against the rules in its own append, and what it meets is told, no more and no less.

The rules are written here once more. Windows are hours of log time: the one at hand, and as many before it as the rule says.
"""

from typing import Any

from commands.audit.accounts import check_role
from commands.audit.actors import CONSOLES
from commands.audit.auditor import Auditor, check_id, check_text, check_value
from commands.audit.monitoring_state import AuditedMonitoring
from commands.audit.state import AuditState
from commands.audit.streams import AuditedWallet
from commands.audit.violation import ViolationFound
from commands.audit.violations import AlertNotOpen, AssessedInAnotherHour, AssessmentDiffers, FindingsWrong
from domain.fact import Recorded, micros
from domain.ids import monitoring_of, wallet_of
from domain.monitoring.facts import AlertsClosed, TransferAssessed
from domain.wallet.facts import FundsDeposited, FundsWithdrawn

HOUR_US = 3_600 * 1_000_000
LARGE, SUM, COUNT, UNPLAYED = "large", "sum", "count", "unplayed"
BOUNDS: dict[int, dict[str, tuple[int, int]]] = {1: {LARGE: (1_000_000, 0), SUM: (1_000_000, 24), COUNT: (10, 1), UNPLAYED: (100_000, 168)}}
"""By version of the rules: from what on each is met, in minor units or transfers, and over how many hours before the one at hand."""

MOVED: dict[str, type[FundsDeposited | FundsWithdrawn]] = {"deposit": FundsDeposited, "withdrawal": FundsWithdrawn}
WEEK_HOURS = 168
CLOSED_MAX = 100
REASON_CHARACTERS_MAX = 120
ACTOR_CHARACTERS_MAX = 100
OFFICERS = ("compliance", "admin")


def begun(state: AuditState, recorded: Recorded[Any], fact: TransferAssessed) -> AuditedMonitoring:
    """Check the first assessment of an account's transfers: the stream's id is right; then as any further one."""
    check_id(recorded, monitoring_of(fact.holder_id))
    monitoring = AuditedMonitoring(1, holder_id=fact.holder_id)
    assessed(state, recorded, monitoring, fact)
    return monitoring


def assessed(state: AuditState, recorded: Recorded[Any], monitoring: AuditedMonitoring, fact: TransferAssessed) -> None:
    """Check TransferAssessed: of the movement in its append, in its hour, with the findings that follow; update the audit state."""
    check_id(recorded, monitoring_of(fact.holder_id))
    wallet_id = wallet_of(fact.holder_id)
    wallet, moved = state.of(AuditedWallet, wallet_id), state.together(MOVED.get(fact.direction, FundsDeposited), wallet_id)
    said = (fact.direction, fact.amount_minor, fact.currency, fact.staked_minor)
    if wallet is None or moved is None:
        raise ViolationFound(AssessmentDiffers, recorded, assessed=said, moved=())
    found = (fact.direction, moved.body.amount_minor, wallet.currency, wallet.staked)
    if said != found or fact.direction not in MOVED:
        raise ViolationFound(AssessmentDiffers, recorded, assessed=said, moved=found)
    check_value(recorded, "rules", fact.rules, allowed=fact.rules in BOUNDS)
    hour = micros(fact.at) // HOUR_US
    if hour != state.committed_us // HOUR_US and not state.migrated:
        raise ViolationFound(AssessedInAnotherHour, recorded, at=fact.at.isoformat())
    _count(monitoring, hour, fact)
    expected = _expected(monitoring, hour, fact)
    alert = monitoring.raised + 1 if expected else 0
    if ([(each.rule, each.measured, each.bound) for each in fact.findings], fact.alert) != (expected, alert):
        raise ViolationFound(FindingsWrong, recorded, expected=tuple(expected), alert=alert)
    monitoring.raised = max(monitoring.raised, alert)
    state.assesses = True


def _count(monitoring: AuditedMonitoring, hour: int, fact: TransferAssessed) -> None:
    count, came_in, went_out, staked = monitoring.hours.get(hour, (0, 0, 0, fact.staked_minor))
    if fact.direction == "deposit":
        came_in += fact.amount_minor
    else:
        went_out += fact.amount_minor
    kept = {each: sums for each, sums in monitoring.hours.items() if each >= hour - WEEK_HOURS}
    monitoring.hours = {**kept, hour: (count + 1, came_in, went_out, staked)}


def _expected(monitoring: AuditedMonitoring, hour: int, fact: TransferAssessed) -> list[tuple[str, int, int]]:
    """Return which rules the transfer meets, each with what it came to and its bound."""
    way, found = 1 if fact.direction == "deposit" else 2, []
    for rule, (bound, hours) in BOUNDS[fact.rules].items():
        window = [sums for each, sums in sorted(monitoring.hours.items()) if each >= hour - hours]
        if rule == LARGE:
            measured = fact.amount_minor
        elif rule == COUNT:
            measured = sum(sums[0] for sums in window)
        elif rule == SUM:
            measured = sum(sums[way] for sums in window)
        elif fact.direction == "deposit":
            continue
        else:
            before = [staked for _, came_in, _, staked in window if came_in]
            played = fact.staked_minor - before[0] if before else 0
            measured = min(sum(sums[1] for sums in window), sum(sums[2] for sums in window)) - played
        if measured >= bound:
            found.append((rule, measured, bound))
    return found


def closed(state: AuditState, recorded: Recorded[Any], monitoring: AuditedMonitoring, fact: AlertsClosed) -> None:
    """Check AlertsClosed: by compliance, for a reason, and of alerts that are open; update the audit state."""
    check_text(recorded, "actor", fact.actor, ACTOR_CHARACTERS_MAX)
    if fact.actor not in CONSOLES:
        check_role(state, recorded, fact.actor, OFFICERS)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    if fact.first != monitoring.closed + 1 or not fact.first <= fact.upto <= min(monitoring.raised, monitoring.closed + CLOSED_MAX):
        raise ViolationFound(AlertNotOpen, recorded, open_from=monitoring.closed + 1, open_upto=monitoring.raised)
    monitoring.closed = fact.upto


AUDITOR = Auditor(
    aggregate="monitoring",
    holds=AuditedMonitoring,
    begins={TransferAssessed: begun},
    follows={TransferAssessed: assessed, AlertsClosed: closed},
)

"""The rules of an account's monitoring: every transfer is assessed once, and what is found stands until somebody closes it."""

from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.monitoring.commands import AssessTransfer, CloseAlerts, MonitoringCommand
from domain.monitoring.facts import AlertsClosed, MonitoringFact, TransferAssessed
from domain.monitoring.rules import MONITORING_RULES, MONITORING_RULES_CURRENT, Hours, findings_of, moved
from domain.refused import Refused
from domain.text import check_reason

CLOSED_AT_ONCE_MAX = 100


class AlertUnknown(Refused):
    """The account has no alert of that number."""

    number: int


class TooManyAlerts(Refused):
    """So many alerts are not closed at once: close those up to an earlier number first."""

    number_max: int


class Monitoring(msgspec.Struct, frozen=True, gc=False):
    """What the rules look at, by the hour; how many alerts were `raised`, and up to which number they are `closed`."""

    hours: Hours = ()
    raised: int = 0
    closed: int = 0


def decide(monitoring: Monitoring, command: MonitoringCommand) -> Sequence[MonitoringFact]:
    """Decide what is found in a transfer, and on closing alerts; closing what is closed is a repeat.

    A transfer is asked about once: its own stream, written in the same append, sees to that.

    Raises:
        AlertUnknown, TooManyAlerts, ReasonMalformed: from `CloseAlerts`, in this order.

    """
    match command:
        case AssessTransfer():
            findings = findings_of(MONITORING_RULES[MONITORING_RULES_CURRENT], moved(monitoring.hours, command), command)
            assessed = TransferAssessed(
                holder_id=command.account_id,
                transfer_id=command.transfer_id,
                direction=command.direction,
                amount_minor=command.amount_minor,
                currency=command.currency,
                staked_minor=command.staked_minor,
                rules=MONITORING_RULES_CURRENT,
                at=command.at,
                alert=monitoring.raised + 1 if findings else 0,
                findings=findings,
            )
            return (assessed,)
        case CloseAlerts(_, upto, reason, actor, at):
            if not 1 <= upto <= monitoring.raised:
                raise AlertUnknown(upto)
            if upto <= monitoring.closed:
                return ()
            if upto - monitoring.closed > CLOSED_AT_ONCE_MAX:
                raise TooManyAlerts(monitoring.closed + CLOSED_AT_ONCE_MAX)
            check_reason(reason)
            return (AlertsClosed(monitoring.closed + 1, upto, reason, actor, at),)
        case _:
            assert_never(command)


def evolve(monitoring: Monitoring, fact: MonitoringFact) -> Monitoring:
    """Return the monitoring after the fact."""
    match fact:
        case TransferAssessed():
            assert fact.alert in (0, monitoring.raised + 1), "alerts are numbered as they are raised"
            return Monitoring(moved(monitoring.hours, fact), max(monitoring.raised, fact.alert), monitoring.closed)
        case AlertsClosed():
            assert monitoring.closed + 1 == fact.first <= fact.upto <= monitoring.raised, "only alerts that are open are closed"
            return Monitoring(monitoring.hours, monitoring.raised, fact.upto)
        case _:
            assert_never(fact)


MONITORING = Aggregate("monitoring", Monitoring(), decide, evolve, get_args(MonitoringFact), snapshot=Monitoring)

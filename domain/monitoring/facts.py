"""What happens in the monitoring of an account. Its stream's id follows from the account's (`domain.ids.monitoring_of`).

No fact here names the account as `account_id`: what is exported to its holder, pushed to them and kept for them is found by that name, and
nobody may tell a holder that their money is looked at.
"""

from datetime import datetime

import msgspec

from domain.fact import Fact


class RuleMet(msgspec.Struct, frozen=True, gc=False):
    """A rule of the monitoring that a transfer met: large, sum, count or unplayed; what it came to, and from what on it is met.

    Both are minor units, but for `count`, which counts transfers.
    """

    rule: str
    measured: int
    bound: int


class TransferAssessed(Fact, frozen=True, tag="monitoring.transfer_assessed.v1"):
    """A deposit or a withdrawal was held against the rules of a version, in the same append; `at` is the log's time.

    `staked_minor` is what the account had ever staked. A transfer that meets a rule raises an alert: `alert` is its number, 0 where none is
    raised. The fact is there either way, so that nobody can tell from positions in the log whether there is one.
    """

    holder_id: str
    transfer_id: str
    direction: str
    amount_minor: int
    currency: str
    staked_minor: int
    rules: int
    at: datetime
    alert: int = 0
    findings: tuple[RuleMet, ...] = ()


class AlertsClosed(Fact, frozen=True, tag="monitoring.alerts_closed.v1"):
    """Somebody looked at the account's open alerts from number `first` up to number `upto` and closed them for a reason."""

    first: int
    upto: int
    reason: str
    actor: str
    at: datetime


MonitoringFact = TransferAssessed | AlertsClosed

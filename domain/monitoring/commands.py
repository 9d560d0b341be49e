"""What may be asked of the monitoring of an account."""

from datetime import datetime

import msgspec


class AssessTransfer(msgspec.Struct, frozen=True, gc=False):
    """Hold a transfer against the rules that are in force; `at` is the log's time, `staked_minor` what the account ever staked."""

    account_id: str
    transfer_id: str
    direction: str
    amount_minor: int
    currency: str
    staked_minor: int
    at: datetime


class CloseAlerts(msgspec.Struct, frozen=True, gc=False):
    """Close the account's open alerts up to a number, for a reason."""

    account_id: str
    upto: int
    reason: str
    actor: str
    at: datetime


MonitoringCommand = AssessTransfer | CloseAlerts

"""The state that the audit keeps of the monitoring of an account's transfers."""

import msgspec

from commands.audit.streams import Audited


class AuditedMonitoring(Audited, kw_only=True):
    """What moved, by hour of log time since 1970: the number of transfers, what came in, what went out, what was ever staked before.

    `raised` is the number of the account's last alert, `closed` up to which they are closed.
    """

    holder_id: str
    hours: dict[int, tuple[int, int, int, int]] = msgspec.field(default_factory=dict)
    raised: int = 0
    closed: int = 0

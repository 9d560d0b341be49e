"""The audit: reads the whole log, believes none of it, and names the first fact that is wrong.

It knows the facts and the arithmetic of returns and grading, and nothing of the deciders: an audit that asked the code it audits whether
that code was right would prove nothing. `books` follows the money, `markets` what was offered and how it came out, `bets` what was struck
and settled; `fold` takes them through the log.
"""

from commands.audit.fold import Totals
from commands.audit.history import Balance, balance_at, replay_stream
from commands.audit.verify import Verification, verify
from commands.audit.violation import Violation
from commands.audit.violations import ViewDiffers

__all__ = ["Balance", "Totals", "Verification", "ViewDiffers", "Violation", "balance_at", "replay_stream", "verify"]

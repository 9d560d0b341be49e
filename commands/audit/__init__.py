"""The audit: reads the whole log, trusts none of it, and names the first fact that is wrong.

It knows the facts and the arithmetic of returns and grading, and nothing of the deciders: an audit that asked the code it audits whether
that code was right would prove nothing. There is one auditor for each aggregate (`registry`): the checks of each kind of fact, and which
facts must be in the same append. `fold` runs them over the log, `chain` proves that nothing of it was changed, `deadlines` lists what
should have happened by now.
"""

from commands.audit.anchor import Anchor
from commands.audit.checkpoint import Checkpoint, CheckpointUseless
from commands.audit.fold import Fold, Totals
from commands.audit.history import WalletBalance, balance_at, replay_stream
from commands.audit.manager_tables import COMPARISONS, compare_tables
from commands.audit.tables import CameRow, CaseRow, ManagerTables
from commands.audit.verify import Verification, verify
from commands.audit.violation import Violation
from commands.audit.violations import ViewDiffers

__all__ = [
    "COMPARISONS",
    "Anchor",
    "CameRow",
    "CaseRow",
    "Checkpoint",
    "CheckpointUseless",
    "Fold",
    "ManagerTables",
    "Totals",
    "Verification",
    "ViewDiffers",
    "Violation",
    "WalletBalance",
    "balance_at",
    "compare_tables",
    "replay_stream",
    "verify",
]

"""The money of the portfolio: what may be staked, what is at risk, what is owed.

{pNN}:balances             hash: <account>:currency, <account>:available, <account>:reserved, and <account>:owed once there was any
"""

from collections.abc import Callable, Sequence
from typing import Any

from domain.fact import Recorded
from domain.wallet.facts import (
    BonusReceived,
    CashOutPaid,
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
    StakeReleased,
    StakeReserved,
    WalletOpened,
)
from projections.changes import Add, Change, Put


def _opened(_recorded: Recorded, fact: WalletOpened, tag: str) -> Sequence[Change]:
    key, account_id = f"{tag}:balances", fact.account_id
    return (
        Put(key, f"{account_id}:currency", fact.currency.encode()),
        Put(key, f"{account_id}:available", b"0"),
        Put(key, f"{account_id}:reserved", b"0"),
    )


def _moved(_recorded: Recorded, fact: Any, tag: str) -> Sequence[Change]:
    """Take the balance as the fact says it, and add what it did to the stakes reserved and to what is owed."""
    key, account_id = f"{tag}:balances", fact.account_id
    reserved_minor, owed_minor = MOVED[type(fact)](fact)
    changes: list[Change] = [Put(key, f"{account_id}:available", b"%d" % fact.available_minor)]
    if reserved_minor:
        changes.append(Add(key, f"{account_id}:reserved", reserved_minor))
    if owed_minor:
        changes.append(Add(key, f"{account_id}:owed", owed_minor))
    return changes


MOVED: dict[type, Callable[[Any], tuple[int, int]]] = {
    StakeReserved: lambda fact: (fact.stake_minor, 0),
    StakeReleased: lambda fact: (-fact.stake_minor, -fact.repaid_minor),
    ReturnsPaid: lambda fact: (-fact.stake_minor, -fact.repaid_minor),
    CashOutPaid: lambda fact: (-fact.stake_minor, -fact.repaid_minor),
    StakeLost: lambda fact: (-fact.stake_minor, 0),
    StakeRefunded: lambda fact: (-fact.stake_minor, -fact.repaid_minor),
    SettlementReversed: lambda fact: (fact.stake_minor, fact.owed_minor),
    FundsDeposited: lambda fact: (0, -fact.repaid_minor),
    FundsWithdrawn: lambda _fact: (0, 0),
    BonusReceived: lambda fact: (0, -fact.repaid_minor),
}
"""Kind of fact -> by how much the stakes reserved and what is owed grow."""

PROJECTED: dict[type, Callable[[Recorded, Any, str], Sequence[Change]]] = {WalletOpened: _opened, **dict.fromkeys(MOVED, _moved)}
"""Kind of fact -> what it changes, in the partition of its account."""

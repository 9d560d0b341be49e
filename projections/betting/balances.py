"""The money of the portfolio: what may be staked, what is at risk, what is owed.

{pNN}:balances             hash: <account>:currency, <account>:available, <account>:reserved, and <account>:owed once there was any
"""

from collections.abc import Callable, Sequence
from typing import Any

from domain.fact import Recorded
from domain.wallet.facts import (
    FundsDeposited,
    FundsWithdrawn,
    ReturnsPaid,
    SettlementReversed,
    StakeLost,
    StakeRefunded,
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


def _reserved(_recorded: Recorded, fact: StakeReserved, tag: str) -> Sequence[Change]:
    key, account_id = f"{tag}:balances", fact.account_id
    return Put(key, f"{account_id}:available", b"%d" % fact.available_minor), Add(key, f"{account_id}:reserved", fact.stake_minor)


def _released(_recorded: Recorded, fact: ReturnsPaid | StakeRefunded, tag: str) -> Sequence[Change]:
    key, account_id = f"{tag}:balances", fact.account_id
    released = (Put(key, f"{account_id}:available", b"%d" % fact.available_minor), Add(key, f"{account_id}:reserved", -fact.stake_minor))
    return (*released, Add(key, f"{account_id}:owed", -fact.repaid_minor)) if fact.repaid_minor else released


def _lost(_recorded: Recorded, fact: StakeLost, tag: str) -> Sequence[Change]:
    key, account_id = f"{tag}:balances", fact.account_id
    return Put(key, f"{account_id}:available", b"%d" % fact.available_minor), Add(key, f"{account_id}:reserved", -fact.stake_minor)


def _undone(_recorded: Recorded, fact: SettlementReversed, tag: str) -> Sequence[Change]:
    key, account_id = f"{tag}:balances", fact.account_id
    undone = (Put(key, f"{account_id}:available", b"%d" % fact.available_minor), Add(key, f"{account_id}:reserved", fact.stake_minor))
    return (*undone, Add(key, f"{account_id}:owed", fact.owed_minor)) if fact.owed_minor else undone


def _deposited(_recorded: Recorded, fact: FundsDeposited, tag: str) -> Sequence[Change]:
    key, account_id = f"{tag}:balances", fact.account_id
    moved = (Put(key, f"{account_id}:available", b"%d" % fact.available_minor),)
    return (*moved, Add(key, f"{account_id}:owed", -fact.repaid_minor)) if fact.repaid_minor else moved


def _withdrawn(_recorded: Recorded, fact: FundsWithdrawn, tag: str) -> Sequence[Change]:
    return (Put(f"{tag}:balances", f"{fact.account_id}:available", b"%d" % fact.available_minor),)


PROJECTED: dict[type, Callable[[Recorded, Any, str], Sequence[Change]]] = {
    WalletOpened: _opened,
    StakeReserved: _reserved,
    ReturnsPaid: _released,
    StakeLost: _lost,
    StakeRefunded: _released,
    SettlementReversed: _undone,
    FundsDeposited: _deposited,
    FundsWithdrawn: _withdrawn,
}
"""Kind of fact -> what it changes, in the partition of its account."""

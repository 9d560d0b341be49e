"""The statement: every movement of a wallet, with the balance after it.

    {pNN}:lines:<account>   sorted set: the line itself, scored by the version of the wallet's stream

That version counts the movements, so it is the cursor too.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

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
    TransferRecorded,
    WalletOpened,
)
from projections.changes import Change, Cut, Rank
from projections.partitions import tag_of
from projections.ports import Cursor, Page, ReadModels, View

LINES_MAX = 2_000
LINES_SLACK = 50
"""Old lines are cut this many at a time."""

PAGE_MAX = 200


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One movement: what `available` changed by and what it was then. `reference` is the payment's, or the bet's id.

    `kind` is deposit, withdrawal, stake, released, cash_out, returns, refund, lost, reversal or bonus. What is released is the
    stake of a bet that was refused after its delay. A lost stake left `available` when it was staked, so its amount is 0. A bonus is what
    one held when it became cash, and counts as neither staked nor returned. A reversal takes back what a settlement paid, upon a corrected
    result; what the balance does not cover is owed, and `owed_minor` says by how much a line changes that: deposits, cash-outs, returns,
    refunds and bonuses repay it first.
    """

    position: int
    kind: str
    amount_minor: int
    available_minor: int
    reference: str
    at: datetime
    owed_minor: int = 0


class Statement(msgspec.Struct, frozen=True):
    """A page of lines, newest first; `next_cursor` is None at the end."""

    items: list[Line]
    next_cursor: str | None


class Spent(msgspec.Struct, frozen=True):
    """What was staked and returned since a moment, in minor units: a reversal takes from what was returned, as it takes from the wallet.

    `complete` is False where lines so old are not kept any more: it was this much or more.
    """

    staked_minor: int
    returned_minor: int
    complete: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Line).decode


def project(recorded: Recorded) -> Sequence[Change]:
    """Add a line for every fact that moves money."""
    body: Any = recorded.body
    movement = _MOVEMENTS.get(type(body))
    if movement is None:
        return ()
    kind, amount_minor, reference, owed_minor = movement(body)
    key = _lines(body.account_id)
    version = recorded.version
    line = _encode(Line(recorded.position, kind, amount_minor, body.available_minor, reference, body.at, owed_minor))
    if version % LINES_SLACK == 0 and version > LINES_MAX:
        return (Rank(key, line, version), Cut(key, version - LINES_MAX))
    return (Rank(key, line, version),)


_MOVEMENTS: dict[type, Callable[[Any], tuple[str, int, str, int]]] = {
    FundsDeposited: lambda fact: ("deposit", fact.amount_minor - fact.repaid_minor, fact.reference, -fact.repaid_minor),
    FundsWithdrawn: lambda fact: ("withdrawal", -fact.amount_minor, fact.reference, 0),
    StakeReserved: lambda fact: ("stake", -fact.stake_minor, fact.bet_id, 0),
    ReturnsPaid: lambda fact: ("returns", fact.returns_minor - fact.repaid_minor, fact.bet_id, -fact.repaid_minor),
    StakeReleased: lambda fact: ("released", fact.stake_minor - fact.repaid_minor, fact.bet_id, -fact.repaid_minor),
    StakeRefunded: lambda fact: ("refund", fact.stake_minor - fact.repaid_minor, fact.bet_id, -fact.repaid_minor),
    CashOutPaid: lambda fact: ("cash_out", fact.amount_minor - fact.repaid_minor, fact.bet_id, -fact.repaid_minor),
    BonusReceived: lambda fact: ("bonus", fact.amount_minor - fact.repaid_minor, fact.bonus_id, -fact.repaid_minor),
    StakeLost: lambda fact: ("lost", 0, fact.bet_id, 0),
    SettlementReversed: lambda fact: ("reversal", fact.owed_minor - fact.returns_minor, fact.bet_id, fact.owed_minor),
}

_COMING_BACK = frozenset({"returns", "refund", "cash_out", "reversal"})

VIEW = View("statement", 5, project, consumes=frozenset(_MOVEMENTS), ignores=frozenset({WalletOpened, TransferRecorded}))


async def statement(reads: ReadModels, account_id: str, cursor: str | None = None, limit: int = 50) -> Statement:
    """Return the movements of an account's wallet, newest first, at most `limit` (up to 200) after the cursor.

    Raises:
        UnreadableCursor: when no statement gave that cursor.

    """
    limit = max(1, min(limit, PAGE_MAX))
    (entries,) = await reads.many(VIEW, [Page(_lines(account_id), limit + 1, Cursor.read(cursor), newest_first=True)])
    more = Cursor(entries[limit - 1].score, "").text if len(entries) > limit else None
    return Statement([_decode(entry.member) for entry in entries[:limit]], more)


async def spent_since(reads: ReadModels, account_id: str, since: datetime) -> Spent:
    """Sum up what an account staked and what came back since a moment, as the kept lines tell it."""
    staked_minor = returned_minor = lines = 0
    cursor = None
    while True:
        page = await statement(reads, account_id, cursor, PAGE_MAX)
        for line in page.items:
            if line.at < since:
                return Spent(staked_minor, returned_minor, complete=True)
            if line.kind == "stake":
                staked_minor -= line.amount_minor
            elif line.kind == "released":
                staked_minor -= line.amount_minor - line.owed_minor
            elif line.kind in _COMING_BACK:
                returned_minor += line.amount_minor - line.owed_minor
        lines += len(page.items)
        if page.next_cursor is None:
            return Spent(staked_minor, returned_minor, complete=lines < LINES_MAX)
        cursor = page.next_cursor


def _lines(account_id: str) -> str:
    return f"{tag_of(account_id)}:lines:{account_id}"

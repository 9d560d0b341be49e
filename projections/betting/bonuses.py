"""The bonuses of an account, in the rows of the portfolio.

{pNN}:bonuses              hash: <bonus> as credited, <bonus>:left of it, <bonus>:held by open bets, <bonus>:owed, <bonus>:done of its
                           requirement, <bonus>:end once it was converted or has expired
{pNN}:credited:<account>   sorted set of bonuses by the position they were credited at; the newest 200, older ones go with their rows
and in {pNN}:balances      <account>:bonus and <account>:bonus_reserved: what all of them hold, and what open bets hold of them
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from domain.bonus.facts import (
    TO_BONUS,
    BonusBetSettled,
    BonusCashOutPaid,
    BonusConverted,
    BonusCredited,
    BonusExpired,
    BonusSettlementReversed,
    BonusStakeReserved,
)
from domain.fact import Recorded
from projections.changes import Add, Change, Put, Rank, Trim
from projections.partitions import tag_of
from projections.ports import Page, RankedRow

BONUSES_MAX = 200
BONUSES = "bonuses"
LEFT, HELD, OWED, DONE, END = ":left", ":held", ":owed", ":done", ":end"
BONUS_ROWS = ("", LEFT, HELD, OWED, DONE, END)
CONVERTED, EXPIRED = b"converted", b"expired"


class CreditedRow(msgspec.Struct, frozen=True, array_like=True):
    """A bonus as it was credited, as it is kept; `odds_min` is text."""

    amount_minor: int
    currency: str
    times: int
    wager_minor: int
    odds_min: str
    stake_minor_max: int
    expires_at: datetime
    reason: str
    at: datetime


class BonusView(msgspec.Struct, frozen=True):
    """A bonus as it is shown; `status` is active, converted or expired.

    `available_minor` may be staked, `at_risk_minor` is in open bets, `owed_minor` is repaid first by what these return. It becomes cash
    once `wagered_minor` reaches `wager_minor`.
    """

    bonus_id: str
    status: str
    amount_minor: int
    available_minor: int
    at_risk_minor: int
    owed_minor: int
    currency: str
    times: int
    wager_minor: int
    wagered_minor: int
    odds_min: str
    stake_minor_max: int
    expires_at: datetime
    reason: str
    credited_at: datetime


class BonusViews(msgspec.Struct, frozen=True):
    """The newest bonuses of an account, newest first."""

    items: list[BonusView]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(CreditedRow).decode


def _credited(recorded: Recorded, fact: BonusCredited, tag: str) -> Sequence[Change]:
    rows, credited, bonus_id = f"{tag}:{BONUSES}", f"{tag}:credited:{fact.account_id}", recorded.stream_id
    terms = (fact.times, fact.wager_minor, fact.odds_min.text, fact.stake_minor_max, fact.expires_at)
    row = CreditedRow(fact.amount_minor, fact.currency, *terms, fact.reason, fact.at)
    return (
        Put(rows, bonus_id, _encode(row)),
        Put(rows, bonus_id + LEFT, b"%d" % fact.amount_minor),
        Rank(credited, bonus_id, recorded.position),
        Trim(credited, BONUSES_MAX, rows, BONUS_ROWS),
        *_in_all(fact.account_id, tag, fact.amount_minor, 0),
    )


def _moved(recorded: Recorded, fact: Any, tag: str) -> Sequence[Change]:
    """Take what is left, and done of the requirement, as the fact says it; add what it did to the stakes held and to what is owed."""
    rows, bonus_id = f"{tag}:{BONUSES}", recorded.stream_id
    left_minor, held_minor, owed_minor = MOVED[type(fact)](fact)
    changes: list[Change] = [Put(rows, bonus_id + LEFT, b"%d" % fact.available_minor), Add(rows, bonus_id + HELD, held_minor)]
    if owed_minor:
        changes.append(Add(rows, bonus_id + OWED, owed_minor))
    if isinstance(fact, BonusBetSettled | BonusSettlementReversed):
        changes.append(Put(rows, bonus_id + DONE, b"%d" % fact.wagered_minor))
    return (*changes, *_in_all(fact.account_id, tag, left_minor, held_minor))


def _ended(recorded: Recorded, fact: BonusConverted | BonusExpired, tag: str) -> Sequence[Change]:
    rows, bonus_id = f"{tag}:{BONUSES}", recorded.stream_id
    return (
        Put(rows, bonus_id + LEFT, b"0"),
        Put(rows, bonus_id + OWED, b"0"),
        Put(rows, bonus_id + END, CONVERTED if isinstance(fact, BonusConverted) else EXPIRED),
        *_in_all(fact.account_id, tag, -fact.amount_minor, 0),
    )


def _in_all(account_id: str, tag: str, left_minor: int, held_minor: int) -> Sequence[Change]:
    """Add to what all bonuses of the account hold, and to what open bets hold of them."""
    moved = (("bonus", left_minor), ("bonus_reserved", held_minor))
    return [Add(f"{tag}:balances", f"{account_id}:{part}", minor) for part, minor in moved if minor]


def _settled(fact: BonusBetSettled) -> tuple[int, int, int]:
    returned_minor = fact.returns_minor - fact.repaid_minor if fact.to == TO_BONUS else 0
    return returned_minor, -fact.stake_minor, -fact.repaid_minor


def _cashed_out(fact: BonusCashOutPaid) -> tuple[int, int, int]:
    returned_minor = fact.amount_minor - fact.repaid_minor if fact.to == TO_BONUS else 0
    return returned_minor, -fact.stake_minor, -fact.repaid_minor


def _reversed(fact: BonusSettlementReversed) -> tuple[int, int, int]:
    taken_minor = fact.returns_minor - fact.owed_minor if fact.taken_from == TO_BONUS else 0
    return -taken_minor, fact.stake_minor, fact.owed_minor


MOVED: dict[type, Callable[[Any], tuple[int, int, int]]] = {
    BonusStakeReserved: lambda fact: (-fact.stake_minor, fact.stake_minor, 0),
    BonusBetSettled: _settled,
    BonusCashOutPaid: _cashed_out,
    BonusSettlementReversed: _reversed,
}
"""Kind of fact -> by how much what is left, the stakes held and what is owed grow."""

PROJECTED: dict[type, Callable[[Recorded, Any, str], Sequence[Change]]] = {
    BonusCredited: _credited,
    **dict.fromkeys(MOVED, _moved),
    BonusConverted: _ended,
    BonusExpired: _ended,
}
"""Kind of fact -> what it changes, in the partition of its account."""


def bonuses_page(account_id: str) -> Page:
    """Ask for the bonuses of an account with their rows."""
    tag = tag_of(account_id)
    return Page(f"{tag}:credited:{account_id}", BONUSES_MAX, None, newest_first=True, rows=f"{tag}:{BONUSES}", suffixes=BONUS_ROWS)


def bonuses_of_rows(entries: Sequence[RankedRow]) -> BonusViews:
    """Return bonuses as their rows show them."""
    found = []
    for entry in entries:
        row, left, held, owed, done, end = entry.rows
        if row is None:
            continue
        credited = _decode(row)
        found.append(
            BonusView(
                bonus_id=entry.member.decode(),
                status=(end or b"active").decode(),
                amount_minor=credited.amount_minor,
                available_minor=int(left or 0),
                at_risk_minor=int(held or 0),
                owed_minor=int(owed or 0),
                currency=credited.currency,
                times=credited.times,
                wager_minor=credited.wager_minor,
                wagered_minor=int(done or 0),
                odds_min=credited.odds_min,
                stake_minor_max=credited.stake_minor_max,
                expires_at=credited.expires_at,
                reason=credited.reason,
                credited_at=credited.at,
            )
        )
    return BonusViews(found)

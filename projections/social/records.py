"""The record of an account: what the bets it showed to others made, from settled bets only, so that no loser can be left out.

    {pNN}:records    hash: <account>:<currency>:<what> -> sum

A bet counts once it is settled, if it was shared before; that its slip was removed or is held changes nothing. A bet that is void counts as
one, and in nothing else. Ratios are made when they are read.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from domain.bet.lines import lines_of
from domain.odds import THOUSANDTHS, Odds
from domain.settling import odds_of_lines
from projections.changes import Add, Change
from projections.partitions import tag_of
from projections.ports import Fields

SUMS = ("bets", "void", "won", "staked", "returned", "odds", "unit_bets", "units")
BASIS_POINTS = 10_000


class Taken(NamedTuple):
    """A bet as it was shared."""

    stake_minor: int
    currency: str
    unit_minor: int
    type: str
    odds: tuple[Odds, ...]


class RecordView(msgspec.Struct, frozen=True):
    """What settled shared bets made, in one currency; `bets` of them, `void` ones among these, which count in nothing else.

    `roi_bp`: profit / staked; `win_rate_bp`: won / non-void bets; both in basis points, None if the divisor is 0. `average_odds` is decimal
    text. `units` is the profit in units, to the hundredth, of the `unit_bets` that were shown in units.
    """

    currency: str
    bets: int
    void: int
    won: int
    staked_minor: int
    returned_minor: int
    profit_minor: int
    roi_bp: int | None
    win_rate_bp: int | None
    average_odds: str | None
    unit_bets: int
    units: str


def counted(account_id: str, taken: Taken, outcome: str, returns_minor: int, sign: int) -> Sequence[Change]:
    """Count a settled bet (`sign` 1), or take it back (-1)."""
    if outcome == "void":
        sums = {"bets": 1, "void": 1}
    else:
        lines = lines_of(taken.type, len(taken.odds))
        odds = odds_of_lines(lines, taken.odds)
        sums = {
            "bets": 1,
            "won": int(outcome == "won"),
            "staked": taken.stake_minor,
            "returned": returns_minor,
            "odds": odds.numerator * THOUSANDTHS // odds.denominator,
        }
        if taken.unit_minor:
            sums |= {"unit_bets": 1, "units": (returns_minor - taken.stake_minor) * 100 // taken.unit_minor}
    key = f"{tag_of(account_id)}:records"
    return [Add(key, f"{account_id}:{taken.currency}:{name}", sign * number) for name, number in sums.items() if number]


def record_fields(account_id: str, currency: str) -> Fields:
    """Ask for the record of an account in a currency."""
    return Fields(f"{tag_of(account_id)}:records", [f"{account_id}:{currency}:{name}" for name in SUMS])


def record_of(currency: str, rows: Sequence[bytes | None]) -> RecordView:
    """Return the record that rows show."""
    bets, void, won, staked, returned, odds, unit_bets, units = [int(row or 0) for row in rows]
    decided, profit = bets - void, returned - staked
    average = odds // decided if decided else 0
    return RecordView(
        currency=currency,
        bets=bets,
        void=void,
        won=won,
        staked_minor=staked,
        returned_minor=returned,
        profit_minor=profit,
        roi_bp=profit * BASIS_POINTS // staked if staked else None,
        win_rate_bp=won * BASIS_POINTS // decided if decided else None,
        average_odds=f"{average // THOUSANDTHS}.{average % THOUSANDTHS:03d}" if decided else None,
        unit_bets=unit_bets,
        units=_hundredths(units),
    )


def _hundredths(number: int) -> str:
    sign, size = ("-" if number < 0 else ""), abs(number)
    return f"{sign}{size // 100}.{size % 100:02d}"

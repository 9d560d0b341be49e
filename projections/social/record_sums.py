"""What settled bets add up to: the sums that records keep, and the figures that are made of them when they are read."""

from collections.abc import Iterable, Mapping, Sequence
from operator import add, sub
from typing import NamedTuple

import msgspec

from domain.bet.lines import folds_of, plain_type
from domain.odds import THOUSANDTHS, Odds
from domain.settling import odds_of_folds
from domain.settling.same_game import SameGame, odds_together

BASIS_POINTS = 10_000
DAY_US = 86_400_000_000
EVERY_BET = ""
SPORT, MARKET_TYPE = "sport:", "type:"
MIXED = "mixed"

Sums = tuple[int, ...]
"""The numbers of `NAMES`, in that order."""

NAMES = ("bets", "void", "won", "staked", "returned", "odds", "unit_bets", "units", "line_bets", "line", "line_beaten")
"""`odds` in thousandths, `units` in hundredths, `line` in basis points, each a sum over bets."""

NOTHING: Sums = (0,) * len(NAMES)

ByScope = dict[str, Sums]
"""The sums of every bet, of each sport and of each market type: see `EVERY_BET`, `SPORT`, `MARKET_TYPE`."""


class Taken(NamedTuple):
    """A bet as it was shared."""

    stake_minor: int
    unit_minor: int
    type: str
    odds: tuple[Odds, ...]


class Figures(msgspec.Struct, frozen=True):
    """What settled bets made; `bets` of them, the sample size, `void` ones among these, which count in nothing else.

    `roi_bp`: profit / staked; `win_rate_bp`: won / non-void bets; both in basis points, None if the divisor is 0. `average_odds` is decimal
    text. `units` is the profit in units, to the hundredth, of the `unit_bets` that were shown in units. `closing_line_bp` is the mean
    closing-line value of the `closing_line_bets` that have one: odds taken / closing odds - 1, the bookmaker's margin left in both;
    `closing_line_beaten` of them took better odds than the closing ones.
    """

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
    closing_line_bp: int | None
    closing_line_bets: int
    closing_line_beaten: int


def sums_of(taken: Taken, outcome: str, returns_minor: int, closing: Sequence[Odds | None] = ()) -> Sums:
    """Return what a settled bet adds; a void one adds one to the bets and to the void ones, and nothing else.

    The closing-line value is that of one line: the product of the odds taken over the product of the closing odds (J. Buchdahl, "Squares
    and Sharps, Suckers and Sharks", 2016: odds / closing odds - 1). A bet has one if each of its legs has closing odds.
    """
    if outcome == "void":
        return (1, 1, *NOTHING[2:])
    odds = odds_of_folds(folds_of(taken.type, len(taken.odds)), taken.odds)
    has_units, line = taken.unit_minor > 0, _line_bp(taken, closing)
    return (
        1,
        0,
        int(returns_minor >= taken.stake_minor),
        taken.stake_minor,
        returns_minor,
        odds.numerator * THOUSANDTHS // odds.denominator,
        int(has_units),
        (returns_minor - taken.stake_minor) * 100 // taken.unit_minor if has_units else 0,
        int(line is not None),
        line or 0,
        int(line is not None and line > 0),
    )


def line_of(bet_type: str, odds: Sequence[Odds], same_game: Sequence[SameGame]) -> tuple[str, tuple[Odds, ...]]:
    """Return the type and the odds that a bet is recorded with: legs of one match are one."""
    if not same_game:
        return bet_type, tuple(odds)
    together = tuple(odds_together(odds, same_game))
    return plain_type(len(together)), together


def _line_bp(taken: Taken, closing: Sequence[Odds | None]) -> int | None:
    known = [odds for odds in closing if odds is not None]
    if not known or len(known) < len(taken.odds):
        return None
    folds = folds_of(taken.type, len(taken.odds))
    struck, closed = odds_of_folds(folds, taken.odds), odds_of_folds(folds, known)
    return (struck.numerator * closed.denominator * BASIS_POINTS) // (struck.denominator * closed.numerator) - BASIS_POINTS


def added(one: Sums, other: Sums, sign: int = 1) -> Sums:
    """Return both together, or the other taken from the one."""
    return tuple(map(add if sign > 0 else sub, one, other))


def together(parts: Iterable[Mapping[str, Sums]]) -> ByScope:
    """Return the sums of several rows, scope by scope."""
    found: ByScope = {}
    for part in parts:
        for scope, sums in part.items():
            found[scope] = added(found.get(scope, NOTHING), sums)
    return found


def day_of(committed_us: int) -> int:
    """Return the day (UTC) of a time in microseconds since 1970, in days since 1970."""
    return committed_us // DAY_US


def figures_of(sums: Sums) -> Figures:
    """Return the figures that sums give."""
    bets, void, won, staked, returned, odds, unit_bets, units, line_bets, line, beaten = sums
    decided, profit = bets - void, returned - staked
    average = odds // decided if decided else 0
    return Figures(
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
        closing_line_bp=line // line_bets if line_bets else None,
        closing_line_bets=line_bets,
        closing_line_beaten=beaten,
    )


def _hundredths(number: int) -> str:
    sign, size = ("-" if number < 0 else ""), abs(number)
    return f"{sign}{size // 100}.{size % 100:02d}"

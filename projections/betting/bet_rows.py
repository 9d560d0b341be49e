"""Bets as the portfolio keeps them, and how a leg is named that came out."""

from datetime import datetime

import msgspec

from domain.odds import Odds
from domain.settling import HALF_LOST, HALF_WON, LOST, RULES_OLDEST, VOID, WON, LegResult
from domain.settling.folds import Ratio
from domain.settling.same_game import SameGame

RESULT_NAMES = {WON: "won", LOST: "lost", VOID: "void", HALF_WON: "half_won", HALF_LOST: "half_lost"}
"""The names of results in answers; a shared win is a dead heat."""


class LegRow(msgspec.Struct, frozen=True, array_like=True):
    """A leg as it is kept; `struck` are the odds that it was struck at where it pays others, as it is shown."""

    market_id: str
    selection: str
    odds: Odds
    version: int
    place_terms: Ratio | None = None
    struck: Odds | None = None


class PlacedRow(msgspec.Struct, frozen=True, array_like=True):
    """A bet as it was struck, as it is kept; with `pending_until` as it waits until then, for a trader where it is referred."""

    account_id: str
    position: int
    stake_minor: int
    currency: str
    type: str
    legs: tuple[LegRow, ...]
    potential_returns_minor: int
    at: datetime
    each_way: str = ""
    free_bet_id: str = ""
    same_game: tuple[SameGame, ...] = ()
    pending_until: datetime | None = None
    is_referred: bool = False
    bonus_id: str = ""
    lines: int = 1
    rules: int = RULES_OLDEST


class SettledRow(msgspec.Struct, frozen=True, array_like=True):
    """What became of a bet, as it is kept: `returns_minor` is all that it paid; None are the results of legs open at its cash-out.

    `reason` and `title` say why a bet was refused after its delay: what it "paid" is its stake, which came back.
    """

    outcome: str
    returns_minor: int
    results: tuple[LegResult | None, ...]
    at: datetime
    settlement: int = 1
    placed: tuple[LegResult, ...] = ()
    deductions: tuple[int, ...] = ()
    reason: str = ""
    title: str = ""
    repriced: tuple[Odds | None, ...] = ()


class CashRow(msgspec.Struct, frozen=True, array_like=True):
    """What a bet was cashed out for so far, as it is kept, and what the rest may return."""

    stake_closed_minor: int
    cashed_out_minor: int
    potential_returns_minor: int


class ToldRow(msgspec.Struct, frozen=True, array_like=True):
    """What an open bet was told of its legs, as it is kept: results to win, to be placed where it is each way, deductions, right odds."""

    results: tuple[LegResult | None, ...]
    placed: tuple[LegResult | None, ...]
    deductions: tuple[int, ...]
    repriced: tuple[Odds | None, ...] = ()


def result_named(result: LegResult | None, placed: LegResult | None) -> str:
    """Name how a leg came out; in an each-way bet one that lost, but was placed, is that, whether it tied for the place or not."""
    if result is None:
        return "open"
    if result == LOST and placed is not None and placed.won[0]:
        return "placed"
    return RESULT_NAMES.get(result, "dead_heat")

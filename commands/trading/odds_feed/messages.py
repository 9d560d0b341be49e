"""What a feed of prices says of its matches, in one plain shape whatever vendor it came from."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from domain.odds import Odds

QUOTES_MAX = 2_000
"""Quotes that one match may have: bookmakers times markets."""


class MarketKey(NamedTuple):
    """A market of a match: its type as `domain.settling` grades it, and its canonical specifiers, sorted."""

    type: str
    specifiers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return " ".join([self.type, *(f"{name}={value}" for name, value in self.specifiers)])


def _lines(least: int, most: int) -> tuple[str, ...]:
    """Return the lines of so many quarter goals, as `canonical_specifiers` writes them."""
    return tuple(f"{'-' if at < 0 else ''}{abs(at) // 4}{('', '.25', '.5', '.75')[abs(at) % 4]}" for at in range(least, most + 1))


MARKETS_TAKEN: frozenset[MarketKey] = frozenset(
    [
        MarketKey("match_result"),
        *(MarketKey("total_goals", (("total", line),)) for line in _lines(2, 32)),
        *(MarketKey("asian_handicap", (("hcp", line),)) for line in _lines(-20, 20)),
    ]
)
"""Every market that a feed can open on a match: so all of a match are found again after a crash."""


class BookmakerQuote(msgspec.Struct, frozen=True):
    """One bookmaker's prices of one market, selection by selection, as of a time."""

    bookmaker: str
    market: MarketKey
    prices: dict[str, Odds]
    updated_at: datetime


class FinalResult(NamedTuple):
    """The goals of a match that is over."""

    home: int
    away: int


class FeedMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A match as a feed tells of it: its key at the vendor, who plays, when, what bookmakers ask, and its result once it is over.

    `quotes` is None where it says nothing of prices.
    `may_have_extra_time` says that the result may hold goals after the 90 minutes, on which no market of ours is graded.
    """

    key: str
    sport: str
    competition: str
    home: str
    away: str
    kick_off: datetime
    quotes: tuple[BookmakerQuote, ...] | None = None
    result: FinalResult | None = None
    may_have_extra_time: bool = False


class Held(NamedTuple):
    """Something a feed says that is not passed on, and why. `bookmaker` is empty where it is not about one."""

    match: str
    market: str
    bookmaker: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"match {self.match}", self.market, self.bookmaker, self.reason) if part)

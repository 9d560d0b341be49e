"""Bets as they are shown."""

from datetime import datetime

import msgspec

from domain.settling.same_game import SameGame


class BetLegView(msgspec.Struct, frozen=True):
    """A leg as it is shown; `result` is open, won, placed, lost, void, half_won, half_lost or dead_heat.

    `place_terms` is what a place pays in an each-way bet, None in any other; `rule4_pence` what Rule 4 took off each pound won.
    """

    market_id: str
    selection: str
    odds: str
    fractional: str
    american: str
    version: int
    result: str
    place_terms: str | None = None
    rule4_pence: int = 0


class SameGameView(msgspec.Struct, frozen=True):
    """Legs of one match that are settled as one, by their numbers in the bet, and their odds together."""

    legs: tuple[int, ...]
    odds: str
    fractional: str
    american: str


class BetView(msgspec.Struct, frozen=True):
    """A bet as it is shown; `status` is open, won, lost, void, part_lost or cashed_out.

    `returns_minor` is all that it paid, None while it is open: `cashed_out_minor` of it for `stake_closed_minor` of the stake, before it
    was settled. `potential_returns_minor` of an open bet is what the rest of its stake may return. `settlement` counts how often it was
    settled: more than once where a result was corrected, 0 while it is open or when it was cashed out whole. `each_way_rule` is None where
    the bet is not each way. Where `free_bet_id` is there, that free bet is its stake: it is not returned, and none of the account's money.
    `same_game` are its legs of one match.
    """

    bet_id: str
    account_id: str
    type: str
    status: str
    odds: str
    stake_minor: int
    currency: str
    potential_returns_minor: int
    returns_minor: int | None
    legs: list[BetLegView]
    position: int
    placed_at: datetime
    settled_at: datetime | None
    settlement: int
    each_way: bool = False
    each_way_rule: str | None = None
    stake_closed_minor: int = 0
    cashed_out_minor: int = 0
    free_bet_id: str | None = None
    same_game: tuple[SameGameView, ...] = ()


def together(group: SameGame) -> SameGameView:
    """Return legs of one match as they are shown."""
    odds = group.odds
    return SameGameView(group.legs, odds.text, odds.fractional_text, odds.american_text)

"""A bet as it is shown, from its rows."""

from datetime import datetime
from functools import lru_cache

import msgspec

from domain.bet.facts import BetPlaced, Leg
from domain.bet.lines import folds_of
from domain.bet.settlement import odds_promised, settled
from domain.bet.ways import ways_of
from domain.odds import Odds
from domain.settling import WON, odds_of_folds
from domain.settling.each_way import each_way_odds
from domain.settling.same_game import SameGame, odds_of_line
from projections.betting.bet_rows import CashRow, LegRow, PlacedRow, SettledRow, ToldRow, result_named

BETS_REMEMBERED_MAX = 8_192


class BetLegView(msgspec.Struct, frozen=True):
    """A leg as it is shown; `result` is open, won, placed, lost, void, half_won, half_lost or dead_heat.

    `place_terms` is what a place pays in an each-way bet, None in any other; `rule4_pence` what Rule 4 took off each pound won.
    `struck_odds` is there where the leg was struck at a price that was an obvious error: `odds` are the right ones then, which it pays.
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
    struck_odds: str | None = None


class SameGameView(msgspec.Struct, frozen=True):
    """Legs of one match that are settled as one, by their numbers in the bet, and their odds together."""

    legs: tuple[int, ...]
    odds: str
    fractional: str
    american: str


class BetView(msgspec.Struct, frozen=True):
    """A bet as it is shown; `status` is pending, open, won, lost, void, part_lost, cashed_out or refused.

    A pending bet is decided soon after `pending_until`, by the log's time; it is listed among the open ones, with the prices that stood
    when it was asked for. One that is `referred` waits for a trader until then. A refused one is listed among the settled ones: `reason`
    is the type of the problem, `reason_title` its words, and what it returned is its stake.

    `returns_minor` is all that it paid, None while it is open: `cashed_out_minor` of it for `stake_closed_minor` of the stake, before it
    was settled. `potential_returns_minor` of an open bet is what the rest of its stake may return. `settlement` counts how often it was
    settled: more than once where a result was corrected, 0 while it is open or when it was cashed out whole. `each_way_rule` is None where
    the bet is not each way. Where `free_bet_id` is there, that free bet is its stake: it is not returned, and none of the account's money.
    `same_game` are its legs of one match. Where `bonus_id` is there, its stake is of that bonus.
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
    pending_until: datetime | None = None
    referred: bool = False
    reason: str | None = None
    reason_title: str | None = None
    bonus_id: str | None = None


_decode_placed = msgspec.msgpack.Decoder(PlacedRow).decode
decode_settled = msgspec.msgpack.Decoder(SettledRow).decode
_decode_cash = msgspec.msgpack.Decoder(CashRow).decode
_decode_told = msgspec.msgpack.Decoder(ToldRow).decode


@lru_cache(maxsize=BETS_REMEMBERED_MAX)
def bet_of_rows(bet_id: str, placed: bytes, legs: bytes | None, end: bytes | None, cash: bytes | None = None) -> BetView:
    """Return a bet as its rows show it. Answers are cached, since the same bets are shown again and again."""
    struck = _decode_placed(placed)
    ended = decode_settled(end) if end is not None else None
    cashed = _decode_cash(cash) if cash is not None else None
    told = ToldRow((None,) * len(struck.legs), (), ())
    if ended is not None and ended.results:
        told = ToldRow(ended.results, ended.placed, ended.deductions, ended.repriced)
    elif legs is not None:
        told = _decode_told(legs)
    pays = _at_right_odds(struck, told.repriced, cashed.stake_closed_minor if cashed is not None else 0)
    potential_minor = cashed.potential_returns_minor if cashed is not None and ended is None else struck.potential_returns_minor
    return BetView(
        bet_id,
        struck.account_id,
        struck.type,
        ended.outcome if ended is not None else "open" if struck.pending_until is None else "pending",
        _odds(pays).text,
        struck.stake_minor,
        struck.currency,
        potential_minor if pays is struck else pays.potential_returns_minor,
        ended.returns_minor if ended is not None else None,
        [_leg(number, leg, told) for number, leg in enumerate(pays.legs)],
        struck.position,
        struck.at,
        ended.at if ended is not None else None,
        ended.settlement if ended is not None else 0,
        bool(struck.each_way),
        struck.each_way or None,
        cashed.stake_closed_minor if cashed is not None else 0,
        cashed.cashed_out_minor if cashed is not None else 0,
        struck.free_bet_id or None,
        tuple([together(group) for group in struck.same_game]),
        struck.pending_until,
        struck.is_referred,
        (ended.reason or None) if ended is not None else None,
        (ended.title or None) if ended is not None else None,
        struck.bonus_id or None,
    )


def together(group: SameGame) -> SameGameView:
    """Return legs of one match as they are shown."""
    odds = group.odds
    return SameGameView(group.legs, odds.text, odds.fractional_text, odds.american_text)


def _at_right_odds(struck: PlacedRow, repriced: tuple[Odds | None, ...], closed_minor: int) -> PlacedRow:
    """Return a bet at the odds that its legs pay, with what the rest of its stake returns at these if every leg wins."""
    if not repriced:
        return struck
    legs = [
        leg if right is None else msgspec.structs.replace(leg, odds=right, struck=leg.odds)
        for leg, right in zip(struck.legs, repriced, strict=True)
    ]
    at_right = msgspec.structs.replace(struck, legs=tuple(legs), stake_minor=struck.stake_minor - closed_minor)
    if len(struck.legs) > 1 and ways_of(struck.legs):
        return msgspec.structs.replace(at_right, stake_minor=struck.stake_minor)
    legs_won = (WON,) * len(legs)
    paid_minor = settled(_as_struck(at_right), legs_won, 1, struck.at, (), legs_won if struck.each_way else ()).returns_minor
    return msgspec.structs.replace(at_right, stake_minor=struck.stake_minor, potential_returns_minor=paid_minor)


def _as_struck(row: PlacedRow) -> BetPlaced:
    """Return a bet as its fact has it, as far as that says what it pays."""
    legs = [Leg(leg.market_id, leg.selection, leg.odds, leg.version, place_terms=leg.place_terms) for leg in row.legs]
    what = (row.account_id, row.stake_minor, row.currency, row.type, tuple(legs), "exact", row.potential_returns_minor, row.at)
    return BetPlaced(*what, row.lines, row.rules, row.each_way, row.free_bet_id, row.same_game)


def _odds(struck: PlacedRow) -> Odds:
    """Return the odds of a bet: what a unit of its stake returns at best."""
    if len(struck.legs) > 1 and ways_of(struck.legs):
        return odds_promised(struck.stake_minor, struck.potential_returns_minor, struck.free_bet_id)
    sizes, odds = folds_of(struck.type, len(struck.legs)), [leg.odds for leg in struck.legs]
    if struck.same_game:
        return odds_of_line(odds, struck.same_game)
    if not struck.each_way:
        return odds_of_folds(sizes, odds)
    return each_way_odds(sizes, odds, [leg.place_terms or (1, 1) for leg in struck.legs], struck.each_way)


def _leg(number: int, leg: LegRow, told: ToldRow) -> BetLegView:
    odds, placed = leg.odds, told.placed[number] if told.placed else None
    named = result_named(told.results[number], placed)
    terms = None if leg.place_terms is None else "{}/{}".format(*leg.place_terms)
    pence = told.deductions[number] if told.deductions else 0
    said = (odds.text, odds.fractional_text, odds.american_text)
    return BetLegView(leg.market_id, leg.selection, *said, leg.version, named, terms, pence, leg.struck.text if leg.struck else None)

"""How a bet is struck: every leg at the odds shown, or at what its bettor agreed to, and for no more than the book pays."""

from collections.abc import Sequence

import msgspec

from domain.bet.commands import AskedLeg, StrikeBet
from domain.bet.facts import BetPlaced, Leg
from domain.bet.lines import folds_of, line_count
from domain.bet.same_game import fixtures_apart, struck_together
from domain.bet.settlement import all_won, best_ratio, each_way_minor, with_places, without_stake
from domain.bet.stake_limit import StakeOverLimit, largest_stake_minor
from domain.bet.ways import Ways, lines_with, ways_of
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import HOUSE_RULES, RULES_CURRENT, potential_of_folds_minor, potential_returns_minor
from domain.settling.same_game import SameGame, odds_together


class RelatedLegs(Refused):
    """Two legs of a bet are on the same fixture, so one would help the other: they are struck together at a price of their own, or not."""

    fixture_id: str


class PricesMoved(Refused):
    """A price moved, and the bettor did not agree to the present one."""

    market_id: str
    selection: str
    asked: str
    asked_version: int
    current: str
    current_version: int


def struck(command: StrikeBet) -> BetPlaced:
    """Return the bet as it is struck, of a shape that was checked.

    Raises:
        SameGameMalformed, RelatedLegs, SameGamePriceMoved, PricesMoved, StakeOverLimit: in this order.

    """
    stake_minor, lines = command.stake_minor, 1
    same_game: tuple[SameGame, ...] = ()
    ways: Ways = ()
    if len(command.asked) == 1:
        legs: tuple[Leg, ...] = (_leg(command.asked[0], command.offered[0], command.accept),)
    else:
        fixtures = [offered.fixture_id for offered in command.offered]
        if command.same_game:
            fixtures = fixtures_apart(command.same_game, fixtures)
        elif ways := ways_of(command.asked):
            fixtures = [fixtures[numbers[0]] for numbers in ways]
        for fixture_id in fixtures:
            if fixtures.count(fixture_id) > 1:
                raise RelatedLegs(fixture_id)
        if command.same_game:
            legs, same_game = struck_together(command, _leg)
        else:
            legs = tuple(_leg(asked, offered, command.accept) for asked, offered in zip(command.asked, command.offered, strict=True))
        lines = lines_with(command.type, [*map(len, ways)]) if ways else line_count(command.type, len(legs))
    what = (command.account_id, stake_minor, command.currency, command.type)
    if command.each_way:
        legs, lines = with_places(legs, command.place_terms), lines * 2
        placed = BetPlaced(*what, legs, command.accept, 0, command.at, lines, RULES_CURRENT, command.each_way)
        potential_minor = each_way_minor(placed, *all_won(placed))
    elif lines == 1:
        odds = [leg.odds for leg in legs]
        potential_minor = potential_returns_minor(stake_minor, odds_together(odds, same_game) if same_game else odds, RULES_CURRENT)
    elif ways:
        placed = BetPlaced(*what, legs, command.accept, 0, command.at, lines, RULES_CURRENT)
        numerator, denominator = best_ratio(placed, command.exclusive)
        potential_minor = HOUSE_RULES[RULES_CURRENT].rounding(stake_minor // lines * numerator, denominator)
    else:
        unit_minor, sizes = stake_minor // lines, folds_of(command.type, len(legs))
        potential_minor = potential_of_folds_minor(unit_minor, sizes, [leg.odds for leg in legs], RULES_CURRENT)
    placed = BetPlaced(*what, legs, command.accept, potential_minor, command.at, lines, RULES_CURRENT, command.each_way)
    if same_game:
        placed = msgspec.structs.replace(placed, same_game=same_game)
    if command.bonus_id:
        placed = msgspec.structs.replace(placed, bonus_id=command.bonus_id)
    if potential_minor > command.limit.payout_minor_max:
        raise _over(placed, command)
    for offered in command.offered:
        if offered.replaced_by and HOUSE_RULES[RULES_CURRENT].names_standing:
            return _with_standing(placed, command.offered)
    return placed


def struck_free(command: StrikeBet) -> BetPlaced:
    """Return the bet as it is struck with a free bet: as any other, within the same limit, but its stake is not returned."""
    placed = struck(command)
    potential_minor = without_stake(placed.stake_minor, placed.potential_returns_minor)
    return msgspec.structs.replace(placed, potential_returns_minor=potential_minor, free_bet_id=command.free_bet_id)


def _with_standing(placed: BetPlaced, offered: Sequence[Quote]) -> BetPlaced:
    """Return the bet with the odds that stood where it was struck at higher ones, which had been replaced."""
    legs = zip(placed.legs, offered, strict=True)
    standing = tuple([quote.current if leg.odds > quote.current else None for leg, quote in legs])
    return msgspec.structs.replace(placed, standing=standing) if any(standing) else placed


def _over(placed: BetPlaced, command: StrikeBet) -> StakeOverLimit:
    """Return the refusal of a bet that is over its limit, with the largest stake that would be taken at these odds."""
    limit = command.limit
    largest_minor = largest_stake_minor(limit, best_ratio(placed, command.exclusive), placed.lines)
    stake = (placed.stake_minor, largest_minor, placed.lines)
    return StakeOverLimit(*stake, placed.potential_returns_minor, limit.payout_minor_max, limit.factor, may_refer=False)


def _leg(asked: AskedLeg, offered: Quote, accept: str) -> Leg:
    """Strike one leg: the asked odds if they were shown and may still be struck, or stand now; else what `accept` agrees to."""
    odds = asked.odds
    if accept != "exact" and offered.current > odds:
        return _taken(asked, offered)
    if offered.shown == odds:
        if offered.shown_version == asked.version:
            return Leg(asked.market_id, asked.selection, odds, asked.version, fixture_id=offered.fixture_id)
        return Leg(asked.market_id, asked.selection, odds, offered.shown_version, None, asked.version, fixture_id=offered.fixture_id)
    if offered.current == odds:
        return Leg(asked.market_id, asked.selection, odds, offered.current_version, None, asked.version, fixture_id=offered.fixture_id)
    if accept == "any":
        return _taken(asked, offered)
    raise PricesMoved(asked.market_id, asked.selection, odds.text, asked.version, offered.current.text, offered.current_version)


def _taken(asked: AskedLeg, offered: Quote) -> Leg:
    """Strike a leg at what stands, other odds than were asked for; the version that was asked for is told where it is another."""
    version = offered.current_version
    asked_version = None if asked.version == version else asked.version
    return Leg(asked.market_id, asked.selection, offered.current, version, asked.odds, asked_version, fixture_id=offered.fixture_id)

"""The rules of a bet: struck at the odds shown or not at all, settled once for what its legs returned."""

from collections.abc import Sequence
from typing import assert_never, cast, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.bet.commands import AskedLeg, BetCommand, ResultLeg, StrikeBet
from domain.bet.facts import BetFact, BetLegResulted, BetPlaced, BetSettled, Leg
from domain.odds import Odds, check_odds
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import VOID, LegResult, check_leg_result, potential_returns_minor, returns_minor

LEGS_MAX = 20
STAKE_MINOR_MIN = 1
STAKE_MINOR_MAX = 100_000_000
RETURNS_MINOR_MAX = 100_000_000_000
ACCEPTS = ("exact", "better", "any")


class StakeOutOfRange(Refused):
    """The stake is below the smallest or above the largest that the book takes."""

    stake_minor: int
    stake_minor_min: int
    stake_minor_max: int


class ReturnsOutOfRange(Refused):
    """The bet could return more than the book pays on one bet."""

    potential_returns_minor: int
    returns_minor_max: int


class TooManyLegs(Refused):
    """The bet has no legs, or more than the book takes."""

    legs: int
    legs_max: int


class BetTypeUnknown(Refused):
    """A bet is a single with one leg, or a multiple with two or more."""

    type: str
    legs: int


class RelatedLegs(Refused):
    """Two legs of a multiple are on the same fixture, so one would help the other."""

    fixture_id: str


class AcceptUnknown(Refused):
    """What to do when a price moved is exact, better or any."""

    accept: str


class PricesMoved(Refused):
    """A price moved and the bettor did not agree to the one that stands now."""

    market_id: str
    selection: str
    asked: str
    asked_version: int
    current: str
    current_version: int


class BetKeyReused(Refused):
    """The key was used before, for a bet with another body or of another account."""

    bet_id: str


class BetUnknown(Refused):
    """There is no such bet."""

    bet_id: str


class LegUnknown(Refused):
    """The bet has no leg on that market."""

    bet_id: str
    market_id: str


class Bet(msgspec.Struct, frozen=True, gc=False):
    """Where a bet stands: `placed` is None until it is struck; `results` holds what its legs came out as, in their order."""

    placed: BetPlaced | None = None
    results: tuple[LegResult | None, ...] = ()
    status: str = ""
    returns_minor: int = 0


def decide(bet: Bet, command: BetCommand) -> Sequence[BetFact]:
    """Decide what follows from a command.

    Raises:
        BetKeyReused, AcceptUnknown, StakeOutOfRange, TooManyLegs, BetTypeUnknown, OddsOutOfRange, RelatedLegs, PricesMoved,
            ReturnsOutOfRange: from `StrikeBet`, checked in this order.
        BetUnknown, LegUnknown, LegResultMalformed: from `ResultLeg`.

    """
    match command:
        case StrikeBet():
            if bet.placed is not None:
                if not _same_body(bet.placed, command):
                    raise BetKeyReused(command.bet_id)
                return ()
            check_shape(command.stake_minor, command.type, len(command.asked), command.accept)
            for asked in command.asked:
                check_odds(asked.odds)
            return (_strike(command),)
        case ResultLeg():
            return _result(bet, command)
        case _:
            assert_never(command)


def check_shape(stake_minor: int, bet_type: str, legs: int, accept: str) -> None:
    """Refuse what no price could save.

    Raises:
        AcceptUnknown, StakeOutOfRange, TooManyLegs, BetTypeUnknown: in this order.

    """
    if accept not in ACCEPTS:
        raise AcceptUnknown(accept[:60])
    if not STAKE_MINOR_MIN <= stake_minor <= STAKE_MINOR_MAX:
        raise StakeOutOfRange(stake_minor, STAKE_MINOR_MIN, STAKE_MINOR_MAX)
    if not 1 <= legs <= LEGS_MAX:
        raise TooManyLegs(legs, LEGS_MAX)
    if bet_type != ("single" if legs == 1 else "multiple"):
        raise BetTypeUnknown(bet_type[:60], legs)


def _strike(command: StrikeBet) -> BetPlaced:
    if len(command.asked) == 1:
        legs: tuple[Leg, ...] = (_leg(command.asked[0], command.offered[0], command.accept),)
    else:
        fixtures = [offered.fixture_id for offered in command.offered]
        for fixture_id in fixtures:
            if fixtures.count(fixture_id) > 1:
                raise RelatedLegs(fixture_id)
        legs = tuple(_leg(asked, offered, command.accept) for asked, offered in zip(command.asked, command.offered, strict=True))
    potential_minor = potential_returns_minor(command.stake_minor, [leg.odds for leg in legs])
    if potential_minor > RETURNS_MINOR_MAX:
        raise ReturnsOutOfRange(potential_minor, RETURNS_MINOR_MAX)
    return BetPlaced(
        command.account_id, command.stake_minor, command.currency, command.type, legs, command.accept, potential_minor, command.at
    )


def _leg(asked: AskedLeg, offered: Quote, accept: str) -> Leg:
    """Strike one leg: the asked odds if they were shown and may still be struck, or stand now; else what `accept` agrees to."""
    odds = asked.odds
    if accept != "exact" and offered.current > odds:
        return _taken(asked, offered)
    if offered.shown == odds:
        if offered.shown_version == asked.version:
            return Leg(asked.market_id, asked.selection, odds, asked.version)
        return Leg(asked.market_id, asked.selection, odds, offered.shown_version, None, asked.version)
    if offered.current == odds:
        return Leg(asked.market_id, asked.selection, odds, offered.current_version, None, asked.version)
    if accept == "any":
        return _taken(asked, offered)
    raise PricesMoved(asked.market_id, asked.selection, odds.text, asked.version, offered.current.text, offered.current_version)


def _taken(asked: AskedLeg, offered: Quote) -> Leg:
    """Strike a leg at what stands, other odds than were asked for; the version that was asked for is told where it is another."""
    version = offered.current_version
    asked_version = None if asked.version == version else asked.version
    return Leg(asked.market_id, asked.selection, offered.current, version, asked.odds, asked_version)


def _same_body(placed: BetPlaced, command: StrikeBet) -> bool:
    return (placed.account_id, placed.stake_minor, placed.currency, placed.type, placed.accept) == (
        command.account_id,
        command.stake_minor,
        command.currency,
        command.type,
        command.accept,
    ) and tuple(map(asked_of, placed.legs)) == command.asked


def asked_of(leg: Leg) -> AskedLeg:
    """Return a struck leg as its bettor had asked for it."""
    asked_version = leg.version if leg.asked_version is None else leg.asked_version
    return AskedLeg(leg.market_id, leg.selection, leg.asked or leg.odds, asked_version)


def _result(bet: Bet, command: ResultLeg) -> Sequence[BetFact]:
    placed = bet.placed
    if placed is None:
        raise BetUnknown(command.bet_id)
    if bet.status != "open":
        return ()
    check_leg_result(command.result)
    results, found, awaited = list(bet.results), False, False
    for index, leg in enumerate(placed.legs):
        if leg.market_id == command.market_id:
            if results[index] is not None:
                return ()
            results[index], found = command.result, True
        elif results[index] is None:
            awaited = True
    if not found:
        raise LegUnknown(command.bet_id, command.market_id)
    if awaited:
        return (BetLegResulted(placed.account_id, command.market_id, command.result, tuple(results), command.at),)
    return (settled(placed, cast("tuple[LegResult, ...]", tuple(results)), command),)


def settled(placed: BetPlaced, results: tuple[LegResult, ...], command: ResultLeg) -> BetSettled:
    """Return the settlement that the results give: stake times the product of the legs' factors, rounded down once."""
    paid_minor = returns_minor(placed.stake_minor, [(leg.odds, result) for leg, result in zip(placed.legs, results, strict=True)])
    return BetSettled(
        placed.account_id, outcome_of(placed.stake_minor, paid_minor, results), placed.stake_minor, paid_minor, results, 1, command.at
    )


def outcome_of(stake_minor: int, paid_minor: int, results: Sequence[LegResult]) -> str:
    """Name a settled bet: void when every leg is, won when it returns its stake or more, part_lost when less, lost when nothing."""
    if results.count(VOID) == len(results):
        return "void"
    if paid_minor >= stake_minor:
        return "won"
    return "part_lost" if paid_minor else "lost"


def evolve(bet: Bet, fact: BetFact) -> Bet:
    """Return the bet after the fact."""
    match fact:
        case BetPlaced():
            assert bet.placed is None, "a bet is struck once"
            return Bet(fact, (None,) * len(fact.legs), "open")
        case BetLegResulted():
            assert bet.placed is not None, "a leg belongs to a bet"
            return Bet(bet.placed, fact.results, bet.status)
        case BetSettled():
            assert bet.status == "open", "a bet is settled once"
            return Bet(bet.placed, fact.results, fact.outcome, fact.returns_minor)
        case _:
            assert_never(fact)


def odds_of(placed: BetPlaced) -> Odds:
    """Return the odds of the whole bet: the product of its legs'."""
    odds = placed.legs[0].odds
    for leg in placed.legs[1:]:
        odds = odds.times(leg.odds)
    return odds


BET = Aggregate("bet", Bet(), decide, evolve, get_args(BetFact), brief=True)

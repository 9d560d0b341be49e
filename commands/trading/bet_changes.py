"""What results would do to one bet, as the rules that settle bets say: nothing here knows a formula."""

from collections.abc import Mapping
from typing import NamedTuple

from commands.betting.settle_bet import legs_of
from domain.bet.commands import ResultLegs
from domain.bet.decider import BET
from domain.bet.facts import BetPlaced, Leg
from domain.bet.state import Bet
from domain.fact import EPOCH
from domain.market.facts import MarketResulted, PriceError, VoidWindow
from domain.market.void_windows import is_void_at
from domain.settling import WON


class PreviewedOutcome(NamedTuple):
    """What a market would come out as with bets of some windows void and some prices errors, None where it has no result.

    What it came out as stands beside it (`before`), likewise. Of a window of void bets that is set or taken back `only` those in it are
    concerned, of a price error only those with a leg at it that has its own odds.
    """

    result: MarketResulted | None
    windows: tuple[VoidWindow, ...] = ()
    before: MarketResulted | None = None
    windows_before: tuple[VoidWindow, ...] = ()
    only: VoidWindow | PriceError | None = None
    errors: tuple[PriceError, ...] = ()
    errors_before: tuple[PriceError, ...] = ()


Results = Mapping[str, PreviewedOutcome]
"""Market -> what it would come out as."""


class BetChange(NamedTuple):
    """What becomes of a bet: whether it is settled by the results, for the first time or anew, and how much more its wallet then holds.

    `paid_minor_max` is the most that it may still be paid by them, `taken_minor_max` the most that may be taken back, whatever its other
    legs come out as, and whether or not it is settled by what stands before that.
    """

    is_settled: bool
    change_minor: int
    paid_minor_max: int
    taken_minor_max: int


def concerns(outcome: PreviewedOutcome, placed: BetPlaced, struck_us: int, leg: Leg) -> bool:
    """Tell whether a bet with a leg there that was struck at a moment of the log's time is concerned.

    Of a price error no bet is whose legs were struck together: it has odds of its own.
    """
    if isinstance(outcome.only, PriceError):
        return not placed.same_game and outcome.only.has(leg.selection, leg.version, leg.odds)
    return outcome.only is None or outcome.only.has(struck_us)


def change_of(bet: Bet, bet_id: str, results: Results, struck_us: int) -> BetChange:
    """Return what the results would do to a bet as it stands."""
    assert bet.placed is not None, "what is counted was struck"
    on = {market_id: results[market_id] for leg in bet.placed.legs if (market_id := leg.market_id) in results}
    if all(outcome.result is None for outcome in on.values()):
        return BetChange(is_settled=False, change_minor=0, paid_minor_max=0, taken_minor_max=0)
    stands = after = bet
    for market_id, outcome in on.items():
        void_before, void = is_void_at(outcome.windows_before, struck_us), is_void_at(outcome.windows, struck_us)
        stands = _told(stands, bet_id, market_id, outcome.before, outcome.errors_before, void=void_before)
        after = _told(after, bet_id, market_id, outcome.result, outcome.errors, void=void)
    came_out_before = any(outcome.before is not None for outcome in on.values())
    had_minor_max = max(bet.returns_minor, most_minor(stands, bet_id)) if came_out_before else bet.returns_minor
    has_minor_min = min(bet.returns_minor, stands.returns_minor)
    return BetChange(
        is_settled=after.settlement > bet.settlement,
        change_minor=after.returns_minor - bet.returns_minor,
        paid_minor_max=max(0, most_minor(after, bet_id) - has_minor_min),
        taken_minor_max=max(0, had_minor_max - after.returns_minor),
    )


def _told(bet: Bet, bet_id: str, market_id: str, result: MarketResulted | None, errors: tuple[PriceError, ...], *, void: bool) -> Bet:
    """Return a bet that is told of its legs on a market, as it is where that has no result."""
    assert bet.placed is not None, "what is told was struck"
    if result is not None:
        for fact in BET.decide(bet, legs_of(bet_id, market_id, bet.placed, result, EPOCH, errors, void=void)):
            bet = BET.evolve(bet, fact)
    return bet


def most_minor(bet: Bet, bet_id: str) -> int:
    """Return what a bet returns once its other legs came out, if each of them wins; what it returned, where none is awaited."""
    assert bet.placed is not None, "what returns something was struck"
    if bet.status != "open":
        return bet.returns_minor
    for market_id in dict.fromkeys(leg.market_id for leg, told in zip(bet.placed.legs, bet.results, strict=True) if told is None):
        won = {leg.selection: WON for leg in bet.placed.legs if leg.market_id == market_id}
        for fact in BET.decide(bet, ResultLegs(bet_id, market_id, won, EPOCH, (), won)):
            bet = BET.evolve(bet, fact)
    return bet.returns_minor

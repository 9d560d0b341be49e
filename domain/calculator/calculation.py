"""What a bet returns: its legs' factors, the sum of its lines, each way or not, rounded half up once, on that sum."""

from collections.abc import Sequence

import msgspec

from domain.bet.lines import ROUND_ROBIN, SINGLE
from domain.money import AMOUNT_MINOR_MAX
from domain.odds import Odds
from domain.refused import Refused
from domain.settling.each_way import EACH_WAY_RULES, WIN_TO_WIN, each_way_sum, place_odds
from domain.settling.folds import FULL_COVER, Ratio, lines_in, sum_of_folds
from domain.settling.house_rules import HOUSE_RULES, RULES_CURRENT
from domain.settling.returns import HALF_LOST, HALF_WON, LOST, TIED_MAX, VOID, WON, LegResult, factor
from domain.settling.rule4 import reduced

LEGS_MAX = 25
FOLD = "fold"
_WORDS = "four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
_ABOVE_TWENTY = [f"twenty{word}" for word in ("one", "two", "three", "four", "five")]
FOLDS: dict[str, int] = {
    SINGLE: 1,
    "double": 2,
    "treble": 3,
    **{f"{word}fold": legs for legs, word in enumerate([*_WORDS.split(), *_ABOVE_TWENTY], 4)},
}
"""Name of a bet of one line -> its number of legs. `fold` is one line of as many legs as are given."""
CALCULATED_TYPES = (*FOLDS, FOLD, *FULL_COVER, ROUND_ROBIN)
PLACED = "placed"
RESULTS: dict[str, tuple[LegResult, LegResult]] = {
    "won": (WON, WON),
    PLACED: (LOST, WON),
    "lost": (LOST, LOST),
    "void": (VOID, VOID),
    "half_won": (HALF_WON, HALF_WON),
    "half_lost": (HALF_LOST, HALF_LOST),
}
"""How a selection came out -> what that is for a bet on it to win, and to be placed."""


class CalculatedTypeUnknown(Refused):
    """There is no such type of bet, or a bet of that type has another number of legs."""

    type: str
    legs: int


class FoldsMalformed(Refused):
    """A round robin names its folds, each once, between one leg and all of them; no other type names any."""

    folds: tuple[int, ...]
    legs: int


class EachWayRuleUnknown(Refused):
    """Each-way stakes go win to win and place to place, or are divided equally at every leg."""

    each_way_rule: str


class PlaceTermsMissing(Refused):
    """A leg of an each-way bet says which fraction of the odds is paid for a place."""

    leg: int


class PlaceTermsMalformed(Refused):
    """Place terms are a fraction of the odds above nought, up to one, such as 1/5."""

    place_terms: str


class LegOutcomeUnknown(Refused):
    """A leg has won, placed, lost, void, half_won or half_lost."""

    result: str


class LegUndecided(Refused):
    """A leg is undecided, so what the bet returns is not known yet."""

    leg: int


class DeadHeatMalformed(Refused):
    """A dead heat is how many tied for one place, such as 2, or for several, such as 3/2."""

    dead_heat: str


class DeductionOutOfRange(Refused):
    """A Rule 4 deduction is between 0 and 100 pence in the pound."""

    rule4_pence: int


class CalculatedStakeOutOfRange(Refused):
    """The stake of the whole bet is at least one minor unit, and not larger than any amount may be."""

    stake_minor: int
    stake_minor_max: int


class CalculatedLeg(msgspec.Struct, frozen=True, gc=False):
    """A leg and how it came out: for a bet to win, and for one to be placed.

    `odds` are those of the bet; `place_terms` the fraction of their profit that a place pays, None where there are none;
    `deduction_pence` comes off the profit of both.
    """

    odds: Odds
    to_win: LegResult = WON
    to_place: LegResult = WON
    place_terms: Ratio | None = None
    deduction_pence: int = 0

    def win_factor(self) -> Ratio:
        """Return what the leg makes of one unit on the win."""
        return factor(self._paid_odds(), self.to_win)

    def place_factor(self) -> Ratio:
        """Return what the leg makes of one unit on the place."""
        assert self.place_terms is not None, "an each-way bet has place terms"
        return factor(place_odds(self._paid_odds(), self.place_terms), self.to_place)

    def _paid_odds(self) -> Odds:
        return reduced(self.odds, self.deduction_pence) if self.deduction_pence else self.odds


class CalculatedBet(msgspec.Struct, frozen=True, gc=False):
    """A bet with its unit stake, on every line and, each way, on each of its two parts."""

    sizes: tuple[int, ...]
    legs: tuple[CalculatedLeg, ...]
    unit_minor: int
    each_way: bool = False
    each_way_rule: str = WIN_TO_WIN


class Calculated(msgspec.Struct, frozen=True, gc=False):
    """What a bet costs and returns; each way every line counts twice."""

    stake_minor: int
    lines: int
    returns_minor: int


def sizes_of(bet_type: str, legs: int, folds: Sequence[int] = ()) -> tuple[int, ...]:
    """Return the sizes of the folds of a bet of that type on so many legs.

    Raises:
        CalculatedTypeUnknown: when there is no such type, or not with so many legs.
        FoldsMalformed: when a round robin names none, one twice, or one that so many legs do not give; or when another type names some.

    """
    if not 1 <= legs <= LEGS_MAX:
        raise CalculatedTypeUnknown(bet_type[:60], legs)
    if bet_type == ROUND_ROBIN:
        if not folds or len(set(folds)) < len(folds) or not all(1 <= size <= legs for size in folds):
            raise FoldsMalformed(tuple(folds), legs)
        return tuple(sorted(folds))
    if folds:
        raise FoldsMalformed(tuple(folds), legs)
    if bet_type == FOLD or FOLDS.get(bet_type) == legs:
        return (legs,)
    full_cover_legs, sizes = FULL_COVER.get(bet_type, (0, ()))
    if full_cover_legs != legs:
        raise CalculatedTypeUnknown(bet_type[:60], legs)
    return sizes


def result_of(name: str, dead_heat: Ratio) -> tuple[LegResult, LegResult]:
    """Return how a leg came out for a bet to win and for one to be placed; the dead heat divides the one that was tied for.

    A winner that tied for first is placed outright; a placed one tied for the last of the places.

    Raises:
        LegOutcomeUnknown: for any other name.
        DeadHeatMalformed: when it is no number that can have tied.

    """
    found = RESULTS.get(name)
    if found is None:
        raise LegOutcomeUnknown(name[:60])
    tied, places = dead_heat
    if not (1 <= places <= tied <= TIED_MAX * places and tied <= TIED_MAX):
        raise DeadHeatMalformed(f"{tied}/{places}"[:60])
    to_win, to_place = found
    if tied == places:
        return found
    shared = (tied, places)
    if name == PLACED:
        return to_win, msgspec.structs.replace(to_place, dead_heat=shared)
    return msgspec.structs.replace(to_win, dead_heat=shared), to_place


def calculate(bet: CalculatedBet) -> Calculated:
    """Return what the bet costs and returns: the exact sum of all its lines, rounded half up once.

    Each way, see `domain.settling.each_way`.

    Raises:
        EachWayRuleUnknown, PlaceTermsMissing: of an each-way bet.
        DeductionOutOfRange: when more than the profit is deducted from a leg.
        CalculatedStakeOutOfRange: when the whole stake is none that anybody could pay.

    """
    for leg in bet.legs:
        if not 0 <= leg.deduction_pence <= 100:
            raise DeductionOutOfRange(leg.deduction_pence)
    lines = lines_in(len(bet.legs), bet.sizes) * (2 if bet.each_way else 1)
    stake_minor = bet.unit_minor * lines
    if not 1 <= stake_minor <= AMOUNT_MINOR_MAX:
        raise CalculatedStakeOutOfRange(stake_minor, AMOUNT_MINOR_MAX)
    numerator, denominator = _sum(bet)
    return Calculated(stake_minor, lines, HOUSE_RULES[RULES_CURRENT].rounding(bet.unit_minor * numerator, denominator))


def _sum(bet: CalculatedBet) -> Ratio:
    """Return what one unit on everything returns."""
    to_win = [leg.win_factor() for leg in bet.legs]
    if not bet.each_way:
        return sum_of_folds(bet.sizes, to_win)
    if bet.each_way_rule not in EACH_WAY_RULES:
        raise EachWayRuleUnknown(bet.each_way_rule[:60])
    for index, leg in enumerate(bet.legs):
        if leg.place_terms is None:
            raise PlaceTermsMissing(index)
    to_place = [leg.place_factor() for leg in bet.legs]
    return each_way_sum(bet.sizes, to_win, to_place, bet.each_way_rule)

"""The rules of each type of market, written independently of the product's: its lines, its book, and when the score has decided it.

Only `grade`, the arithmetic of goals, is shared with what is audited.
"""

from collections.abc import Iterable, Mapping
from itertools import product

from commands.audit.races import ON_PLACES, RACE, RACES, are_places
from commands.audit.races import winners_of as winners_of_race
from commands.audit.streams import AuditedFixture
from domain.odds import ODDS_MAX, THOUSANDTHS, Odds
from domain.refused import Refused
from domain.settling import LegResult
from domain.settling.grading import FinalScore, grade, selections_of

TYPES_WITH_TOTAL = frozenset({"total_goals", "result_and_total", "total_points"})
TYPES_WITH_HANDICAP = frozenset({"asian_handicap", "point_spread"})
TYPES_WITHOUT_LINE = frozenset(
    {"match_result", "both_teams_to_score", "double_chance", "draw_no_bet", "odd_even", "correct_score", "winning_margin", "money_line"}
)
TENNIS = frozenset({"match_winner", "set_betting", "total_games"})
HALVES = ("first_half_", "second_half_")
HALF_TIME_FULL_TIME = "half_time_full_time"

TOTALS = frozenset(f"{quarters // 4}{('', '.25', '.5', '.75')[quarters % 4]}" for quarters in range(1, 401))
"""Every line of a total, as it is written: a quarter of a goal to a hundred goals."""

HANDICAPS = frozenset(TOTALS | {f"-{line}" for line in TOTALS} | {"0"})

POINTS = frozenset(f"{halves // 2}{('', '.5')[halves % 2]}" for halves in range(1, 1001))
"""Every line of points: half a point to five hundred, whole and half."""

LINES_OF = {
    "point_spread": frozenset(POINTS | {f"-{line}" for line in POINTS} | {"0"}),
    "total_points": POINTS,
    "total_games": frozenset(f"{halves // 2}{('', '.5')[halves % 2]}" for halves in range(1, 201)),
}
"""Type -> its lines, where they are not those of goals."""

MORE_GOALS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 50, 101, 200, 700)
"""How many goals a side may still score, as far as it can make a difference to any line."""

BOOK_PERCENT = {
    "result_and_total": 135,
    "winning_margin": 135,
    HALF_TIME_FULL_TIME: 140,
    "correct_score": 160,
    RACE: 180,
    ON_PLACES: 180,
    "set_betting": 135,
}
BOOK_PERCENT_USUAL = 125
"""How much of 100 the chances that prices imply may add up to, for each selection that wins."""


def base_of(market_type: str) -> str:
    """Return a type without its half."""
    for half in HALVES:
        if market_type.startswith(half):
            return market_type.removeprefix(half)
    return market_type


def is_graded(market_type: str) -> bool:
    """Say whether rules grade a type."""
    if market_type == HALF_TIME_FULL_TIME or market_type in RACES or market_type in TENNIS:
        return True
    return base_of(market_type) in TYPES_WITH_TOTAL | TYPES_WITH_HANDICAP | TYPES_WITHOUT_LINE


def is_specified(market_type: str, specifiers: Mapping[str, str]) -> bool:
    """Say whether a market has the one line that its type needs, written as lines are, and no other specifier."""
    if market_type in RACES:
        return are_places(market_type, specifiers)
    base = base_of(market_type)
    if base == "set_betting":
        return specifiers in ({"bestof": "3"}, {"bestof": "5"})
    if base in TYPES_WITH_TOTAL or base == "total_games":
        return set(specifiers) == {"total"} and specifiers["total"] in LINES_OF.get(base, TOTALS)
    if base in TYPES_WITH_HANDICAP:
        return set(specifiers) == {"hcp"} and specifiers["hcp"] in LINES_OF.get(base, HANDICAPS)
    return not specifiers


def graded(market_type: str, specifiers: Mapping[str, str], score: FinalScore) -> dict[str, LegResult] | None:
    """Return the result of every selection on a score; None where the rules do not say."""
    try:
        return grade(market_type, specifiers, score)
    except Refused:
        return None


def selections(market_type: str, specifiers: Mapping[str, str]) -> frozenset[str]:
    """Return the selections of a type that is no race; none where its specifiers are none of its type."""
    try:
        return frozenset(selections_of(market_type, specifiers))
    except Refused:
        return frozenset()


def needs_half_time(market_type: str) -> bool:
    """Say whether a type is graded on the score at half time, too."""
    return market_type == HALF_TIME_FULL_TIME or market_type.startswith(HALVES)


def decided(market_type: str, specifiers: Mapping[str, str], fixture: AuditedFixture) -> dict[str, LegResult] | None:
    """Return the result of every selection if no further goal can change one; else None.

    Goals are only ever added, so in play every score that may follow is tried: where all of them come to the same, it is decided.
    """
    if fixture.status not in ("live", "ended") or market_type in RACES:
        return None
    if market_type in TENNIS:
        return graded(market_type, specifiers, on_sets(fixture)) if fixture.status == "ended" else None
    (home, away), half_time = regular_score(fixture), fixture.half_time
    if fixture.status == "ended" or (market_type.startswith("first_half_") and half_time is not None):
        return graded(market_type, specifiers, FinalScore(home, away, half_time))
    is_first_half = market_type.startswith("first_half_")
    results: dict[str, LegResult] | None = None
    for more_home, more_away in product(MORE_GOALS, MORE_GOALS):
        then = (home + more_home, away + more_away)
        other = graded(market_type, specifiers, FinalScore(*then, then if is_first_half else half_time))
        if other is None or (results is not None and other != results):
            return None
        results = other
    return results


def on_sets(fixture: AuditedFixture) -> FinalScore:
    """Return the score that tennis is graded on."""
    told = fixture.tennis
    return FinalScore(*regular_score(fixture), None, () if told is None else told.sets, told is not None and told.retired != "")


def regular_score(fixture: AuditedFixture) -> tuple[int, int]:
    """Return the goals of regular time so far."""
    return fixture.regular or fixture.full_time or fixture.score


def graded_on(market_type: str, fixture: AuditedFixture) -> tuple[int, int]:
    """Return the goals that a market's result rests on at this moment: those of the first half, once that is over and was asked for."""
    if market_type.startswith("first_half_") and fixture.half_time is not None:
        return fixture.half_time
    return regular_score(fixture)


def has_one_winner(market_type: str, specifiers: Mapping[str, str]) -> bool:
    """Say whether exactly one selection of a market wins, and none is ever given back, so that its prices tell every chance."""
    base = base_of(market_type)
    if base in TYPES_WITH_TOTAL | TYPES_WITH_HANDICAP | {"total_games"}:
        return all(line.endswith(".5") for line in specifiers.values())
    return base not in ("double_chance", "draw_no_bet", "money_line") and winners_of(market_type, specifiers) == 1


def winners_of(market_type: str, specifiers: Mapping[str, str]) -> int:
    """Return how many selections of a market win."""
    return 2 if base_of(market_type) == "double_chance" else winners_of_race(market_type, specifiers)


def is_book(market_type: str, specifiers: Mapping[str, str], odds: Iterable[Odds]) -> bool:
    """Say whether prices of all selections add up to a book: more than 100 percent for each that wins, and not much more."""
    winners = winners_of(market_type, specifiers)
    high = BOOK_PERCENT.get(base_of(market_type), BOOK_PERCENT_USUAL)
    implied, of = 0, 1
    for price in odds:
        implied, of = implied * price.numerator + price.denominator * of, of * price.numerator
    return 100 * winners * of < 100 * implied <= high * winners * of


def is_price(odds: Odds) -> bool:
    """Say whether odds return more than the stake, at most a million times it, and are written as all equal odds are."""
    numerator, denominator = odds.numerator, odds.denominator
    if not 0 < denominator < numerator <= ODDS_MAX * denominator:
        return False
    return denominator == THOUSANDTHS or _is_lowest(numerator, denominator)


def _is_lowest(numerator: int, denominator: int) -> bool:
    """Say whether a fraction that thousandths cannot say is in its lowest terms."""
    if THOUSANDTHS * numerator % denominator == 0:
        return False
    larger, smaller = numerator, denominator
    while smaller:
        larger, smaller = smaller, larger % smaller
    return larger == 1

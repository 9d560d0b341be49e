"""The grid of final scores and the price of several legs on it, written once more: in plain arithmetic, without numpy.

Only `grade`, the rule that settles a market, is shared with what is audited. Sources: M. J. Maher (1982) for the counts of goals, M. J.
Dixon and S. G. Coles (1997) for the dependence of low scores, S. Clarke, S. Kovalchik and M. Ingram (2017) for the margin.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import exp, factorial

import msgspec

from domain.odds import Odds
from domain.score_model import ScoreModel
from domain.settling import LOST, VOID, WON, LegResult
from domain.settling.grading import FinalScore, grade

GOALS_TO_COME_MAX = 20
GOALS_SO_FAR_MAX = 20
TILTED_GOALS_MAX = 5
GOALS_EXPECTED_MIN, GOALS_EXPECTED_MAX = 0.05, 8.0
MINUTES, HALF_TIME = 90, 45
MARGIN_EXPONENT = 0.95
CHANCE_MIN = 0.000_5
MILLION = 1_000_000
LAST_TICK = 501_000
RUNGS = ((2_000, 10), (3_000, 20), (4_000, 50), (6_000, 100), (10_000, 200), (20_000, 500), (30_000, 1_000), (50_000, 2_000),
         (100_000, 5_000), (LAST_TICK, 10_000))  # fmt: skip
"""Up to which price, in thousandths, prices are so many thousandths apart."""

Selection = tuple[str, tuple[tuple[str, str], ...], str]
"""Type of market, its specifiers, and the selection."""


def minute_weight(minute: int) -> float:
    """Return how many of a match's goals fall in a minute, of whatever they all add up to."""
    return {HALF_TIME: 3.6, MINUTES: 7.1}.get(minute, 0.80 + 0.35 * minute / MINUTES)


def share_from(minutes_gone: int) -> float:
    """Return the share of a match's goals that falls after a minute."""
    weights = [minute_weight(minute) for minute in range(1, MINUTES + 1)]
    return sum(weights[minutes_gone:]) / sum(weights)


def chance_of_all(model: ScoreModel, legs: Sequence[Selection]) -> float:
    """Return the chance at which a fair price of legs together returns the stake: won / (1 - void); 0 where no score lets all win."""
    won, alive = 1.0, 1.0
    for (of_home, of_away, rho), (home, away), period in periods_of(model):
        of_period = [leg for leg in legs if period_of(leg[0]) == period]
        if not of_period:
            continue
        counts = [poisson(of_home), poisson(of_away)]
        tilts = model.tilt_thousandths if is_tilted(model, period) else ()
        results = [results_on(leg, min(home, GOALS_SO_FAR_MAX), min(away, GOALS_SO_FAR_MAX)) for leg in of_period]
        period_won = period_alive = period_all = 0.0
        can_win = False
        for number, came in enumerate(zip(*results, strict=True)):
            if LOST in came and not tilts:
                continue
            one, other = divmod(number, GOALS_TO_COME_MAX + 1)
            chance = counts[0][one] * counts[1][other]
            if one <= 1 and other <= 1 and home == away:
                chance += (1 if one == other else -1) * -rho * of_home * of_away * exp(-of_home - of_away)
            if tilts:
                chance *= exp(tilts[min(one, TILTED_GOALS_MAX) * (TILTED_GOALS_MAX + 1) + min(other, TILTED_GOALS_MAX)] / 1_000)
                period_all += chance
            if LOST in came:
                continue
            period_alive += chance
            if VOID not in came:
                period_won += chance
                can_win = True
        if not can_win:
            return 0.0
        whole = period_all or 1.0
        won, alive = won * period_won / whole, alive * period_alive / whole
    return won / max(1.0 - (alive - won), 1e-9)


def chance_priced(model: ScoreModel, legs: Sequence[Selection], exponent: float) -> float:
    """Return the chance that legs together are priced by: where bets shaded it, no less than pays what it was before allows."""
    chance = chance_of_all(model, legs)
    if not model.tilt_thousandths:
        return chance
    before: float = chance_of_all(msgspec.structs.replace(model, tilt_thousandths=()), legs) ** (1.0 / exponent)
    return max(chance, before)


def exponent_of(exponents_millionths: Sequence[int]) -> float:
    """Return the exponent of the margin of legs together: the widest margin that one of them has, or the book's own."""
    return min(MARGIN_EXPONENT, min(exponents_millionths) / MILLION)


def is_tilted(model: ScoreModel, period: str) -> bool:
    """Say whether a period's goals are weighted by the model's tilt: those of the whole match, and of its second half once it began."""
    is_second = model.half_time is not None or model.minutes_gone >= HALF_TIME
    return bool(model.tilt_thousandths) and (not period or (is_second and period == "second_half_"))


def periods_of(model: ScoreModel) -> list[tuple[tuple[float, float, float], tuple[int, int], str]]:
    """Return goals to come of both sides with rho, goals so far, and its name, of the whole match and of both halves."""
    after = (model.home, model.away) if model.half_time is None and model.minutes_gone >= HALF_TIME else model.half_time
    left, at_half_time = share_from(model.minutes_gone), share_from(HALF_TIME)
    shares = (max(left - at_half_time, 0.0), min(left, at_half_time)) if after is None else (0.0, left)
    first = (model.home, model.away) if after is None else after
    second = (model.home - first[0], model.away - first[1])
    home, away = [
        min(max(goals / MILLION, GOALS_EXPECTED_MIN), GOALS_EXPECTED_MAX) for goals in (model.home_millionths, model.away_millionths)
    ]
    whole = (home * left, away * left)
    rho = model.rho_millionths / MILLION
    if whole[0] > 0.0:
        rho = min(max(rho, -1.0 / max(whole)), 1.0 / (whole[0] * whole[1]), 1.0)
    return [
        ((*whole, rho), (model.home, model.away), ""),
        ((home * shares[0], away * shares[0], 0.0), first, "first_half_"),
        ((home * shares[1], away * shares[1], 0.0), second, "second_half_"),
    ]


def poisson(mean: float) -> list[float]:
    """Return the chances of no goal, one, two and so on; they add up to one."""
    chances = [exp(-mean) * mean**goals / factorial(goals) for goals in range(GOALS_TO_COME_MAX + 1)]
    return [chance / sum(chances) for chance in chances]


def period_of(market_type: str) -> str:
    """Return the period whose goals a type of market counts, empty for the whole match."""
    return next((half for half in ("first_half_", "second_half_") if market_type.startswith(half)), "")


@lru_cache(maxsize=4_096)
def results_on(leg: Selection, home: int, away: int) -> tuple[LegResult, ...]:
    """Return how a leg comes out on each pair of goals to come, those of the away side counted first."""
    market_type, specifiers, selection = leg
    graded = market_type.removeprefix(period_of(market_type))
    goals = range(GOALS_TO_COME_MAX + 1)
    return tuple([grade(graded, dict(specifiers), FinalScore(home + one, away + other))[selection] for one in goals for other in goals])


def splits_stake(leg: Selection) -> bool:
    """Say whether a leg may win or lose a part of its stake."""
    return not {WON, LOST, VOID}.issuperset(results_on(leg, 0, 0))


def odds_of_chance(chance_millionths: int, exponents_millionths: Sequence[int], alone: Sequence[Odds]) -> Odds | None:
    """Return the price of legs with that chance, at least the longest that one of them has `alone`; None where there is none."""
    implied = (chance_millionths / MILLION) ** exponent_of(exponents_millionths)
    longest = max(alone, key=lambda odds: odds.numerator / odds.denominator)
    fair = 1_000 / implied * (1 + 1e-12)
    ticks = [thousandths for thousandths in ticks_up_to(fair) if thousandths <= fair] if implied >= CHANCE_MIN else []
    if not ticks:
        return longest if longest.numerator / longest.denominator >= 1 / implied else None
    price = Odds(ticks[-1], 1_000)
    return price if price.numerator * longest.denominator > longest.numerator * price.denominator else longest


def ticks_up_to(fair: float) -> list[int]:
    """Return the prices there are, in thousandths, from 1.01 up to the rung that a fair one falls in."""
    ticks, at = list[int](), 1_010
    for end, tick in RUNGS:
        ticks += range(at, end, tick)
        if fair < end:
            return ticks
        at = end
    return [*ticks, LAST_TICK]

"""What shading is worth: the worst case of a season's matches and the margin that it costs, beside the same bets without it.

Bettors are drawn alike for both: 5 in a hundred know the true chances and bet where the price is wrong, 30 back the side that is in fashion
whatever it costs, the rest weigh their opinions by the price. Of those, one per cent better odds draw `SENSITIVITY` per cent more stakes,
which is less than is found where prices are seen side by side. One bet in ten is a double with another match.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from bench.harness import Figure, at_most
from domain.pricing import MAIN_MARKETS, MATCH_RESULT, Expectation, MatchMoment, PricedMarket, books_of, selections_of_market
from domain.pricing.goals import Floats
from domain.pricing.grid import chances_of
from domain.pricing.shading import Owed, has_moved, owed_by_score, tilt_of
from domain.pricing.tilt import Tilt
from domain.score_model import SHADING_THOUSANDTHS

MATCHES = 380
ROUNDS, BETS_A_ROUND, STAKE_MINOR = 20, 50, 25_00
INFORMED, ONE_SIDED = 0.05, 0.30
SENSITIVITY = 8.0
DOUBLES, OTHER_ODDS = 0.1, 1.9
UNKNOWN = 0.05
"""The standard deviation of what the model does not know of the goals to expect."""

OF_MARKETS = (0.6, 0.25, 0.15)
WORST_CASE_MAX, MARGIN_POINTS_MAX = 0.7, 1.0

_COLUMNS = [(market, selection) for market in MAIN_MARKETS for selection in selections_of_market(market)]
_WIDTHS = [len(selections_of_market(market)) for market in MAIN_MARKETS]


class SeasonMatch(NamedTuple):
    """A match to bet on: what the model expects, what is true, the margins of its markets, and the side in fashion."""

    expectation: Expectation
    truth: Expectation
    exponents: dict[PricedMarket, float]
    in_fashion: str


class Season(msgspec.Struct, frozen=True):
    """What a season came to: the worst cases added up, and what the book keeps of its stakes by the true chances, as a share.

    `most_owed_by_chance` is the most that a price pays of the chance before shading: above 1 it would be a gift.
    """

    worst_case_minor: float
    margin: float
    most_owed_by_chance: float


def measure(_dsn: str, _redis_url: str, *, matches: int = MATCHES) -> list[Figure]:
    """Play a drawn season with shading and without."""
    season = drawn_season(matches)
    plain, shaded = played(season, 0), played(season, SHADING_THOUSANDTHS)
    ratio, points = shaded.worst_case_minor / plain.worst_case_minor, 100 * (plain.margin - shaded.margin)
    extra = {"matches": matches, "margin_percent": round(100 * plain.margin, 2), "shaded_percent": round(100 * shaded.margin, 2)}
    extra["most_paid_of_chance"] = round(shaded.most_owed_by_chance, 4)
    return [
        at_most("shading.worst_case", ratio, "of unshaded", WORST_CASE_MAX, "the target: 30% less", **extra),
        at_most("shading.margin", points, "points", MARGIN_POINTS_MAX, "the target, margin given up", **extra),
    ]


def drawn_season(matches: int, seed: int = 7) -> list[SeasonMatch]:
    """Return matches of made-up strengths, with the book's own margin."""
    drawn = random.Random(seed)
    expected = [Expectation(drawn.uniform(0.7, 2.4), drawn.uniform(0.5, 2.0)) for _ in range(matches)]
    return [season_match(one, {}, drawn) for one in expected]


def season_match(expectation: Expectation, exponents: dict[PricedMarket, float], drawn: random.Random) -> SeasonMatch:
    """Return a match with what the model does not know of it, and a side in fashion: the stronger one more often than not."""
    off = [drawn.lognormvariate(0.0, UNKNOWN) for _ in range(2)]
    truth = Expectation(expectation.home * off[0], expectation.away * off[1], expectation.rho)
    stronger, weaker = ("home", "away") if expectation.home >= expectation.away else ("away", "home")
    return SeasonMatch(expectation, truth, exponents, stronger if drawn.random() < 0.7 else weaker)


def played(season: Sequence[SeasonMatch], limit_thousandths: int, seed: int = 11) -> Season:
    """Let a season be bet on, prices shaded by so much at most; prices follow the bets of a round with the next one."""
    numbers = np.random.default_rng(seed)
    start = [MatchMoment()] * len(season)
    model = chances_of(MAIN_MARKETS, [match.expectation for match in season], start)
    truth = chances_of(MAIN_MARKETS, [match.truth for match in season], start)
    tilts: list[Tilt] = [()] * len(season)
    staked, kept, most = np.zeros(len(season)), np.zeros(len(season)), 0.0
    won = np.zeros_like(model)
    returned = np.zeros_like(model)
    for _ in range(ROUNDS):
        odds = _odds(season, tilts)
        most = max(most, float((odds * model).max()))
        for row, match in enumerate(season):
            stakes = numbers.multinomial(BETS_A_ROUND, _shares(match, odds[row], model[row], truth[row])) * float(STAKE_MINOR)
            doubles = numbers.binomial((stakes / STAKE_MINOR).astype(np.int64), DOUBLES) * float(STAKE_MINOR)
            singles = stakes - doubles
            won[row] += (singles + doubles * OTHER_ODDS) * odds[row]
            returned[row] += singles + doubles * OTHER_ODDS
            staked[row] += stakes.sum()
            kept[row] += (stakes * (1.0 - odds[row] * truth[row])).sum()
        owed = [_owed(won[row], returned[row]) for row in range(len(season))]
        wanted = [tilt_of(one, limit_thousandths) for one in owed]
        tilts = [one if has_moved(now, one, limit_thousandths) else now for now, one in zip(tilts, wanted, strict=True)]
    worst = sum(float(_owed(won[row], returned[row]).max()) - staked[row] for row in range(len(season)))
    return Season(float(worst), float(kept.sum() / staked.sum()), most)


def _odds(season: Sequence[SeasonMatch], tilts: Sequence[Tilt]) -> Floats:
    books = books_of(
        MAIN_MARKETS, [match.expectation for match in season], [MatchMoment()] * len(season), [match.exponents for match in season], tilts
    )
    rows = [
        [0.0 if (price := of_match[market].prices.get(selection)) is None else price.numerator / price.denominator
         for market, selection in _COLUMNS]
        for of_match in books
    ]  # fmt: skip
    return np.array(rows)


def _shares(match: SeasonMatch, odds: Floats, model: Floats, truth: Floats) -> Floats:
    """Return the share of the stakes that each selection gets at these odds."""
    shares = np.zeros(len(odds))
    value = odds * truth
    if value.max() > 1.0:
        shares[int(value.argmax())] += INFORMED
    shares[_COLUMNS.index((MATCH_RESULT, match.in_fashion))] += ONE_SIDED
    begin, rest = 0, 1.0 - shares.sum()
    for width, of_market in zip(_WIDTHS, OF_MARKETS, strict=True):
        part = np.s_[begin : begin + width]
        weights = model[part] * np.power(np.maximum(odds[part] * model[part], 1e-9), SENSITIVITY)
        shares[part] += rest * of_market * weights / weights.sum()
        begin += width
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _owed(won: Floats, returned: Floats) -> Floats:
    owed = {column: Owed(float(won[number]), float(returned[number])) for number, column in enumerate(_COLUMNS)}
    return owed_by_score(owed, MAIN_MARKETS, (0, 0))

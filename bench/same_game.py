"""How many prices of legs of one match together one core makes a second, beside a bare sum of numpy over the same grids."""

import random
import time
from collections.abc import Callable

import numpy as np

from bench.harness import Figure, at_least, stay_on_one_core
from domain.pricing import MatchMoment, PricedMarket, books_of
from domain.pricing.goals import Floats
from domain.pricing.grid import grids_of
from domain.pricing.same_game import GameLeg, check_related, expected_by, joint_price
from domain.refused import Refused
from domain.score_model import ScoreModel

MARKETS = (
    PricedMarket("match_result"),
    PricedMarket("both_teams_to_score"),
    PricedMarket("odd_even"),
    *(PricedMarket("total_goals", ("total", line)) for line in ("1.5", "2", "2.5", "3.5")),
)
MATCHES = 1_000
LEGS = 3
TIMES = 5
RATIO = 0.05
"""A price asks for its grid, the cells of each leg and its margin; the bare sum has the cells ready."""


def measure(_dsn: str, _redis_url: str, *, matches: int = MATCHES) -> list[Figure]:
    """Price three legs of each match together, the grid made for each as far as it is not kept."""
    stay_on_one_core()
    drawn = random.Random(5)
    models = [
        ScoreModel(drawn.randrange(400_000, 2_600_000), drawn.randrange(400_000, 2_600_000), -150_000, 950_000) for _ in range(matches)
    ]
    slate = [legs for model in models if _is_priced(legs := _legs(model, drawn))]
    grids = [_grid(legs[0].model) for legs in slate if legs[0].model is not None]
    mask = grids[0] > 0.0
    mask[:, ::2] = False

    def prices() -> None:
        joint_price.cache_clear()
        for legs in slate:
            check_related("f", legs)
            joint_price("f", legs)

    def sums() -> None:
        for grid in grids:
            float(grid[mask].sum())

    priced_per_s, summed_per_s = [len(slate) / _best_s(each) for each in (prices, sums)]
    bare = at_least("same_game", priced_per_s, "prices/s", summed_per_s, "a bare sum over the grid", RATIO, legs=LEGS, matches=len(slate))
    return [bare]


def _legs(model: ScoreModel, drawn: random.Random) -> tuple[GameLeg, ...]:
    """Return the likeliest selections of three markets of a match."""
    books = books_of(MARKETS, [expected_by(model)], [MatchMoment()])[0]
    legs = []
    for market in drawn.sample(MARKETS, LEGS):
        prices = books[market].prices
        selection = min(prices, key=lambda name: prices[name].numerator)
        legs.append(GameLeg(str(market), market.type, tuple(market.specifiers.items()), selection, prices[selection], model))
    return tuple(legs)


def _is_priced(legs: tuple[GameLeg, ...]) -> bool:
    """Price legs once, which grades their markets on every score, and say whether they have a price."""
    try:
        joint_price("f", legs)
    except Refused:
        return False
    return True


def _grid(model: ScoreModel) -> Floats:
    return np.asarray(grids_of(expected_by(model), MatchMoment())[""][0])


def _best_s(do: Callable[[], None]) -> float:
    taken_s = []
    for _ in range(TIMES):
        began_s = time.process_time()
        do()
        taken_s.append(time.process_time() - began_s)
    return min(taken_s)

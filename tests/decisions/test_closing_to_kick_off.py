"""From the closing prices of real books to the first minutes of play nothing jumps, and nothing is given away, over whole seasons.

`synthetic_season.csv` is drawn from another model: goals of random strength, draws scaled by a factor of their own. So the claims
are tested where the seasons of real prices, which the project may not carry, are absent.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from commands.trading.replay.match_markets import offer_of
from domain.pricing import MAIN_MARKETS, MATCH_RESULT, TOTAL_GOALS, MatchMoment, books_of, outlook, selections_of_market
from domain.pricing.ladder import TICKS
from domain.pricing.margin import exponent_at, probabilities_of
from infra.sports_data.football_data import read_season

SYNTHETIC = Path(__file__).parents[1] / "data/synthetic_season.csv"
REAL = Path(__file__).parents[2].parent / "shared/data/football_odds"
QUOTED = (MATCH_RESULT, TOTAL_GOALS)
FIRST_MINUTES = (0, 1, 2, 3, 5, 8, 12, 15, 20)
POINTS_A_MINUTE_MAX = 0.02


def decimal(odds):
    return odds.numerator / odds.denominator


def at_a_minute(offers, minute):
    """The model's books of every match that is at 0-0."""
    margins = [{market: exponent_at(one, minute) for market, one in offer.exponents.items()} for offer in offers]
    return books_of(MAIN_MARKETS, [offer.expectation for offer in offers], [MatchMoment(minute)] * len(offers), margins)


@pytest.fixture(scope="module", params=["synthetic", "E0_1920", "E0_2021", "E0_2122", "SP1_1920", "SP1_2021", "SP1_2122"])
def offers(request):
    path = SYNTHETIC if request.param == "synthetic" else REAL / f"{request.param}.csv"
    if not path.exists():
        pytest.skip(f"the season file {path.name}, which the project may not carry, is absent")
    found = [
        offer
        for offer in (offer_of(match, 0, MAIN_MARKETS, "replay") for match in read_season(path))
        if set(offer.exponents) == set(QUOTED)
    ]
    assert len(found) >= 40
    return found


def test_home_draw_away_and_over_have_the_chances_that_their_closing_prices_give_them(offers):
    ends = outlook([offer.expectation for offer in offers], [0] * len(offers), [(0, 0)] * len(offers))
    for number, offer in enumerate(offers):
        result, total = (probabilities_of([decimal(one) for one in offer.match.closing[market.type].values()])[0] for market in QUOTED)
        assert [float(column[number]) for column in (ends.home, ends.draw, ends.away)] == pytest.approx(result.tolist(), abs=1e-5)
        assert float(ends.over[number]) == pytest.approx(total[0], abs=1e-5)


def test_the_models_price_at_kick_off_is_the_closing_price_to_a_tick(offers):
    for offer, books in zip(offers, at_a_minute(offers, 0), strict=True):
        for market in QUOTED:
            closing = offer.match.closing[market.type]
            assert offer.opening[market].prices == closing
            for selection, price in books[market].prices.items():
                assert price <= closing[selection]
                shorter = [tick for tick in TICKS if decimal(tick) <= decimal(closing[selection]) * (1 - 1e-4)]
                assert price >= shorter[-1], (offer.match, selection, price, closing)


def test_nobody_has_a_positive_expectation_at_kick_off_against_the_closing_price(offers):
    for offer, books in zip(offers, at_a_minute(offers, 0), strict=True):
        for market in QUOTED:
            fair = probabilities_of([decimal(one) for one in offer.match.closing[market.type].values()])[0]
            for selection, chance in zip(selections_of_market(market), fair.tolist(), strict=True):
                if selection in books[market].prices:
                    assert chance * decimal(books[market].prices[selection]) < 1.0


def test_no_price_jumps_in_the_first_minutes_without_a_goal(offers):
    by_minute = [at_a_minute(offers, minute) for minute in FIRST_MINUTES]
    for (minute, before), (later, after) in pairwise(zip(FIRST_MINUTES, by_minute, strict=True)):
        for one, next_one in zip(before, after, strict=True):
            for market in QUOTED:
                for selection in one[market].prices.keys() & next_one[market].prices.keys():
                    moved = 1 / decimal(next_one[market].prices[selection]) - 1 / decimal(one[market].prices[selection])
                    assert abs(moved) < POINTS_A_MINUTE_MAX * (later - minute)

"""Places from win prices: they add up, follow the win chances, and are what every order of the runners says."""

from itertools import permutations
from math import erf, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.racing import HARVILLE, HENERY, PLACES_MAX, place_chances

strengths = st.lists(st.floats(0.02, 1.0), min_size=2, max_size=20)


def field(weights):
    return np.array(weights) / sum(weights)


@given(strengths, st.integers(1, 4), st.sampled_from([HARVILLE, HENERY]))
def test_the_chances_of_a_place_add_up_to_the_places_and_stand_in_the_order_of_the_chances_to_win(weights, places, discounts):
    win = field(weights)
    placed = place_chances(win, places, discounts)
    assert placed.sum() == pytest.approx(min(places, len(win)))
    assert ((win - 1e-12 <= placed) & (placed <= 1.0)).all()
    order = np.argsort(win)
    assert (np.diff(placed[order]) >= -1e-12).all()


@given(strengths, st.integers(1, 3))
def test_one_place_more_is_never_less_likely_and_one_place_is_the_win(weights, places):
    win = field(weights)
    assert (place_chances(win, places + 1) >= place_chances(win, places) - 1e-12).all()
    assert place_chances(win, 1) == pytest.approx(win)


def by_every_order(win, places, discounts):
    """The same, with the chance of every order of the first places written out."""
    placed = np.zeros(len(win))
    for order in permutations(range(len(win)), places):
        chance, left = 1.0, set(range(len(win)))
        for runner, discount in zip(order, discounts, strict=False):
            chance *= win[runner] ** discount / sum(win[other] ** discount for other in left)
            left.remove(runner)
        placed[list(order)] += chance
    return placed


@given(st.lists(st.floats(0.02, 1.0), min_size=2, max_size=6), st.integers(1, PLACES_MAX), st.sampled_from([HARVILLE, HENERY]))
def test_the_chances_are_those_of_every_order_written_out(weights, places, discounts):
    win = field(weights)
    expected = by_every_order(win, min(places, len(win)), discounts)
    assert place_chances(win, places, discounts) == pytest.approx(expected, abs=1e-12)


def test_the_published_formulas_give_second_and_third():
    win = np.array([0.4, 0.3, 0.2, 0.1])
    second = sum(win[j] * win[0] / (1 - win[j]) for j in (1, 2, 3))
    assert place_chances(win, 2, HARVILLE)[0] == pytest.approx(0.4 + second)
    discounted = win**0.76
    second = sum(win[j] * discounted[0] / (discounted.sum() - discounted[j]) for j in (1, 2, 3))
    assert place_chances(win, 2)[0] == pytest.approx(0.4 + second)


@given(st.lists(st.lists(st.floats(0.02, 1.0), min_size=7, max_size=7), min_size=1, max_size=4), st.integers(1, 4))
def test_many_races_at_once_are_priced_as_each_alone(races, places):
    wins = np.array([field(weights) for weights in races])
    assert place_chances(wins, places) == pytest.approx(np.array([place_chances(win, places) for win in wins]))


def test_a_favourite_has_fewer_places_and_an_outsider_more_than_harville_says():
    win = field([40, 20, 12, 10, 8, 5, 3, 2])
    difference = place_chances(win, 3) - place_chances(win, 3, HARVILLE)
    assert difference[0] < 0 < difference[-1]


NORMAL_CDF = np.vectorize(lambda x: (1 + erf(x / sqrt(2))) / 2)
TIMES = np.linspace(-8, 8, 801)


def henery(means, places):
    """Chances of a place where running times are normal with these means, by integration over a runner's own time."""
    placed = []
    for runner, mean in enumerate(means):
        before = np.zeros((places, len(TIMES)))
        before[0] = 1.0
        for other in NORMAL_CDF(TIMES - np.delete(means, runner)[:, None]):
            before[1:] = before[1:] * (1 - other) + before[:-1] * other
            before[0] *= 1 - other
        density = np.exp(-((TIMES - mean) ** 2) / 2) / sqrt(2 * pi)
        placed.append((before.sum(axis=0) * density).sum() * (TIMES[1] - TIMES[0]))
    return np.array(placed)


@pytest.mark.parametrize("runners", [8, 12])
def test_the_discounts_come_close_to_normal_running_times_where_harville_does_not(runners):
    means = np.random.default_rng(runners).normal(0, 0.45, runners)
    win = henery(means, 1)
    assert win.sum() == pytest.approx(1, abs=1e-6)
    for places in (2, 3, 4):
        exact = henery(means, places)
        ours, harvilles = (np.abs(place_chances(win / win.sum(), places, model) - exact).max() for model in (HENERY, HARVILLE))
        assert ours < 0.02
        assert ours < harvilles / 2

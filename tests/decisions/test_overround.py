"""The margin of a market comes off and goes on by six methods, as others publish them."""

import json
from pathlib import Path

import numpy as np
import pytest
import shin
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.overround import METHODS, apply_margin, remove_margin

DATA = Path(__file__).parents[1] / "data"
PUBLISHED = json.loads((DATA / "overround_published.json").read_text())["examples"]
PENALTYBLOG = json.loads((DATA / "overround_penaltyblog.json").read_text())["markets"]
OUR_NAMES = {"multiplicative": "proportional", "wpo": "additive", "differential_margin_weighting": "additive"}
"""What others call it: margin weights proportional to the odds take the same from every implied chance."""

chances = st.lists(st.floats(0.05, 1.0), min_size=2, max_size=8).map(lambda parts: np.array(parts) / sum(parts))
books = st.floats(1.01, 1.2)
methods = st.sampled_from(METHODS)


@pytest.mark.parametrize("example", PUBLISHED, ids=lambda one: one["id"])
def test_every_published_example_comes_out_as_published(example):
    found = remove_margin(np.array([example["odds"]]), OUR_NAMES.get(example["method"], example["method"]))
    assert found.probabilities[0] == pytest.approx(example["expected"], abs=example["tolerance"])
    parameters = example.get("parameter") or {}
    for name, expected in parameters.items():
        value = found.parameters[0] - 1 if name == "margin" else found.parameters[0]
        assert value == pytest.approx(expected, abs=5e-5), "their solvers stop at 2e-5"


@pytest.mark.parametrize("method", METHODS)
def test_penaltyblog_finds_the_same_probabilities(method):
    assert len(PENALTYBLOG) >= 12
    for market in PENALTYBLOG:
        expected = market["expected"][method]
        if min(expected) > 0:
            assert remove_margin(np.array([market["odds"]]), method).probabilities[0] == pytest.approx(expected, abs=5e-4)


@given(chances, books)
def test_the_shin_package_finds_the_same_probabilities(probabilities, overround):
    odds = 1 / (probabilities * overround)
    if odds.min() > 1.001:
        expected = shin.calculate_implied_probabilities(odds.tolist())
        assert remove_margin(odds[None, :], "shin").probabilities[0] == pytest.approx(expected, abs=1e-5)


@given(chances, books, methods)
def test_a_margin_that_a_method_puts_on_the_same_method_takes_off(probabilities, overround, method):
    implied = apply_margin(probabilities[None, :], overround, method)
    if not np.isnan(implied).any():
        assert implied.sum() == pytest.approx(overround, abs=1e-6)
        assert np.all(implied[0] > probabilities)
        assert remove_margin(1 / implied, method).probabilities[0] == pytest.approx(probabilities, abs=1e-5)


@given(chances, books, methods)
def test_probabilities_add_up_to_one_and_keep_their_order(probabilities, overround, method):
    found = remove_margin(1 / (probabilities * overround)[None, :], method).probabilities[0]
    if not np.isnan(found).any():
        assert found.sum() == pytest.approx(1.0)
        assert np.all(np.diff(found[np.argsort(probabilities, kind="stable")]) >= -1e-9)


@given(st.lists(st.tuples(st.lists(st.floats(1.2, 30.0), min_size=3, max_size=3)), min_size=1, max_size=6), methods)
def test_markets_together_are_done_as_each_alone(rows, method):
    odds = np.array([row[0] for row in rows])
    together = remove_margin(odds, method).probabilities
    alone = np.concatenate([remove_margin(odds[number : number + 1], method).probabilities for number in range(len(odds))])
    assert together == pytest.approx(alone, nan_ok=True)


@pytest.mark.parametrize("method", METHODS)
def test_what_pays_no_more_than_its_stake_is_no_price_and_disturbs_no_other_market(method):
    rows = np.array([[0.95, 3.0, 9.0], [1.9, 3.5, 4.2], [1.0, 3.0, 9.0]])
    found = remove_margin(rows, method).probabilities
    assert np.isnan(found[[0, 2]]).all()
    assert found[1] == pytest.approx(remove_margin(rows[1:2], method).probabilities[0])


@pytest.mark.parametrize("method", METHODS)
def test_prices_without_overround_have_no_probabilities(method):
    odds = np.array([[2.1, 2.1], [2.0, 2.0], [1.9, 1.9]])
    found = remove_margin(odds, method).probabilities
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx([0.5, 0.5])


def test_where_a_method_leaves_the_chances_there_is_no_row():
    assert np.isnan(remove_margin(np.array([[1.01, 3.0, 1000.0]]), "additive").probabilities).all(), "the long shot would be below 0"
    assert np.isnan(apply_margin(np.array([[0.97, 0.03]]), 1.1, "proportional")).all(), "the favourite would pay less than its stake"

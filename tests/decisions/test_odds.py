"""Odds in three forms are one exact number."""

import json
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.odds import ODDS_MAX, Odds, OddsMalformed, OddsOutOfRange, OddsTooFine, exact, parse

CONVERSIONS = json.loads((Path(__file__).parents[1] / "data/settlement_cases.json").read_text())["odds_conversions"]

book_prices = st.integers(1_001, 501_000).map(lambda thousandths: Odds(thousandths, 1000))
any_odds = st.tuples(st.integers(1, 5_000), st.integers(1, 5_000)).map(lambda profit: exact(profit[0] + profit[1], profit[1]))


@pytest.mark.parametrize(
    ("text", "odds"),
    [
        ("2.35", Odds(2350, 1000)),
        ("2.350", Odds(2350, 1000)),
        ("5", Odds(5000, 1000)),
        ("10/11", Odds(21, 11)),
        ("20/22", Odds(21, 11)),
        ("-110", Odds(21, 11)),
        ("+150", Odds(2500, 1000)),
        ("3/2", Odds(2500, 1000)),
        ("evens", Odds(2000, 1000)),
        ("-100", Odds(2000, 1000)),
        ("1.001", Odds(1001, 1000)),
        ("1000000", Odds(1_000_000_000, 1000)),
    ],
)
def test_every_way_to_say_a_price_is_read_as_the_same_exact_number(text, odds):
    assert parse(text) == odds


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            "two",
            "2,35",
            "2.",
            ".5",
            " 2.35",
            "2.35 ",
            "+2.35",
            "-2.35",
            "1e3",
            "nan",
            "inf",
            "10/",
            "/11",
            "10/0",
            "1/2/3",
            "-99",
        ),
        *("+5", "٢.٣٥", "2" * 21, "--110", "0x10", "EVENS"),
    ],
)
def test_text_that_is_no_price_is_refused_by_name(text):
    with pytest.raises(OddsMalformed) as refusal:
        parse(text)
    assert refusal.value.odds == text[:20]


@pytest.mark.parametrize("number", [2.35, 2, None, True, b"2.35"])
def test_odds_that_are_not_text_are_refused_since_a_float_is_never_exact(number):
    with pytest.raises(OddsMalformed):
        parse(number)


@pytest.mark.parametrize("text", ["1", "1.000", "0.5", "0", "0/5", "1000000.001", "9999999", "1000000/1", "+100000000"])
def test_odds_that_return_no_more_than_the_stake_or_a_fortune_are_refused(text):
    with pytest.raises(OddsOutOfRange):
        parse(text)


def test_decimals_finer_than_thousandths_are_refused():
    with pytest.raises(OddsTooFine):
        parse("2.3456")


@pytest.mark.parametrize("case", CONVERSIONS, ids=lambda case: case["id"])
def test_published_conversions_come_out_as_published(case):
    if "error" in case["expected"]:
        with pytest.raises(OddsMalformed):
            parse(case["input"])
        return
    odds = parse(case["input"])
    assert odds.fractional_text == case["expected"]["fractional"]
    assert Fraction(odds.decimal_text) == case["expected"]["decimal"]
    assert odds.american_text == case["expected"]["american"]


def test_all_three_forms_of_a_price_are_shown():
    shown = {text: (parse(text).decimal_text, parse(text).fractional_text, parse(text).american_text) for text in ("2.35", "10/11", "1.5")}
    assert shown == {
        "2.35": ("2.35", "27/20", "+135"),
        "10/11": ("1.909", "10/11", "-110"),
        "1.5": ("1.50", "1/2", "-200"),
    }


@given(any_odds)
def test_the_exact_text_of_a_price_reads_back_as_that_price(odds):
    assert parse(odds.text) == odds
    assert parse(odds.fractional_text) == odds


@given(any_odds)
def test_decimal_text_never_promises_more_than_the_price(odds):
    assert 0 <= Fraction(odds.numerator, odds.denominator) - Fraction(odds.decimal_text) < Fraction(1, 1000)


@given(any_odds, any_odds)
def test_prices_are_ordered_as_the_numbers_they_are(one, other):
    exact_one, exact_other = Fraction(one.numerator, one.denominator), Fraction(other.numerator, other.denominator)
    assert (one < other, one <= other, one > other, one >= other) == (
        exact_one < exact_other,
        exact_one <= exact_other,
        exact_one > exact_other,
        exact_one >= exact_other,
    )
    assert (one == other) == (exact_one == exact_other)


@given(st.lists(any_odds, min_size=1, max_size=20))
def test_a_multiple_multiplies_exactly(legs):
    product = legs[0]
    for leg in legs[1:]:
        product = product.times(leg)
    expected = Fraction(1)
    for leg in legs:
        expected *= Fraction(leg.numerator, leg.denominator)
    assert Fraction(product.numerator, product.denominator) == expected


@given(book_prices)
def test_a_book_price_survives_the_log_byte_for_byte(odds):
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(odds), type=Odds) == odds
    assert msgspec.json.decode(msgspec.json.encode(odds), type=Odds) == odds


def test_the_longest_odds_are_stated():
    assert ODDS_MAX == 1_000_000

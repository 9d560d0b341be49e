"""The rules of a bet: struck at the odds shown or not at all, settled once, and anew where a result is corrected."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.bet.commands import AskedLeg, ResultLegs, StrikeBet
from domain.bet.decider import (
    BET,
    LEGS_MAX,
    AcceptUnknown,
    BetKeyReused,
    BetTypeUnknown,
    StakeOutOfRange,
    TooManyLegs,
    asked_of,
)
from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled, BetSettlementReversed, Leg
from domain.bet.settlement import odds_of
from domain.bet.stake_limit import HOUSE_LIMIT, STAKE_MINOR_MAX, StakeOverLimit
from domain.bet.state import Bet, BetUnknown, LegUnknown
from domain.bet.striking import PricesMoved, RelatedLegs
from domain.fact import Fact
from domain.odds import Odds, OddsOutOfRange, parse
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import HALF_LOST, HALF_WON, LOST, RULES_CURRENT, VOID, WON, LegResult, LegResultMalformed
from tests.decisions.given import NOON, given

B, ANN = "bet-1", "ann"


def asked(odds: str = "2.1", version: int = 5, market: str = "m-1") -> AskedLeg:
    return AskedLeg(market, "home", parse(odds), version)


def offered(current: str = "2.1", version: int = 5, shown: str | None = "2.1", shown_version: int = 5, fixture: str = "f-1") -> Quote:
    return Quote(fixture, parse(current), version, parse(shown) if shown else None, shown_version)


def strike(
    *legs: tuple[AskedLeg, Quote], stake_minor: int = 10_00, accept: str = "exact", type_: str = "", account_id: str = ANN
) -> StrikeBet:
    legs = legs or ((asked(), offered()),)
    kind = type_ or ("single" if len(legs) == 1 else "multiple")
    return StrikeBet(B, account_id, stake_minor, "EUR", kind, tuple(leg[0] for leg in legs), tuple(leg[1] for leg in legs), accept, NOON)


def placed(*legs: Leg, stake_minor: int = 10_00, potential_minor: int = 21_00, accept: str = "exact", type_: str = "single") -> BetPlaced:
    struck = tuple([replace(leg, fixture_id=leg.market_id.replace("m", "f")) for leg in legs or (Leg("m-1", "home", parse("2.1"), 5),)])
    return BetPlaced(ANN, stake_minor, "EUR", type_, struck, accept, potential_minor, NOON, rules=RULES_CURRENT)


def test_a_bet_is_struck_at_the_odds_and_the_version_on_the_screen():
    given(BET).when(strike()).then(placed())


def test_odds_that_three_decimals_cannot_say_pay_to_the_last_cent():
    given(BET).when(strike((asked("10/11"), offered("10/11", shown="10/11")), stake_minor=11_00)).then(
        placed(Leg("m-1", "home", parse("10/11"), 5), stake_minor=11_00, potential_minor=21_00)
    )


WITHIN_GRACE = offered("2.5", 6, "2.1", 5)
DOWN_WITHIN_GRACE = offered("1.8", 6, "2.1", 5)
UP_OUT_OF_GRACE = offered("2.5", 9, None, 5)
DOWN_OUT_OF_GRACE = offered("1.8", 9, None, 5)
BACK_AGAIN = offered("2.1", 9, None, 5)
AS_SHOWN = Leg("m-1", "home", parse("2.1"), 5)
BETTER = Leg("m-1", "home", parse("2.5"), 6, parse("2.1"), 5)
BETTER_LATE = Leg("m-1", "home", parse("2.5"), 9, parse("2.1"), 5)
WORSE_LATE = Leg("m-1", "home", parse("1.8"), 9, parse("2.1"), 5)
SAME_AGAIN = Leg("m-1", "home", parse("2.1"), 9, None, 5)


@pytest.mark.parametrize(
    ("accept", "offer", "leg"),
    [
        ("exact", WITHIN_GRACE, AS_SHOWN),
        ("exact", DOWN_WITHIN_GRACE, AS_SHOWN),
        ("exact", UP_OUT_OF_GRACE, None),
        ("exact", DOWN_OUT_OF_GRACE, None),
        ("exact", BACK_AGAIN, SAME_AGAIN),
        ("better", WITHIN_GRACE, BETTER),
        ("better", DOWN_WITHIN_GRACE, AS_SHOWN),
        ("better", UP_OUT_OF_GRACE, BETTER_LATE),
        ("better", DOWN_OUT_OF_GRACE, None),
        ("better", BACK_AGAIN, SAME_AGAIN),
        ("any", WITHIN_GRACE, BETTER),
        ("any", DOWN_WITHIN_GRACE, AS_SHOWN),
        ("any", UP_OUT_OF_GRACE, BETTER_LATE),
        ("any", DOWN_OUT_OF_GRACE, WORSE_LATE),
        ("any", BACK_AGAIN, SAME_AGAIN),
    ],
)
def test_what_a_bettor_agreed_to_when_a_price_moved(accept: str, offer: Quote, leg: Leg | None):
    decided = given(BET).when(strike((asked(), offer), accept=accept))
    if leg is None:
        current = offer.current
        decided.refused(
            PricesMoved,
            market_id="m-1",
            selection="home",
            asked="2.10",
            asked_version=5,
            current=current.decimal_text,
            current_version=offer.current_version,
        )
    else:
        returns = leg.odds.numerator * 10_00 // leg.odds.denominator
        decided.then(placed(leg, accept=accept, potential_minor=returns))
        assert asked_of(leg) == asked()


@pytest.mark.parametrize("offer", [WITHIN_GRACE, DOWN_WITHIN_GRACE, UP_OUT_OF_GRACE, DOWN_OUT_OF_GRACE, BACK_AGAIN])
def test_whoever_agreed_to_any_price_never_gets_a_worse_one_than_whoever_agreed_to_better_ones(offer: Quote):
    def struck(accept: str) -> Odds | None:
        try:
            return BET.decide(Bet(), strike((asked(), offer), accept=accept))[0].legs[0].odds
        except PricesMoved:
            return None

    better, taken = struck("better"), struck("any")
    assert taken is not None
    assert better is None or taken >= better


@pytest.mark.parametrize("accept", ["better", "any"])
def test_other_odds_at_the_very_version_that_was_asked_for_name_no_other_version(accept: str):
    leg = Leg("m-1", "home", parse("2.5"), 5, parse("2.1"))
    ask = strike((asked(), offered("2.5", shown="2.5")), accept=accept)
    given(BET).when(ask).then(placed(leg, potential_minor=25_00, accept=accept))


def test_odds_that_were_never_shown_are_not_struck_even_with_a_version_that_was():
    given(BET).when(strike((asked("9.9"), offered()))).refused(PricesMoved, asked="9.90", current="2.10")


def test_a_version_between_two_prices_names_the_price_that_stood_then():
    given(BET).when(strike((asked(version=7), offered(shown_version=5)))).then(placed(Leg("m-1", "home", parse("2.1"), 5, None, 7)))


TWO = ((asked(), offered()), (asked("3", 2, "m-2"), offered("3", 2, "3", 2, "f-2")))
TWO_LEGS = (Leg("m-1", "home", parse("2.1"), 5), Leg("m-2", "home", parse("3"), 2))
DOUBLE = placed(*TWO_LEGS, potential_minor=63_00, type_="multiple")


def test_a_multiple_multiplies_exactly():
    given(BET).when(strike(*TWO)).then(DOUBLE)
    assert odds_of(DOUBLE) == parse("6.3")


def result(market: str, how: LegResult) -> ResultLegs:
    return ResultLegs(B, market, {"home": how}, NOON)


MANY = ((asked(), offered()),) * (LEGS_MAX + 1)
REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("another stake under the key", [placed()], strike(stake_minor=0, accept="x"), BetKeyReused, {"bet_id": B}),
    ("another account's key", [placed()], strike(account_id="bob"), BetKeyReused, {}),
    ("another leg under the key", [placed()], strike((asked(market="m-2"), offered())), BetKeyReused, {}),
    ("other odds under the key", [placed()], strike((asked("2.2"), offered())), BetKeyReused, {}),
    ("another version under the key", [placed()], strike((asked(version=4), offered())), BetKeyReused, {}),
    ("another agreement under the key", [placed()], strike(accept="any"), BetKeyReused, {}),
    ("accept", [], strike(*MANY, accept="whatever" * 20, stake_minor=0), AcceptUnknown, {"accept": ("whatever" * 20)[:60]}),
    ("no stake", [], strike(*MANY, stake_minor=0), StakeOutOfRange, {"stake_minor": 0, "stake_minor_min": 1}),
    ("negative stake", [], strike(*MANY, stake_minor=-5), StakeOutOfRange, {"stake_minor": -5}),
    ("stake beyond the limit", [], strike(*MANY, stake_minor=STAKE_MINOR_MAX + 1), StakeOutOfRange, {"stake_minor_max": STAKE_MINOR_MAX}),
    ("half a cent", [], strike(stake_minor=10.5), StakeOutOfRange, {"stake_minor": 10.5}),  # type: ignore[arg-type]
    ("a truth for a stake", [], strike(stake_minor=True), StakeOutOfRange, {}),
    ("stake beyond int64", [], strike(stake_minor=1 << 70), StakeOutOfRange, {}),
    ("too many legs", [], strike(*MANY, type_="system"), TooManyLegs, {"legs": LEGS_MAX + 1, "legs_max": LEGS_MAX}),
    ("no legs", [], StrikeBet(B, ANN, 1, "EUR", "single", (), (), "exact", NOON), TooManyLegs, {"legs": 0}),
    ("a single with two legs", [], strike(*TWO, type_="single"), BetTypeUnknown, {"type": "single", "legs": 2}),
    ("a multiple with one leg", [], strike(type_="multiple"), BetTypeUnknown, {"type": "multiple", "legs": 1}),
    ("an unknown type", [], strike(type_="y" * 99), BetTypeUnknown, {"type": "y" * 60}),
    (
        "the same fixture twice",
        [],
        strike((asked("9"), offered()), (asked("9", market="m-2"), offered())),
        RelatedLegs,
        {"fixture_id": "f-1"},
    ),
    ("moved", [], strike((asked("9"), offered()), stake_minor=STAKE_MINOR_MAX), PricesMoved, {"market_id": "m-1"}),
    (
        "returns",
        [],
        strike((asked("1000.01"), offered("1000.01", shown="1000.01")), stake_minor=STAKE_MINOR_MAX),
        StakeOverLimit,
        {"potential_returns_minor": 100_001_000_000, "payout_minor_max": HOUSE_LIMIT.payout_minor_max, "stake_minor_max": 999_990},
    ),
    ("odds that lose", [], strike((AskedLeg("m-1", "home", Odds(500, 1000), 5), offered())), OddsOutOfRange, {"odds": "500/1000"}),
    ("odds below zero", [], strike((AskedLeg("m-1", "home", Odds(-2, 1), 5), offered())), OddsOutOfRange, {}),
    ("odds of nothing", [], strike((AskedLeg("m-1", "home", Odds(0, 1000), 5), offered())), OddsOutOfRange, {}),
    ("result: a share of five", [placed()], result("m-1", LegResult((5, 1))), LegResultMalformed, {"won": (5, 1)}),
    ("result: less than nothing", [placed()], result("m-1", LegResult((-1, 1))), LegResultMalformed, {}),
    ("result: of nothing", [placed()], result("m-1", LegResult((1, 0))), LegResultMalformed, {}),
    ("result: a heat of one", [placed()], result("m-1", LegResult((1, 1), (0, 1), (1, 2))), LegResultMalformed, {}),
    ("result: no bet", [], result("m-9", WON), BetUnknown, {"bet_id": B}),
    ("result: no such leg", [placed()], result("m-9", WON), LegUnknown, {"bet_id": B, "market_id": "m-9"}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_bet_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(BET, *facts).when(command).refused(refusal, **evidence)


def test_the_largest_returns_are_taken_exactly():
    most_minor = HOUSE_LIMIT.payout_minor_max
    given(BET).when(strike((asked("1000"), offered("1000", shown="1000")), stake_minor=most_minor // 1000)).then(
        placed(Leg("m-1", "home", parse("1000"), 5), stake_minor=most_minor // 1000, potential_minor=most_minor)
    )


def test_the_same_bet_under_the_same_key_is_a_repeat_whatever_the_market_does_now():
    given(BET, placed()).when(strike((asked(), offered("9", 77, None)))).nothing()
    given(BET, placed(BETTER, accept="better")).when(strike((asked(), DOWN_OUT_OF_GRACE), accept="better")).nothing()
    given(BET, placed(), settled("lost", 0, LOST)).when(strike()).nothing()


def settled(outcome: str, returns_minor: int, *results: LegResult, settlement: int = 1) -> BetSettled:
    return BetSettled(ANN, outcome, 10_00, returns_minor, results, settlement, NOON)


@pytest.mark.parametrize(
    ("how", "outcome", "returns_minor"),
    [
        (WON, "won", 21_00),
        (LOST, "lost", 0),
        (VOID, "void", 10_00),
        (HALF_WON, "won", 15_50),
        (HALF_LOST, "part_lost", 5_00),
        (LegResult((1, 1), (0, 1), (2, 1)), "won", 10_50),
        (LegResult((1, 1), (0, 1), (3, 1)), "part_lost", 7_00),
    ],
)
def test_a_single_is_settled_with_its_only_leg(how: LegResult, outcome: str, returns_minor: int):
    given(BET, placed()).when(result("m-1", how)).then(settled(outcome, returns_minor, how))


def test_a_settled_bet_is_not_settled_again_by_the_same_result():
    given(BET, placed(), settled("won", 21_00, WON)).when(result("m-1", WON)).nothing()


def test_a_settled_bet_is_settled_anew_by_a_corrected_result_upon_the_reversal_of_its_settlement():
    first = [placed(), settled("won", 21_00, WON)]
    second = [reversed_("m-1", 21_00, 1), settled("lost", 0, LOST, settlement=2)]
    third = [reversed_("m-1", 0, 2), settled("void", 10_00, VOID, settlement=3)]
    given(BET, *first).when(result("m-1", LOST)).then(*second)
    given(BET, *first, *second).when(result("m-1", LOST)).nothing()
    given(BET, *first, *second).when(result("m-1", VOID)).then(*third)


def test_a_settled_multiple_is_settled_anew_by_one_corrected_leg():
    history = [DOUBLE, BetLegResulted(ANN, "m-2", WON, (None, WON), NOON, 1), settled("won", 63_00, WON, WON)]
    given(BET, *history).when(result("m-2", LOST)).then(reversed_("m-2", 63_00, 1), settled("lost", 0, WON, LOST, settlement=2))


def reversed_(market: str, returns_minor: int, settlement: int) -> BetSettlementReversed:
    return BetSettlementReversed(ANN, settlement, market, 10_00, returns_minor, NOON)


def test_a_multiple_waits_for_its_last_leg_in_any_order():
    waiting = BetLegResulted(ANN, "m-2", WON, (None, WON), NOON, 1)
    given(BET, DOUBLE).when(result("m-2", WON)).then(waiting)
    given(BET, DOUBLE, waiting).when(result("m-2", WON)).nothing()
    given(BET, DOUBLE, waiting).when(result("m-2", LOST)).then(BetLegResulted(ANN, "m-2", LOST, (None, LOST), NOON, 1))
    given(BET, DOUBLE, waiting).when(result("m-1", WON)).then(settled("won", 63_00, WON, WON))
    given(BET, DOUBLE, waiting).when(result("m-1", VOID)).then(settled("won", 30_00, VOID, WON))
    given(BET, DOUBLE, waiting).when(result("m-1", LOST)).then(settled("lost", 0, LOST, WON))


def test_a_multiple_of_voids_is_void():
    given(BET, DOUBLE, BetLegResulted(ANN, "m-2", VOID, (None, VOID), NOON)).when(result("m-1", VOID)).then(
        settled("void", 10_00, VOID, VOID)
    )


@pytest.mark.parametrize(
    "impossible",
    [
        [placed(), placed()],
        [settled("won", 1, WON)],
        [BetLegResulted(ANN, "m-1", WON, (WON,), NOON)],
        [placed(), settled("won", 21_00, WON), settled("lost", 0, LOST, settlement=2)],
        [placed(), reversed_("m-1", 21_00, 1)],
        [placed(), settled("won", 21_00, WON), reversed_("m-1", 21_00, 2)],
    ],
)
def test_a_history_that_cannot_be_is_not_folded(impossible: list[Fact]):
    with pytest.raises(AssertionError):
        given(BET, *impossible)

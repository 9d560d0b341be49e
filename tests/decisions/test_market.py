"""The rules of a market: its versions, its grace, its suspensions."""

from typing import Any

import pytest

from domain.fact import Fact
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.decider import (
    GRACE_MS_MAX,
    MARKET,
    OFFERS_KEPT_MAX,
    AlreadyResulted,
    AlreadySuspended,
    MarketKeyReused,
    MarketMalformed,
    MarketNotSuspended,
    PricesMalformed,
)
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended, Selection
from domain.market.outcomes import (
    GoalsOutOfRange,
    MarketTextMalformed,
    ReasonWithoutVoid,
    ResultContradictsScore,
    SelectionsOfAnotherType,
    VoidWithoutReason,
)
from domain.market.state import (
    Market,
    MarketNotOpen,
    MarketSuspendedNow,
    MarketUnknown,
    SelectionUnknown,
    SelectionWithdrawn,
    VersionFromTheFuture,
    quote,
)
from domain.odds import Odds, parse
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from domain.settling.grading import FinalScore, SpecifierMalformed, grade, selections_of
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, given, later

M = "market-1"
SELECTIONS = (Selection("home", "Brazil"), Selection("draw", "Draw"), Selection("away", "Norway"))


def prices(home: str, draw: str = "3.4", away: str = "4.1") -> dict[str, Odds]:
    return {"home": parse(home), "draw": parse(draw), "away": parse(away)}


def open_market(selections: tuple[Selection, ...] = SELECTIONS, grace_ms: int = 3_000, **changed: Any) -> OpenMarket:
    values = {"fixture_id": "f-1", "type": "match_result", "specifiers": {}, "prices": prices("1.9")} | changed
    return OpenMarket(M, values["fixture_id"], values["type"], values["specifiers"], selections, values["prices"], grace_ms, NOON)


OPENED = MarketOpened("f-1", "match_result", {}, SELECTIONS, prices("1.9"), 3_000, NOON)
REPRICED = MarketPriced(prices("2.1"), later(seconds=10))
SUSPENDED = MarketSuspended("goal", later(seconds=11))
RESUMED = MarketResumed(prices("1.2"), later(seconds=20))
CLOSED = MarketClosed(later(seconds=30))
RESULTED = MarketResulted({"home": WON, "draw": LOST, "away": LOST}, 2, 1, later(seconds=40))
RESULT = ResultMarket(M, RESULTED.results, 2, 1, RESULTED.at)


def test_a_market_opens_moves_suspends_resumes_closes_and_is_resulted():
    given(MARKET).when(open_market()).then(OPENED)
    given(MARKET, OPENED).when(PriceMarket(M, REPRICED.prices, REPRICED.at)).then(REPRICED)
    given(MARKET, OPENED, REPRICED).when(SuspendMarket(M, "goal", SUSPENDED.at)).then(SUSPENDED)
    given(MARKET, OPENED, SUSPENDED).when(ResumeMarket(M, RESUMED.prices, RESUMED.at)).then(RESUMED)
    given(MARKET, OPENED).when(CloseMarket(M, CLOSED.at)).then(CLOSED)
    given(MARKET, OPENED, CLOSED).when(RESULT).then(RESULTED)


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([OPENED], open_market()),
        ([OPENED, REPRICED], open_market()),
        ([OPENED], PriceMarket(M, prices("1.9"), NOON)),
        ([OPENED, SUSPENDED], SuspendMarket(M, "goal", NOON)),
        ([OPENED], ResumeMarket(M, prices("1.9"), NOON)),
        ([OPENED, SUSPENDED, RESUMED], ResumeMarket(M, RESUMED.prices, later(hours=1))),
        ([OPENED, CLOSED], CloseMarket(M, NOON)),
        ([OPENED, RESULTED], CloseMarket(M, NOON)),
        ([OPENED, RESULTED], ResultMarket(M, RESULTED.results, 2, 1, later(hours=9))),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: Any):
    given(MARKET, *facts).when(command).nothing()


def test_a_market_that_came_back_may_be_suspended_for_another_reason():
    again = MarketSuspended("injury", later(seconds=21))
    given(MARKET, OPENED, SUSPENDED, RESUMED).when(SuspendMarket(M, "injury", again.at)).then(again)


def test_a_market_can_be_resulted_straight_from_suspension_or_while_open():
    given(MARKET, OPENED).when(RESULT).then(RESULTED)
    given(MARKET, OPENED, SUSPENDED).when(RESULT).then(RESULTED)


def test_a_selection_left_out_is_withdrawn():
    given(MARKET, OPENED).when(PriceMarket(M, {"home": parse("1.9")}, NOON)).then(MarketPriced({"home": parse("1.9")}, NOON))


TWICE = (SELECTIONS[0], SELECTIONS[0])
MANY = tuple(Selection(str(n), str(n)) for n in range(201))
ALIEN = {"home": parse("2"), "goat": parse("2")}
OWN = tuple(Selection(key, key) for key in ("1", "2"))
OWN_PRICES = {"1": parse("2"), "2": parse("2")}
OWN_OPENED = MarketOpened("f-1", "most_corners", {}, OWN, OWN_PRICES, 3_000, NOON)


def own(key: str = "1", name: str = "One", **changed: Any) -> OpenMarket:
    """A market of a type that no rule grades."""
    values = {"type": "most_corners", "prices": {key: parse("2"), "2": parse("2")}} | changed
    return open_market((Selection(key, name), OWN[1]), **values)


def result(home_result: LegResult = WON, home: int = 2, away: int = 1, void_reason: str = "", others: LegResult = LOST) -> ResultMarket:
    return ResultMarket(M, {"home": home_result, "draw": others, "away": others}, home, away, NOON, void_reason)


def own_result(one: LegResult, two: LegResult, void_reason: str = "") -> ResultMarket:
    return ResultMarket(M, {"1": one, "2": two}, 0, 0, NOON, void_reason)


POISON = "a\0b"
TEXT_REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("open: a selection with a NUL", [], own(POISON), MarketTextMalformed, {"market_id": M, "text": POISON}),
    ("open: a nameless selection", [], own(""), MarketTextMalformed, {"text": ""}),
    ("open: an endless selection", [], own("x" * 61), MarketTextMalformed, {"text": "x" * 60}),
    ("open: half a character", [], own("\ud800"), MarketTextMalformed, {"text": "\ud800"}),
    ("open: a name with a line break", [], own(name="One\nTwo"), MarketTextMalformed, {"text": "One\nTwo"}),
    ("open: an endless name", [], own(name="x" * 121), MarketTextMalformed, {"text": "x" * 120}),
    ("open: a type with a NUL", [], own(type=POISON), MarketTextMalformed, {"text": POISON}),
    ("open: a specifier with a NUL", [], own(specifiers={POISON: "1"}), MarketTextMalformed, {"text": POISON}),
    ("open: a specifier's value with a NUL", [], own(specifiers={"half": POISON}), MarketTextMalformed, {"text": POISON}),
    ("suspend: a reason with a NUL", [OPENED], SuspendMarket(M, POISON, NOON), ReasonMalformed, {"reason": POISON}),
    ("suspend: no reason", [OPENED], SuspendMarket(M, "", NOON), ReasonMalformed, {"reason": ""}),
    ("result: a reason with a NUL", [OPENED], result(VOID, void_reason=POISON, others=VOID), ReasonMalformed, {"reason": POISON}),
]
RULED: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("open: own names", [], own(type="match_result"), SelectionsOfAnotherType, {"selections": ("home", "draw", "away")}),
    ("open: own names of a half", [], own(type="first_half_total_goals", specifiers={"total": "1"}), SelectionsOfAnotherType, {}),
    ("open: no line", [], own(type="total_goals"), SpecifierMalformed, {"market_type": "total_goals"}),
    ("result: fewer than no goals", [OPENED], result(home=-5), GoalsOutOfRange, {"market_id": M, "home": -5, "away": 1}),
    ("result: a cricket score", [OPENED], result(away=201), GoalsOutOfRange, {"away": 201}),
    ("result: not what the score says", [OPENED], result(LOST), ResultContradictsScore, {"selection": "home", "home": 2, "away": 1}),
    ("result: all won", [OPENED], result(others=WON), ResultContradictsScore, {"selection": "draw"}),
    ("result: void and won", [OPENED], result(VOID), ResultContradictsScore, {"selection": "home"}),
    ("result: void without a reason", [OPENED], result(VOID, others=VOID), VoidWithoutReason, {"market_id": M}),
    ("result: a reason and a winner", [OPENED], result(void_reason="fog"), ReasonWithoutVoid, {"void_reason": "fog"}),
    ("result: own type, void without a reason", [OWN_OPENED], own_result(VOID, VOID), VoidWithoutReason, {}),
    ("result: own type, a reason and a winner", [OWN_OPENED], own_result(VOID, WON, "fog"), ReasonWithoutVoid, {}),
]


@pytest.mark.parametrize(
    ("facts", "command", "refusal", "evidence"), [row[1:] for row in TEXT_REFUSALS + RULED], ids=[row[0] for row in TEXT_REFUSALS + RULED]
)
def test_a_market_refuses_what_cannot_be_shown_or_graded(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(MARKET, *facts).when(command).refused(refusal, **evidence)


LINES = {"total_goals": {"total": "3"}, "asian_handicap": {"hcp": "-1"}, "result_and_total": {"total": "2.5"}}


@pytest.mark.parametrize("market_type", ["match_result", "total_goals", "both_teams_to_score", "asian_handicap", "draw_no_bet", "odd_even"])
@pytest.mark.parametrize("score", [(0, 0), (2, 1), (1, 1), (0, 3)])
def test_what_the_score_says_is_taken_as_it_is_stakes_back_included(market_type: str, score: tuple[int, int]):
    specifiers = LINES.get(market_type, {})
    selections = tuple(Selection(key, key) for key in selections_of(market_type, specifiers))
    opened = MarketOpened("f-1", market_type, specifiers, selections, {selections[0].selection: parse("2")}, 0, NOON)
    graded = grade(market_type, specifiers, FinalScore(*score))
    given(MARKET, opened).when(ResultMarket(M, graded, *score, NOON)).then(MarketResulted(graded, *score, NOON))
    void = dict.fromkeys(graded, VOID)
    given(MARKET, opened).when(ResultMarket(M, void, *score, NOON, "fog")).then(MarketResulted(void, *score, NOON, "fog"))


def test_a_type_that_no_rule_grades_is_the_traders_word():
    given(MARKET).when(own()).then(MarketOpened("f-1", "most_corners", {}, (Selection("1", "One"), OWN[1]), OWN_PRICES, 3_000, NOON))
    given(MARKET, OWN_OPENED).when(own_result(HALF_WON, HALF_LOST)).then(MarketResulted({"1": HALF_WON, "2": HALF_LOST}, 0, 0, NOON))
    half = MarketOpened("f-1", "first_half_match_result", {}, SELECTIONS, prices("1.9"), 0, NOON)
    given(MARKET, half).when(result(LOST)).then(MarketResulted(result(LOST).results, 2, 1, NOON))


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("open: other selections", [OPENED], open_market(SELECTIONS[::-1]), MarketKeyReused, {"market_id": M}),
    ("open: other grace", [OPENED], open_market(grace_ms=1), MarketKeyReused, {}),
    ("open: other first prices", [OPENED, REPRICED], open_market(prices=REPRICED.prices), MarketKeyReused, {}),
    ("resume: open at other prices", [OPENED, REPRICED], ResumeMarket(M, prices("1.9"), NOON), MarketNotSuspended, {"version": 2}),
    ("result: other results", [OPENED, RESULTED], result(LOST), AlreadyResulted, {"market_id": M}),
    ("result: another score", [OPENED, RESULTED], result(home=3), AlreadyResulted, {}),
    ("result: void after all", [OPENED, RESULTED], result(VOID, void_reason="fog", others=VOID), AlreadyResulted, {}),
    ("open: another fixture", [OPENED], open_market(SELECTIONS[:1], fixture_id="f-2"), MarketKeyReused, {"market_id": M}),
    ("open: another type", [OPENED], open_market(type="corners"), MarketKeyReused, {}),
    ("open: another total", [OPENED], open_market(specifiers={"total": "2.5"}), MarketKeyReused, {}),
    ("open: one selection", [], open_market(SELECTIONS[:1], prices={}), MarketMalformed, {"selections": 1, "grace_ms": 3_000}),
    ("open: one selection twice", [], open_market(TWICE), MarketMalformed, {"selections": 2}),
    ("open: 201 selections", [], open_market(MANY), MarketMalformed, {"selections": 201}),
    ("open: endless grace", [], open_market(grace_ms=GRACE_MS_MAX + 1, prices={}), MarketMalformed, {"grace_ms": GRACE_MS_MAX + 1}),
    ("open: negative grace", [], open_market(grace_ms=-1), MarketMalformed, {"grace_ms": -1}),
    ("open: no prices", [], open_market(prices={}), PricesMalformed, {"market_id": M, "selections": ()}),
    ("open: alien prices", [], open_market(prices=ALIEN), PricesMalformed, {"selections": ("home", "goat")}),
    ("price: unknown", [], PriceMarket(M, {}, NOON), MarketUnknown, {"market_id": M}),
    ("price: suspended", [OPENED, SUSPENDED], PriceMarket(M, {}, NOON), MarketSuspendedNow, {"market_id": M, "version": 2}),
    ("price: closed", [OPENED, CLOSED], PriceMarket(M, {}, NOON), MarketNotOpen, {"market_id": M, "status": "closed"}),
    ("price: resulted", [OPENED, RESULTED], PriceMarket(M, {}, NOON), MarketNotOpen, {"status": "resulted"}),
    ("price: none", [OPENED], PriceMarket(M, {}, NOON), PricesMalformed, {"selections": ()}),
    ("price: alien", [OPENED], PriceMarket(M, ALIEN, NOON), PricesMalformed, {}),
    ("suspend: unknown", [], SuspendMarket(M, "goal", NOON), MarketUnknown, {}),
    ("suspend: another reason", [OPENED, SUSPENDED], SuspendMarket(M, "var", NOON), AlreadySuspended, {"version": 2, "reason": "goal"}),
    ("suspend: closed while suspended", [OPENED, SUSPENDED, CLOSED], SuspendMarket(M, "goal", NOON), MarketNotOpen, {"status": "closed"}),
    ("suspend: closed", [OPENED, CLOSED], SuspendMarket(M, "goal", NOON), MarketNotOpen, {"status": "closed"}),
    ("resume: unknown", [], ResumeMarket(M, {}, NOON), MarketUnknown, {}),
    ("resume: closed", [OPENED, CLOSED], ResumeMarket(M, {}, NOON), MarketNotOpen, {"status": "closed"}),
    ("resume: no prices", [OPENED, SUSPENDED], ResumeMarket(M, {}, NOON), PricesMalformed, {}),
    ("close: unknown", [], CloseMarket(M, NOON), MarketUnknown, {}),
    ("result: unknown", [], RESULT, MarketUnknown, {}),
    ("result: a selection missing", [OPENED], ResultMarket(M, {"home": WON}, 1, 0, NOON), PricesMalformed, {"selections": ("home",)}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_market_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(MARKET, *facts).when(command).refused(refusal, **evidence)


def state(*facts: Fact) -> Market:
    market: Market = given(MARKET, *facts).state
    return market


def test_a_market_version_is_the_number_of_its_facts():
    history = [OPENED, REPRICED, SUSPENDED, RESUMED, CLOSED, RESULTED]
    assert [state(*history[:n]).version for n in range(7)] == [0, 1, 2, 3, 4, 5, 6]


QUOTE_REFUSALS: list[tuple[str, list[Fact], tuple[str, int], type[Refused], dict[str, Any]]] = [
    ("unknown market", [], ("goat", 99), MarketUnknown, {"market_id": M}),
    ("unknown selection", [OPENED, SUSPENDED], ("goat", 99), SelectionUnknown, {"market_id": M, "selection": "goat"}),
    ("endless selection", [OPENED], ("x" * 99, 1), SelectionUnknown, {"selection": "x" * 60}),
    ("version from the future", [OPENED, SUSPENDED], ("home", 3), VersionFromTheFuture, {"version": 3, "current_version": 2}),
    ("suspended", [OPENED, SUSPENDED], ("home", 1), MarketSuspendedNow, {"market_id": M, "version": 2}),
    ("closed", [OPENED, CLOSED], ("home", 1), MarketNotOpen, {"status": "closed"}),
    ("resulted", [OPENED, RESULTED], ("home", 1), MarketNotOpen, {"status": "resulted"}),
    (
        "withdrawn, whatever was shown before",
        [OPENED, MarketPriced({"home": parse("2")}, NOON)],
        ("draw", 1),
        SelectionWithdrawn,
        {"selection": "draw", "version": 2},
    ),
]


@pytest.mark.parametrize(
    ("facts", "asked", "refusal", "evidence"), [row[1:] for row in QUOTE_REFUSALS], ids=[row[0] for row in QUOTE_REFUSALS]
)
def test_a_quote_is_refused(facts: list[Fact], asked: tuple[str, int], refusal: type[Refused], evidence: dict[str, Any]):
    with pytest.raises(refusal) as raised:
        quote(state(*facts), M, *asked, NOON)
    shown = raised.value.evidence()
    assert {name: shown[name] for name in evidence} == evidence


def test_the_standing_price_is_quoted_to_whoever_saw_it():
    standing = Quote("f-1", parse("2.1"), 2, parse("2.1"), 2)
    assert quote(state(OPENED, REPRICED), M, "home", 2, later(hours=9)) == standing


@pytest.mark.parametrize(("after_ms", "shown"), [(0, True), (2_999, True), (3_000, True), (3_001, False), (86_400_000, False)])
def test_a_replaced_price_is_struck_until_its_grace_ends_and_not_a_millisecond_longer(after_ms: int, shown: bool):
    at = later(seconds=10, milliseconds=after_ms)
    assert quote(state(OPENED, REPRICED), M, "home", 1, at) == Quote("f-1", parse("2.1"), 2, parse("1.9") if shown else None, 1)


def test_no_grace_means_no_grace_beyond_the_same_instant():
    opened = MarketOpened("f-1", "match_result", {}, SELECTIONS, prices("1.9"), 0, NOON)
    assert quote(state(opened, REPRICED), M, "home", 1, REPRICED.at).shown == parse("1.9")
    assert quote(state(opened, REPRICED), M, "home", 1, later(seconds=10, milliseconds=1)).shown is None


def test_a_suspension_voids_every_older_price_grace_or_not():
    at = later(seconds=11)
    quick = MarketResumed(prices("1.2"), at)
    assert quote(state(OPENED, REPRICED, SUSPENDED, quick), M, "home", 2, at) == Quote("f-1", parse("1.2"), 4, None, 2)
    assert quote(state(OPENED, REPRICED, SUSPENDED, quick), M, "home", 3, at) == Quote("f-1", parse("1.2"), 4, None, 3)


def test_a_price_that_was_replaced_twice_has_the_grace_of_its_first_replacement():
    again = MarketPriced(prices("2.3"), later(seconds=12))
    market = state(OPENED, REPRICED, again)
    assert quote(market, M, "home", 1, later(seconds=13)).shown == parse("1.9")
    assert quote(market, M, "home", 2, later(seconds=13)).shown == parse("2.1")
    assert quote(market, M, "home", 1, later(seconds=14)).shown is None
    assert quote(market, M, "home", 2, later(seconds=15)).shown == parse("2.1")


def test_a_selection_that_was_not_offered_then_was_not_shown():
    market = state(OPENED, MarketPriced({"home": parse("2")}, later(seconds=1)), MarketPriced(prices("2"), later(seconds=2)))
    assert quote(market, M, "draw", 2, later(seconds=2)) == Quote("f-1", parse("3.4"), 3, None, 2)


def test_a_market_remembers_a_bounded_number_of_prices():
    facts = [OPENED, *(MarketPriced(prices(f"2.{n:03d}"), NOON) for n in range(600))]
    market = state(*facts)
    assert len(market.offers) <= OFFERS_KEPT_MAX + 1
    assert quote(market, M, "home", 600, NOON).shown == parse("2.598")
    assert quote(market, M, "home", 1, NOON).shown is None


def test_prices_out_of_grace_are_forgotten_at_the_next_one():
    facts = [OPENED, *(MarketPriced(prices(f"2.{n:03d}"), later(seconds=4 * n)) for n in range(50))]
    assert len(state(*facts).offers) == 2


def test_a_market_is_opened_once():
    with pytest.raises(AssertionError):
        given(MARKET, OPENED, OPENED)

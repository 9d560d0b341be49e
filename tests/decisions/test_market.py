"""The rules of a market: its versions, its marks, its bounds, its suspensions, its result."""

from typing import Any

import msgspec
import pytest

from domain.fact import Fact
from domain.market.commands import (
    CloseMarket,
    InContext,
    MarketContext,
    OpenMarket,
    PriceMarket,
    ResultMarket,
    ResumeMarket,
    SuspendMarket,
)
from domain.market.decider import (
    GRACE_MS_MAX,
    MARKET,
    AlreadyResulted,
    AlreadySuspended,
    MarketKeyReused,
    MarketMalformed,
    MarketNotSuspended,
)
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended, Selection
from domain.market.outcomes import (
    MarketTextMalformed,
    PricesOutOfBounds,
    ReasonWithoutVoid,
    ResultContradictsFixture,
    ResultContradictsScore,
    ResultNotDecided,
    SelectionsOfAnotherType,
    VoidNeedsApproval,
    VoidWithoutReason,
)
from domain.market.prices import PricesMalformed
from domain.market.state import (
    OFFERS_KEPT_MAX,
    Market,
    MarketNotOpen,
    MarketSuspendedNow,
    MarketUnknown,
    SelectionUnknown,
    SelectionWithdrawn,
    VersionFromTheFuture,
    quote,
)
from domain.odds import Odds, OddsOutOfRange, parse
from domain.quote import Quote
from domain.refused import Refused
from domain.settling import LOST, VOID, WON, LegResult
from domain.settling.grading import FinalScore, MarketTypeUnknown, SpecifierMalformed, grade, selections_of
from domain.settling.rules import MatchScore
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, given, later

M = "market-1"
SELECTIONS = (Selection("home", "Brazil"), Selection("draw", "Draw"), Selection("away", "Norway"))


def prices(home: str, draw: str = "3.4", away: str = "4.1") -> dict[str, Odds]:
    return {"home": parse(home), "draw": parse(draw), "away": parse(away)}


GATES, MARKS = ("g-fixture", "g-competition", "g-sport"), (0, 0, 0)
AROUND = MarketContext(gates=GATES, marks=MARKS)
IN_PLAY = msgspec.structs.replace(AROUND, score=MatchScore("playing", 1, 0))
OVER = MarketContext(score=MatchScore("over", 2, 1, (1, 0)))
APPROVED = msgspec.structs.replace(AROUND, is_approved=True)


def around(command: Any, context: MarketContext = AROUND) -> InContext:
    return InContext(command, context)


def offer(selections: tuple[Selection, ...] = SELECTIONS, grace_ms: int = 3_000, **changed: Any) -> InContext:
    values = {"fixture_id": "f-1", "type": "match_result", "specifiers": {}, "prices": prices("1.9")} | changed
    return around(OpenMarket(M, selections=selections, grace_ms=grace_ms, at=NOON, **values))


def price(at: Any = NOON, context: MarketContext = AROUND, **named: Odds) -> InContext:
    return around(PriceMarket(M, named, at), context)


def resume(at: Any = NOON, context: MarketContext = AROUND, **named: Odds) -> InContext:
    return around(ResumeMarket(M, named, at), context)


def result(context: MarketContext = OVER, at: Any = NOON, **told: Any) -> InContext:
    return around(ResultMarket(M, at, **told), context)


def opened(**changed: Any) -> MarketOpened:
    fact = MarketOpened(
        "f-1", "match_result", {}, SELECTIONS, prices("1.9"), 3_000, NOON, in_play_grace_ms=500, gates=GATES, marks=MARKS, cause="trader"
    )
    return msgspec.structs.replace(fact, **changed)


OPENED = opened()
REPRICED = MarketPriced(prices("2.1"), later(seconds=10), 3_000, MARKS, cause="trader")
SUSPENDED = MarketSuspended("goal", later(seconds=11))
RESUMED = MarketResumed(prices("1.8"), later(seconds=20), MARKS, cause="trader")
CLOSED = MarketClosed(later(seconds=30))
RESULTED = MarketResulted({"home": WON, "draw": LOST, "away": LOST}, 2, 1, later(seconds=40))


def test_a_market_opens_moves_suspends_resumes_closes_and_is_resulted():
    given(MARKET).when(offer()).then(OPENED)
    given(MARKET, OPENED).when(price(REPRICED.at, **REPRICED.prices)).then(REPRICED)
    given(MARKET, OPENED, REPRICED).when(SuspendMarket(M, "goal", SUSPENDED.at)).then(SUSPENDED)
    given(MARKET, OPENED, SUSPENDED).when(resume(RESUMED.at, **RESUMED.prices)).then(RESUMED)
    given(MARKET, OPENED).when(CloseMarket(M, CLOSED.at)).then(CLOSED)
    given(MARKET, OPENED, CLOSED).when(result(at=RESULTED.at)).then(RESULTED)


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([OPENED], offer()),
        ([OPENED, REPRICED], offer()),
        ([OPENED], price(**prices("1.9"))),
        ([OPENED, SUSPENDED], SuspendMarket(M, "goal", NOON)),
        ([OPENED], resume(**prices("1.9"))),
        ([OPENED, SUSPENDED, RESUMED], resume(later(hours=1), **RESUMED.prices)),
        ([OPENED, CLOSED], CloseMarket(M, NOON)),
        ([OPENED, RESULTED], CloseMarket(M, NOON)),
        ([OPENED, RESULTED], result(at=later(hours=9))),
        ([OPENED, RESULTED], result(results=RESULTED.results, home=2, away=1)),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: Any):
    given(MARKET, *facts).when(command).nothing()


def test_a_market_that_came_back_may_be_suspended_for_another_reason():
    again = MarketSuspended("injury", later(seconds=21))
    given(MARKET, OPENED, SUSPENDED, RESUMED).when(SuspendMarket(M, "injury", again.at)).then(again)


def test_a_market_can_be_resulted_straight_from_suspension_or_while_open():
    given(MARKET, OPENED).when(result(at=RESULTED.at)).then(RESULTED)
    given(MARKET, OPENED, SUSPENDED).when(result(at=RESULTED.at)).then(RESULTED)


def test_every_fact_names_who_asked():
    who = {"actor": "trader-1"}
    asked = [
        ((), around(OpenMarket(M, "f-1", "match_result", {}, SELECTIONS, prices("1.9"), 3_000, NOON, **who))),
        ((OPENED,), around(PriceMarket(M, prices("2"), NOON, **who))),
        ((OPENED,), SuspendMarket(M, "goal", NOON, **who)),
        ((OPENED, SUSPENDED), around(ResumeMarket(M, prices("2"), NOON, **who))),
        ((OPENED,), CloseMarket(M, NOON, **who)),
        ((OPENED,), result(**who)),
    ]
    for facts, command in asked:
        (fact,) = MARKET.decide(given(MARKET, *facts).state, command)
        assert fact.actor == "trader-1"


def test_the_same_prices_are_fresh_ones_once_a_gate_has_moved_or_their_producer_began_another_session():
    moved = msgspec.structs.replace(AROUND, marks=(1, 0, 0))
    given(MARKET, OPENED).when(price(context=moved, **prices("1.9"))).then(
        MarketPriced(prices("1.9"), NOON, 3_000, (1, 0, 0), cause="trader")
    )
    lively = msgspec.structs.replace(AROUND, producer="p", session=1)
    first = MarketPriced(prices("1.9"), NOON, 3_000, MARKS, "p", 1, cause="feed")
    given(MARKET, OPENED).when(price(context=lively, **prices("1.9"))).then(first)
    given(MARKET, OPENED, first).when(price(context=lively, **prices("1.9"))).nothing()
    again = msgspec.structs.replace(lively, session=2)
    given(MARKET, OPENED, first).when(price(context=again, **prices("1.9"))).then(
        MarketPriced(prices("1.9"), NOON, 3_000, MARKS, "p", 2, cause="feed")
    )


def test_a_resumption_at_the_prices_that_stand_is_a_repeat_until_a_gate_has_moved_and_made_them_void():
    given(MARKET, OPENED).when(resume(**prices("1.9"))).nothing()
    moved = msgspec.structs.replace(AROUND, marks=(1, 0, 0))
    given(MARKET, OPENED).when(resume(context=moved, **prices("1.9"))).refused(MarketNotSuspended)


def test_the_grace_of_a_replaced_price_is_the_markets_before_kick_off_and_in_play():
    given(MARKET, OPENED).when(price(**prices("2"))).then(MarketPriced(prices("2"), NOON, 3_000, MARKS, cause="trader"))
    given(MARKET, OPENED).when(price(context=IN_PLAY, **prices("2"))).then(MarketPriced(prices("2"), NOON, 500, MARKS, cause="trader"))


def test_a_selection_left_out_is_withdrawn_and_counts_with_what_it_cost_last():
    left = {"home": parse("1.9"), "draw": parse("3.4")}
    fact = MarketPriced(left, NOON, 3_000, MARKS, withdrawn={"away": parse("4.1")}, cause="trader")
    given(MARKET, OPENED).when(price(**left)).then(fact)
    given(MARKET, OPENED, fact).when(price(home=parse("1.9"))).then(
        MarketPriced({"home": parse("1.9")}, NOON, 3_000, MARKS, withdrawn={"draw": parse("3.4"), "away": parse("4.1")}, cause="trader")
    )
    given(MARKET, OPENED).when(price(home=parse("1000"))).refused(PricesOutOfBounds, market_id=M)


def test_a_producer_says_what_the_selections_would_cost_that_it_does_not_offer():
    asked = PriceMarket(M, {"draw": parse("200")}, NOON, {"home": parse("1.001"), "away": parse("90000")})
    given(MARKET, OPENED).when(around(asked)).then(
        MarketPriced(asked.prices, NOON, 3_000, MARKS, withdrawn=asked.withdrawn, cause="trader")
    )


WIDE = {"home": parse("1000"), "draw": parse("1000"), "away": parse("1000")}


@pytest.mark.parametrize("wrong", [WIDE, prices("1.01", "1.01", "1.01"), prices("3", "3", "3")])
def test_prices_that_do_not_add_up_to_a_book_need_a_second_trader_wherever_they_are_given(wrong: dict[str, Odds]):
    given(MARKET).when(offer(prices=wrong)).refused(PricesOutOfBounds, market_id=M)
    given(MARKET, OPENED).when(price(**wrong)).refused(PricesOutOfBounds)
    given(MARKET, OPENED, SUSPENDED).when(resume(**wrong)).refused(PricesOutOfBounds)
    given(MARKET, OPENED).when(price(context=APPROVED, **wrong)).then(MarketPriced(wrong, NOON, 3_000, MARKS, cause="trader"))


@pytest.mark.parametrize(
    "odds", [Odds(500, 1000), Odds(0, 1000), Odds(-2, 1), Odds(1000, 1000), Odds(2, 1), Odds(2, 0), Odds(1_000_001, 1)]
)
def test_odds_that_no_text_could_name_are_refused_though_they_come_past_the_api(odds: Odds):
    wrong = {**prices("1.9"), "home": odds}
    for context in (AROUND, APPROVED):
        given(MARKET, OPENED).when(price(context=context, **wrong)).refused(OddsOutOfRange)
        given(MARKET, OPENED, SUSPENDED).when(resume(context=context, **wrong)).refused(OddsOutOfRange)
    given(MARKET).when(offer(prices=wrong)).refused(OddsOutOfRange)
    withdrawn = PriceMarket(M, {"draw": parse("3.4"), "away": parse("4.1")}, NOON, {"home": odds})
    given(MARKET, OPENED).when(around(withdrawn)).refused(OddsOutOfRange)


TWICE = (SELECTIONS[0], SELECTIONS[0])
MANY = tuple(Selection(str(n), str(n)) for n in range(201))
ALIEN = {"home": parse("2"), "goat": parse("2")}
POISON = "a\0b"
TOTAL = {"total": "2.5"}


def named(key: str = "home", name: str = "Brazil", **changed: Any) -> InContext:
    return offer((Selection(key, name), *SELECTIONS[1:]), **changed)


def told(home_result: LegResult = WON, others: LegResult = LOST, context: MarketContext = OVER, **more: Any) -> InContext:
    return result(context, results={"home": home_result, "draw": others, "away": others}, **more)


PLAYING = MarketContext(score=MatchScore("playing", 2, 1, (1, 0)))
BEFORE = MarketContext(score=MatchScore("before"))
ABANDONED = MarketContext(score=MatchScore("abandoned", 2, 1))
RULED: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("open: a selection with a NUL", [], named(POISON), MarketTextMalformed, {"market_id": M, "text": POISON}),
    ("open: a nameless selection", [], named(""), MarketTextMalformed, {"text": ""}),
    ("open: an endless selection", [], named("x" * 61), MarketTextMalformed, {"text": "x" * 60}),
    ("open: half a character", [], named("\ud800"), MarketTextMalformed, {"text": "\ud800"}),
    ("open: a name with a line break", [], named(name="One\nTwo"), MarketTextMalformed, {"text": "One\nTwo"}),
    ("open: an endless name", [], named(name="x" * 121), MarketTextMalformed, {"text": "x" * 120}),
    ("open: a type with a NUL", [], named(type=POISON), MarketTextMalformed, {"text": POISON}),
    ("open: a specifier with a NUL", [], named(specifiers={POISON: "1"}), MarketTextMalformed, {"text": POISON}),
    ("open: a specifier's value with a NUL", [], named(specifiers={"half": POISON}), MarketTextMalformed, {"text": POISON}),
    ("open: a type that no rule grades", [], offer(type="most_corners"), MarketTypeUnknown, {"market_type": "most_corners"}),
    ("open: own names", [], named("one"), SelectionsOfAnotherType, {"selections": ("home", "draw", "away")}),
    ("open: own names of a half", [], offer(type="first_half_total_goals", specifiers=TOTAL), SelectionsOfAnotherType, {}),
    ("open: no line", [], offer(type="total_goals"), SpecifierMalformed, {"market_type": "total_goals"}),
    ("open: a line too many", [], offer(specifiers=TOTAL), SpecifierMalformed, {"market_type": "match_result"}),
    ("open: a line in another form", [], offer(type="total_goals", specifiers={"total": "2.50"}), SpecifierMalformed, {}),
    ("suspend: a reason with a NUL", [OPENED], SuspendMarket(M, POISON, NOON), ReasonMalformed, {"reason": POISON}),
    ("suspend: no reason", [OPENED], SuspendMarket(M, "", NOON), ReasonMalformed, {"reason": ""}),
    ("result: a reason with a NUL", [OPENED], result(void_reason=POISON), ReasonMalformed, {"reason": POISON}),
    ("result: another score", [OPENED], told(home=3, away=1), ResultContradictsFixture, {"market_id": M, "home": 2, "away": 1}),
    ("result: fewer than no goals", [OPENED], told(home=-5), ResultContradictsFixture, {}),
    ("result: not what the score says", [OPENED], told(LOST), ResultContradictsScore, {"selection": "home", "home": 2, "away": 1}),
    ("result: all won", [OPENED], told(others=WON), ResultContradictsScore, {"selection": "draw"}),
    ("result: a selection missing", [OPENED], result(results={"home": WON}), ResultContradictsScore, {"selection": "draw"}),
    ("result: an alien selection", [OPENED], result(results={**RESULTED.results, "goat": WON}), ResultContradictsScore, {}),
    ("result: void and won", [OPENED], told(VOID), ResultContradictsScore, {"selection": "home"}),
    ("result: void without a reason", [OPENED], told(VOID, VOID), VoidWithoutReason, {"market_id": M}),
    ("result: a reason and a winner", [OPENED], told(void_reason="fog"), ReasonWithoutVoid, {"void_reason": "fog"}),
    ("result: before kick-off", [OPENED], result(BEFORE), ResultNotDecided, {"phase": "before"}),
    ("result: in play", [OPENED], told(context=PLAYING, home=2, away=1), ResultNotDecided, {"phase": "playing"}),
    ("result: abandoned", [OPENED], told(context=ABANDONED, home=2, away=1), ResultNotDecided, {"phase": "abandoned"}),
    ("void: alone, after the end", [OPENED], result(void_reason="fog"), VoidNeedsApproval, {"market_id": M}),
    ("void: alone, in play", [OPENED], result(PLAYING, void_reason="fog"), VoidNeedsApproval, {}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in RULED], ids=[row[0] for row in RULED])
def test_a_market_refuses_what_cannot_be_shown_or_graded(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(MARKET, *facts).when(command).refused(refusal, **evidence)


LINES = {"total_goals": {"total": "3"}, "asian_handicap": {"hcp": "-1"}, "result_and_total": {"total": "2.5"}}
NOTHING_COUNTS = dict.fromkeys(("home", "draw", "away"), VOID)


@pytest.mark.parametrize("market_type", ["match_result", "total_goals", "both_teams_to_score", "asian_handicap", "draw_no_bet", "odd_even"])
@pytest.mark.parametrize("score", [(0, 0), (2, 1), (1, 1), (0, 3)])
def test_a_market_is_graded_by_its_rules_from_the_score_and_not_by_what_is_typed(market_type: str, score: tuple[int, int]):
    specifiers = LINES.get(market_type, {})
    selections = tuple(Selection(key, key) for key in selections_of(market_type, specifiers))
    fact = opened(type=market_type, specifiers=specifiers, selections=selections, prices={selections[0].selection: parse("2")})
    graded = grade(market_type, specifiers, FinalScore(*score))
    context = MarketContext(score=MatchScore("over", *score))
    given(MARKET, fact).when(result(context)).then(MarketResulted(graded, *score, NOON))
    given(MARKET, fact).when(result(context, results=graded, home=score[0], away=score[1])).then(MarketResulted(graded, *score, NOON))


def test_a_half_is_told_with_the_score_of_half_time():
    half = opened(type="first_half_match_result")
    first = MarketResulted({"home": WON, "draw": LOST, "away": LOST}, 2, 1, NOON, "", (1, 0))
    given(MARKET, half).when(result(PLAYING)).then(first)
    given(MARKET, half).when(result(PLAYING, home=1, away=0)).then(first)
    given(MARKET, half).when(result(MarketContext(score=MatchScore("playing", 1, 0)))).refused(ResultNotDecided)


def test_a_total_that_is_exceeded_is_resulted_in_play():
    names = (Selection("over", "Over"), Selection("under", "Under"))
    total = opened(type="total_goals", specifiers=TOTAL, selections=names)
    given(MARKET, total).when(result(PLAYING)).then(MarketResulted({"over": WON, "under": LOST}, 2, 1, NOON))


def test_a_market_is_void_where_the_match_was_abandoned_or_a_second_trader_agrees():
    void = MarketResulted(NOTHING_COUNTS, 2, 1, NOON, "fog")
    given(MARKET, OPENED).when(result(ABANDONED, void_reason="fog")).then(void)
    given(MARKET, OPENED).when(told(VOID, VOID, ABANDONED, void_reason="fog")).then(void)
    given(MARKET, OPENED).when(result(msgspec.structs.replace(OVER, is_approved=True), void_reason="fog")).then(void)


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("open: other selections", [OPENED], offer(SELECTIONS[::-1]), MarketKeyReused, {"market_id": M}),
    ("open: other grace", [OPENED], offer(grace_ms=1), MarketKeyReused, {}),
    ("open: other first prices", [OPENED, REPRICED], offer(prices=REPRICED.prices), MarketKeyReused, {}),
    ("resume: open at other prices", [OPENED, REPRICED], resume(**prices("1.9")), MarketNotSuspended, {"version": 2}),
    ("result: other results", [OPENED, RESULTED], told(LOST), AlreadyResulted, {"market_id": M}),
    ("result: another score", [OPENED, RESULTED], told(home=3), AlreadyResulted, {}),
    ("result: void after all", [OPENED, RESULTED], result(void_reason="fog"), AlreadyResulted, {}),
    ("open: another fixture", [OPENED], offer(SELECTIONS[:1], fixture_id="f-2"), MarketKeyReused, {"market_id": M}),
    ("open: another type", [OPENED], offer(type="corners"), MarketKeyReused, {}),
    ("open: another total", [OPENED], offer(specifiers={"total": "2.5"}), MarketKeyReused, {}),
    ("open: one selection", [], offer(SELECTIONS[:1], prices={}), MarketMalformed, {"selections": 1, "grace_ms": 3_000}),
    ("open: one selection twice", [], offer(TWICE), MarketMalformed, {"selections": 2}),
    ("open: 201 selections", [], offer(MANY), MarketMalformed, {"selections": 201}),
    ("open: half a grace", [], offer(grace_ms=2.5), MarketMalformed, {"grace_ms": 2.5}),
    ("open: endless grace", [], offer(grace_ms=GRACE_MS_MAX + 1, prices={}), MarketMalformed, {"grace_ms": GRACE_MS_MAX + 1}),
    ("open: negative grace", [], offer(grace_ms=-1), MarketMalformed, {"grace_ms": -1}),
    ("open: endless grace in play", [], offer(in_play_grace_ms=GRACE_MS_MAX + 1), MarketMalformed, {}),
    ("open: no prices", [], offer(prices={}), PricesMalformed, {"market_id": M, "selections": ()}),
    ("open: alien prices", [], offer(prices=ALIEN), PricesMalformed, {"selections": ("home", "goat")}),
    ("price: unknown", [], price(), MarketUnknown, {"market_id": M}),
    ("price: suspended", [OPENED, SUSPENDED], price(), MarketSuspendedNow, {"market_id": M, "version": 2}),
    ("price: closed", [OPENED, CLOSED], price(), MarketNotOpen, {"market_id": M, "status": "closed"}),
    ("price: resulted", [OPENED, RESULTED], price(), MarketNotOpen, {"status": "resulted"}),
    ("price: none", [OPENED], price(), PricesMalformed, {"selections": ()}),
    ("price: alien", [OPENED], price(**ALIEN), PricesMalformed, {}),
    ("suspend: unknown", [], SuspendMarket(M, "goal", NOON), MarketUnknown, {}),
    ("suspend: another reason", [OPENED, SUSPENDED], SuspendMarket(M, "var", NOON), AlreadySuspended, {"version": 2, "reason": "goal"}),
    ("suspend: closed while suspended", [OPENED, SUSPENDED, CLOSED], SuspendMarket(M, "goal", NOON), MarketNotOpen, {"status": "closed"}),
    ("suspend: closed", [OPENED, CLOSED], SuspendMarket(M, "goal", NOON), MarketNotOpen, {"status": "closed"}),
    ("resume: unknown", [], resume(), MarketUnknown, {}),
    ("resume: closed", [OPENED, CLOSED], resume(), MarketNotOpen, {"status": "closed"}),
    ("resume: no prices", [OPENED, SUSPENDED], resume(), PricesMalformed, {}),
    ("close: unknown", [], CloseMarket(M, NOON), MarketUnknown, {}),
    ("result: unknown", [], result(), MarketUnknown, {}),
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
    ("version before the first", [OPENED], ("home", -1), VersionFromTheFuture, {"version": -1, "current_version": 1}),
    ("half a version", [OPENED], ("home", 0.5), VersionFromTheFuture, {}),  # type: ignore[list-item]
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
        quote(state(*facts), M, *asked)
    shown = raised.value.evidence()
    assert {name: shown[name] for name in evidence} == evidence


def test_the_standing_price_is_quoted_to_whoever_saw_it():
    assert quote(state(OPENED, REPRICED), M, "home", 2) == Quote("f-1", parse("2.1"), 2, parse("2.1"), 2)


def test_a_replaced_price_is_quoted_with_what_replaced_it_and_its_grace_which_the_log_judges():
    assert quote(state(OPENED, REPRICED), M, "home", 1) == Quote("f-1", parse("2.1"), 2, parse("1.9"), 1, 2, 3_000)
    quick = msgspec.structs.replace(REPRICED, grace_ms=500)
    assert quote(state(OPENED, quick), M, "home", 1).grace_ms == 500


def test_a_price_of_an_old_log_has_the_grace_of_its_market():
    assert quote(state(OPENED, MarketPriced(prices("2.1"), NOON, marks=MARKS, cause="trader")), M, "home", 1).grace_ms == 3_000


def test_a_suspension_voids_every_older_price_grace_or_not():
    quick = MarketResumed(prices("1.2"), later(seconds=11))
    assert quote(state(OPENED, REPRICED, SUSPENDED, quick), M, "home", 2) == Quote("f-1", parse("1.2"), 4, None, 2)
    assert quote(state(OPENED, REPRICED, SUSPENDED, quick), M, "home", 3) == Quote("f-1", parse("1.2"), 4, None, 3)


@pytest.mark.parametrize("given_otherwise", [{"marks": (1, 0, 0)}, {"producer": "p", "session": 1}])
def test_no_grace_saves_a_price_that_was_given_at_other_marks_or_in_another_session(given_otherwise: dict[str, Any]):
    fresh = msgspec.structs.replace(REPRICED, **given_otherwise)
    assert quote(state(OPENED, fresh), M, "home", 1) == Quote("f-1", parse("2.1"), 2, None, 1)


@pytest.mark.parametrize("grace_ms", [500, 3_000])
def test_a_price_that_was_replaced_twice_has_the_grace_of_its_first_replacement(grace_ms: int):
    first = msgspec.structs.replace(REPRICED, grace_ms=500)
    market = state(OPENED, first, MarketPriced(prices("2.3"), later(seconds=12), grace_ms, MARKS, cause="trader"))
    assert quote(market, M, "home", 1) == Quote("f-1", parse("2.3"), 3, parse("1.9"), 1, 2, 500)
    assert quote(market, M, "home", 2) == Quote("f-1", parse("2.3"), 3, parse("2.1"), 2, 3, grace_ms)


def test_no_price_from_before_kick_off_is_struck_longer_than_the_one_that_prices_of_play_replaced():
    market = state(OPENED, REPRICED, MarketPriced(prices("2.3"), later(seconds=12), 500, MARKS, cause="trader"))
    assert quote(market, M, "home", 1) == Quote("f-1", parse("2.3"), 3, None, 1)
    assert quote(market, M, "home", 2) == Quote("f-1", parse("2.3"), 3, parse("2.1"), 2, 3, 500)


def test_a_selection_that_was_not_offered_then_was_not_shown():
    withdrawn = MarketPriced({"home": parse("2")}, later(seconds=1), 3_000, MARKS, cause="trader")
    back = MarketPriced(prices("2"), later(seconds=2), 3_000, MARKS, cause="trader")
    market = state(OPENED, withdrawn, back)
    assert quote(market, M, "draw", 2) == Quote("f-1", parse("3.4"), 3, None, 2, 3, 3_000)


def test_a_market_remembers_so_many_replaced_prices_and_no_more():
    moves = [MarketPriced(prices(f"2.{n:03}"), NOON, 3_000, MARKS, cause="trader") for n in range(100, 100 + 2 * OFFERS_KEPT_MAX)]
    market = state(OPENED, *moves)
    assert len(market.offers) == OFFERS_KEPT_MAX + 1
    assert quote(market, M, "home", 1).shown is None
    assert quote(market, M, "home", market.version - 1).shown == parse(f"2.{98 + 2 * OFFERS_KEPT_MAX}")

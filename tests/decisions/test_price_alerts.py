"""Price alerts: what may be waited for, told once at the price that stands, and found without touching those that are not reached."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from commands.notifications.price_alerts import FindPriceAlerts, FindPrices
from commands.notifications.standing_alerts import StandingAlerts
from domain.account_gate.commands import ExcludeSelf, TimeOut
from domain.account_gate.state import SelfExcludedNow, TimedOutNow
from domain.fact import Recorded, micros
from domain.ids import derived, notifications_of
from domain.market.commands import CloseMarket, PriceMarket, SuspendMarket
from domain.market.facts import MarketClosed, MarketPriced
from domain.market.state import MarketNotOpen, MarketUnknown, SelectionUnknown
from domain.notification.commands import ReachPriceAlert, RemovePriceAlert, SetPriceAlert
from domain.notification.decider import NOTIFICATION
from domain.notification.facts import PriceAlertReached, PriceAlertRemoved, PriceAlertSet
from domain.notification.kinds import PRICE_ALERT
from domain.notification.policy import FOR_EVER_US, Notice, Preferences, Protection, decide
from domain.notification.price_alerts import PRICE_ALERTS_MAX, PriceReachedAlready, TooManyPriceAlerts
from domain.odds import Odds, OddsOutOfRange, parse
from tests.decisions.given import NOON, given, later
from tests.decisions.test_use_cases import ANN, BOB, F1, M1, M2, Book, account, market

OWN = notifications_of(ANN)
WANTED = SetPriceAlert(ANN, M1, "yes", parse("2.4"), NOON)
SET = PriceAlertSet(ANN, F1, M1, "yes", parse("2.4"), NOON)


def filled(odds: str, offered: str | None = "2.1") -> SetPriceAlert:
    return SetPriceAlert(ANN, M1, "yes", parse(odds), NOON, F1, parse(offered) if offered else None)


def reach(offered: str | None, version: int = 3) -> ReachPriceAlert:
    return ReachPriceAlert(ANN, M1, "yes", later(seconds=5), parse(offered) if offered else None, version)


def test_an_alert_is_set_moved_taken_back_and_reached_and_repeats_are_no_new_facts():
    given(NOTIFICATION).when(filled("2.4")).then(SET)
    given(NOTIFICATION, SET).when(filled("2.4")).nothing()
    given(NOTIFICATION, SET).when(filled("7/5")).nothing()
    given(NOTIFICATION, SET).when(filled("2.5")).then(PriceAlertSet(ANN, F1, M1, "yes", parse("2.5"), NOON))
    removed = PriceAlertRemoved(ANN, M1, "yes", "person", NOON)
    given(NOTIFICATION, SET).when(RemovePriceAlert(ANN, M1, "yes", NOON)).then(removed)
    given(NOTIFICATION, SET, removed).when(RemovePriceAlert(ANN, M1, "yes", NOON)).nothing()
    reached = PriceAlertReached(ANN, F1, M1, "yes", parse("2.45"), 3, parse("2.4"), NOON, later(seconds=5))
    given(NOTIFICATION, SET).when(reach("2.45")).then(reached)
    given(NOTIFICATION, SET, reached).when(reach("2.45")).nothing()
    for offered in ("2.39", None):
        given(NOTIFICATION, SET).when(reach(offered)).nothing()
    given(NOTIFICATION).when(reach("2.45")).nothing()


def test_what_cannot_be_waited_for_is_refused_by_name():
    given(NOTIFICATION).when(filled("2.1")).refused(PriceReachedAlready, odds="2.10", offered="2.10")
    given(NOTIFICATION).when(filled("2.4", None)).then(SET)
    wrong = SetPriceAlert(ANN, M1, "yes", Odds(1, 2), NOON, F1)
    given(NOTIFICATION).when(wrong).refused(OddsOutOfRange)
    many = [PriceAlertSet(ANN, F1, derived("market", str(number)), "yes", parse("9"), NOON) for number in range(PRICE_ALERTS_MAX)]
    given(NOTIFICATION, *many).when(filled("2.4")).refused(TooManyPriceAlerts, price_alerts_max=PRICE_ALERTS_MAX)
    moved = SetPriceAlert(ANN, many[0].market_id, "yes", parse("8"), NOON, F1)
    given(NOTIFICATION, *many).when(moved).then(PriceAlertSet(ANN, F1, many[0].market_id, "yes", parse("8"), NOON))


def test_an_alert_is_decided_on_the_market_as_it_stands():
    book = Book()
    book.do(account(), *market(M1, F1))
    book.refused(MarketUnknown, SetPriceAlert(ANN, M2, "yes", parse("2.4"), NOON))
    book.refused(SelectionUnknown, SetPriceAlert(ANN, M1, "maybe", parse("2.4"), NOON))
    book.refused(PriceReachedAlready, SetPriceAlert(ANN, M1, "yes", parse("2.05"), NOON), offered="2.10")
    assert (book.do(WANTED).fixture_id, book.do(WANTED).odds) == (F1, "2.40")
    book.do(ReachPriceAlert(ANN, M1, "yes", NOON), RemovePriceAlert(ANN, M1, "yes", NOON, "closed"))
    assert [each.odds for each in book.do(FindPriceAlerts(ANN)).items] == ["2.40"]
    book.do(PriceMarket(M1, {"yes": parse("2.5"), "no": parse("1.6")}, NOON))
    assert book.do(FindPrices(M1)).prices["yes"] == parse("2.5")
    book.do(SuspendMarket(M1, "goal", NOON), ReachPriceAlert(ANN, M1, "yes", NOON))
    assert len(book.do(FindPriceAlerts(ANN)).items) == 1, "a suspended market offers nothing"
    assert book.do(FindPrices(M1)).prices == {}
    book.do(CloseMarket(M1, NOON))
    book.refused(MarketNotOpen, SetPriceAlert(ANN, M1, "no", parse("9"), NOON), status="closed")
    book.do(RemovePriceAlert(ANN, M1, "yes", NOON, "closed"))
    assert [type(fact) for fact in book.facts(OWN)] == [PriceAlertSet, PriceAlertRemoved]
    assert book.do(FindPrices(M1)).is_over
    assert book.do(FindPriceAlerts(BOB)).items == []


def test_a_price_that_is_reached_is_told_once_with_the_version_it_stood_at():
    book = Book()
    book.do(account(), *market(M1, F1), WANTED, PriceMarket(M1, {"yes": parse("2.5"), "no": parse("1.6")}, NOON))
    book.do(*[ReachPriceAlert(ANN, M1, "yes", later(seconds=1))] * 3)
    assert book.facts(OWN)[1:] == [PriceAlertReached(ANN, F1, M1, "yes", parse("2.5"), 2, parse("2.4"), NOON, later(seconds=1))]


def test_who_may_not_bet_waits_for_no_price():
    book = Book()
    book.do(account(), *market(M1, F1), TimeOut(ANN, NOON + timedelta(days=2), ANN, NOON))
    book.refused(TimedOutNow, WANTED)
    book.do(ExcludeSelf(ANN, None, ANN, NOON))
    book.refused(SelfExcludedNow, WANTED)


@pytest.mark.parametrize(
    ("protection", "chosen_us", "is_told"),
    [
        (Protection(), 1, True),
        (Protection(timed_out_until_us=FOR_EVER_US), 1, False),
        (Protection(excluded_until_us=FOR_EVER_US), 1, False),
        (Protection(closed=True), 1, False),
        (Protection(excluded_until_us=micros(NOON) - 10), 1, False),
        (Protection(excluded_until_us=micros(NOON) - 10), micros(NOON) - 5, True),
    ],
)
def test_nobody_who_is_protected_is_told_of_a_price(protection: Protection, chosen_us: int, *, is_told: bool):
    notice = Notice(PRICE_ALERT, micros(NOON), chosen_us=chosen_us)
    steps = {step.rule: step.passed for step in decide(notice, Preferences({}), protection, micros(NOON))}
    assert (steps["protection"], steps["opt-in"]) == (is_told, True)
    outside = {step.rule: step.passed for step in decide(notice, Preferences({}), protection, micros(NOON), "web_push")}
    assert outside["opt-in"] is False, "beside the page it was not asked for"


PEOPLE, MARKETS, PRICES = ("ann", "ben", "cleo"), ("m1", "m2"), ("1.5", "2", "10/11", "2.5", "7/2", "80")
VERBS = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(PEOPLE), st.sampled_from(MARKETS), st.sampled_from(("yes", "no")), st.sampled_from(PRICES)),
    st.tuples(st.just("remove"), st.sampled_from(PEOPLE), st.sampled_from(MARKETS), st.sampled_from(("yes", "no")), st.just("")),
    st.tuples(st.just("price"), st.just(""), st.sampled_from(MARKETS), st.sampled_from(("yes", "no")), st.sampled_from(PRICES)),
    st.tuples(st.just("close"), st.just(""), st.sampled_from(MARKETS), st.just(""), st.just("")),
)


@over(steps=st.lists(VERBS, max_size=40))
def test_a_price_concerns_exactly_those_who_wait_for_it_or_for_less(steps: list[Any]):
    alerts, model = StandingAlerts(), dict[tuple[str, str, str], Odds]()
    for verb, who, market_id, selection, odds in steps:
        if verb == "set":
            model[who, market_id, selection] = parse(odds)
            fact: Any = PriceAlertSet(who, "f", market_id, selection, parse(odds), NOON)
        elif verb == "remove":
            model.pop((who, market_id, selection), None)
            fact = PriceAlertRemoved(who, market_id, selection, "person", NOON)
        else:
            fact = MarketClosed(NOON) if verb == "close" else MarketPriced({selection: parse(odds)}, NOON)
        recorded = Recorded(1, market_id, 1, fact)
        alerts.fold(recorded)
        asked = set(alerts.concerned(recorded, NOON))
        of_market = [key for key in model if key[1] == market_id]
        if verb == "price":
            expected: set[Any] = {ReachPriceAlert(*key, NOON) for key in of_market if key[2] == selection and model[key] <= parse(odds)}
        elif verb == "close":
            expected = {RemovePriceAlert(*key, NOON, "closed") for key in of_market}
        else:
            expected = {ReachPriceAlert(who, market_id, selection, NOON)} if verb == "set" else set()
        assert asked == expected
        assert set(alerts.markets) == {key[1] for key in model}


def test_a_price_move_on_a_market_with_thousands_of_alerts_reads_those_alone_that_it_reaches():
    alerts = StandingAlerts()
    for number in range(5_000):
        wanted = Odds(2_000 + number, 1_000)
        alerts.fold(Recorded(1, "s", 1, PriceAlertSet(f"account {number:04}", "f", "m", "yes", wanted, NOON)))
    found = list(alerts.reached("m", {"yes": parse("2.004"), "no": parse("9")}, NOON))
    assert [ask.account_id for ask in found] == [f"account {number:04}" for number in range(5)]
    assert list(alerts.reached("m", {"yes": parse("1.9")}, NOON)) == []
    assert list(alerts.reached("other", {"yes": parse("80")}, NOON)) == []

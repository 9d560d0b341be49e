"""A price that was waited for, as its account is told of it: in the page, explained, and to nobody who is protected."""

from datetime import timedelta

import pytest

from domain.account_gate.facts import ReturnRequested, SelfExcluded, TimedOut
from domain.ids import notifications_of
from domain.notification.facts import PriceAlertReached
from domain.odds import parse
from tests.views.history import named
from tests.views.test_inbox_view import ANN, InboxHistory, read, says, why_not

FIXTURE, MARKET = named("fixture", 1), named("market", 1)
DAY = timedelta(days=1)


@pytest.fixture
def history() -> InboxHistory:
    history = InboxHistory()
    history.fixture(FIXTURE)
    history.market(MARKET, FIXTURE, "2.35", "3.4", "3")
    return history


def reach(history: InboxHistory) -> str:
    """Ann's price is reached; return the name of the notice."""
    asked_at = history.at()
    reached = PriceAlertReached(ANN, FIXTURE, MARKET, "home", parse("2.35"), 1, parse("2.3"), asked_at, history.at())
    history.add(notifications_of(ANN), reached)
    return f"price_alert:{history.log.read(history.log.head() - 1, 1)[0].version}"


def test_it_says_what_is_offered_where_and_is_over_with_the_match(history: InboxHistory):
    cause = reach(history)
    (item,) = read(history, ANN).items
    assert (item.text, item.detail) == ("Norway at 2.35, as you wanted", "Norway v Wales")
    assert (item.notice_id, item.group, item.fixture_id) == (cause, "bets", FIXTURE)
    assert says(history, ANN, later=2 * DAY) == []
    history.end(FIXTURE)
    assert says(history, ANN) == []
    assert why_not(history, ANN, cause) == ["lifetime"]


def test_nobody_who_may_not_be_promoted_to_is_told_though_it_was_asked_for_before(history: InboxHistory):
    cause = reach(history)
    assert says(history, ANN, promoted=False) == []
    history.gate(ANN, TimedOut(ANN, history.at() + DAY, ANN, history.at()))
    assert why_not(history, ANN, cause) == ["protection"]


def test_after_an_exclusion_only_what_was_asked_for_since_is_told(history: InboxHistory):
    cause = reach(history)
    history.gate(ANN, SelfExcluded(ANN, None, ANN, history.at()))
    assert why_not(history, ANN, cause) == ["protection"]
    history.gate(ANN, ReturnRequested(ANN, history.at(), ANN, history.at()))
    assert why_not(history, ANN, cause) == ["protection"], "it was asked for before the exclusion"
    assert says(history, ANN, group="bets") == []
    later = reach(history)
    assert why_not(history, ANN, later) == []
    assert len(says(history, ANN, group="bets")) == 1


def test_it_can_be_switched_off_by_kind_match_and_product(history: InboxHistory):
    cause = reach(history)
    for level, subject, channel, rule in (
        ("kind", "price_alert", "in_app", "kind"),
        ("match", FIXTURE, "", "match"),
        ("promotion", "prices", "in_app", "opt-in"),
    ):
        history.prefer(ANN, level, subject, "off", channel=channel)
        assert why_not(history, ANN, cause) == [rule]
        history.prefer(ANN, level, subject, "inherit", channel=channel)
    assert why_not(history, ANN, cause) == []

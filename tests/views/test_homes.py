"""Where facts are at home: what is known of the kinds of a busy book is what the views say."""

import pytest

from domain.fact import Recorded
from projections.homes import ASKED_EVERY, AT_HOME, EVERYWHERE, Homes
from projections.registry import VIEWS
from tests.views.history import busy
from tests.views.record_history import RecordStory
from tests.views.social_history import SocialStory


@pytest.fixture(scope="module")
def facts() -> list[Recorded]:
    """What happened in books and feeds: every type of bet, slips of them, tails, settlements and corrections."""
    feed, records = SocialStory(11), RecordStory(12)
    feed.go_on(400)
    records.go_on(300)
    logs = [*(busy(seed, 300).log for seed in (5, 6, 7)), feed.history.log, records.history.log]
    return [fact for log in logs for fact in log.read(0, 100_000)]


def test_of_kinds_that_are_at_home_no_view_changes_or_looks_at_rows_elsewhere(facts: list[Recorded]):
    homes, met = Homes(VIEWS), dict.fromkeys(AT_HOME, 0)
    for fact in facts:
        assert homes.of(fact) == homes.asked(fact) != EVERYWHERE or type(fact.body) not in AT_HOME, fact
        if type(fact.body) in AT_HOME:
            met[type(fact.body)] += 1
    assert min(met.values()) >= 20, met


def test_one_fact_in_so_many_of_these_kinds_is_asked_about_the_first_included(facts: list[Recorded]):
    bets = [fact for fact in facts if type(fact.body) in AT_HOME][: 3 * ASKED_EVERY]
    asked: list[Recorded] = []
    homes = Homes([])
    homes.asked = lambda fact: asked.append(fact) or EVERYWHERE  # type: ignore[method-assign]
    for fact in bets:
        homes.of(fact)
    kinds = {type(fact.body) for fact in bets}
    of_kind = {kind: [fact for fact in bets if type(fact.body) is kind] for kind in kinds}
    assert {id(fact) for fact in asked} == {id(fact) for each in of_kind.values() for fact in each[::ASKED_EVERY]}

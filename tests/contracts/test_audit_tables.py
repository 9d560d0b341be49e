"""The tables of the settlement are held against the log: every leg that awaits a result, every result that legs await."""

from functools import partial

import pytest

from commands.audit import CameRow, CaseRow, ManagerTables, compare_tables, verify
from commands.process_manager import partition_of_case
from domain.bet.facts import BetPlaced, BetSettled
from domain.market.facts import MarketResulted
from tests.audit_story import (
    BEN,
    BOTH,
    DELAYED,
    FADED,
    FREE,
    GOALS,
    LATE,
    LOSER,
    MARKET,
    MULTIPLE,
    NOWHERE,
    OF_GIFT,
    OTHER_MARKET,
    SINGLE,
    TAILED,
    TOGETHER,
    VOIDED,
    Story,
    clean,
    everywhere,
)

AWAITED = (
    *((LATE, MARKET), (LOSER, MARKET), (DELAYED, MARKET), (MULTIPLE, MARKET)),
    *((MULTIPLE, OTHER_MARKET), (VOIDED, OTHER_MARKET), (TAILED, OTHER_MARKET), (FADED, BOTH), (FREE, GOALS)),
    *((TOGETHER, MARKET), (TOGETHER, BOTH), (OF_GIFT, GOALS)),
)


def leg_of(story: Story, bet_id: str, market_id: str) -> CaseRow:
    struck = next(fact for fact in story.log if fact.stream_id == bet_id and type(fact.body) is BetPlaced)
    part = next(index for index, leg in enumerate(struck.body.legs) if leg.market_id == market_id)
    return CaseRow(market_id, struck.position, part, bet_id, struck.body.account_id)


def half_settled() -> tuple[Story, ManagerTables]:
    """All markets came out, one bet is settled; the tables as the settler keeps them."""
    story = clean().until(clean().place(BetSettled))
    places = {MARKET: story.place(MarketResulted, 1), OTHER_MARKET: story.place(MarketResulted, 2), BOTH: story.place(MarketResulted, 3)}
    results = [CameRow(market_id, 1, place) for market_id, place in places.items()]
    return story, ManagerTables("settlement", everywhere(len(story.log)), [leg_of(story, *leg) for leg in AWAITED], results)


def difference(story: Story, tables: ManagerTables) -> str:
    """The table that differs first."""
    found = verify(story, compare_views=[partial(compare_tables, tables)]).violation
    assert found is None or (found.name, found.position) == ("table-differs", tables.upto(found.key))
    return "" if found is None else found.table


def test_tables_that_say_what_the_log_says_are_no_difference():
    assert difference(*half_settled()) == ""
    assert difference(Story(), ManagerTables("settlement", everywhere(0), [], [])) == ""


def test_tables_that_lag_the_log_or_still_have_what_was_settled_meanwhile_are_no_difference():
    story, tables = half_settled()
    before = story.place(MarketResulted, 1) - 1
    assert difference(story, ManagerTables("settlement", everywhere(before), tables.cases, [])) == ""
    settled = [*tables.cases, leg_of(story, SINGLE, MARKET)]
    assert difference(story, ManagerTables("settlement", tables.positions, settled, tables.came)) == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda _: [],
        lambda leg: [leg._replace(account_id=BEN)],
        lambda leg: [leg._replace(position=leg.position + 1)],
        lambda leg: [leg._replace(part=leg.part + 7)],
        lambda leg: [leg, leg._replace(key=NOWHERE)],
        lambda leg: [leg, leg._replace(case_id=NOWHERE)],
    ],
)
def test_a_leg_that_is_missing_or_says_something_else_is_found(change):
    story, tables = half_settled()
    first, *others = tables.cases
    assert difference(story, ManagerTables("settlement", tables.positions, [*change(first), *others], tables.came)) == "open_leg"


@pytest.mark.parametrize(
    "change",
    [
        lambda _: [],
        lambda row: [row._replace(position=row.position - 1)],
        lambda row: [row, row._replace(key=NOWHERE)],
    ],
)
def test_a_result_that_is_missing_or_says_something_else_is_found(change):
    story, tables = half_settled()
    first, *others = tables.came
    assert difference(story, ManagerTables("settlement", tables.positions, tables.cases, [*change(first), *others])) == "resulted_market"


def test_a_result_that_the_log_does_not_have_is_found():
    story, tables = half_settled()
    before = story.until(story.place(MarketResulted, 1) - 1)
    assert (
        difference(
            before, ManagerTables("settlement", everywhere(len(before.log)), [*tables.cases, leg_of(story, SINGLE, MARKET)], tables.came)
        )
        == "resulted_market"
    )


def test_a_partition_that_lags_the_others_is_no_difference_and_one_that_does_not_is():
    story, tables = half_settled()
    legs = [row for row in tables.cases if row.key == MARKET]
    others = [row for row in tables.cases if row.key != MARKET]
    came = [row for row in tables.came if row.key != MARKET]
    ahead, lagging = tables.positions, tables.positions | {partition_of_case(MARKET): min(row.position for row in legs) - 1}
    assert partition_of_case(MARKET) != partition_of_case(OTHER_MARKET)
    assert difference(story, ManagerTables("settlement", lagging, others, came)) == ""
    assert difference(story, ManagerTables("settlement", lagging, [], came)) == "open_leg"
    assert difference(story, ManagerTables("settlement", ahead, others, came)) == "open_leg"

"""The tables of every process manager are held against the log: what waits, what came, what has a time."""

from collections.abc import Iterator
from functools import partial

import pytest

from commands.audit import COMPARISONS, CameRow, CaseRow, Fold, ManagerTables, compare_tables, verify
from commands.process_manager import Came, Due, Over, ProcessManager, Waits
from commands.registry import process_managers
from domain.bet.facts import BetPending, BetRefused, BetSettled
from domain.bonus.facts import BonusExpired
from domain.fixture.facts import FixtureAbandoned, FixtureEnded, KickedOff
from domain.market.facts import MarketResulted
from tests.audit_story import DELAYED, FIXTURE, FOG, MARKET, NOWHERE, OTHER_MARKET, SPENT, TOO_LATE, Story, clean, everywhere

MANAGERS = {manager.name: manager for manager in process_managers()}
NOBODY = "00000000-0000-0000-0000-000000000000"


def tables_of(story: Story, manager: ProcessManager, *, drop_done: bool = False) -> ManagerTables:
    """The tables as the manager's own rules make them of a log; what was done may still be there, or not any more."""
    cases: list[CaseRow] = []
    came: list[CameRow] = []
    for recorded in story.log:
        for change in manager.react(recorded):
            match change:
                case Waits():
                    cases.append(CaseRow(change.key, recorded.position, change.part, change.case_id, change.account_id))
                case Due():
                    cases.append(CaseRow(change.key, recorded.position, 0, change.case_id, NOBODY))
                case Came():
                    came.append(CameRow(change.key, change.number, recorded.position))
                case Over():
                    cases = [row for row in cases if row.key != change.key]
    if drop_done:
        done = {fact.stream_id for fact in story.log if type(fact.body) in (BetSettled, MarketResulted)}
        keys = {row.key for row in came}
        cases = [row for row in cases if row.case_id not in done or row.key not in keys]
        came = [row for row in came if any(case.key == row.key for case in cases)]
    return ManagerTables(manager.name, everywhere(len(story.log)), cases, came)


def folded(story: Story) -> Iterator[Fold]:
    """Fold a story batch by batch: the fold as it is after each."""
    fold = Fold(ends_of=story.ends_of)
    stretch = story.read_batches(0, len(story.log))
    start = 0
    for batch in stretch.batches:
        facts, start = stretch.facts[start : batch.upto], batch.upto
        fold.begin_stretch(facts)
        fold.follow(facts, batch.append_sizes, batch.committed_us, batch.scheme)
        yield fold


def ends_of_appends(story: Story) -> list[int]:
    ends, end = [], 0
    for size in story.sizes:
        end += size
        ends.append(end)
    return ends


def until(story: Story, kind: type, nth: int = 1) -> Story:
    """The story up to before the append in which something is said, for the how manieth time."""
    position = [fact.position for fact in story.log if type(fact.body) is kind][nth - 1]
    return story.until(max(end for end in ends_of_appends(story) if end < position))


def difference(story: Story, tables: ManagerTables) -> str:
    """The table that differs first."""
    found = verify(story, compare_views=[partial(compare_tables, tables)]).violation
    assert found is None or (found.name, found.position) == ("table-differs", tables.position), found
    return "" if found is None else found.table


def test_every_process_manager_has_its_comparison():
    assert set(COMPARISONS) == set(MANAGERS), "register how its tables are held against the log"


@pytest.mark.parametrize("name", MANAGERS)
@pytest.mark.parametrize("drop_done", [False, True])
def test_tables_by_the_managers_own_rules_are_no_difference_wherever_the_log_stands(name: str, drop_done: bool):
    story, checked = clean(), 0
    *_, whole = folded(story)
    for end, so_far in zip(ends_of_appends(story), folded(story), strict=True):
        tables = tables_of(story.until(end), MANAGERS[name], drop_done=drop_done)
        assert so_far.state.position == end
        assert list(compare_tables(tables, so_far)) == [], "as they are where the log ends"
        assert list(compare_tables(tables, whole)) == [], "as they were, and the log went on meanwhile"
        checked += len(tables.cases)
    assert checked >= 5


WAITING = (
    ("settlement", "open_leg", BetSettled, lambda row: row.key == MARKET),
    ("abandonment", "open_market", FixtureEnded, lambda row: row.key == FIXTURE),
    ("abandonment", "open_market", FixtureAbandoned, lambda row: row.key == FOG),
    ("unplayed", "unplayed_fixture", KickedOff, lambda row: row.key == FIXTURE),
    ("bet_delay", "pending_bet", BetRefused, lambda row: row.key == TOO_LATE),
    ("bonus_expiry", "expiring_bonus", BonusExpired, lambda row: row.key == SPENT),
)
CHANGES = {
    "is missing": lambda _: [],
    "waits for something else": lambda row: [row._replace(key=NOWHERE)],
    "is said to be of another fact": lambda row: [row._replace(position=row.position + 1)],
    "is another part": lambda row: [row._replace(part=row.part + 7)],
    "is about something that is not there": lambda row: [row, row._replace(key=NOWHERE, case_id=NOWHERE)],
}


@pytest.mark.parametrize(("name", "table", "before", "which"), WAITING)
@pytest.mark.parametrize("what", CHANGES)
def test_a_case_is_found_that(name: str, table: str, before: type, which, what: str):
    story = until(clean(), before)
    tables = tables_of(story, MANAGERS[name])
    (first, *_) = [row for row in tables.cases if which(row)]
    others = [row for row in tables.cases if row != first]
    assert difference(story, tables) == ""
    changed = ManagerTables(name, tables.positions, [*others, *CHANGES[what](first)], tables.came)
    assert difference(story, changed) == table


def test_a_market_that_waits_on_after_its_match_has_ended_is_found():
    story = until(clean(), MarketResulted, 2)
    before = tables_of(until(clean(), FixtureEnded), MANAGERS["abandonment"])
    assert difference(story, before) == "", "the table may lag"
    assert difference(story, ManagerTables("abandonment", everywhere(len(story.log)), before.cases, ())) == "open_market"


def test_a_match_that_has_a_time_after_it_kicked_off_is_found():
    story = until(clean(), FixtureEnded)
    before = tables_of(until(clean(), KickedOff), MANAGERS["unplayed"])
    assert difference(story, before) == "", "the table may lag"
    assert difference(story, ManagerTables("unplayed", everywhere(len(story.log)), before.cases)) == "unplayed_fixture"


def test_a_bet_that_waits_on_after_it_was_struck_is_found():
    before, story = tables_of(until(clean(), BetRefused, 1), MANAGERS["bet_delay"]), until(clean(), BetRefused)
    waiting = tables_of(story.until(story.place(BetPending, 1)), MANAGERS["bet_delay"])
    assert {row.case_id for row in waiting.cases} == {DELAYED, TOO_LATE}
    assert difference(story, waiting) == "", "the table may lag"
    assert difference(story, ManagerTables("bet_delay", before.positions, waiting.cases)) == "pending_bet"


def test_an_abandonment_that_the_table_does_not_have_or_has_otherwise_is_found():
    story = until(clean(), MarketResulted, 2)
    tables = tables_of(story, MANAGERS["abandonment"])
    (row,) = tables.came
    assert (row.key, difference(story, tables)) == (FOG, "")
    wrong = [(), (row._replace(position=row.position - 1),), (row._replace(number=2),), (row, CameRow(NOWHERE, 1, row.position))]
    wrong.append((row, CameRow(FIXTURE, 1, row.position)))
    for came in wrong:
        assert difference(story, ManagerTables("abandonment", tables.positions, tables.cases, came)) == "abandoned_fixture"


def test_a_market_that_was_voided_need_not_wait_any_more():
    story = until(clean(), BetSettled)
    tables = tables_of(story, MANAGERS["abandonment"])
    assert {row.case_id for row in tables.cases} >= {OTHER_MARKET}
    assert difference(story, ManagerTables("abandonment", tables.positions, (), ())) == ""

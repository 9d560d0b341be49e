"""Kick-offs: whoever has an open bet on a match is told once that it began, while it is played; and nobody else is."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.fixture.facts import FixtureAbandoned
from domain.settling import LOST, VOID
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.betting import portfolio
from projections.changes import Drop, Put, Tally
from projections.notifications import kick_offs
from tests.views.history import History, named
from tests.views.streaming import Streamed
from tests.views.test_inbox_channel import caught_up
from tests.views.test_inbox_view import ANN, BEN, CLEO, InboxHistory, read, says, why_not

F1, F2, M1, M2 = named("fixture", 1), named("fixture", 2), named("market", 1), named("market", 2)
TOLD = "Kick-off in your open bets"


def on(*market_ids: str) -> list[tuple[str, str, str, int]]:
    return [(market_id, "home", "2.35", 1) for market_id in market_ids]


def begun(history: InboxHistory) -> InboxHistory:
    """Two matches with a market each, and two accounts with money, of which they are told nothing any more."""
    for fixture_id, market_id in ((F1, M1), (F2, M2)):
        history.fixture(fixture_id)
        history.market(market_id, fixture_id, "2.35", "3.4", "3")
    for account_id in (ANN, BEN):
        history.wallet(account_id, 100_00)
        history.mark(account_id, "archived", history.log.head())
    return history


@pytest.fixture
def history() -> InboxHistory:
    return begun(InboxHistory())


def test_a_race_is_called_by_its_course_and_its_title():
    history = InboxHistory()
    history.fixture(F1, sport="racing")
    history.market(M1, F1, "2.35", "3.4", "3")
    history.wallet(ANN, 100_00)
    history.bet(ANN, named("bet", 1), 10_00, *on(M1))
    history.kick_off(F1)
    assert read(history, ANN).items[0].detail == "Norway, Wales"


def test_who_has_an_open_bet_on_a_match_is_told_of_its_kick_off_until_it_is_over(history: InboxHistory):
    history.bet(ANN, named("bet", 1), 10_00, *on(M1, M2))
    history.bet(ANN, named("bet", 2), 10_00, *on(M1))
    history.kick_off(F1)
    (item,) = read(history, ANN).items
    assert (item.text, item.detail, item.fixture_id, item.kind) == (TOLD, "Norway v Wales", F1, "kickoff")
    assert says(history, BEN) == says(history, CLEO) == []
    assert why_not(history, BEN, f"kickoff:{F1}") == ["cause"]
    history.mark(ANN, "read", item.position, item.notice_id)
    assert read(history, ANN).counts.unread == 0
    history.kick_off(F2)
    assert [each.fixture_id for each in read(history, ANN).items] == [F2, F1]
    history.end(F2)
    assert [each.fixture_id for each in read(history, ANN).items] == [F1]
    assert why_not(history, ANN, f"kickoff:{F2}") == ["lifetime"]
    history.add(F1, FixtureAbandoned("fog", history.at()))
    assert says(history, ANN) == []


def test_a_bet_that_is_settled_before_kick_off_and_one_in_play_are_told_of_none(history: InboxHistory):
    history.bet(ANN, named("bet", 1), 10_00, *on(M1))
    history.settle(ANN, named("bet", 1), "void", 10_00, 10_00, VOID)
    history.kick_off(F1)
    history.bet(BEN, named("bet", 2), 10_00, *on(M1))
    assert says(history, ANN, group="bets") == ["Your bet is void, back came 10.00 EUR"]
    assert says(history, BEN) == []


def test_one_of_two_bets_that_is_settled_leaves_the_other_told_and_a_settled_one_stays_told(history: InboxHistory):
    history.bet(ANN, named("bet", 1), 10_00, *on(M1))
    history.bet(ANN, named("bet", 2), 10_00, *on(M1))
    history.settle(ANN, named("bet", 1), "void", 10_00, 10_00, VOID)
    history.kick_off(F1)
    history.settle(ANN, named("bet", 2), "lost", 10_00, 0, LOST)
    assert TOLD in says(history, ANN)


def test_preferences_of_kind_and_match_decide_and_a_day_later_it_says_nothing_any_more(history: InboxHistory):
    history.bet(ANN, named("bet", 1), 10_00, *on(M1))
    history.kick_off(F1)
    assert says(history, ANN, later=timedelta(days=2)) == []
    history.prefer(ANN, "kind", "kickoff", "off", channel="in_app")
    assert why_not(history, ANN, f"kickoff:{F1}") == ["kind"]
    history.prefer(ANN, "match", F1, "on")
    assert says(history, ANN) == [TOLD]
    history.prefer(ANN, "match", F1, "off")
    assert why_not(history, ANN, f"kickoff:{F1}") == ["match"]


def test_a_kick_off_that_stands_twice_in_a_log_is_told_once(history: InboxHistory):
    history.bet(ANN, named("bet", 1), 10_00, *on(M1))
    history.kick_off(F1)
    history.kick_off(F1)
    assert says(history, ANN) == [TOLD]


def test_a_bet_changes_one_row_and_a_count_for_each_of_its_matches_however_many_others_bet():
    history = begun(InboxHistory())
    for number in range(40):
        history.bet(ANN if number % 2 else BEN, named("bet", number), 1_00, *on(M1, M2))
    history.settle(BEN, named("bet", 0), "void", 1_00, 1_00, VOID)
    changed: Counter[int] = Counter()
    for recorded in history.log.read(0, 1_000):
        rows = kick_offs.sees(recorded)
        assert len(rows) <= 1
        kept = dict.fromkeys(rows, b"\x92\xa1a\xa1b")
        changes = kick_offs.project(recorded, kept)
        assert all(isinstance(each, Put | Drop | Tally) for each in changes)
        changed[len(changes)] += 1
    assert set(changed) == {0, 3}
    assert changed[3] == 41


STEPS = st.lists(
    st.tuples(st.sampled_from(("bet", "double", "settle", "kick_off")), st.sampled_from((ANN, BEN)), st.sampled_from((0, 1))), max_size=30
)


@settings(max_examples=40)
@given(steps=STEPS, chunk_facts=st.integers(1, 9))
def test_after_any_history_those_are_told_who_had_an_open_bet_and_any_batching_gives_the_same(steps: Any, chunk_facts: int):
    history = begun(InboxHistory())
    fixtures, markets = (F1, F2), (M1, M2)
    staked: dict[str, tuple[str, tuple[int, ...]]] = {}
    told: dict[str, list[str]] = {ANN: [], BEN: []}
    live: set[int] = set()
    for number, (verb, who, which) in enumerate(steps):
        if verb == "kick_off" and which not in live:
            live.add(which)
            history.kick_off(fixtures[which])
            for account_id, found in told.items():
                if any(owner == account_id and which in legs for owner, legs in staked.values()):
                    found.insert(0, fixtures[which])
        elif verb == "settle" and staked:
            bet_id, (owner, _) = sorted(staked.items())[number % len(staked)]
            del staked[bet_id]
            history.settle(owner, bet_id, "void", 1_00, 1_00, VOID)
        elif verb in ("bet", "double"):
            legs = (0, 1) if verb == "double" else (which,)
            staked[named("bet", number)] = (who, legs)
            history.bet(who, named("bet", number), 1_00, *on(*[markets[leg] for leg in legs]))
    models = MemoryModels()
    projector = Projector(history.log, models, [kick_offs.VIEW, portfolio.VIEW], chunk_facts=chunk_facts)
    projector.catch_up()
    reads = MemoryReads(models)

    async def found(account_id: str) -> tuple[list[str], set[str]]:
        entries = await kick_offs.told_of(reads, account_id)
        return [entry.fixture_id for entry in entries], set(await kick_offs.fixtures_of(reads, account_id))

    for account_id, expected in told.items():
        open_on = {fixtures[leg] for owner, legs in staked.values() if owner == account_id for leg in legs}
        assert asyncio.run(found(account_id)) == (expected, open_on)
    assert projector.compare("kick_offs").difference is None


@pytest.mark.parametrize("gateway_first", [False, True])
def test_a_kick_off_reaches_the_open_page_of_who_bet_before_or_after_it_was_opened(history: InboxHistory, *, gateway_first: bool):
    history.bet(ANN, named("bet", 1), 10_00, *on(M1))

    async def tell() -> None:
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        readers = {account_id: await streamed.reader_of(account_id, f"inbox:#{account_id}") for account_id in (ANN, BEN)}
        history.bet(BEN, named("bet", 2), 10_00, *on(M1))
        await caught_up(streamed, history.log.head(), gateway_first=gateway_first)
        history.kick_off(F1)
        await caught_up(streamed, history.log.head(), gateway_first=gateway_first)
        assert [reader.shown["unread"] for reader in readers.values()] == [1, 1]
        history.end(F1)
        await caught_up(streamed, history.log.head(), gateway_first=gateway_first)
        assert [reader.shown["unread"] for reader in readers.values()] == [0, 0]

    asyncio.run(tell())


def test_bets_of_logs_that_name_no_match_tell_nobody():
    history = History()
    history.wallet(ANN, 10_00)
    history.bet(ANN, named("bet", 1), 10_00, *on(M1))
    assert [kick_offs.project(recorded, {}) for recorded in history.log.read(0, 10)] == [()] * history.log.head()

"""Lists that are kept for some seconds: an answer from one says the position that it was read at, an empty one too."""

import asyncio
from contextlib import closing

import pytest

from api.http.social import trending_lists
from api.http.social.leaderboards import Asked, Leaderboards
from api.http.social.trending_lists import TrendingLists
from api.positions import Positions
from api.read_loop import ReadLoop
from api.refusals import ViewUnavailable
from api.view_reader import ViewReader
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.social import records, trending
from tests.views.history import named
from tests.views.social_history import EVERY_VIEW, SocialHistory

BOARD = Asked("7d", "EUR", None, 0)


class CountingReads(MemoryReads):
    """Counts questions."""

    asked = 0

    async def many_at(self, view, asks):
        self.asked += 1
        return await super().many_at(view, asks)


def of_board(view_reader):
    boards = Leaderboards(view_reader.reads)

    async def ask():
        return (await boards.of(BOARD, 0)).standings

    return records.VIEW, ask


def of_trending(view_reader):
    lists = TrendingLists(view_reader.reads)
    return trending.VIEW, lambda: lists.of(None, 0)


@pytest.mark.parametrize("kind", [of_board, of_trending])
def test_an_empty_list_is_kept_and_not_taken_for_a_view_that_was_lost(kind):
    history, models = SocialHistory(), MemoryModels()
    history.account(named("account", 0), "Ann")
    reads = CountingReads(models)
    loop = asyncio.new_event_loop()
    view_reader = ViewReader(reads, ReadLoop(lambda: loop), Positions("log"))

    async def answers():
        view, ask = kind(view_reader)
        with pytest.raises(ViewUnavailable):
            await view_reader.show(view, 0, ask, log_has_facts=True)
        Projector(history.log, models, EVERY_VIEW).catch_up()
        first = await view_reader.show(view, 0, ask, log_has_facts=True)
        asked = reads.asked
        again = await view_reader.show(view, 0, ask, log_has_facts=True)
        return first, again, reads.asked - asked

    with closing(loop):
        first, again, asked = loop.run_until_complete(answers())
    assert (first.body, first.position) == (again.body, again.position) == (b"[]", history.log.head())
    assert asked == 0, "the second answer is the kept one"


class SlowReads(MemoryReads):
    """Answers once it may; `asked` tells that somebody asks."""

    def __init__(self, models):
        super().__init__(models)
        self.may_answer, self.asked = asyncio.Event(), asyncio.Event()

    async def many_at(self, view, asks):
        self.asked.set()
        await self.may_answer.wait()
        return await super().many_at(view, asks)


def test_while_one_reads_a_list_anew_the_others_are_shown_the_old_one_unless_they_want_a_later_position(monkeypatch):
    history, models = SocialHistory(), MemoryModels()
    history.account(named("account", 0), "Ann")
    Projector(history.log, models, EVERY_VIEW).catch_up()
    monkeypatch.setattr(trending_lists, "KEPT_S", -1.0)  # a list is old as soon as it is there
    monkeypatch.setattr(trending_lists, "OLD_S", 3_600.0)

    async def answers():
        reads = SlowReads(models)
        lists = TrendingLists(reads)
        reads.may_answer.set()
        first = await lists.of(None, 0)
        reads.may_answer.clear()
        reads.asked.clear()
        anew = asyncio.create_task(lists.of(None, 0))
        await reads.asked.wait()
        assert await lists.of(None, 0) is first
        reads.asked.clear()
        later = asyncio.create_task(lists.of(None, history.log.head() + 1))
        await reads.asked.wait()
        assert not anew.done()
        assert not later.done()
        reads.may_answer.set()
        return await anew, await later

    assert asyncio.run(answers()) == ([], [])

"""What one may not see costs a read the same questions as what is not there: so many rounds, of so many keys of the same kinds."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pytest

from domain.fact import micros
from domain.ids import derived
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.ports import Ask, View
from projections.social import people, slip_lists
from tests.views.history import NOON, named
from tests.views.social_history import EVERY_VIEW, SocialHistory

BOB, STAR = named("account", 0), named("account", 1)
NOWHERE = derived("nowhere")
NOW_US = micros(NOON)


class CountedReads:
    """Reads that note what each round asked: of which view, and how many fields or members of which kind of key."""

    def __init__(self, reads: MemoryReads) -> None:
        self._reads = reads
        self.rounds: list[tuple[str, list[tuple[str, int]]]] = []

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        self._note(view, asks)
        return await self._reads.many(view, asks)

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[Mapping[int, int], Sequence[Any]]:
        self._note(view, asks)
        return await self._reads.many_at(view, asks)

    async def positions(self, view: View, partitions: Collection[int]) -> Mapping[int, int]:
        return await self._reads.positions(view, partitions)

    async def keep_list(self, view: View, key: str, keep_s: int) -> None:
        await self._reads.keep_list(view, key, keep_s)

    async def wait_for(self, view: View, partitions: Collection[int], position: int, timeout_ms: int = 500) -> bool:
        return await self._reads.wait_for(view, partitions, position, timeout_ms)

    def _note(self, view: View, asks: Sequence[Ask]) -> None:
        sizes = [len(each) for ask in asks for each in [getattr(ask, "fields", getattr(ask, "members", ()))]]
        self.rounds.append((view.name, sorted(zip([type(ask).__name__ for ask in asks], sizes, strict=True))))


HIDES: dict[str, Callable[[SocialHistory, str], Any]] = {
    "for followers": lambda history, slip_id: history.change(STAR, slip_id, "followers"),
    "of a private account": lambda history, _: history.profile(STAR, private=True),
    "removed": lambda history, slip_id: history.remove(STAR, slip_id),
    "held": lambda history, slip_id: history.hold(STAR, slip_id),
    "of a blocker": lambda history, _: history.block(STAR, BOB),
    "of one who is blocked": lambda history, _: history.block(BOB, STAR),
}


def told() -> tuple[SocialHistory, str]:
    history = SocialHistory()
    history.account(BOB, "Bob")
    history.account(STAR, "Star")
    return history, history.pick(STAR)


def counted(history: SocialHistory, ask: Callable[[CountedReads], Any]) -> tuple[Any, list[Any]]:
    models = MemoryModels()
    Projector(history.log, models, EVERY_VIEW).catch_up()
    reads = CountedReads(MemoryReads(models))
    return asyncio.run(ask(reads)), reads.rounds


@pytest.mark.parametrize("hide", HIDES.values(), ids=HIDES)
@pytest.mark.parametrize("read", [slip_lists.slip, slip_lists.visible_card], ids=["the slip", "what is below it"])
def test_a_slip_that_one_may_not_see_is_asked_for_as_a_missing_one(read: Any, hide: Callable[[SocialHistory, str], Any]):
    history, slip_id = told()
    assert counted(history, lambda reads: read(reads, BOB, slip_id, NOW_US))[0] is not None
    hide(history, slip_id)
    hidden, missing = (counted(history, lambda reads, each=each: read(reads, BOB, each, NOW_US)) for each in (slip_id, NOWHERE))
    assert hidden == missing
    assert missing[0] is None
    assert missing[1]


@pytest.mark.parametrize("named_by", [(STAR, NOWHERE), ("Star", "Nobody")], ids=["by id", "by handle"])
@pytest.mark.parametrize("read", [people.account, people.resolved], ids=["the account", "its lists"])
def test_an_account_that_blocks_one_is_asked_for_as_a_missing_one(read: Any, named_by: tuple[str, str]):
    history, _ = told()
    assert counted(history, lambda reads: read(reads, BOB, named_by[0], NOW_US))[0] is not None
    history.block(STAR, BOB)
    hidden, missing = (counted(history, lambda reads, each=each: read(reads, BOB, each, NOW_US)) for each in named_by)
    assert hidden == missing
    assert missing[0] is None

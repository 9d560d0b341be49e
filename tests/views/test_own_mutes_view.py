"""What an account mutes, against a plain model, and what lists leave out because of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.fact import micros
from domain.ids import mutes_of
from domain.mutes.facts import ThreadMuted, ThreadUnmuted, WordMuted, WordUnmuted
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.social import home_feed, own_mutes, slip_lists, threads
from tests.views.history import NOON, named
from tests.views.social_history import FIXTURE, SOCIAL_VIEWS, SocialHistory

ANN, BOB, CLEO = (named("account", number) for number in range(3))
HOUR = timedelta(hours=1)
NOW_US = micros(NOON + HOUR)
PREFIX = "sealed "


def told(history: SocialHistory, ask: Any, chunk_facts: int = 1_000) -> Any:
    models = MemoryModels()
    Projector(history.log, models, SOCIAL_VIEWS, chunk_facts=chunk_facts).catch_up()
    return asyncio.run(ask(MemoryReads(models)))


async def opened(texts: Sequence[tuple[str, str]]) -> Sequence[str | None]:
    return [text.removeprefix(PREFIX) if text.startswith(PREFIX) else None for _, text in texts]


STEPS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sampled_from("abc"), st.sampled_from((None, HOUR / 2, HOUR, 2 * HOUR))), max_size=20
)


@settings(max_examples=30)
@given(steps=STEPS, chunk_facts=st.integers(1, 7))
def test_after_any_history_what_is_muted_is_what_was_muted_last_and_is_not_over(steps: Any, chunk_facts: int):
    history, model = SocialHistory(), {True: dict[str, Any](), False: dict[str, Any]()}
    for is_word, mutes, name, after in steps:
        until, at, kept = None if after is None else NOON + after, history.at(), model[is_word]
        if mutes:
            kept[name] = until
            history.add(mutes_of(ANN), WordMuted(ANN, name, until, at) if is_word else ThreadMuted(ANN, name, until, at))
        elif name in kept:
            del kept[name]
            history.add(mutes_of(ANN), WordUnmuted(ANN, name, at) if is_word else ThreadUnmuted(ANN, name, at))

    async def ask(reads: Any) -> None:
        mutes = await own_mutes.own_mutes(reads, ANN, NOW_US)
        for is_word, shown in ((True, mutes.words), (False, mutes.threads)):
            assert set(shown) == {name for name, until in model[is_word].items() if until is None or micros(until) > NOW_US}

    told(history, ask, chunk_facts)


def test_lists_leave_out_muted_threads_and_words_before_they_are_cut():
    history = SocialHistory()
    for account_id, handle in ((ANN, "ann"), (BOB, "bob"), (CLEO, "cleo")):
        history.account(account_id, handle)
    history.follow(ANN, BOB)
    shown = [history.pick(BOB, caption=f"{PREFIX}Nice {number}.") for number in range(3)]
    quiet = history.pick(BOB, caption=f"{PREFIX}A thread.")
    for number in range(25):
        history.pick(BOB, caption=f"{PREFIX}GOAL {number}!")
    history.add(mutes_of(ANN), WordMuted(ANN, f"{PREFIX}goal", None, history.at()))
    history.add(mutes_of(ANN), WordMuted(ANN, f"{PREFIX}nice", NOON, history.at()))
    history.add(mutes_of(ANN), ThreadMuted(ANN, quiet, None, history.at()))

    async def ask(reads: Any) -> None:
        home = await home_feed.home(reads, ANN, (), None, 20, NOW_US, open_texts=opened)
        assert [each.slip_id for each in home.items] == shown[::-1]
        assert home.next_cursor is None
        page = await slip_lists.about(reads, ANN, slip_lists.on_fixture(FIXTURE), None, 2, NOW_US, opened)
        assert [each.slip_id for each in page.items] == shown[:0:-1]
        assert len((await slip_lists.about(reads, CLEO, slip_lists.on_fixture(FIXTURE), None, 50, NOW_US, opened)).items) == 29
        assert len((await slip_lists.of_account(reads, ANN, BOB, None, 50, NOW_US)).items) == 29, "who opens a profile sees all of it"
        assert await slip_lists.slip(reads, ANN, quiet, NOW_US) is not None

    told(history, ask)


def test_comments_with_a_muted_word_are_left_out_with_their_replies_and_ones_own_never():
    history = SocialHistory()
    for account_id, handle in ((ANN, "ann"), (BOB, "bob")):
        history.account(account_id, handle)
    slip_id = history.pick(BOB)
    rude = history.comment("1", BOB, slip_id, BOB, f"{PREFIX}Bad luck")
    history.comment("2", ANN, slip_id, BOB, f"{PREFIX}Why?", parent=rude)
    own = history.comment("3", ANN, slip_id, BOB, f"{PREFIX}bad")
    kind = history.comment("4", BOB, slip_id, BOB, f"{PREFIX}Badly")
    history.add(mutes_of(ANN), WordMuted(ANN, f"{PREFIX}bad", None, history.at()))

    async def ask(reads: Any) -> None:
        async def listed(viewer_id: str) -> list[str]:
            page = await threads.comments(reads, viewer_id, slip_id, "", None, 50, NOW_US, open_texts=opened)
            return [each.comment_id for each in page.items]

        assert await listed(ANN) == [own, kind]
        assert await listed(BOB) == [rude, own, kind]

    told(history, ask)

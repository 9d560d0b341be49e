"""Whoever applies what `inbox:#<account>` pushes has the counts of a fresh reading of the inbox."""

import asyncio
import random

import msgspec
import pytest

from domain.ids import notifications_of
from domain.notification.facts import NoticesMarked, PreferenceSet
from projections.notifications import candidates, inbox_page
from tests.views.edged import Edged
from tests.views.social_history import ACCOUNTS, SocialHistory, SocialStory
from tests.views.streaming import Streamed

ANN, BEN, CLEO = ACCOUNTS[:3]


@pytest.fixture(autouse=True)
def _no_gap(monkeypatch):
    monkeypatch.setattr("api.stream.inbox_feed.READ_EVERY_S", 0)


async def counted(streamed, account_id):
    """The counts of a fresh reading."""

    async def plain(texts):
        return [text for _, text in texts]

    own, found = await candidates.candidates(streamed.reads, account_id, streamed.now_us, plain)
    return msgspec.to_builtins(inbox_page.counts_of(own, inbox_page.told(own, found, streamed.now_us)))


async def caught_up(streamed, upto, *, gateway_first=False):
    """Let views and gateway reach a position, whichever is first, and the inboxes be read that this changes."""
    if gateway_first:
        streamed.stream(upto)
        await asyncio.sleep(0)
    streamed.project(upto)
    streamed.stream(upto)
    feed = streamed.hub._feeds["inbox"]
    while waits := [each.reading for each in feed._inboxes.values() if each.needed and each.reading is not None]:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)


class Story(SocialStory):
    """A social story in which bells are set, slips liked and talked about, and inboxes marked."""

    def __init__(self, seed):
        super().__init__(seed)
        self.likes, self.said = set(), 0
        self.turns = (*self.turns, self.bell, self.like, self.say, self.mark)
        self.weights = (*self.weights, 10, 20, 12, 10)

    def bell(self):
        who, author = self.two()
        setting = self.rng.choice(("all", "highlights", "off", "inherit"))
        self.history.add(notifications_of(who), PreferenceSet(who, "author", "", author, setting, self.history.at()))

    def like(self):
        if (found := self.slip()) is None:
            return
        (slip_id, author), who = found, self.rng.choice(self.accounts)
        if (slip_id, who) in self.likes:
            self.likes.remove((slip_id, who))
            self.history.unreact("like", who, slip_id, author)
        else:
            self.likes.add((slip_id, who))
            self.history.react("like", who, slip_id, author)

    def say(self):
        if (found := self.slip()) is not None:
            self.said += 1
            comment_id = self.history.comment(str(self.said), who := self.rng.choice(self.accounts), *found, "Well.")
            if self.rng.random() < 0.3:
                self.history.delete_comment(comment_id, who, found[0])

    def mark(self):
        who, upto = self.rng.choice(self.accounts), self.history.log.head()
        self.history.add(notifications_of(who), NoticesMarked(who, self.rng.choice(("seen", "read", "archived")), upto, self.history.at()))


@pytest.mark.parametrize("seed", range(2))
def test_what_is_pushed_of_an_inbox_is_what_a_fresh_reading_counts(seed):
    story, rng = Story(seed), random.Random(seed)  # noqa: S311  (a story, not a secret)
    story.go_on(40)

    async def tell():
        streamed, pushed = Streamed(story.history), 0
        await caught_up(streamed, story.history.log.head())
        readers = {account_id: await streamed.reader_of(account_id, f"inbox:#{account_id}") for account_id in story.accounts}
        for _ in range(25):
            story.go_on(rng.randint(1, 6))
            await caught_up(streamed, story.history.log.head(), gateway_first=rng.random() < 0.5)
            for account_id, reader in readers.items():
                pushed += len(reader.told)
                assert reader.shown == await counted(streamed, account_id), account_id
        assert pushed > 50

    asyncio.run(tell())


def test_inboxes_on_an_edge_are_what_a_fresh_reading_counts_though_the_link_is_cut():
    story, rng = Story(7), random.Random(7)  # noqa: S311  (a story, not a secret)
    story.go_on(30)

    async def tell():
        streamed = Streamed(story.history)
        edged = Edged(streamed)
        await caught_up(streamed, story.history.log.head())
        await edged.settled()
        readers = {account_id: await edged.reader_of(account_id, f"inbox:#{account_id}") for account_id in story.accounts}
        for _ in range(12):
            is_cut = rng.random() < 0.3
            if is_cut:
                edged.link.cut()
            story.go_on(rng.randint(1, 4))
            await caught_up(streamed, story.history.log.head())
            if is_cut:
                edged.connect()
            await edged.settled()
            for account_id, reader in list(readers.items()):
                if reader.again:
                    readers[account_id] = await edged.reader_of(account_id, f"inbox:#{account_id}")
                assert readers[account_id].shown == await counted(streamed, account_id), account_id

    asyncio.run(tell())


def test_an_inbox_counts_again_what_is_shown_again():
    history = SocialHistory()
    for number, account_id in enumerate((ANN, BEN, CLEO)):
        history.account(account_id, f"Player{number}")
    slip_id = history.pick(ANN)
    said = history.comment("1", BEN, slip_id, ANN, "Well.")
    assert said

    async def tell():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        reader = await streamed.reader_of(ANN, f"inbox:#{ANN}")
        assert reader.shown["unread"] == 1
        for hide, show in ((history.block, history.unblock), (history.mute, history.unmute)):
            hide(ANN, BEN)
            await caught_up(streamed, history.log.head())
            assert reader.shown["unread"] == 0
            show(ANN, BEN)
            await caught_up(streamed, history.log.head())
            assert reader.shown["unread"] == 1

    asyncio.run(tell())

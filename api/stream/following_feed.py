"""Channels `feed:#<account>`: which slips stand in an account's feed, newest first, as they come and go.

What somebody shares is read once and told to all who follow. All else that may change a feed (a repost, an unfollow, a hold) has its first
page read again, at most four times a second, and what differs is told; so the channel and `GET /v1/feed?tab=following` are one thing.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, get_args

import msgspec
import structlog

from api.channel_names import FEED, ChannelName, personal_channel
from api.sealed_text import SealedText, SealedTexts
from api.stream.channel import Channel, Parts, Rendering
from api.stream.feed_recovery import author_key, only_came_since, who_did
from api.stream.hub import Hub
from api.stream.slip_viewers import SlipViewer, SlipViewers
from commands.ports import StoreUnavailable
from domain.fact import Fact, Recorded
from domain.moderation.facts import AccountShadowed, AccountUnshadowed
from domain.mutes.facts import MutesFact
from domain.profile.facts import ProfileChanged
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.facts import SlipFact, SlipShared
from projections.ports import ReadModels, ReadModelsUnavailable
from projections.social import cards, feed_page
from projections.social.feed_page import FeedCards
from projections.social.timeline_entries import FeedEntry

SHOWN_MAX = feed_page.PAGE_MAX
KEPT_MAX = 200
PAGES_AT_ONCE_MAX = 8
PAGE_EVERY_S = 0.25
READ_EVERY_S, READS_MAX = 0.02, 100
"""How often, and how many times, a view is asked that is yet to reach a fact."""
UNAVAILABLE_ERRORS = (ReadModelsUnavailable, StoreUnavailable, TimeoutError)
GONE = b"null"

encode = msgspec.json.Encoder().encode
logger = structlog.get_logger()


class FollowedSlips:
    """The feed of an account: its entries by slip, None for each that left it. A page is `needed` that has reached a position."""

    def __init__(self, viewer: SlipViewer) -> None:
        self.viewer = viewer
        self.entries: dict[str, FeedEntry | None] = {}
        self.channel: Channel | None = None
        self.needed = 0
        self.mutes_ended_us = 0
        self.reading: asyncio.Task[None] | None = None

    def concerns(self, account_id: str, slip_id: str) -> bool:
        """Whether what an account did, or what happened to a slip, may change the feed."""
        return self.viewer.is_following(account_id) or slip_id in self.entries

    def has_slip_of(self, account_id: str) -> bool:
        """Whether a slip of an account stands in it."""
        return any(entry is not None and entry.author_id == account_id for entry in self.entries.values())

    def whole(self) -> bytes:
        """Return the entries as a page has them: the newest, newest first."""
        found = sorted([each for each in self.entries.values() if each is not None], reverse=True)
        return b'{"entries":[%s]}' % b",".join([_shown(each) for each in found[:SHOWN_MAX]])

    def put(self, entry: FeedEntry) -> list[tuple[str, bytes]]:
        """Put an entry where its slip stands; return the parts that this changed."""
        if self.entries.get(entry.slip_id) == entry:
            return []
        self.entries[entry.slip_id] = entry
        return [(entry.slip_id, _shown(entry))]

    def take(self, page: FeedCards) -> list[tuple[str, bytes]]:
        """Take a first page; return the parts that it changed. What came after the page was read stays."""
        found = {each.entry.slip_id: each.entry for each in page.found}
        low = page.found[-1].entry.position if page.next_cursor is not None else 0
        changed: list[tuple[str, bytes]] = []
        for slip_id, entry in self.entries.items():
            if entry is not None and slip_id not in found and low <= entry.position <= page.stands_at:
                self.entries[slip_id] = None
                changed.append((slip_id, GONE))
        for entry in found.values():
            changed += self.put(entry)
        return changed

    def oldest(self) -> list[str]:
        """Return the slips that are kept no longer: those that left it, then the oldest."""
        by_age = sorted(self.entries, key=lambda slip_id: entry.position if (entry := self.entries[slip_id]) is not None else 0)
        return by_age[: max(0, len(by_age) - KEPT_MAX)]


class FollowingFeed:
    """Keeps the feeds of accounts that read them. For one event loop."""

    channels = frozenset({FEED})
    kinds: frozenset[type[Fact]] = frozenset(
        {*get_args(SlipFact), Reacted, ReactionWithdrawn, ProfileChanged, AccountShadowed, AccountUnshadowed}
    )

    def __init__(self, reads: ReadModels, texts: SealedTexts, viewers: SlipViewers) -> None:
        self.rests_on = (viewers,)
        self._reads = reads
        self._texts = texts
        self._viewers = viewers
        self._feeds: dict[str, FollowedSlips] = {}
        self._places = asyncio.Semaphore(PAGES_AT_ONCE_MAX)
        self._telling: set[asyncio.Task[None]] = set()
        self._changed_at = self._other_at = 0
        viewers.listeners.append(self._viewer_changed)

    async def load(self, name: ChannelName, hub: Hub) -> Channel | None:
        """Return the channel of an account; see `channel_feed.ChannelFeed`."""
        account_id = name.subject_id
        feed = FollowedSlips(await self._viewers.of(account_id, account_id, hub))
        feed.mutes_ended_us = feed.viewer.mutes_ended_us(hub.now_us())
        page = await self._page(account_id, hub)
        await hub.reached(page.stands_at)
        parts = feed.take(page)
        came = {slip_id: entry.position for slip_id, entry in feed.entries.items() if entry is not None}
        rendering = Rendering(lambda _: feed.whole(), changes_of_feed)
        channel = feed.channel = Channel(personal_channel(FEED, account_id), rendering, hub.positions.text, tuple)
        channel.begin(parts, hub.position, only_came_since(feed.viewer, page.authors, hub), came)
        self._feeds[account_id] = feed
        if self._changed_at > page.stands_at:
            self._need(feed, self._changed_at, hub)
        return channel

    async def admit(self, _name: ChannelName, _account_id: str, _hub: Hub) -> None:
        """All of it is for the account, which nobody else may subscribe as."""

    def apply(self, fact: Recorded[Any], hub: Hub) -> str | None:
        """Take a fact that may change feeds."""
        body = fact.body
        if isinstance(body, Reacted | ReactionWithdrawn) and body.kind != "repost":
            return None
        self._changed_at = fact.position
        if isinstance(body, SlipShared):
            followers = [feed for feed in self._feeds.values() if feed.viewer.is_following(body.author_id)]
            if followers:
                task = asyncio.ensure_future(self._tell_share(fact, followers, hub))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)
            return None
        self._other_at = fact.position
        for feed in [each for each in self._feeds.values() if _may_change(each, fact)]:
            self._need(feed, fact.position, hub)
        return None if isinstance(body, Reacted) else author_key(who_did(body))

    def finish(self, hub: Hub) -> None:
        """Nothing waits for the end of a stretch."""

    def look(self, hub: Hub) -> None:
        """Read the feeds again of accounts of whose mutes one ended."""
        now_us = hub.now_us()
        for feed in list(self._feeds.values()):
            ended_us = feed.viewer.mutes_ended_us(now_us) if feed.viewer.mutes_anybody else 0
            if ended_us > feed.mutes_ended_us:
                feed.mutes_ended_us = ended_us
                self._need(feed, hub.position, hub)

    def begin_anew(self) -> None:
        """Forget everything; see `channel_feed.ChannelFeed`."""
        for feed in self._feeds.values():
            if feed.reading is not None:
                feed.reading.cancel()
        self._feeds.clear()

    def forget(self, name: ChannelName) -> None:
        """Forget an account that nobody reads any more."""
        feed = self._feeds.pop(name.subject_id, None)
        if feed is not None and feed.reading is not None:
            feed.reading.cancel()

    async def _page(self, account_id: str, hub: Hub) -> FeedCards:
        return await feed_page.following_page(self._reads, account_id, None, SHOWN_MAX, hub.now_us(), self._opened)

    async def _opened(self, sealed: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        return await self._texts.open_many([SealedText(account_id, text) for account_id, text in sealed])

    async def _tell_share(self, fact: Recorded[SlipShared], followers: Sequence[FollowedSlips], hub: Hub) -> None:
        """Tell followers of a slip once the views have it. Pages are read for who mutes words, and for all where more happened since."""
        author_id, entry = fact.body.author_id, FeedEntry(fact.position, fact.stream_id, fact.body.author_id)
        card = None
        try:
            card = await self._card(fact)
        except UNAVAILABLE_ERRORS as error:
            logger.warning("a slip cannot be read for the feeds that it came into", slip_id=fact.stream_id, error=str(error)[:200])
        for feed in followers:
            now = feed.viewer.now
            if card is None or feed.viewer.mutes_words or self._other_at > fact.position:
                self._need(feed, fact.position, hub)
            elif author_id not in now.muted and now.follows(author_id) and cards.may_see(card, now):
                self._publish(feed, feed.put(entry), hub)

    async def _card(self, fact: Recorded[SlipShared]) -> cards.Card | None:
        for _ in range(READS_MAX):
            positions, found = await cards.cards_at(self._reads, [(fact.stream_id, fact.body.author_id)])
            if min(positions.values()) >= fact.position:
                return found.get(fact.stream_id)
            await asyncio.sleep(READ_EVERY_S)
        return None

    def _viewer_changed(self, viewer: SlipViewer, fact: Recorded[Any], hub: Hub) -> None:
        """Read the feed of an account again whose relations changed; begin it anew where it mutes other words now."""
        self._changed_at = fact.position
        feed = self._feeds.get(viewer.account_id)
        if feed is None:
            return
        if isinstance(fact.body, MutesFact):
            self._give_up(feed, hub)
        else:
            self._need(feed, fact.position, hub)

    def _need(self, feed: FollowedSlips, position: int, hub: Hub) -> None:
        feed.needed = max(feed.needed, position)
        if feed.reading is None and self._feeds.get(feed.viewer.account_id) is feed:
            feed.reading = asyncio.ensure_future(self._read(feed, hub))

    async def _read(self, feed: FollowedSlips, hub: Hub) -> None:
        try:
            while feed.needed:
                async with self._places:
                    await self._read_once(feed, hub)
                await asyncio.sleep(PAGE_EVERY_S)
            feed.reading = None
        except UNAVAILABLE_ERRORS as error:
            logger.warning("a feed cannot be kept up to date and is loaded anew", error=str(error)[:200])
            self._give_up(feed, hub)
        except Exception:
            logger.exception("a feed cannot be kept up to date and is loaded anew")
            self._give_up(feed, hub)

    async def _read_once(self, feed: FollowedSlips, hub: Hub) -> None:
        for _ in range(READS_MAX):
            needed = feed.needed
            page = await self._page(feed.viewer.account_id, hub)
            if page.stands_at >= needed:
                feed.needed = 0 if feed.needed == needed else feed.needed
                self._publish(feed, feed.take(page), hub)
                return
            await asyncio.sleep(READ_EVERY_S)
        raise TimeoutError(f"the views have not reached {feed.needed}, where the feed changed")

    def _publish(self, feed: FollowedSlips, changed: Parts, hub: Hub) -> None:
        if feed.channel is None or self._feeds.get(feed.viewer.account_id) is not feed:
            return
        data = feed.channel.change(hub.position, changed, by_time=True)
        if data is not None:
            hub.publish(feed.channel, data)
        forgotten = feed.oldest()
        feed.channel.forget(forgotten)
        for slip_id in forgotten:
            del feed.entries[slip_id]

    def _give_up(self, feed: FollowedSlips, hub: Hub) -> None:
        self._feeds.pop(feed.viewer.account_id, None)
        if feed.channel is not None:
            hub.drop(feed.channel)


def _may_change(feed: FollowedSlips, fact: Recorded[Any]) -> bool:
    body = fact.body
    if isinstance(body, ProfileChanged | AccountShadowed | AccountUnshadowed):
        return feed.viewer.is_following(who_did(body)) or feed.has_slip_of(who_did(body))
    if isinstance(body, Reacted | ReactionWithdrawn):
        return feed.concerns(body.account_id, body.slip_id)
    return feed.concerns(body.author_id, fact.stream_id)


def _shown(entry: FeedEntry) -> bytes:
    shown = {
        "slip_id": entry.slip_id,
        "author_id": entry.author_id,
        "reposted_by_id": entry.reposter_id or None,
        "position": entry.position,
    }
    return encode(shown)


def changes_of_feed(parts: Parts) -> bytes:
    """Return the entries that came or moved, and the slips that left."""
    came = b",".join([body for _, body in parts if body != GONE])
    return b'{"entries":[%s],"gone":%s}' % (came, encode([slip_id for slip_id, body in parts if body == GONE]))

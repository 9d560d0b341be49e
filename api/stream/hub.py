"""The channels of a process: fed from the log, opened when somebody subscribes, flushed to their subscribers.

A conflated channel is told again after a minimum gap: the first change after a pause goes out at once. A suspension goes out at once
whatever the gap, before everything else, and before whatever follows it is looked at. One encoded frame serves all subscribers that stand
at the same change.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from api.channel_names import ChannelName, channel_name
from api.positions import Positions
from api.stream.channel import Channel, Sight, Subscription
from api.stream.channel_feed import ChannelFeed
from api.stream.metrics import StreamCounts
from api.stream.recent_facts import RecentFacts
from commands.log_reader import LogFilter
from commands.process_manager import FactNotUnderstood
from domain.fact import Fact, Recorded, UnknownFact, stored_name

logger = structlog.get_logger()

TICK_S = 0.05
TICK_SCREEN_S, TICK_BACKGROUND_S = 0.25, 2.0
LOOK_EVERY_S = 0.01
UNUSED_KEPT_S = 30.0
CATCH_UP_S = 2.0
CLIENT_AHEAD_S = 0.5


class Hub:
    """All channels of a process. For one event loop."""

    def __init__(
        self,
        feeds: Sequence[ChannelFeed],
        positions: Positions,
        counts: StreamCounts,
        monotonic_s: Callable[[], float],
        now_us: Callable[[], int],
        holds_engagement: Callable[[], bool] = lambda: False,
    ) -> None:
        self.positions = positions
        self.counts = counts
        self.position = 0
        self.recent = RecentFacts(0)
        self.channels: dict[ChannelName, Channel] = {}
        self.monotonic_s = monotonic_s
        self.now_us = now_us
        self._holds_engagement = holds_engagement
        self._feeds = {channel: feed for feed in feeds for channel in feed.channels}
        self._all_feeds = feeds
        self._by_kind = {kind: [feed for feed in feeds if kind in feed.kinds] for each in feeds for kind in each.kinds}
        self._loading: dict[ChannelName, asyncio.Task[Channel | None]] = {}
        self._dirty: dict[Channel, bool] = {}
        self._behind: set[Channel] = set()
        self._fact_us = 0
        self._reached: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def kinds(self) -> frozenset[type[Fact]]:
        """The kinds of facts that the feeds want."""
        return frozenset(self._by_kind)

    def begin(self, position: int) -> None:
        """Stand at a position of the log: facts after it come next. What stood before is forgotten."""
        self.position, self.recent = position, RecentFacts(position)

    def take(self, facts: Sequence[Recorded], upto: int) -> None:
        """Take the facts of a stretch of the log, in order, and where it ends; tell whoever is to be told now."""
        for fact in facts:
            self.position, self._fact_us = fact.position, fact.committed_us
            if isinstance(fact.body, UnknownFact):
                self._stop_before(fact)
                continue
            for feed in self._by_kind.get(type(fact.body), ()):
                try:
                    key = feed.apply(fact, self)
                except Exception as error:  # noqa: BLE001  (a feed may break in any way; it is logged)
                    self._begin_anew(feed, fact, error)
                    continue
                if key is not None:
                    self.recent.add(key, fact)
        for feed in self._all_feeds:
            feed.finish(self)
        self.position = self.counts.position = max(self.position, upto)
        self.flush()
        self._wake()

    def touch(self, channel: Channel, *, by_time: bool = False, may_wait: bool = False) -> None:
        """Note that a conflated channel may have changed; `by_time` where no fact did that, `may_wait` where only engagement did."""
        channel.may_wait = may_wait and (channel.may_wait or channel not in self._dirty)
        self._dirty[channel] = by_time or self._dirty.get(channel, False)
        channel.since_us = channel.since_us or (0 if by_time else self._fact_us)

    def note(self, channel: Channel) -> None:
        """Note that the fact at hand changes a channel, whenever that will be told."""
        channel.since_us = channel.since_us or self._fact_us

    def flush_now(self, channel: Channel) -> None:
        """Tell all subscribers of a channel at once, whatever the gap: betting stopped."""
        self.note(channel)
        data = self._changed(channel)
        if data is not None:
            self.publish(channel, data, may_wait=False)

    def flush(self) -> None:
        """Tell of every channel that changed and whose gap is over; while engagement is held back, not of what it alone changed."""
        now_s, holds = self.monotonic_s(), self._holds_engagement()
        for channel in [each for each in self._dirty if now_s - each.flushed_s >= TICK_S and not (holds and each.may_wait)]:
            if self._changed(channel) is not None:
                channel.flushed_s = now_s
                self._catch_up(channel, set(channel.subscriptions.values()), now_s)
                self._count_age(channel)

    def look(self) -> None:
        """Do what is due: channels whose gap is over, subscribers that were to be told later or did not drain."""
        self.flush()
        now_s = self.monotonic_s()
        for channel in list(self._behind):
            self._catch_up(channel, channel.behind, now_s)
            if not channel.behind:
                self._behind.discard(channel)

    def look_at_time(self) -> None:
        """Do what is due once a second: what time alone changed, channels that nobody reads."""
        for feed in self._all_feeds:
            feed.look(self)
        now_s = self.monotonic_s()
        for name, channel in list(self.channels.items()):
            if channel.unread.lasts(UNUSED_KEPT_S, now_s, is_read=bool(channel.subscriptions)):
                del self.channels[name]
                self._dirty.pop(channel, None)
                self._feeds[name.kind].forget(name)

    def publish(self, channel: Channel, data: bytes, *, may_wait: bool = True) -> None:
        """Tell every subscriber of a channel, in order: nothing is left out. One that does not drain is told as well, or closed."""
        frame = channel.frame(data)
        channel.flushed_s = now_s = self.monotonic_s()
        for subscription in list(channel.subscriptions.values()):
            is_own = subscription in channel.behind or subscription.is_picky
            self._tell(subscription, subscription.missed() if is_own else frame, now_s, may_wait)
            channel.behind.discard(subscription)
        self._count_age(channel)

    async def open(self, name: ChannelName) -> Channel | None:
        """Return a channel, loaded where nobody reads it yet; None where its subject does not exist.

        Raises:
            ReadModelsUnavailable, TimeoutError: when it cannot be told now.

        """
        channel = self.channels.get(name)
        if channel is not None:
            return channel
        task = self._loading.get(name)
        if task is None:
            task = self._loading[name] = asyncio.ensure_future(self._load(name))
            task.add_done_callback(lambda _: self._loading.pop(name, None))
        return await asyncio.shield(task)

    async def enter(self, name: ChannelName, account_id: str, since: int) -> tuple[Channel | None, Sight | None]:
        """Return a channel and what an account sees of it; who saw a position `since` elsewhere is waited for a moment.

        Raises:
            NotSeen: where it may not see the channel.
            ReadModelsUnavailable, StoreUnavailable, TimeoutError: when it cannot be told now.

        """
        channel = await self.open(name)
        if channel is None:
            return None, None
        await self.caught_up(since)
        return channel, await self.admit(name, account_id)

    async def admit(self, name: ChannelName, account_id: str) -> Sight | None:
        """Return what an account sees of a channel that is open; see `ChannelFeed.admit`."""
        return await self._feeds[name.kind].admit(name, account_id, self)

    def has(self, channel: Channel) -> bool:
        """Whether a channel is kept up to date."""
        return any(self.channels.get(name) is channel for name in (channel_name(channel.name),) if name is not None)

    def position_of(self, channel: Channel) -> int:
        """Return the position up to which all is in a channel's parts: the hub's, unless something waits for the end of its gap."""
        return channel.position if channel in self._dirty else self.position

    def known_of(self, channel: Channel) -> int:
        """Return the last position of which it is known what a channel was there."""
        return max(self.position, channel.position)

    async def reached(self, position: int, timeout_s: float = CATCH_UP_S) -> None:
        """Wait until the hub is at a position; raises TimeoutError where it is not in time."""
        if self.position >= position:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reached.append((position, future))
        await asyncio.wait_for(future, timeout_s)

    async def caught_up(self, position: int) -> None:
        """Wait a moment for a position that a client has seen elsewhere; give up without an error."""
        with suppress(TimeoutError):
            await self.reached(position, CLIENT_AHEAD_S)

    def drop(self, channel: Channel) -> None:
        """Give up a channel that can no longer be kept up to date: its subscribers subscribe again, and it is loaded anew."""
        for name, each in list(self.channels.items()):
            if each is channel:
                del self.channels[name]
        self._behind.discard(channel)
        for subscription in list(channel.subscriptions.values()):
            self.counts.dropped += 1
            subscription.subscriber.dropped(subscription)

    def subscribe(self, channel: Channel, subscription: Subscription) -> None:
        """Tell a subscription of all changes from now on."""
        channel.subscriptions[subscription.subscriber] = subscription
        if subscription.sight is not None:
            subscription.sight.begun(subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Tell it no more."""
        subscription.channel.subscriptions.pop(subscription.subscriber, None)
        subscription.channel.behind.discard(subscription)

    async def _load(self, name: ChannelName) -> Channel | None:
        feed = self._feeds.get(name.kind)
        channel = await feed.load(name, self) if feed is not None else None
        if channel is not None:
            self.channels[name] = channel
        return channel

    def _stop_before(self, fact: Recorded) -> None:
        """Begin those feeds anew that must understand a fact which this process does not; the others skip it."""
        for feed in self._all_feeds:
            if LogFilter.of_kinds(feed.kinds).stops_before(fact):
                self._begin_anew(feed, fact, FactNotUnderstood(fact))

    def _begin_anew(self, feed: ChannelFeed, fact: Recorded, error: Exception) -> None:
        """Give up all channels of a feed that breaks on a fact; who subscribes again is shown what the views make of it."""
        kind = fact.body.name if isinstance(fact.body, UnknownFact) else stored_name(type(fact.body))
        told = {"feed": type(feed).__name__, "position": fact.position, "stream_id": fact.stream_id, "fact": kind}
        logger.error("a feed of the gateway breaks on a fact, and its channels are loaded anew", exc_info=error, **told)
        self.counts.broken_facts += 1
        self.recent = RecentFacts(fact.position)
        broken = [each for each in self._all_feeds if each is feed or feed in each.rests_on]
        for each in broken:
            each.begin_anew()
        for name, channel in list(self.channels.items()):
            if self._feeds[name.kind] in broken:
                self._dirty.pop(channel, None)
                self.drop(channel)

    def _changed(self, channel: Channel) -> bytes | None:
        data = channel.change(self.position, channel.refresh(), by_time=self._dirty.pop(channel, False))
        channel.since_us = channel.since_us if data is not None else 0
        return data

    def _catch_up(self, channel: Channel, due: set[Subscription], now_s: float) -> None:
        frames: dict[int, bytes | None] = {}
        for subscription in list(due):
            if subscription.subscriber.is_paused or now_s - subscription.sent_s < subscription.tick_s:
                if subscription not in channel.behind:
                    channel.behind.add(subscription)
                    self._behind.add(channel)
                self.counts.conflated += 1
                continue
            cursor, is_picky = subscription.cursor, subscription.is_picky
            frame = subscription.missed() if is_picky or cursor not in frames else frames[cursor]
            if not is_picky:
                frames[cursor] = frame
            channel.behind.discard(subscription)
            self._tell(subscription, frame, now_s)

    def _tell(self, subscription: Subscription, frame: bytes | None, now_s: float, may_wait: bool = True) -> None:
        subscription.cursor = subscription.channel.sequence
        if frame is not None:
            subscription.sent_s = now_s
            self.counts.deliveries += 1
            subscription.subscriber.send(frame, may_wait=may_wait)

    def _count_age(self, channel: Channel) -> None:
        if channel.since_us and channel.subscriptions:
            self.counts.fact_age(self.now_us() - channel.since_us)
        channel.since_us = 0

    def _wake(self) -> None:
        still = []
        for position, future in self._reached:
            if future.done():
                continue
            if position <= self.position:
                future.set_result(None)
            else:
                still.append((position, future))
        self._reached = still

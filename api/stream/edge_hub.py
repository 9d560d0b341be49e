"""The channels of an edge: each is subscribed to once at the gateway upstream, kept in its parts, and told on to all who read it here.

After a lost connection the edge recovers each channel from where it stands, as any client does, and its own clients go on without noticing.
A channel that does not recover is given up, and its clients are shown it anew.
"""

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from api.channel_names import EXPOSURE, FEED, INBOX, PORTFOLIO, SLIP, ChannelName, channel_name, personal_channel
from api.positions import Positions
from api.stream import codes
from api.stream.channel import Channel, Sight
from api.stream.channel_feed import NotSeen
from api.stream.edge_calls import ACCOUNTS
from api.stream.edge_sight import EdgeSight, EdgeViewer
from api.stream.edge_subscribing import viewer_channel
from api.stream.hub import UNUSED_KEPT_S, Hub
from api.stream.metrics import StreamCounts
from api.stream.upstream import AccountsListener, ChannelData, Connected, Message, Publication, Pushed, Subscribed, Upstream
from api.stream.upstream_parts import TAKING, in_order, note_newest, stops_betting
from commands.ports import StoreUnavailable

COMPLETE = frozenset({PORTFOLIO, FEED, INBOX, EXPOSURE})
"""Channels that are told complete and in order."""

encode = msgspec.json.Encoder().encode
_accounts = msgspec.json.Decoder(list[str]).decode
_told = msgspec.json.Decoder(ChannelData).decode


class EdgeHub(Hub):
    """All channels of an edge. For one event loop. `accounts` is told whose sessions changed."""

    def __init__(self, positions: Positions, counts: StreamCounts, monotonic_s: Callable[[], float], now_us: Callable[[], int]) -> None:
        super().__init__((), positions, counts, monotonic_s, now_us)
        self.upstream: Upstream | None = None
        self.accounts: AccountsListener | None = None
        self._by_text: dict[str, Channel] = {}
        self._text_of: dict[Channel, str] = {}
        self._viewers: dict[str, EdgeViewer] = {}
        self._admitting: dict[str, asyncio.Future[EdgeViewer | None]] = {}

    def connected(self, told: Connected) -> None:
        """Recover every channel, ask again for every account that looks at a slip, and look at every session."""
        self.counts.upstream_connected = 1
        self._reach(int(told.data.position.partition(".")[2] or "0", 16))
        for text, channel in list(self._by_text.items()):
            if text not in self._viewers:
                self._subscribe(text, channel.position, partial(self._recovered, text, channel))
        for viewer in list(self._viewers.values()):
            since = viewer.channel.position if viewer.channel is not None else None
            self._subscribe(viewer.name, since, partial(self._admitted_again, viewer))
        if self.accounts is not None:
            self.accounts.note_all_accounts()

    def lost(self) -> None:
        """Go on with what is known; see `upstream.Edge`."""
        self.counts.upstream_connected = 0

    def pushed(self, push: Pushed) -> None:
        """Take what the gateway upstream says of a channel."""
        if push.channel == ACCOUNTS:
            if push.pub is not None and self.accounts is not None:
                self.accounts.note_accounts(_accounts(push.pub.data))
            return
        channel = self._by_text.get(push.channel)
        if push.pub is not None and channel is not None:
            self.counts.upstream_publications += 1
            self._take(channel, push.pub)
        elif push.unsubscribe is not None and push.channel in self._viewers:
            self._end(self._viewers[push.channel], for_good=push.unsubscribe.code == codes.NO_LONGER_ALLOWED.code)
        elif push.unsubscribe is not None and channel is not None:
            self._forget(channel)
            super().drop(channel)

    async def enter(self, name: ChannelName, account_id: str, since: int) -> tuple[Channel | None, Sight | None]:
        """Return a channel and what an account sees of it; see `Hub.enter`."""
        viewer = await self._viewer(f"{SLIP}:{name.subject_id}", account_id) if name.kind == SLIP else None
        channel = viewer.channel if viewer is not None else None
        channel = channel or await self.open(name)
        if channel is not None and since > channel.position:
            await self._ask_where(channel)
        if viewer is None or channel is None:
            return channel, None
        if self._viewers.get(viewer.name) is not viewer:
            raise StoreUnavailable
        return channel, EdgeSight(viewer, channel)

    def has(self, channel: Channel) -> bool:
        """Whether a channel is kept up to date."""
        return channel in self._text_of

    def position_of(self, channel: Channel) -> int:
        """Return the position up to which all is in a channel's parts: that of the last that was told of it."""
        return channel.position

    def known_of(self, channel: Channel) -> int:
        """Return the last position of which it is known what a channel was there."""
        return channel.position

    def drop(self, channel: Channel) -> None:
        """Give up a channel that can no longer be kept up to date; see `Hub.drop`."""
        text = self._forget(channel)
        if text is not None:
            self._leave(text)
        super().drop(channel)

    def look_at_time(self) -> None:
        """Leave upstream what nobody reads any more."""
        now_s = self.monotonic_s()
        for viewer in list(self._viewers.values()):
            if viewer.unread.lasts(UNUSED_KEPT_S, now_s, is_read=viewer.is_read):
                self._end(viewer, for_good=False)
                self._leave(viewer.name)
        for channel in list(self.channels.values()):
            if channel.unread.lasts(UNUSED_KEPT_S, now_s, is_read=bool(channel.subscriptions)):
                self.drop(channel)

    async def _load(self, name: ChannelName) -> Channel | None:
        text = personal_channel(name.kind, name.subject_id) if name.is_personal else f"{name.kind}:{name.subject_id}"
        future: asyncio.Future[Channel | None] = asyncio.get_running_loop().create_future()

        def answered(answer: Message | None) -> None:
            if answer is None or (answer.error is not None and answer.error.code == codes.INTERNAL.code):
                future.set_exception(StoreUnavailable())
            elif answer.subscribe is None:
                future.set_result(None)
            else:
                channel = self.channels[name] = self._begin(text, text, answer.subscribe)
                future.set_result(channel)

        self._subscribe(text, None, answered)
        return await future

    async def _viewer(self, channel: str, account_id: str) -> EdgeViewer:
        """Return an account that may see a slip.

        Raises:
            NotSeen: where it may not. StoreUnavailable: when that cannot be told.

        """
        if not account_id:
            raise NotSeen
        text = viewer_channel(channel, account_id)
        known = self._viewers.get(text)
        if known is not None:
            return known
        future = self._admitting.get(text)
        if future is None:
            future = self._admitting[text] = asyncio.get_running_loop().create_future()
            self._subscribe(text, None, partial(self._admitted, text, channel, account_id))
        viewer = await asyncio.shield(future)
        if viewer is None:
            raise NotSeen
        return viewer

    def _admitted(self, text: str, channel: str, account_id: str, answer: Message | None) -> None:
        future = self._admitting.pop(text)
        if answer is None or (answer.error is not None and answer.error.code == codes.INTERNAL.code):
            future.set_exception(StoreUnavailable())
            future.exception()
        elif answer.subscribe is None:
            future.set_result(None)
        else:
            own = self._begin(text, channel, answer.subscribe) if answer.subscribe.own else None
            viewer = self._viewers[text] = EdgeViewer(text, account_id, own, answer.subscribe.offset)
            future.set_result(viewer)

    def _begin(self, text: str, name: str, told: Subscribed) -> Channel:
        """Begin a channel as the gateway upstream shows it."""
        taking = TAKING[_kind(name)]
        channel = self._by_text[text] = Channel(name, taking.rendering, self.positions.text, tuple)
        self._text_of[channel] = text
        parts = in_order(taking, [(taking.key(key), bytes(body)) for key, _, body in told.parts], bytes(told.data.snapshot))
        channel.begin(parts, told.offset, told.floor, {taking.key(key): position for key, position, _ in told.parts})
        self._reach(told.offset)
        return channel

    def _recovered(self, text: str, channel: Channel, answer: Message | None) -> None:
        """Take what was missed of a channel, or give it up where that is not known."""
        if answer is None or self._by_text.get(text) is not channel:
            return
        if answer.subscribe is None or not answer.subscribe.recovered:
            self.drop(channel)
            return
        for missed in answer.subscribe.publications:
            self._take(channel, missed)

    def _admitted_again(self, viewer: EdgeViewer, answer: Message | None) -> None:
        """Go on for an account that may still see the slip."""
        if answer is None or self._viewers.get(viewer.name) is not viewer:
            return
        if answer.subscribe is None:
            self._end(viewer, for_good=answer.error is not None and answer.error.code == codes.UNKNOWN_CHANNEL.code)
        elif answer.subscribe.own != (viewer.channel is not None):
            self._end(viewer, for_good=False)
            self._leave(viewer.name)
        elif viewer.channel is not None:
            self._recovered(viewer.name, viewer.channel, answer)

    def _take(self, channel: Channel, told: Publication) -> None:
        """Take a change, and tell it on: in order and complete to an account, at each one's gap to all others unless betting stops."""
        kind = _kind(channel.name)
        taking = TAKING[kind]
        news = taking.of_changes(_told(told.data).changes)
        stops = stops_betting(news)
        note_newest(channel, news, taking)
        by_time = stops or kind == FEED or told.offset <= channel.position
        data = channel.change(told.offset, news, by_time=by_time)
        self._reach(told.offset)
        if data is None:
            return
        if stops or kind in COMPLETE:
            self.publish(channel, data, may_wait=not stops)
        else:
            self._catch_up(channel, set(channel.subscriptions.values()), self.monotonic_s())

    def _end(self, viewer: EdgeViewer, *, for_good: bool) -> None:
        """End what rests on an account's right: for good, or to be asked for again."""
        self._viewers.pop(viewer.name, None)
        if viewer.channel is not None:
            self._forget(viewer.channel)
        for subscription in list(viewer.subscriptions):
            if for_good:
                subscription.subscriber.ended(subscription)
            else:
                subscription.subscriber.dropped(subscription)

    def _forget(self, channel: Channel) -> str | None:
        text = self._text_of.pop(channel, None)
        if text is not None:
            del self._by_text[text]
            self._viewers.pop(text, None)
        return text

    async def _ask_where(self, channel: Channel) -> None:
        """Ask up to which position all of a channel was told; a client has seen a later one elsewhere."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def answered(answer: Message | None) -> None:
            if answer is not None and answer.history is not None:
                channel.position = max(channel.position, answer.history.offset)
            future.set_result(None)

        self._ask("history", b'{"channel":%s}' % encode(channel.name), answered)
        await future

    def _subscribe(self, text: str, since: int | None, answered: Callable[[Message | None], None]) -> None:
        recover = b',"recover":true,"epoch":"%s","offset":%d' % (self.positions.log.encode(), since) if since is not None else b""
        self._ask("subscribe", b'{"channel":%s%s}' % (encode(text), recover), answered)

    def _leave(self, text: str) -> None:
        self._ask("unsubscribe", b'{"channel":%s}' % encode(text), lambda _: None)

    def _ask(self, method: str, request: bytes, answered: Callable[[Message | None], None]) -> None:
        if self.upstream is None:
            answered(None)
        else:
            self.upstream.ask(method, request, answered)

    def _reach(self, position: int) -> None:
        self.position = self.counts.position = max(self.position, position)


def _kind(channel: str) -> str:
    name = channel_name(channel)
    assert name is not None, "only channels are kept"
    return name.kind

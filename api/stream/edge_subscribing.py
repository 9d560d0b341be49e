"""The channels of an edge: one subscription a channel, however many clients it has, and one more for each account that looks at a slip.

Of a slip the edge is told everything once, as `slip:<id>`. As `slip:<id>@<account>` it asks whether an account may see it: as soon as the
account may not, that subscription ends. An account from which something of the slip is hidden is told by a subscription of its own.
"""

from typing import TYPE_CHECKING

from api.channel_names import CHANNEL_CHARACTERS_MAX, FIXTURE, MARKET, PORTFOLIO, SLIP, ChannelName, channel_name
from api.stream import codes, frames
from api.stream.channel import Channel, Sight, Subscription
from api.stream.channel_feed import NotSeen
from api.stream.frames import push, reply, text_of
from api.stream.hub import TICK_S
from api.stream.subscribing import Refusing, Subscribing

if TYPE_CHECKING:
    from api.stream.connection import SocketConnection

VIEWER = "@"
RECOVERED_WITHIN = 120
TOLD_BY_FACTS = (f"{FIXTURE}:", f"{MARKET}:", f"{PORTFOLIO}:")
"""Channels of which nothing is read before it is told."""


def viewer_channel(channel: str, account_id: str) -> str:
    """Return the name under which an edge asks for an account's right to a slip."""
    return f"{channel}{VIEWER}{account_id}"


class ViewerOnEdge:
    """An account that looks at a slip on an edge. It is `own` where something is hidden from it: then what it is told is made for it."""

    is_edge = True

    def __init__(self, connection: "SocketConnection", name: str, channel: str, *, own: bool) -> None:
        self.name = name
        self._connection = connection
        self._own = own
        self._head, self._own_head = (b'{"push":{"channel":%s' % text_of(each) for each in (channel, name))

    @property
    def is_paused(self) -> bool:
        """Whether the edge does not drain; see `channel.Subscriber`."""
        return self._connection.is_paused

    def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Send what is made for the account alone; all else reaches it as the edge is told of the slip."""
        if self._own:
            self._connection.send(self._own_head + frame.removeprefix(self._head), may_wait=may_wait)

    def dropped(self, subscription: Subscription) -> None:
        """Have the account's clients subscribe again."""
        self._end(subscription, codes.SUBSCRIBE_AGAIN)

    def ended(self, subscription: Subscription) -> None:
        """Tell that it may see the slip no more."""
        self._end(subscription, codes.NO_LONGER_ALLOWED)

    def _end(self, subscription: Subscription, why: codes.DisconnectCode) -> None:
        self._connection.subscribing.leave(subscription)
        said = b'{"code":%d,"reason":"%s"}' % (why.code, why.reason.encode())
        self._connection.send(push(self.name, "unsubscribe", said))


class EdgeSubscribing(Subscribing):
    """The channels of one edge."""

    def unsubscribe(self, command_id: int, asked: frames.ChannelRequest) -> None:
        """Leave a channel, or end the asking for an account."""
        subscription = self._connection.subscriptions.get(asked.channel)
        if subscription is not None:
            self.leave(subscription)
        self._connection.answer(reply(command_id, "unsubscribe", b"{}"))

    def history(self, command_id: int, asked: frames.HistoryRequest) -> None:
        """Say up to which position the edge was told all of a channel, 0 where that is not known; it keeps publications itself."""
        subscription, hub = self._connection.subscriptions.get(asked.channel), self._parts.hub
        is_told = subscription is not None and subscription not in subscription.channel.behind and asked.channel.startswith(TOLD_BY_FACTS)
        offset = hub.position_of(subscription.channel) if subscription is not None and is_told else 0
        top = (hub.positions.log.encode(), offset)
        self._connection.answer(reply(command_id, "history", b'{"publications":[],"epoch":"%s","offset":%d}' % top))

    def leave(self, subscription: Subscription) -> None:
        """Leave a channel; nobody is told, since an edge is no client."""
        viewer = subscription.subscriber
        name = viewer.name if isinstance(viewer, ViewerOnEdge) else subscription.channel.name
        if self._connection.subscriptions.pop(name, None) is not None:
            self._parts.counts.subscriptions -= 1
            self._parts.hub.unsubscribe(subscription)

    async def _subscribed(self, asked: frames.SubscribeRequest, *, by_token: bool = False) -> bytes:
        shown, at, account_id = asked.channel.partition(VIEWER)
        if not at:
            return await super()._subscribed(asked, by_token=by_token)
        name, hub, connection = channel_name(shown), self._parts.hub, self._connection
        if name is None or name.kind != SLIP or len(asked.channel) > CHANNEL_CHARACTERS_MAX:
            raise Refusing(codes.UNKNOWN_CHANNEL)
        if asked.channel in connection.subscriptions:
            raise Refusing(codes.ALREADY_SUBSCRIBED)
        since = asked.offset if asked.recover and asked.epoch == hub.positions.log else 0
        try:
            channel, sight = await hub.enter(name, account_id, since)
        except NotSeen:
            raise Refusing(codes.UNKNOWN_CHANNEL) from None
        if channel is None or sight is None or connection.is_closed:
            raise Refusing(codes.UNKNOWN_CHANNEL)
        if not hub.has(channel) or asked.channel in connection.subscriptions:
            raise Refusing(codes.INTERNAL)
        own = sight.hides_any
        told = self._recovered(channel, asked, sight) if own else b',"offset":%d' % hub.position_of(channel)
        subscription = Subscription(channel, ViewerOnEdge(connection, asked.channel, shown, own=own), TICK_S, sight)
        hub.subscribe(channel, subscription)
        connection.subscriptions[asked.channel] = subscription
        self._parts.counts.subscriptions += 1
        return b'{"own":%s%s}' % (b"true" if own else b"false", told)

    def _recovered(self, channel: Channel, asked: frames.SubscribeRequest, sight: Sight | None) -> bytes:
        """Return what is said of a subscription: all parts with when each changed last, so that clients recover there as they do here."""
        told = super()._recovered(channel, asked, sight)
        if b'"recovered":true' in told[:RECOVERED_WITHIN]:
            return told
        shown = [(key, part) for key, part in channel.parts.items() if sight is None or not sight.hides(key)]
        parts = b",".join([b"[%s,%d,%s]" % (text_of(key), part.position, part.body) for key, part in shown])
        return b'%s,"floor":%d,"parts":[%s]' % (told, channel.floor, parts)

    async def _enter(self, name: ChannelName, asked: frames.SubscribeRequest) -> tuple[Channel | None, Sight | None]:
        """Return a channel with all that is in it, for whoever looks at the edge."""
        hub = self._parts.hub
        channel = await hub.open(name)
        if channel is not None and asked.recover and asked.epoch == hub.positions.log:
            await hub.caught_up(asked.offset)
        return channel, None

    def _allowed_until_s(self, name: ChannelName, asked: frames.SubscribeRequest, *, by_token: bool) -> int:
        del name, asked, by_token
        return 0

    @property
    def _channels_max(self) -> int:
        return self._parts.limits.edge_channels_max

    def _tell_others(self, channel: Channel, what: str) -> None:
        """Tell nobody: an edge is no client."""

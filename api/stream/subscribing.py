"""What a connection does with channels: subscribe and recover, leave, look into history and presence."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from api.auth.socket_tokens import SocketTokenExpired, SocketTokenInvalid
from api.channel_names import CHANNEL_CHARACTERS_MAX, ChannelName, channel_name
from api.stream import codes, frames
from api.stream.channel import Channel, Sight, Subscription
from api.stream.channel_feed import NotSeen
from api.stream.frames import client_info, publication, push, reply, text_of
from api.stream.hub import TICK_BACKGROUND_S, TICK_S, TICK_SCREEN_S

if TYPE_CHECKING:
    from api.stream.connection import SocketConnection

REJECT_UNRECOVERED = 2
TICKS_S = {"slip": TICK_S, "screen": TICK_SCREEN_S, "background": TICK_BACKGROUND_S}


class Looking(msgspec.Struct, frozen=True):
    """What a client may say with a subscription: where it shows the channel. In the slip it is told more often than in the background."""

    looking: str = "slip"


class Refusing(Exception):  # noqa: N818  (carries a code to the reply)
    """The command fails with a code."""

    def __init__(self, code: codes.ErrorCode) -> None:
        self.code = code


_looking = msgspec.json.Decoder(Looking).decode


class Subscribing:
    """The channels of one connection."""

    def __init__(self, connection: "SocketConnection") -> None:
        self._connection = connection
        self._parts = connection.parts
        self._pending: set[str] = set()
        self._with_token = False

    async def begin(self, channels: tuple[str, ...], standing: Mapping[str, frames.SubscribeRequest]) -> bytes:
        """Subscribe to the channels that the token names; return what the reply to `connect` says of them."""
        told = []
        for channel in channels:
            asked = standing.get(channel, frames.SubscribeRequest())
            try:
                result = await self._subscribed(msgspec.structs.replace(asked, channel=channel, flag=0), by_token=True)
            except Refusing:
                continue
            told.append(b"%s:%s" % (text_of(channel), result))
        return b',"subs":{%s}' % b",".join(told) if told else b""

    def subscribe(self, command_id: int, asked: frames.SubscribeRequest) -> None:
        """Subscribe, with a snapshot, or with what was missed."""
        connection = self._connection

        async def subscribe() -> None:
            try:
                result = await self._subscribed(asked)
            except Refusing as refusing:
                connection.refuse(command_id, refusing.code)
            else:
                connection.answer(reply(command_id, "subscribe", result))
            finally:
                connection.end_asking()

        if not connection.begin_asking():
            connection.end_asking()
            connection.refuse(command_id, codes.LIMIT_EXCEEDED)
            return
        self._parts.run(subscribe(), lambda: connection.refuse(command_id, codes.INTERNAL))

    def unsubscribe(self, command_id: int, asked: frames.ChannelRequest) -> None:
        """Leave a channel; leaving one twice is no error."""
        subscription = self._connection.subscriptions.get(asked.channel)
        if subscription is not None:
            self.leave(subscription)
        self._connection.answer(reply(command_id, "unsubscribe", b"{}"))

    def look_at_expiry(self, before_s: int) -> None:
        """Leave the channels whose tokens ran out before a moment, in Unix seconds; the client brings another and subscribes again."""
        if self._with_token:
            for subscription in list(self._connection.subscriptions.values()):
                if 0 < subscription.expires_at_s < before_s:
                    self._connection.unsubscribe(subscription, codes.SUBSCRIPTION_EXPIRED)

    def leave(self, subscription: Subscription) -> None:
        """Leave a channel, and tell those who want to know."""
        channel = subscription.channel
        if self._connection.subscriptions.pop(channel.name, None) is not None:
            self._parts.counts.subscriptions -= 1
            self._parts.hub.unsubscribe(subscription)
            self._tell_others(channel, "leave")

    def history(self, command_id: int, asked: frames.HistoryRequest) -> None:
        """Show recent publications of a channel that the connection is subscribed to."""
        subscription = self._connection.subscriptions.get(asked.channel)
        if subscription is None:
            self._connection.refuse(command_id, codes.PERMISSION_DENIED)
            return
        if subscription.sight is not None:
            self._connection.refuse(command_id, codes.NOT_AVAILABLE)
            return
        channel, epoch = subscription.channel, self._parts.hub.positions.log
        since = asked.since
        found = channel.history_of(since.offset if since is not None else None, asked.limit, reverse=asked.reverse)
        if found is None or (since is not None and since.epoch not in ("", epoch)):
            self._connection.refuse(command_id, codes.UNRECOVERABLE_POSITION)
            return
        listed = b",".join([publication(each.data, each.position) for each in found])
        top = (epoch.encode(), max(channel.position, self._parts.hub.position))
        self._connection.answer(reply(command_id, "history", b'{"publications":[%s],"epoch":"%s","offset":%d}' % (listed, *top)))

    def presence(self, command_id: int, asked: frames.ChannelRequest) -> None:
        """Show who else is in a personal channel: the account's own clients on this gateway."""
        there = self._present(command_id, asked.channel)
        if there is not None:
            clients = b",".join([b'"%s":%s' % (each.client_id.encode(), client_info(each.user, each.client_id)) for each in there])
            self._connection.answer(reply(command_id, "presence", b'{"presence":{%s}}' % clients))

    def presence_stats(self, command_id: int, asked: frames.ChannelRequest) -> None:
        """Count who is in a personal channel."""
        there = self._present(command_id, asked.channel)
        if there is not None:
            counts = (len(there), len({each.user for each in there}))
            self._connection.answer(reply(command_id, "presence_stats", b'{"num_clients":%d,"num_users":%d}' % counts))

    def refresh(self, command_id: int, asked: frames.TokenRequest) -> None:
        """Take a newer token of a subscription; for one that ran out the client subscribes again, with another."""
        connection = self._connection
        subscription = connection.subscriptions.get(asked.channel)
        if subscription is None or not asked.token:
            connection.refuse(command_id, codes.PERMISSION_DENIED if subscription is None else codes.BAD_REQUEST)
            return
        try:
            subscription.expires_at_s = self._granted_until_s(asked.channel, asked.token)
        except Refusing as refusing:
            is_expired = refusing.code == codes.TOKEN_EXPIRED
            if is_expired:
                connection.unsubscribe(subscription, codes.SUBSCRIPTION_EXPIRED)
            connection.refuse(command_id, codes.EXPIRED_SUBSCRIPTION if is_expired else refusing.code)
            return
        connection.answer(reply(command_id, "sub_refresh", b"{%s}" % self._expiry(subscription.expires_at_s)[1:]))

    async def _subscribed(self, asked: frames.SubscribeRequest, *, by_token: bool = False) -> bytes:
        connection, hub = self._connection, self._parts.hub
        if len(asked.channel) > CHANNEL_CHARACTERS_MAX:
            raise Refusing(codes.BAD_REQUEST)
        name = channel_name(asked.channel)
        if name is None:
            raise Refusing(codes.UNKNOWN_CHANNEL)
        if asked.channel in connection.subscriptions or asked.channel in self._pending:
            raise Refusing(codes.ALREADY_SUBSCRIBED)
        if len(connection.subscriptions) + len(self._pending) >= self._channels_max:
            raise Refusing(codes.LIMIT_EXCEEDED)
        expires_at_s = self._allowed_until_s(name, asked, by_token=by_token)
        self._pending.add(asked.channel)
        try:
            channel, sight = await self._enter(name, asked)
        except NotSeen:
            raise Refusing(codes.UNKNOWN_CHANNEL) from None
        finally:
            self._pending.discard(asked.channel)
        if channel is None or connection.is_closed:
            raise Refusing(codes.UNKNOWN_CHANNEL)
        if not hub.has(channel):
            raise Refusing(codes.INTERNAL)
        told = self._recovered(channel, asked, sight)
        subscription = Subscription(channel, connection, _tick_s(asked.data) if not name.is_personal else 0.0, sight)
        self._with_token = self._with_token or expires_at_s > 0
        subscription.expires_at_s, subscription.join_leave = expires_at_s, asked.join_leave and name.is_personal
        hub.subscribe(channel, subscription)
        connection.subscriptions[asked.channel] = subscription
        self._parts.counts.subscriptions += 1
        self._tell_others(channel, "join")
        return b'{"recoverable":true,"positioned":true%s%s}' % (told, self._expiry(expires_at_s))

    async def _enter(self, name: ChannelName, asked: frames.SubscribeRequest) -> tuple[Channel | None, Sight | None]:
        """Return a channel, open and as far as the client is, and what the client sees of it."""
        since = asked.offset if asked.recover and asked.epoch == self._parts.hub.positions.log else 0
        return await self._parts.hub.enter(name, name.subject_id if name.is_personal else self._connection.user, since)

    @property
    def _channels_max(self) -> int:
        return self._parts.limits.channels_max

    def _recovered(self, channel: Channel, asked: frames.SubscribeRequest, sight: Sight | None) -> bytes:
        """Return what is said of a subscription: where it begins, and either all of it or what was missed."""
        hub = self._parts.hub
        epoch, position = hub.positions.log, hub.position_of(channel)
        top = b',"epoch":"%s","offset":%d' % (epoch.encode(), position)
        if not asked.recover:
            return b'%s,"data":%s' % (top, channel.snapshot())
        may_recover = sight is None or sight.may_recover(asked.offset)
        if asked.epoch in ("", epoch) and channel.floor <= asked.offset <= hub.known_of(channel) and may_recover:
            missed = channel.data_after(asked.offset, sight)
            listed = publication(missed, position) if missed is not None else b""
            return b'%s,"was_recovering":true,"recovered":true,"publications":[%s]' % (top, listed)
        if asked.flag & REJECT_UNRECOVERED:
            raise Refusing(codes.UNRECOVERABLE_POSITION)
        return b'%s,"was_recovering":true,"recovered":false,"data":%s' % (top, channel.snapshot())

    def _allowed_until_s(self, name: ChannelName, asked: frames.SubscribeRequest, *, by_token: bool) -> int:
        """Return until when the connection may be in a channel, 0 for as long as it is connected."""
        if asked.token:
            return self._granted_until_s(asked.channel, asked.token)
        if name.is_personal and not by_token and name.subject_id != self._connection.user:
            raise Refusing(codes.PERMISSION_DENIED)
        return 0

    def _granted_until_s(self, channel: str, token: str) -> int:
        try:
            claims = self._parts.tokens.verify(token, "subscription")
        except SocketTokenExpired:
            raise Refusing(codes.TOKEN_EXPIRED) from None
        except SocketTokenInvalid:
            raise Refusing(codes.PERMISSION_DENIED) from None
        if claims.channel != channel or claims.sub != self._connection.user:
            raise Refusing(codes.PERMISSION_DENIED)
        return claims.exp

    def _expiry(self, expires_at_s: int) -> bytes:
        return b',"expires":true,"ttl":%d' % max(1, expires_at_s - self._parts.now_s()) if expires_at_s else b""

    def _present(self, command_id: int, channel: str) -> "list[SocketConnection] | None":
        subscription, name = self._connection.subscriptions.get(channel), channel_name(channel)
        if subscription is None or name is None or not name.is_personal:
            self._connection.refuse(command_id, codes.PERMISSION_DENIED if subscription is None else codes.NOT_AVAILABLE)
            return None
        return [each for each in subscription.channel.subscriptions if not each.is_edge]

    def _tell_others(self, channel: Channel, what: str) -> None:
        """Tell those who asked for it that this client came or went."""
        wanting = [each for each in channel.subscriptions.values() if each.join_leave and each.subscriber is not self._connection]
        if wanting:
            info = b'{"info":%s}' % client_info(self._connection.user, self._connection.client_id)
            frame = push(channel.name, what, info)
            for each in wanting:
                each.subscriber.send(frame)


def _tick_s(data: frames.Raw) -> float:
    """Return the gap that a client asks for; what is not understood asks for the shortest."""
    try:
        return TICKS_S.get(_looking(bytes(data)).looking, TICK_S)
    except msgspec.MsgspecError:
        return TICK_S

"""One connection: what its commands do, and what it is told. It knows frames, not sockets."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from api.auth.socket_tokens import EDGE, SocketClaims, SocketTokenExpired, SocketTokenInvalid
from api.auth.tokens import Session
from api.stream import codes, frames
from api.stream.channel import Subscription
from api.stream.codes import DisconnectCode, ErrorCode
from api.stream.edge_subscribing import EdgeSubscribing
from api.stream.frames import Command, FrameMalformed, commands_of, error_reply, joined, push, reply
from api.stream.gateway_parts import GatewayParts
from api.stream.subscribing import Subscribing

COMMANDS_PER_S, COMMANDS_BURST = 200.0, 2_000.0
ERRORS_MAX = 1_000
UNANSWERED_MAX = 1_000
EARLY_MAX = 512


class Socket(Protocol):
    """What carries a connection."""

    @property
    def buffered_bytes(self) -> int:
        """How much was sent and not yet taken by the operating system."""
        ...

    def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Send a text message, behind all before it; one that may wait is written with others within a moment."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close with a code, at once for what is not drained."""
        ...


class SocketConnection:
    """A client. `session` is None while it is anonymous, `client_id` is empty before it has connected.

    An edge is a gateway itself: trusted, since it has the key of the tokens, and not limited in what it asks.
    """

    def __init__(self, parts: GatewayParts, socket: Socket) -> None:
        self.parts = parts
        self.socket = socket
        self.is_paused = False
        self.is_closed = False
        self.is_edge = False
        self.client_id = ""
        self.session: Session | None = None
        self.expires_at_s = 0
        self.subscriptions: dict[str, Subscription] = {}
        self.opened_s = self.paused_s = self.pinged_s = self.tokens_s = parts.clock.monotonic_s()
        self.awaits_pong = False
        self.subscribing: Subscribing = Subscribing(self)
        self._tokens = COMMANDS_BURST
        self._errors = 0
        self._unanswered = 0
        self._connecting = False
        self._batch: list[bytes] | None = None
        self._early: list[Command] = []

    @property
    def user(self) -> str:
        """The account, empty for an anonymous connection."""
        return self.session.account_id if self.session is not None else ""

    def receive(self, frame: bytes) -> None:
        """Carry out the commands of a frame, in order; what can be answered at once is answered in one frame."""
        try:
            commands = commands_of(frame)
        except FrameMalformed:
            self.disconnect(codes.BAD_COMMAND)
            return
        if not self._may_ask(len(commands)):
            self.disconnect(codes.TOO_MANY_REQUESTS)
            return
        self.parts.counts.commands += len(commands)
        self._carry_out_all(commands)

    def answer(self, message: bytes) -> None:
        """Send a reply, with others of its frame where there are some."""
        if self._batch is not None:
            self._batch.append(message)
        else:
            self.send(message)

    def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Send a frame; a client that lets too much wait is closed as slow."""
        if self.is_closed:
            return
        if self.is_paused and self.socket.buffered_bytes > self.parts.limits.buffer_bytes_max:
            self.disconnect(codes.SLOW)
            return
        self.socket.send(frame, may_wait=may_wait)

    def refuse(self, command_id: int, error: ErrorCode) -> None:
        """Answer a command that failed; a client that does little else is closed."""
        self._errors += not self.is_edge
        if self._errors > ERRORS_MAX:
            self.disconnect(codes.TOO_MANY_ERRORS)
        else:
            self.answer(error_reply(command_id, error))

    def disconnect(self, why: DisconnectCode) -> None:
        """Close the connection with a code."""
        if not self.is_closed:
            self.parts.counts.disconnected(why.code)
            self.closed()
            self.socket.close(why.code, why.reason)

    def closed(self) -> None:
        """Leave all channels: the connection is gone."""
        if not self.is_closed:
            self.is_closed = True
            for subscription in list(self.subscriptions.values()):
                self.subscribing.leave(subscription)

    def dropped(self, subscription: Subscription) -> None:
        """Have the client subscribe again, since the channel is not kept up to date any more."""
        self.unsubscribe(subscription, codes.SUBSCRIBE_AGAIN)

    def ended(self, subscription: Subscription) -> None:
        """Tell the client that it may see the channel no more."""
        self.unsubscribe(subscription, codes.NO_LONGER_ALLOWED)

    def unsubscribe(self, subscription: Subscription, why: DisconnectCode) -> None:
        """End a subscription, and say so."""
        self.subscribing.leave(subscription)
        said = b'{"code":%d,"reason":"%s"}' % (why.code, why.reason.encode())
        self.send(push(subscription.channel.name, "unsubscribe", said))

    def begin_asking(self) -> bool:
        """Note that a command waits for its answer; return whether there are not too many."""
        self._unanswered += 1
        return self.is_edge or self._unanswered <= UNANSWERED_MAX

    def end_asking(self) -> None:
        """Note that it has one."""
        self._unanswered -= 1

    def _may_ask(self, commands: int) -> bool:
        now_s = self.parts.clock.monotonic_s()
        self._tokens = min(COMMANDS_BURST, self._tokens + (now_s - self.tokens_s) * COMMANDS_PER_S) - commands
        self.tokens_s = now_s
        return self.is_edge or self._tokens >= 0

    def _carry_out_all(self, commands: Sequence[Command]) -> None:
        self._batch = []
        for command in commands:
            self._carry_out(command)
            if self.is_closed:
                break
        batch, self._batch = self._batch, None
        if batch and not self.is_closed:
            self.send(joined(batch))

    def _carry_out(self, command: Command) -> None:
        if command.connect is not None:
            self._connect(command)
            return
        if not self.client_id:
            self._keep_until_connected(command)
            return
        if not command.id:
            if command.send is None:
                self.awaits_pong = False
            else:
                self.disconnect(codes.NO_MESSAGES)
            return
        for name, carry_out in METHODS.items():
            request = getattr(command, name)
            if request is not None:
                carry_out(self, command.id, request)
                return
        self.refuse(command.id, codes.METHOD_NOT_FOUND)

    def _keep_until_connected(self, command: Command) -> None:
        """Keep a command that came right behind `connect`, to be carried out after it; before `connect` there is none."""
        if self._connecting and len(self._early) < EARLY_MAX:
            self._early.append(command)
        else:
            self.disconnect(codes.BAD_COMMAND)

    def _connect(self, command: Command) -> None:
        asked = command.connect
        if self.client_id or self._connecting or asked is None or not command.id:
            self.disconnect(codes.BAD_COMMAND)
            return
        channels: tuple[str, ...] = ()
        if asked.token:
            claims = self._claims(asked.token, command.id)
            if claims is None:
                return
            channels = claims.channels
            if claims.aud == EDGE:
                self.is_edge, self.subscribing = True, EdgeSubscribing(self)
            elif claims.sub:
                self.session, self.expires_at_s = claims.session, claims.exp
        self._connecting = True

        async def connect() -> None:
            session = self.session
            if session is not None and session.session_id and not await self.parts.counts_still(session):
                self.disconnect(codes.INVALID_TOKEN)
                return
            if not self.parts.take_place(self):
                self.disconnect(codes.CONNECTION_LIMIT)
                return
            self.client_id = self.parts.clock.new_id()
            subs = await self.subscribing.begin(channels, asked.subs)
            if not self.is_closed:
                self.send(reply(command.id, "connect", self._connected(subs)))
                early, self._early = self._early, []
                self._carry_out_all(early)

        self.parts.run(connect(), lambda: self.refuse(command.id, codes.INTERNAL))

    def _claims(self, token: str, command_id: int) -> SocketClaims | None:
        try:
            return self.parts.tokens.verify(token, "connection")
        except SocketTokenExpired:
            self.refuse(command_id, codes.TOKEN_EXPIRED)
        except SocketTokenInvalid:
            self.disconnect(codes.INVALID_TOKEN)
        return None

    def _connected(self, subs: bytes) -> bytes:
        limits = self.parts.limits
        told = b'"client":"%s","version":"slipstream","ping":%d,"pong":true' % (self.client_id.encode(), limits.ping_s)
        log = b',"log":"%s"' % self.parts.tokens.log_id.encode() if self.is_edge else b""
        return b'{%s%s,"data":{"position":"%s"%s}%s}' % (told, self._expiry(), self.parts.position_text().encode(), log, subs)

    def _expiry(self) -> bytes:
        if not self.expires_at_s:
            return b""
        return b',"expires":true,"ttl":%d' % max(1, self.expires_at_s - self.parts.now_s())

    def refresh(self, command_id: int, asked: frames.TokenRequest) -> None:
        """Take a newer token of the same account; for one that ran out the client connects again, with another."""
        try:
            claims = self.parts.tokens.verify(asked.token, "connection")
        except SocketTokenExpired:
            self.disconnect(codes.EXPIRED)
            return
        except SocketTokenInvalid:
            self.disconnect(codes.INVALID_TOKEN)
            return
        if claims.sub != self.user:
            self.disconnect(codes.INVALID_TOKEN)
            return
        self.session, self.expires_at_s = claims.session, claims.exp
        told = b'{"client":"%s","version":"slipstream"%s}' % (self.client_id.encode(), self._expiry())
        self.answer(reply(command_id, "refresh", told))

    def ping(self, command_id: int, _asked: frames.Empty) -> None:
        """Answer a ping of the client's."""
        self.answer(reply(command_id, "ping", b"{}"))

    def publish(self, command_id: int, _asked: frames.PublishRequest) -> None:
        """Refuse: channels here are fed by the log alone."""
        self.refuse(command_id, codes.PERMISSION_DENIED)

    def rpc(self, command_id: int, asked: frames.RpcRequest) -> None:
        """Call a method."""
        call = (self.parts.edge_methods if self.is_edge else self.parts.methods).get(asked.method)
        if call is None:
            self.refuse(command_id, codes.METHOD_NOT_FOUND)
            return
        if not self.begin_asking():
            self.end_asking()
            self.refuse(command_id, codes.LIMIT_EXCEEDED)
            return

        def told(body: bytes) -> None:
            self.end_asking()
            self.answer(reply(command_id, "rpc", b'{"data":%s}' % body))

        call(self.session, bytes(asked.data) or b"{}", told)


METHODS: dict[str, Callable[[SocketConnection, int, Any], None]] = {
    "subscribe": lambda self, command_id, asked: self.subscribing.subscribe(command_id, asked),
    "rpc": SocketConnection.rpc,
    "unsubscribe": lambda self, command_id, asked: self.subscribing.unsubscribe(command_id, asked),
    "history": lambda self, command_id, asked: self.subscribing.history(command_id, asked),
    "presence": lambda self, command_id, asked: self.subscribing.presence(command_id, asked),
    "presence_stats": lambda self, command_id, asked: self.subscribing.presence_stats(command_id, asked),
    "sub_refresh": lambda self, command_id, asked: self.subscribing.refresh(command_id, asked),
    "refresh": SocketConnection.refresh,
    "ping": SocketConnection.ping,
    "publish": SocketConnection.publish,
}

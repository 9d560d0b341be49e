"""Commands as clients send them, replies and pushes as they get them: JSON, several commands of a frame separated by line feeds."""

from collections.abc import Sequence

import msgspec

from api.stream.codes import ErrorCode

FRAME_BYTES_MAX = 65_536
COMMANDS_PER_FRAME_MAX = 512
ID_MAX = 4_294_967_295
OFFSET_MAX = 18_446_744_073_709_551_615

Raw = msgspec.Raw
NOTHING = Raw()
"""JSON that was not sent."""


class FrameMalformed(Exception):  # noqa: N818  (named for what happened)
    """The frame is not JSON commands of the protocol, or holds too many of them."""


class StreamPosition(msgspec.Struct, frozen=True):
    """Where a client stands in a channel; this gateway's offsets are positions of the log, its epochs name the log."""

    offset: int = 0
    epoch: str = ""


class SubscribeRequest(msgspec.Struct, frozen=True):
    """Subscribe to a channel; with `recover`, from where the client stands. `data` may tell how often it wants to be told.

    A `delta` that the protocol has is not granted: publications come whole.
    """

    channel: str = ""
    token: str = ""
    recover: bool = False
    epoch: str = ""
    offset: int = 0
    data: Raw = NOTHING
    join_leave: bool = False
    flag: int = 0
    delta: str = ""


class ConnectRequest(msgspec.Struct, frozen=True):
    """The first command; without a token the connection is anonymous. `subs` is where the client stands in channels of its token."""

    token: str = ""
    data: Raw = NOTHING
    subs: dict[str, SubscribeRequest] = {}
    name: str = ""
    version: str = ""


class ChannelRequest(msgspec.Struct, frozen=True):
    """Names a channel: unsubscribe, presence, presence_stats."""

    channel: str = ""


class PublishRequest(msgspec.Struct, frozen=True):
    """Publish to a channel; no channel here takes publications of clients."""

    channel: str = ""
    data: Raw = NOTHING


class HistoryRequest(msgspec.Struct, frozen=True):
    """Ask for recent publications: after `since`, at most `limit` (0 only tells where the channel stands, below 0 is all)."""

    channel: str = ""
    limit: int = 0
    since: StreamPosition | None = None
    reverse: bool = False


class TokenRequest(msgspec.Struct, frozen=True):
    """Bring a newer token, for the connection or for a channel."""

    token: str = ""
    channel: str = ""


class RpcRequest(msgspec.Struct, frozen=True):
    """Call a method; `data` is its argument."""

    method: str = ""
    data: Raw = NOTHING


class Empty(msgspec.Struct, frozen=True):
    """Nothing, as a ping and a message that is not answered say."""


class Command(msgspec.Struct, frozen=True):
    """A command: an id for its reply, and one request. With neither it is the client's answer to a ping."""

    id: int = 0
    connect: ConnectRequest | None = None
    subscribe: SubscribeRequest | None = None
    unsubscribe: ChannelRequest | None = None
    publish: PublishRequest | None = None
    presence: ChannelRequest | None = None
    presence_stats: ChannelRequest | None = None
    history: HistoryRequest | None = None
    ping: Empty | None = None
    send: Empty | None = None
    rpc: RpcRequest | None = None
    refresh: TokenRequest | None = None
    sub_refresh: TokenRequest | None = None


_decode = msgspec.json.Decoder(Command).decode
_encode = msgspec.json.Encoder().encode
PING = b"{}"
DELTAS = ("", "fossil")
"""The kinds of deltas that the protocol has."""
ABOUT_A_CHANNEL = ("subscribe", "unsubscribe", "publish", "presence", "presence_stats", "history", "sub_refresh")


def commands_of(frame: bytes) -> list[Command]:
    """Return the commands of a frame, in order.

    Raises:
        FrameMalformed: for anything else.

    """
    lines = [line for line in frame.split(b"\n") if line and not line.isspace()]
    if not lines or len(lines) > COMMANDS_PER_FRAME_MAX or len(frame) > FRAME_BYTES_MAX:
        raise FrameMalformed
    try:
        commands = [_decode(line) for line in lines]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FrameMalformed(str(error)[:200]) from None
    if any(not 0 <= command.id <= ID_MAX for command in commands):
        raise FrameMalformed("id")
    if not all(map(_is_whole, commands)):
        raise FrameMalformed("a channel, a token or data is missing, or a delta of no known kind is asked for")
    return commands


def _is_whole(command: Command) -> bool:
    """Whether a command says what it is about, as far as the protocol closes a connection that does not."""
    if command.subscribe is not None and command.subscribe.delta not in DELTAS:
        return False
    if command.publish is not None and not bytes(command.publish.data):
        return False
    if command.refresh is not None and not command.refresh.token:
        return False
    return all((request := getattr(command, name)) is None or request.channel for name in ABOUT_A_CHANNEL)


def text_of(value: str) -> bytes:
    """Return text as JSON. Text that is no Unicode (a lone surrogate) is shown with question marks."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(value.encode("utf-8", "replace").decode())


def reply(command_id: int, kind: str, result: bytes) -> bytes:
    """Return the reply to a command; `result` is JSON."""
    return b'{"id":%d,"%s":%s}' % (command_id, kind.encode(), result)


def error_reply(command_id: int, error: ErrorCode) -> bytes:
    """Return the reply to a command that failed."""
    more = b',"temporary":true' if error.temporary else b""
    return b'{"id":%d,"error":{"code":%d,"message":"%s"%s}}' % (command_id, error.code, error.message.encode(), more)


def publication(data: bytes, offset: int) -> bytes:
    """Return a publication; `data` is JSON."""
    return b'{"data":%s,"offset":%d}' % (data, offset)


def push(channel: str, kind: str, body: bytes) -> bytes:
    """Return a push to the subscribers of a channel: pub, join, leave, unsubscribe."""
    return b'{"push":{"channel":%s,"%s":%s}}' % (text_of(channel), kind.encode(), body)


def client_info(user: str, client: str) -> bytes:
    """Return who a client is."""
    return b'{"user":%s,"client":%s}' % (text_of(user), text_of(client))


def joined(replies: Sequence[bytes]) -> bytes:
    """Return several replies as one frame."""
    return b"\n".join(replies)

"""What a Centrifugo asks about its clients, as it asks it: connect, subscribe, rpc; and what it is answered."""

import msgspec

from api.auth.tokens import Session
from api.stream.codes import DisconnectCode, ErrorCode
from api.stream.frames import NOTHING, Raw


class Meta(msgspec.Struct, frozen=True):
    """What a connection token says of the session that it stands on, which the Centrifugo keeps with the connection."""

    log: str = ""
    sid: str = ""
    ver: int = 0


class ProxiedRequest(msgspec.Struct, frozen=True):
    """A question about a client; `user` is its account, empty for anybody."""

    client: str = ""
    user: str = ""
    channel: str = ""
    method: str = ""
    data: Raw = NOTHING
    meta: Meta | None = None

    @property
    def session(self) -> Session | None:
        """Return the session that the client's token stands on, None for anybody."""
        if not self.user:
            return None
        meta = self.meta or Meta()
        return Session(self.user, "", "", (), 0, meta.sid, meta.ver)


decode_request = msgspec.json.Decoder(ProxiedRequest).decode


def result(body: bytes) -> bytes:
    """Return an answer; `body` is JSON."""
    return b'{"result":%s}' % body


def error(why: ErrorCode) -> bytes:
    """Return that the command fails with a code."""
    more = b',"temporary":true' if why.temporary else b""
    return b'{"error":{"code":%d,"message":"%s"%s}}' % (why.code, why.message.encode(), more)


def disconnect(why: DisconnectCode) -> bytes:
    """Return that the connection is to be closed with a code."""
    return b'{"disconnect":{"code":%d,"reason":"%s"}}' % (why.code, why.reason.encode())

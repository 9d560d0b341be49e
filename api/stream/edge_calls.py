"""What a gateway does for its edges beside channels: it answers whether sessions count, carries out calls of clients, tells who changed.

An edge has the key of the tokens, no database and no views. It verifies tokens by itself and asks for all that only the log knows.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from api.auth.tokens import Session
from api.stream.frames import NOTHING, Raw, push
from api.stream.gateway_parts import Call

ACCOUNTS = "accounts"
"""The channel that edges are told of accounts on whose sessions changed; nobody subscribes to it."""
COUNTS, CALL = "edge.session", "edge.call"
YES, NO, UNKNOWN = b"true", b"false", b"null"

ReadT = TypeVar("ReadT")
encode = msgspec.json.Encoder().encode


class EdgeSession(msgspec.Struct, frozen=True):
    """A session as an edge names it; an empty account is an anonymous client."""

    account_id: str = ""
    expires_at_s: int = 0
    session_id: str = ""
    version: int = 0

    @property
    def session(self) -> Session | None:
        """Return it as the gateway has it."""
        named = (self.account_id, "", "", (), self.expires_at_s, self.session_id, self.version)
        return Session(*named) if self.account_id else None


class EdgeCall(msgspec.Struct, frozen=True):
    """A call of a client: whose, which method, and its argument."""

    session: EdgeSession = EdgeSession()
    method: str = ""
    data: Raw = NOTHING


_session = msgspec.json.Decoder(EdgeSession).decode
_call = msgspec.json.Decoder(EdgeCall).decode


class CountsSessions(Protocol):
    """What answers: a gateway."""

    async def counts_still(self, session: Session) -> bool:
        """Tell whether a session still counts."""
        ...

    def run(self, work: Coroutine[Any, Any, None], failed: Callable[[], object]) -> None:
        """Run something that waits; `failed` is called where it raised."""
        ...


class EdgeCalls:
    """Answers calls of edges."""

    def __init__(self, asked: CountsSessions, methods: Mapping[str, Call]) -> None:
        self._asked = asked
        self._methods = methods
        self.methods: Mapping[str, Call] = {COUNTS: self.counts, CALL: self.call}

    def counts(self, _session_of_edge: Session | None, argument: bytes, told: Callable[[bytes], None]) -> None:
        """Tell whether a session counts: true, false, or null where that cannot be told now."""
        session = _read(_session, argument, EdgeSession()).session

        async def look() -> None:
            told(YES if session is None or await self._asked.counts_still(session) else NO)

        self._asked.run(look(), lambda: told(UNKNOWN))

    def call(self, _session_of_edge: Session | None, argument: bytes, told: Callable[[bytes], None]) -> None:
        """Carry out a call of a client; the answer is what the client is answered."""
        asked = _read(_call, argument, EdgeCall())
        method = self._methods.get(asked.method)
        if method is None:
            told(UNKNOWN)
        else:
            method(asked.session.session, bytes(asked.data) or b"{}", told)


def _read(decode: Callable[[bytes], ReadT], argument: bytes, otherwise: ReadT) -> ReadT:
    try:
        return decode(argument)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return otherwise


def edge_session(session: Session | None) -> EdgeSession:
    """Return a session as an edge names it."""
    if session is None:
        return EdgeSession()
    return EdgeSession(session.account_id, session.expires_at_s, session.session_id, session.version)


def accounts_changed(accounts: Sequence[str]) -> bytes:
    """Return what edges are told when accounts changed."""
    return push(ACCOUNTS, "pub", b'{"data":%s}' % encode(list(accounts)))

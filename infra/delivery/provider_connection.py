"""One connection to a provider: one request at a time, and an answer that is bounded in size and time."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple, cast

import httptools

ANSWER_BYTES_MAX = 16 * 1024
BODY_KEPT_BYTES = 300
INFORMATIONAL = range(100, 200)


class ProviderAnswer(NamedTuple):
    """What a provider answered: header fields with lower-case names, and the beginning of the body."""

    status: int
    fields: Mapping[str, str]
    body: bytes


class NotSent(Exception):  # noqa: N818  (it is an outcome)
    """The provider certainly took nothing: it could not be reached, or is not asked for now."""

    def __init__(self, why: str, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.after_s = after_s


class MaybeSent(Exception):  # noqa: N818  (likewise)
    """The request went out, and what came of it is not known."""


class ProviderConnection(asyncio.Protocol):
    """A connection. The parser of answers calls the methods whose names begin with `on_`."""

    def __init__(self, body_kept_bytes: int = BODY_KEPT_BYTES) -> None:
        """`body_kept_bytes` is how much of the body of an answer is kept."""
        self._body_kept_bytes = body_kept_bytes
        self._loop = asyncio.get_running_loop()
        self._status, self._fields, self._body = 0, dict[str, str](), b""
        self._received = 0
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[ProviderAnswer] | None = None
        self.idle_since_s = 0.0
        self._keeps = True

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing() and self._answer is None

    async def ask(self, request: bytes, timeout_s: float) -> ProviderAnswer:
        """Send a request, and return its answer; as soon as the status is known, what is wrong with the rest does not matter.

        Raises:
            MaybeSent: where no status came, within the time or at all.

        """
        assert self._transport is not None, "it is connected"
        self._begin_answer()
        self._parser, self._received = httptools.HttpResponseParser(self), 0
        answer: asyncio.Future[ProviderAnswer] = self._loop.create_future()
        self._answer = answer
        deadline = self._loop.call_later(timeout_s, self._end, f"no answer within {timeout_s:g} s")
        self._transport.write(request)
        try:
            return await answer
        finally:
            deadline.cancel()
            if not answer.done() or answer.cancelled():
                self.close()
            self._answer = None

    def close(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; uvloop's is of a class of its own."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read a part of the answer."""
        if self._answer is None or self._answer.done():
            self.close()  # nobody asked for anything
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._end("the answer is not HTTP")
        if self._received > ANSWER_BYTES_MAX:
            self._end(f"the answer is longer than {ANSWER_BYTES_MAX} bytes")

    def connection_lost(self, _: Exception | None) -> None:
        """End a request that is under way."""
        self._end("the connection ended before the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header field."""
        self._fields[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Know the status, from here on."""
        self._status, self._keeps = self._parser.get_status_code(), self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """Keep the beginning of the body."""
        self._body = (self._body + body)[: self._body_kept_bytes]

    def on_message_complete(self) -> None:
        """Give the answer, unless it only says that one will come."""
        if self._status in INFORMATIONAL:
            self._begin_answer()
            return
        self._give()
        if not self._keeps:
            self.close()

    def _begin_answer(self) -> None:
        self._status, self._fields, self._body = 0, {}, b""

    def _give(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(ProviderAnswer(self._status, self._fields, self._body))

    def _end(self, why: str) -> None:
        """End the request that is under way with what is known, and the connection."""
        if self._answer is not None and not self._answer.done():
            if self._status and self._status not in INFORMATIONAL:
                self._give()
            else:
                self._answer.set_exception(MaybeSent(why))
        self.close()

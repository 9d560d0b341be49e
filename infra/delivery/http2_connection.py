"""One HTTP/2 connection to a provider (RFC 9113): many requests at a time, and answers that are bounded in size and time."""

import asyncio
from collections.abc import Sequence
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamEnded, StreamReset
from h2.exceptions import H2Error

from infra.delivery.provider_connection import ANSWER_BYTES_MAX, MaybeSent, NotSent, ProviderAnswer

Fields = Sequence[tuple[str, str]]
ROOM_WITHIN_S = 1.0
"""For so long a request waits until the other end takes one more; then it is for later."""


class _Request:
    """A request that is under way: what came of its answer so far, and who waits for it."""

    def __init__(self, answer: asyncio.Future[ProviderAnswer]) -> None:
        self.answer, self.status, self.fields, self.body = answer, 0, dict[str, str](), b""

    def give(self) -> None:
        """Give the answer."""
        if not self.answer.done():
            self.answer.set_result(ProviderAnswer(self.status, self.fields, self.body))

    def end(self, outcome: NotSent | MaybeSent) -> None:
        """End without an answer, unless its status is known."""
        if self.status:
            self.give()
        elif not self.answer.done():
            self.answer.set_exception(outcome)


class Http2Connection(asyncio.Protocol):
    """A connection, for one event loop."""

    def __init__(self, monotonic_s: float = 0.0) -> None:
        self._loop = asyncio.get_running_loop()
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._transport: asyncio.Transport | None = None
        self._requests: dict[int, _Request] = {}
        self._changed = asyncio.Event()
        self._is_ending = False
        self.used_s = monotonic_s

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing() and not self._is_ending

    @property
    def is_busy(self) -> bool:
        """Whether requests are under way."""
        return bool(self._requests)

    async def ask(self, fields: Fields, body: bytes, timeout_s: float) -> ProviderAnswer:
        """Send a request, and return its answer.

        Raises:
            NotSent: where it certainly was not taken. MaybeSent: where it may have been.

        """
        await self._wait_for_room(len(body))
        stream_id = self._h2.get_next_available_stream_id()
        request = _Request(self._loop.create_future())
        self._requests[stream_id] = request
        try:
            self._h2.send_headers(stream_id, list(fields))
            self._h2.send_data(stream_id, body, end_stream=True)
            self._write()
            async with asyncio.timeout(timeout_s):
                return await request.answer
        except H2Error as error:
            self.close()
            raise NotSent(f"the connection takes no more: {type(error).__name__}") from None
        except TimeoutError:
            self._is_ending = True  # what is under way may still be answered; the next one is asked elsewhere
            raise MaybeSent(f"no answer within {timeout_s:g} s") from None
        finally:
            self._requests.pop(stream_id, None)
            if self._is_ending and not self._requests:
                self.close()

    def close(self) -> None:
        """Close the connection at once."""
        self._is_ending = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the conversation; uvloop's transport is of a class of its own."""
        self._transport = cast("asyncio.Transport", transport)
        self._h2.initiate_connection()
        self._write()

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        try:
            events = self._h2.receive_data(data)
        except H2Error as error:
            self._end_all(MaybeSent(f"the answer is not HTTP/2: {type(error).__name__}"))
            return
        for event in events:
            self._take(event)
        self._write()
        self._changed.set()

    def connection_lost(self, _: Exception | None) -> None:
        """End all requests that are under way."""
        self._end_all(MaybeSent("the connection ended before the answer"))

    def _take(self, event: Event) -> None:
        match event:
            case ResponseReceived(stream_id=int(stream_id), headers=headers) if stream_id in self._requests and headers is not None:
                fields = {str(name): str(value) for name, value in headers}
                status = fields.get(":status", "")
                request = self._requests[stream_id]
                request.status, request.fields = int(status) if status.isdecimal() else 0, fields
            case DataReceived(stream_id=int(stream_id), data=data, flow_controlled_length=int(length)):
                self._h2.acknowledge_received_data(length, stream_id)
                if stream_id in self._requests and data is not None:
                    request = self._requests[stream_id]
                    request.body = (request.body + data)[:ANSWER_BYTES_MAX]
            case StreamEnded(stream_id=int(stream_id)) if stream_id in self._requests:
                self._requests[stream_id].end(MaybeSent("the answer has no status"))
            case StreamReset(stream_id=int(stream_id), error_code=code) if stream_id in self._requests:
                why = "the request was not taken" if code == ErrorCodes.REFUSED_STREAM else "the request was ended"
                self._requests[stream_id].end(NotSent(why) if code == ErrorCodes.REFUSED_STREAM else MaybeSent(why))
            case ConnectionTerminated(last_stream_id=last):
                for stream_id, request in list(self._requests.items()):
                    is_beyond = last is not None and stream_id > last
                    request.end(NotSent("the connection is given up") if is_beyond else MaybeSent("the connection was given up"))
                self.close()
            case _:
                pass

    async def _wait_for_room(self, body_bytes: int) -> None:
        try:
            async with asyncio.timeout(ROOM_WITHIN_S):
                while self.is_usable and not self._has_room(body_bytes):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise NotSent("too many are being sent to this push service", 1.0) from None
        if not self.is_usable:
            raise NotSent("the connection is given up")

    def _has_room(self, body_bytes: int) -> bool:
        settings = self._h2.remote_settings
        is_open = self._h2.open_outbound_streams < settings.max_concurrent_streams
        return is_open and min(self._h2.outbound_flow_control_window, settings.initial_window_size) >= body_bytes

    def _write(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())

    def _end_all(self, outcome: MaybeSent) -> None:
        for request in list(self._requests.values()):
            request.end(outcome)
        self._changed.set()
        self.close()

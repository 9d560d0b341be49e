"""One client connection: its limits and deadlines, and how it is refused and closed."""

from collections import deque
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api import refusals as refused
from api.http.direct.routes import Handler, head_of, problem_reply
from domain.refused import Refused
from infra.httpserver.connections import REQUEST_LOST, Admission, peer_of
from infra.httpserver.guard import ServerContext
from infra.httpserver.head import RequestHead

SILENT: Final = 0
"""Connected, nothing received yet."""
IN_HEAD: Final = 1
IDLE: Final = 2
"""Between two requests."""
IN_BODY: Final = 3
ANSWERING: Final = 4
LINGERING: Final = 5
"""Refused: what still comes is thrown away until the client has closed."""
CLOSING: Final = 6

LOSSES: Final = (0, 1, 2, 3, REQUEST_LOST, 0, 0)
"""What is lost when a connection is closed, by phase."""


class DirectCycle:
    """A request to a hot route, from its head to its answer."""

    __slots__ = ("body", "fields", "handler", "is_answered", "keep_alive", "method", "path", "query", "request_id", "since_s")

    def __init__(
        self, handler: Handler, method: bytes, path: bytes, query: bytes, fields: dict[bytes, bytes], body: bytes = b"", *, keep_alive: bool
    ) -> None:
        self.handler = handler
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.keep_alive = keep_alive
        self.body = body
        self.request_id = b""
        self.since_s = 0.0
        self.is_answered = False


Cycle = DirectCycle | RequestResponseCycle


class LimitedConnection(HttpToolsProtocol):
    """A connection, and the requests of it that are under way."""

    def __init__(self, *given: Any, guard: ServerContext, **named: Any) -> None:
        super().__init__(*given, **named)
        self._guard = guard
        self.phase = SILENT
        self.since_s = 0.0
        self.stalled_since_s: float | None = None
        self.address = ""
        self._probes_only = False
        self._head = RequestHead()
        self._head.is_open = False
        self._in_message = False
        self._messages = 0
        self._open_bytes = 0
        self._discarded_bytes = 0
        self._unfed = b""
        self._feeding = self._advancing = False
        self._deaf = False
        self._moves = False
        self._direct: DirectCycle | None = None
        self._under_way: Cycle | None = None
        self._waiting: deque[tuple[Cycle, Any]] = deque()
        self._refusal: Refused | None = None

    @property
    def loss(self) -> int:
        """How much is lost when this connection is closed now."""
        return LOSSES[self.phase]

    def connection_made(self, transport: Any) -> None:
        """Take the connection, if there is room for it."""
        super().connection_made(transport)
        self.address = peer_of(self.client)
        self.since_s = self.loop.time()
        admission = self._guard.connections.admit(self)
        self._probes_only = admission is Admission.PROBES
        if admission is Admission.NONE:
            self.make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and let handlers that still answer it know."""
        self._guard.connections.release(self)
        for cycle in (self._under_way, *(waiting for waiting, _ in self._waiting)):
            if isinstance(cycle, RequestResponseCycle):
                cycle.disconnected = True
                cycle.message_event.set()
        self.phase, self._under_way, self._direct, self._unfed = CLOSING, None, None, b""
        self._waiting.clear()
        super().connection_lost(exc)

    def make_room(self) -> None:
        """Close at once, since another connection needs the place."""
        self.phase, self.since_s = CLOSING, self.loop.time()
        self.transport.abort()

    def shutdown(self) -> None:
        """Close once what is under way is answered."""
        last = self._waiting[-1][0] if self._waiting else self._under_way
        if last is None:
            self._close()
        else:
            last.keep_alive = False

    @property
    def closes_next(self) -> bool:
        """Whether it is closed after its next answer."""
        return self._moves or self._guard.is_leaving

    def leave(self) -> None:
        """Close after the next answer: that of the last request that is here, or, where none is, that of the next one."""
        last = self._waiting[-1][0] if self._waiting else self._under_way
        if last is not None:
            last.keep_alive = False

    def move(self) -> None:
        """Close after the next answer, while the server goes on: the client opens another connection, wherever it is accepted."""
        self._moves = True
        self.leave()

    def pause_writing(self) -> None:
        """Note since when the client has not read what it is sent."""
        self.stalled_since_s = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on."""
        self.stalled_since_s = None
        super().resume_writing()

    def eof_received(self) -> bool:  # type: ignore[override]  # what asyncio says it may return
        """The client has sent all it will: what is under way is still answered, then the connection is closed."""
        if self._under_way is None or self._in_message:
            return False
        self.shutdown()
        self._deaf = True
        return True

    def expire(self, now_s: float) -> None:
        """Close if a deadline passed. While the client does not read its answers, nothing more is read of it, and only that counts."""
        limits, phase, waited_s = self._guard.limits, self.phase, now_s - self.since_s
        if self.stalled_since_s is not None:
            if now_s - self.stalled_since_s > limits.stalled_s:
                self._note_late("stalled")
                self.make_room()
        elif (phase == SILENT and waited_s > limits.first_byte_s) or (phase == IDLE and waited_s > limits.idle_s):
            self._note_late("idle" if phase == IDLE else "first byte")
            self._close()
        elif (phase == IN_HEAD and waited_s > limits.head_s) or (phase == IN_BODY and waited_s > limits.body_s):
            self._refuse_slow("head" if phase == IN_HEAD else "body")
        elif phase >= LINGERING and waited_s > limits.linger_s:
            self.transport.abort()

    def _note_late(self, why: str) -> None:
        self._guard.figures.closed.labels(why).inc()

    def _refuse_slow(self, part: str) -> None:
        """Refuse a request of which too little came in time."""
        self._note_late(part)
        self._give_up_reading()
        self._refuse(refused.RequestTooSlow(part))

    def _give_up_reading(self) -> None:
        """Tell a framework that waits for the rest of a body, which will not be read any more, that the client has gone."""
        reading = self.cycle if self._in_message and not self._head.is_open and self._direct is None else None
        if reading is not None and not reading.response_started:
            reading.disconnected = True
            reading.message_event.set()
            if reading is self._under_way:
                self._under_way = None
            elif self._waiting and self._waiting[-1][0] is reading:
                self._waiting.pop()

    def _close(self) -> None:
        self.phase, self.since_s = CLOSING, self.loop.time()
        self.transport.close()

    def _refuse(self, refusal: Refused) -> None:
        """Answer what cannot be read or taken, once the requests before it are answered, and close."""
        if self.phase >= LINGERING:
            return
        self._unfed, self._direct, self._deaf = b"", None, True
        if self._under_way is not None or self._waiting:
            self._refusal, self.phase = refusal, ANSWERING
            return
        guard, head = self._guard, self._head
        guard.figures.refused_requests.labels(refusal.slug).inc()
        reply = problem_reply(refusal, head.path or b"/")
        date = guard.date_lines(self.server_state)
        self.transport.write(head_of(reply, date, guard.request_id_of(head.fields), closes=True) + reply.body)
        self.phase, self.since_s = LINGERING, self.loop.time()
        self.flow.resume_reading()
        self.transport.write_eof()

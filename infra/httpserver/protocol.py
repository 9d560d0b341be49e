"""HTTP/1.1 over one connection: uvicorn's protocol with limits on everything that a client may hold, and a short way for hot routes.

Requests to a hot route are answered by its handler at once; everything else goes on to the framework, unchanged. Requests of one
connection are answered in the order in which they came.
"""

from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from api import refusals as refused
from api.http.direct.routes import DirectRequest, Reply, head_of, problem_reply
from domain.refused import Refused
from infra.httpserver.connection import ANSWERING, CLOSING, IDLE, IN_BODY, IN_HEAD, LINGERING, SILENT, Cycle, DirectCycle, LimitedConnection
from infra.httpserver.head import RequestHead, too_large
from infra.httpserver.limits import HEAD_BYTES_MAX, LINGER_BYTES_MAX, SLICE_BYTES
from infra.httpserver.load_shedding import READING
from infra.httpserver.whole import read_whole

PROBES: Final = (b"/healthz", b"/readyz")


class LimitedProtocol(LimitedConnection):
    """One connection: reads requests, and answers them in order."""

    # What comes in.

    def data_received(self, data: bytes) -> None:
        """Read requests, as many as may be under way at once."""
        phase = self.phase
        if phase >= LINGERING or self._deaf:
            self._discarded_bytes += len(data)
            if self._discarded_bytes > LINGER_BYTES_MAX:
                self.transport.abort()
        elif self._unfed or self._waiting:
            self._unfed += data
        elif len(data) > SLICE_BYTES:
            self._unfed = data
            self._feed_rest()
        elif phase > IDLE or phase == IN_HEAD or self._probes_only or not self._begin_whole(data):
            self._feed(data)

    def _begin_whole(self, data: bytes) -> bool:
        """Begin a request to a hot route that came in one piece, between two others; False where it is the parser's to read."""
        whole = read_whole(data)
        if whole is None or self._guard.refusal() is not None:
            return False
        path, _, query = whole.target.partition(b"?")
        handler = self._guard.routes.find(whole.method, path, query)
        if handler is None:
            return False
        handler = self._guard.shedder.handler_instead(whole.method, path, self, self.loop) or handler
        self._messages += 1
        if self._messages == 1:
            self._guard.connections.note_asked(self)
        self.phase = ANSWERING
        self._begin(DirectCycle(handler, whole.method, path, query, whole.fields, whole.body, keep_alive=True))
        return True

    def _feed_rest(self) -> None:
        """Feed what is left in slices, until a request has to wait for the ones before it."""
        while self._unfed and not self._waiting and self.phase < LINGERING:
            data, self._unfed = self._unfed[:SLICE_BYTES], self._unfed[SLICE_BYTES:]
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        if self.phase in (SILENT, IDLE):
            self.phase, self.since_s = IN_HEAD, self.loop.time()
        messages, self._feeding = self._messages, True
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # the request is answered in this protocol, and the last one of the connection
            self._deaf = True
            self.shutdown()
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._give_up_reading()
            self._refuse(cause if isinstance(cause, Refused) else refused.RequestMalformed(str(error)[:200]))
        finally:
            self._feeding = False
        if self._head.is_open and messages == self._messages:
            self._open_bytes += len(data)
            if self._open_bytes > HEAD_BYTES_MAX:
                self._refuse(too_large())

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._head = RequestHead()
        self._in_message = True
        self._messages += 1
        self._open_bytes = 0
        if self._under_way is None:
            self.phase, self.since_s = IN_HEAD, self.loop.time()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._head.add_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field."""
        self._head.add(name, value)

    def on_headers_complete(self) -> None:
        """Decide who answers: a handler of a hot route, or the framework."""
        head, version = self._head, self.parser.get_http_version()
        head.is_open = False
        if b"host" not in head.fields and version != "1.0":
            raise refused.HostMissing
        path, _, query = head.url.partition(b"?")
        if self._probes_only and path not in PROBES:
            raise refused.ConnectionsFull
        refusal = self._guard.refusal()
        if refusal is not None and path not in PROBES:
            raise refusal
        if self._under_way is None:
            self.phase = IN_BODY
        method = self.parser.get_method()
        handler = self._guard.routes.find(method, path, query)
        if head.is_plain and (handler is not None or method in READING):
            handler = self._guard.shedder.handler_instead(method, path, self, self.loop) or handler
        if handler is None or not head.is_plain:
            self._direct = None
            self._hand_on(head, method, version)
        else:
            keep_alive = version != "1.0" and self.parser.should_keep_alive()
            self._direct = DirectCycle(handler, method, path, query, head.fields, keep_alive=keep_alive)

    def _hand_on(self, head: RequestHead, method: bytes, version: str) -> None:
        """Hand a request on to the framework."""
        client, request_id = self._guard.client_of(self.client, head.fields), self._guard.request_id_of(head.fields)
        self.url, self.headers = head.url, head.headers
        self.expect_100_continue = head.fields.get(b"expect", b"").lower() == b"100-continue"
        self.scope = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": (client, self.client[1] if self.client else 0),
            "scheme": self.scheme or "http",
            "root_path": self.root_path,
            "headers": head.headers,
            "state": {"request_id": request_id},
            "method": method.decode("ascii"),
            "path": "",
            "raw_path": b"",
            "query_string": b"",
            "extensions": {},
        }
        self.cycle = None  # type: ignore[assignment]  # whether one is under way is known here, by `_start_asgi_task`
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        direct = self._direct
        if direct is None:
            super().on_body(body)
        else:
            direct.body = direct.body + body if direct.body else body

    def on_message_complete(self) -> None:
        """Answer a request that is here in whole, once those before it are answered."""
        self._in_message = False
        if self._messages == 1:
            self._guard.connections.note_asked(self)
        direct, self._direct = self._direct, None
        if self._under_way is not None or direct is not None:
            self.phase = ANSWERING
        if direct is None:
            super().on_message_complete()
        elif self._under_way is None and not self._waiting:
            self._begin(direct)
        else:
            self._wait(direct, None)

    # What goes out.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Let the framework answer, once the requests before are answered."""
        if self._under_way is not None:
            self._wait(cycle, app)
        else:
            self._under_way = cycle
            if self.closes_next and not self._waiting:
                cycle.keep_alive = False
            super()._start_asgi_task(cycle, app)

    def _wait(self, cycle: Cycle, app: Any) -> None:
        self._waiting.append((cycle, app))
        self.flow.pause_reading()

    def _begin(self, direct: DirectCycle) -> None:
        """Let the handler of a hot route answer."""
        guard, fields = self._guard, direct.fields
        self._under_way = direct
        if self.closes_next and not self._waiting:
            direct.keep_alive = False
        direct.since_s = self.loop.time()
        direct.request_id = guard.request_id_of(fields)
        client = guard.client_of(self.client, fields)
        request = DirectRequest(direct.method, direct.path, direct.query, fields, direct.body, client, direct.request_id)
        guard.begin()
        try:
            direct.handler(request, lambda reply: self._reply(direct, reply))
        except Exception as error:  # noqa: BLE001  (a bug in one handler is one request's 500)
            guard.note_broken(request, error)
            self._reply(direct, problem_reply(refused.SomethingBroke(), direct.path))

    def _reply(self, direct: DirectCycle, reply: Reply) -> None:
        """Write an answer in one piece, and go on with the next request."""
        if direct.is_answered:
            return
        direct.is_answered = True
        now_s = self.loop.time()
        self._guard.count(direct.method, direct.path, reply.status, now_s - direct.since_s)
        if self._under_way is not direct:
            return  # the client has gone
        date = self._guard.date_lines(self.server_state)
        head = head_of(reply, date, direct.request_id, closes=not direct.keep_alive)
        self.transport.write(head if direct.method == b"HEAD" else head + reply.body)
        if not direct.keep_alive:
            self._close()
        elif not (self._waiting or self._in_message or self._unfed or self._refusal or self._advancing):
            self._under_way = None
            self.phase, self.since_s = IDLE, now_s
            return
        self.on_response_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request of this connection, or wait for one."""
        self.server_state.total_requests += 1
        self._under_way = None
        if not self._advancing:
            self._advance()

    def _advance(self) -> None:
        self._advancing = True
        while self._waiting and self._under_way is None and not self.transport.is_closing():
            cycle, app = self._waiting.popleft()
            self.phase = ANSWERING
            if isinstance(cycle, DirectCycle):
                self._begin(cycle)
            else:
                self._start_asgi_task(cycle, app)
        self._advancing = False
        if self.transport.is_closing():
            if self.phase < LINGERING:
                self.phase, self.since_s = CLOSING, self.loop.time()
        elif self._under_way is None and self._refusal is not None:
            self._refuse(self._refusal)
        else:
            self._listen()

    def _listen(self) -> None:
        """Read on, where nothing waits for its turn."""
        if self._under_way is None:
            self.since_s = self.loop.time()
            self.phase = IN_HEAD if self._head.is_open else IN_BODY if self._in_message else IDLE
        if self._waiting:
            return
        self.flow.resume_reading()
        if self._unfed and not self._feeding:
            self.loop.call_soon(self._feed_rest)

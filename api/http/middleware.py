"""Middleware before every route of the framework, in plain ASGI: limits, header fields, request ids, unexpected errors."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.rate_limits import TokenBuckets
from api.auth.tokens import ProcessClock
from api.client_address import address_of
from api.http.headers import completed
from api.http.metrics import Metrics
from api.http.problems import problem_response
from api.positions import Positions
from api.refusals import BodyTooLarge, SomethingBroke
from domain.refused import Refused

BODY_BYTES_MAX = 256 * 1024
"""Enough for a bet of a thousand legs to be told that this is too many."""

DISCARDED_BYTES_MAX = 64 * 1024 * 1024
ADDRESSES_REMEMBERED_MAX = 8_192
AFTER, POSITION = b"slipstream-after", b"slipstream-position"
PROBES = ("/healthz", "/readyz")
NO_ROUTE = "none"

logger = structlog.get_logger()
limited_as = lru_cache(ADDRESSES_REMEMBERED_MAX)(address_of)


class RequestMiddleware:
    """Limits and counts requests on their way to the app. POST to an `asgi_routes` path goes straight to its handler."""

    def __init__(
        self,
        app: ASGIApp,
        asgi_routes: Mapping[str, ASGIApp],
        metrics: Metrics,
        clock: ProcessClock,
        addresses: TokenBuckets,
        positions: Positions,
        *,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        self._app = app
        self._asgi_routes = dict(asgi_routes)
        self._metrics = metrics
        self._clock = clock
        self._addresses = addresses
        self._positions = positions
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is no request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request(scope, receive, send, self._clock, self._positions)
        self._metrics.under_way_now += 1
        structlog.contextvars.bind_contextvars(request_id=request.id.decode(), client=request.client)
        try:
            await self._answer(request)
        except ClientDisconnect:
            request.gone = True
        except Exception:
            if request.gone:
                return
            logger.exception("a request could not be answered", method=request.method, path=request.path[:200])
            if request.status is None:
                await request.refuse(SomethingBroke())
            else:
                raise
        finally:
            self._metrics.under_way_now -= 1
            if request.status is not None:
                seconds = self._clock.monotonic_s() - request.began_s
                self._metrics.count(request.method, request.status, seconds, self._route_of(request))

    def _route_of(self, request: "_Request") -> str:
        """Return the route of a request: the path with the names of its parameters, so that there are as many as there are routes."""
        if request.method == "POST" and request.path in self._asgi_routes:
            return request.path
        return str(getattr(request.scope.get("route"), "path", NO_ROUTE))

    async def _answer(self, request: "_Request") -> None:
        try:
            if request.path not in PROBES:
                self._addresses.take(limited_as(request.client), request.began_s)
            request.read_position()
            body = await self._limited(request)
        except Refused as refusal:
            await request.refuse(refusal)
            return
        app = self._asgi_routes.get(request.path, self._app) if request.method == "POST" else self._app
        await app(request.scope, body, request.send)

    async def _limited(self, request: "_Request") -> Receive:
        """Return how to read the body. A body of unannounced length is read here, up to the limit.

        Raises:
            BodyTooLarge: when it is, once it was read as far as is reasonable.

        """
        announced = None
        for name, value in request.scope["headers"]:
            if name == b"content-length":
                announced = int(value) if value.isdigit() and len(value) < 19 else self._body_bytes_max + 1
            elif name == b"transfer-encoding":
                return await self._replayed(request.receive)
        if announced is None or announced <= self._body_bytes_max:
            return request.receive
        await _discard(request.receive, 0)
        raise BodyTooLarge(self._body_bytes_max)

    async def _replayed(self, receive: Receive) -> Receive:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientDisconnect
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._body_bytes_max:
                if more:
                    await _discard(receive, len(body))
                raise BodyTooLarge(self._body_bytes_max)
        told = False

        async def replay() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return replay


class _Request:
    """One request, and what became of it. A HEAD is a GET whose body the server leaves out.

    The app behind knows positions as numbers; here they are text of the log, both ways.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, clock: ProcessClock, positions: Positions) -> None:
        self._positions = positions
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.scope: Scope = {**scope, "method": "GET"} if self.method == "HEAD" else scope
        self.client: str = scope["client"][0] if scope["client"] else ""
        self.id: bytes = scope.get("state", {}).get("request_id") or clock.new_id().encode()
        self.began_s = clock.monotonic_s()
        self.status: int | None = None
        self.gone = False
        self._receive = receive
        self._send = send

    def read_position(self) -> None:
        """Let the app see the position that is waited for as a number.

        Raises:
            PositionMalformed: with what was sent.

        """
        fields = self.scope["headers"]
        if any(name == AFTER for name, _ in fields):
            named = ",".join(value.decode("latin-1") for name, value in fields if name == AFTER)
            after = (AFTER, b"%d" % self._positions.read(named))
            self.scope = {**self.scope, "headers": [*(field for field in fields if field[0] != AFTER), after]}

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.gone = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [self._named(field) for field in message.get("headers", ())]
            message = {**message, "headers": completed(headers, self.id)}
        await self._send(message)

    def _named(self, field: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        name, value = field
        return (name, self._positions.text(int(value)).encode()) if name == POSITION and value.isdigit() else field

    async def refuse(self, refusal: Refused) -> None:
        await problem_response(refusal, self.path)(self.scope, self.receive, self.send)


async def _discard(receive: Receive, seen_bytes: int) -> None:
    """Read what is left of a body that is too large, within reason: a client that still sends does not hear an answer."""
    more: Any = True
    while more and seen_bytes < DISCARDED_BYTES_MAX:
        message = await receive()
        seen_bytes += len(message.get("body", b""))
        more = message.get("more_body", False)

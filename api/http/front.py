"""What stands before every route, in plain ASGI: the limit on bodies, and the counts for /metrics."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem_response
from api.http.refusals import BodyTooLarge
from api.http.tokens import Clock

BODY_BYTES_MAX = 256 * 1024
"""Enough for a bet of a thousand legs to be told that this is too many."""

DISCARDED_BYTES_MAX = 64 * 1024 * 1024


class Metrics:
    """The figures of one HTTP process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("slipstream_http_requests", "Requests answered.", ["method", "status"], registry=self.registry)
        self.seconds = Histogram(
            "slipstream_http_request_seconds",
            "Seconds from a request's head to its answer.",
            ["method"],
            registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
        )
        self.under_way = Gauge("slipstream_http_requests_under_way", "Requests being answered now.", registry=self.registry)


class Front:
    """Limits and counts requests on their way to the app. POST to an `express` path goes past the app, straight to who answers it."""

    def __init__(
        self, app: ASGIApp, express: Mapping[str, ASGIApp], metrics: Metrics, clock: Clock, *, body_bytes_max: int = BODY_BYTES_MAX
    ) -> None:
        self._app = app
        self._express = dict(express)
        self._metrics = metrics
        self._clock = clock
        self._body_bytes_max = body_bytes_max
        self._counted: dict[tuple[str, int], Counter] = {}
        self._timed: dict[str, Histogram] = {}
        self._under_way = 0
        metrics.under_way.set_function(lambda: self._under_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is no request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = self._clock.monotonic_s()
        method, status = scope["method"], 500
        self._under_way += 1

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            body = await self._limited(scope, receive)
            if body is None:
                await problem_response(BodyTooLarge(self._body_bytes_max), scope["path"])(scope, receive, sending)
            else:
                app = self._express.get(scope["path"], self._app) if method == "POST" else self._app
                await app(scope, body, sending)
        finally:
            self._under_way -= 1
            self._count(method if method in METHODS else "other", status, self._clock.monotonic_s() - began_s)

    def _count(self, method: str, status: int, seconds: float) -> None:
        counted = self._counted.get((method, status))
        if counted is None:
            counted = self._counted[method, status] = self._metrics.requests.labels(method, str(status))
            self._timed[method] = self._metrics.seconds.labels(method)
        counted.inc()
        self._timed[method].observe(seconds)

    async def _limited(self, scope: Scope, receive: Receive) -> Receive | None:
        """Return how to read the body, None if it is too large. A body of unannounced length is read here, up to the limit."""
        announced = None
        for name, value in scope["headers"]:
            if name == b"content-length":
                announced = int(value) if value.isdigit() and len(value) < 19 else self._body_bytes_max + 1
            elif name == b"transfer-encoding":
                return await self._replayed(receive)
        if announced is None or announced <= self._body_bytes_max:
            return receive
        await _discard(receive, 0)
        return None

    async def _replayed(self, receive: Receive) -> Receive | None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._body_bytes_max:
                if more:
                    await _discard(receive, len(body))
                return None
        told = False

        async def replay() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return replay


async def _discard(receive: Receive, seen_bytes: int) -> None:
    """Read what is left of a body that is too large, within reason: a client that still sends does not hear an answer."""
    more = True
    while more and seen_bytes < DISCARDED_BYTES_MAX:
        message = await receive()
        seen_bytes += len(message.get("body", b""))
        more = message.get("more_body", False)


METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})

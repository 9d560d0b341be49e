"""The context that all connections of one server share: limits, counts, routes, request ids."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

import structlog

from api.auth.tokens import ProcessClock
from api.client_address import TrustedProxies
from api.http.direct.routes import DirectRequest, Routes
from api.http.headers import REQUEST_ID, encoded, is_sane_request_id
from api.http.metrics import Metrics
from domain.refused import Refused
from infra.httpserver.connections import ConnectionFigures, Connections
from infra.httpserver.limits import Limits
from infra.httpserver.load_shedding import LoadShedder

logger = structlog.get_logger()


class ServerContext:
    """Shared by the connections of one server. For one event loop."""

    def __init__(
        self,
        limits: Limits,
        proxies: TrustedProxies,
        metrics: Metrics,
        routes: Routes,
        clock: ProcessClock,
        refusal: Callable[[], Refused | None] = lambda: None,
    ) -> None:
        """Take what connections share; `refusal` says why nothing may be served at a moment.

        `is_leaving` is set when another process takes over: each connection is closed after its next answer.
        """
        self.refusal = refusal
        self.is_leaving = False
        self.limits = limits
        self.proxies = proxies
        self.routes = routes
        self.figures = ConnectionFigures(metrics.registry)
        self.connections = Connections(limits, proxies, self.figures)
        self.shedder = LoadShedder(limits, metrics.registry)
        self._metrics = metrics
        self._prefix = clock.new_id()[-12:].encode()
        self._numbers = count(1)
        self._date: tuple[Any, bytes] = (None, b"")

    def request_id_of(self, fields: dict[bytes, bytes]) -> bytes:
        """Return the id that a request brings where it is sane, else one that no other request of any process has."""
        given = fields.get(REQUEST_ID)
        if given is not None and is_sane_request_id(given):
            return given
        return b"%b-%x" % (self._prefix, next(self._numbers))

    def client_of(self, peer: tuple[str, int] | None, fields: dict[bytes, bytes]) -> str:
        """Return the address of who asks."""
        forwarded = fields.get(b"x-forwarded-for")
        address = peer[0] if peer else ""
        return address if forwarded is None else self.proxies.client_of(address, forwarded)

    def date_lines(self, server_state: Any) -> bytes:
        """Return the Date field; uvicorn renews it every second."""
        headers = server_state.default_headers
        if headers is not self._date[0]:
            self._date = (headers, encoded(headers))
        return self._date[1]

    def begin(self) -> None:
        """Count a request as under way."""
        self._metrics.under_way_now += 1

    def count(self, method: bytes, path: bytes, status: int, seconds: float) -> None:
        """Count a request to a hot route as answered."""
        self._metrics.under_way_now -= 1
        self._metrics.count(method.decode(), status, seconds, self.routes.name_of(path))

    def note_broken(self, request: DirectRequest, error: Exception) -> None:
        """Log a bug with the request that met it."""
        logger.error(
            "a request could not be answered",
            exc_info=error,
            path=request.path.decode("latin-1")[:200],
            client=request.client,
            request_id=request.request_id.decode(),
        )

    async def sweep(self) -> None:
        """Close connections whose deadline passed, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self.limits.sweep_s)
            now_s = loop.time()
            for connection in self.connections.every():
                connection.expire(now_s)

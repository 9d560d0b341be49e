"""Runs the HTTP server of a process: connections behind a guard, and the figures on a port of their own."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import structlog
import uvicorn
from prometheus_client import CollectorRegistry, start_http_server

from api.auth.tokens import ProcessClock
from api.http.app import HttpApi
from api.http.client_address import TrustedProxies
from infra.httpserver.guard import ServerContext
from infra.httpserver.limits import Limits, connections_within, raise_file_limit
from infra.httpserver.protocol import LimitedProtocol
from infra.settings import PORT_MAX, Settings

BACKLOG_CONNECTIONS = 4_096
STOP_TIMEOUT_S = 10

logger = structlog.get_logger()


class LimitedServer(uvicorn.Server):
    """A server that closes connections whose deadline passed."""

    def __init__(self, config: uvicorn.Config, guard: ServerContext) -> None:
        super().__init__(config)
        self._guard = guard
        self._sweep: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self._sweep = asyncio.create_task(self._guard.sweep())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is under way, then stop."""
        await super().shutdown(sockets)
        if self._sweep is not None:
            self._sweep.cancel()


def run_server(api: HttpApi, settings: Settings, limits: Limits, clock: ProcessClock, listener: socket.socket) -> None:
    """Serve the API on a listening socket until told to stop."""
    guard = guard_of(api, settings, limits, clock)
    http: Any = partial(LimitedProtocol, guard=guard)
    config = uvicorn.Config(
        api.app,
        loop="uvloop",
        http=http,
        ws="none",
        lifespan="off",
        backlog=BACKLOG_CONNECTIONS,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )
    with serving_figures(settings, api.metrics.registry):
        LimitedServer(config, guard).run([listener])


def guard_of(api: HttpApi, settings: Settings, limits: Limits, clock: ProcessClock) -> ServerContext:
    """Return the guard of a server; what may be open at once fits into the files that the process may open."""
    files_max = raise_file_limit()
    connections_max = connections_within(files_max, limits.connections_max)
    if connections_max < limits.connections_max:
        logger.warning(
            "fewer connections than set: the system lets a process open too few files", connections_max=connections_max, files=files_max
        )
    limits = Limits(**{**vars(limits), "connections_max": connections_max})
    guard = ServerContext(limits, TrustedProxies(settings.trusted_proxies), api.metrics, api.routes, clock, api.refusal)
    guard.figures.files.set(files_max)
    return guard


@contextmanager
def serving_figures(settings: Settings, registry: CollectorRegistry) -> Iterator[None]:
    """Serve the figures on a port of their own; where that port is taken, say so and go on without."""
    port = settings.metrics_port if settings.metrics_port is not None else (settings.http_port + 1) % (PORT_MAX + 1)
    if not port:
        yield
        return
    try:
        server, thread = start_http_server(port, settings.metrics_host, registry)
    except OSError as error:
        logger.warning("no figures: their port cannot be used; set SLIPSTREAM_METRICS_PORT", port=port, error=str(error))
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            server.shutdown()
            server.server_close()
        thread.join(STOP_TIMEOUT_S)

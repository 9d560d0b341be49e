"""Runs the HTTP server of a process: connections behind a guard, and the metrics on a port of their own."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import structlog
import uvicorn
from prometheus_client.registry import Collector

from api.auth.tokens import ProcessClock
from api.client_address import TrustedProxies
from api.http.app import HttpApi
from infra.httpserver.guard import ServerContext
from infra.httpserver.limits import Limits, connections_within, raise_file_limit
from infra.httpserver.protocol import LimitedProtocol
from infra.metrics.serving import registered, serving_metrics
from infra.processes.inherited_sockets import say_ready
from infra.settings import Settings

BACKLOG_CONNECTIONS = 4_096
STOP_TIMEOUT_S = 10
LOOK_EVERY_S = 0.02

Beside = Callable[[], Coroutine[Any, Any, None]]

logger = structlog.get_logger()


class LimitedServer(uvicorn.Server):
    """A server that closes connections whose deadline passed.

    At SIGUSR1 it leaves to another process that listens on the same socket: it accepts no more connections, answers what comes on those it
    has with `Connection: close`, and stops when they are gone, after ten seconds at the latest. No request is lost by it.
    At SIGUSR2 it goes on, and does the same to every second connection that is open: a process that has just begun gets its share.
    """

    def __init__(self, config: uvicorn.Config, guard: ServerContext, beside: Sequence[Beside] = ()) -> None:
        """Take the connections' context; what runs `beside` is begun with the server, on its loop, and ended with it."""
        super().__init__(config)
        self._guard = guard
        self._beside = (guard.sweep, *beside)
        self._running: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self._running = [asyncio.create_task(run()) for run in self._beside]
        if threading.current_thread() is threading.main_thread():  # where signals arrive
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.leave)
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, self.share)
        say_ready()

    def leave(self) -> None:
        """Begin to leave to another process."""
        self._guard.is_leaving = self.should_exit = True

    def share(self) -> None:
        """Have every second open connection closed after its next answer."""
        for connection in self._guard.connections.every()[::2]:
            connection.move()

    async def _empty(self) -> None:
        """Wait until every connection was closed after its next answer, or was idle for too long."""
        for server in self.servers:
            server.close()
        connections = self._guard.connections
        for connection in connections.every():
            connection.leave()
        for _ in range(int(STOP_TIMEOUT_S / LOOK_EVERY_S)):
            if not len(connections) or self.force_exit:
                break
            await asyncio.sleep(LOOK_EVERY_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what is under way, then stop."""
        if self._guard.is_leaving:
            await self._empty()
        await super().shutdown(sockets)
        for task in self._running:
            task.cancel()


def run_server(
    api: HttpApi,
    settings: Settings,
    limits: Limits,
    clock: ProcessClock,
    listener: socket.socket,
    collectors: Sequence[Collector] = (),
    beside: Sequence[Beside] = (),
) -> None:
    """Serve the API on a listening socket until told to stop; `collectors` tell further figures, `beside` runs on the same loop."""
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
    with serving_metrics(settings, "api", registered(api.metrics.registry, "api", *collectors)):
        LimitedServer(config, guard, beside).run([listener])


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

"""Serves the metrics of a role on a port of its own from a thread, so that they are available while the role is busy."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog
from prometheus_client import CollectorRegistry, Info, ProcessCollector, make_wsgi_app
from prometheus_client.registry import Collector

from infra.processes.inherited_sockets import METRICS, inherited, listening_at
from infra.settings import Settings

REQUEST_TIMEOUT_S = 10
STOP_TIMEOUT_S = 10

logger = structlog.get_logger()


def registry_of(role: str, *collectors: Collector) -> CollectorRegistry:
    """Return the figures of a role: its version, the process' memory and processor time, and what the collectors tell."""
    return registered(CollectorRegistry(), role, *collectors)


def registered(registry: CollectorRegistry, role: str, *collectors: Collector) -> CollectorRegistry:
    """Add to a registry what every role tells, and return it."""
    Info("slipstream_build", "The role and version of this process.", registry=registry).info(
        {"role": role, "version": version("slipstream")}
    )
    ProcessCollector(registry=registry)
    for collector in collectors:
        registry.register(collector)
    return registry


@contextmanager
def serving_metrics(settings: Settings, role: str, registry: CollectorRegistry) -> Iterator[None]:
    """Serve `/metrics` on the role's port, or on the socket that `slipstream up` holds for it; without one where the port is taken."""
    port = settings.metrics_port_of(role)
    listener = inherited(METRICS)
    if listener is None and port:
        try:
            listener = listening_at(settings.metrics_host, port)
        except OSError as error:
            logger.warning("no metrics: the port cannot be used; set SLIPSTREAM_METRICS_PORT", port=port, error=str(error))
    if listener is None:
        yield
        return
    server = _Server(listener, registry)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(STOP_TIMEOUT_S)


class _Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread of its own."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, registry: CollectorRegistry) -> None:
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        listener.setblocking(False)  # another process of the role may have taken what was there to accept
        self.server_name, self.server_port = listener.getsockname()[:2]
        self.setup_environ()
        self.set_app(make_wsgi_app(registry))


class _Handler(WSGIRequestHandler):
    """Logs no requests, and waits for none for long."""

    timeout = REQUEST_TIMEOUT_S

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name is the standard library's)
        """Say nothing."""

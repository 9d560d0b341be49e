"""Listening sockets, among them those that `slipstream up` holds and its roles inherit.

While the processes of a role take turns nobody is refused: connections wait in the socket's queue, whoever listens takes them.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

VARIABLE = "SLIPSTREAM_INHERITED_SOCKETS"
HTTP, STREAM, METRICS, READY = "http", "stream", "metrics", "ready"
"""Three listening sockets, and the pipe on which a process says that it is ready."""

BACKLOG_CONNECTIONS = 16
"""How many connections may wait at a port that few ask at."""


def listening_at(host: str, port: int, backlog_connections: int = BACKLOG_CONNECTIONS) -> socket.socket:
    """Return a socket that listens. Raises OSError where the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(backlog_connections)
    except OSError:
        listener.close()
        raise
    return listener


def variable_of(descriptors: Mapping[str, int]) -> dict[str, str]:
    """Return the environment that tells a process which descriptors it inherits."""
    return {VARIABLE: ",".join(f"{name}={descriptor}" for name, descriptor in descriptors.items())} if descriptors else {}


def descriptor_of(name: str) -> int | None:
    """Return the descriptor that this process inherited under a name, None where it did not."""
    for each in os.environ.get(VARIABLE, "").split(","):
        key, _, descriptor = each.partition("=")
        if key == name and descriptor.isdecimal():
            return int(descriptor)
    return None


def say_ready() -> None:
    """Report to the process that started this one that it is ready."""
    descriptor = descriptor_of(READY)
    if descriptor is not None:
        os.environ[VARIABLE] = ",".join(each for each in os.environ[VARIABLE].split(",") if not each.startswith(f"{READY}="))
        with suppress(BrokenPipeError):  # nobody waits for it
            os.write(descriptor, b"1")
        os.close(descriptor)


class ReadyPipe:
    """The end of a pipe on which a process says that it is ready; without a descriptor nobody says anything."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor
        if descriptor is not None:
            os.set_blocking(descriptor, False)

    def said(self) -> bool | None:
        """Return True once it is ready, False where it ended before, None where it has not said so yet."""
        if self._descriptor is None:
            return None
        try:
            return bool(os.read(self._descriptor, 1))
        except BlockingIOError:
            return None

    def close(self) -> None:
        """Listen no more; closing twice is no error."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None


def inherited(name: str) -> socket.socket | None:
    """Return the socket that this process inherited under a name, None where it did not."""
    descriptor = descriptor_of(name)
    return socket.socket(fileno=os.dup(descriptor)) if descriptor is not None else None

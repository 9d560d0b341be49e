"""Puts what is pushed to a socket within a moment into one write: a write is a system call, and dearer than all that comes before it.

A push after a pause is written at the end of the loop's turn, with what else the turn brought. Under load, which is when the last round
of writes ended less than the gathering time ago, pushes wait for the rest of that time. Messages that wait together for a socket go out
as one frame, a line each, as the protocol has it.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Protocol

from api.stream.frames import joined

GATHERED_BYTES_MAX = 32_768
"""What waits for a socket is written once it is so much."""


class Gathering(Protocol):
    """A socket whose messages may wait."""

    waiting: list[bytes]
    waiting_bytes: int

    def write(self, frame: bytes) -> None:
        """Hand a frame to the operating system, or to the socket's buffer."""
        ...


class GatheredWrites:
    """The messages that wait, of all sockets of a process. With `gather_s` 0 none does: each is a write of its own. For one event loop."""

    def __init__(self, gather_s: float, monotonic_s: Callable[[], float]) -> None:
        self._gather_s = gather_s
        self._monotonic_s = monotonic_s
        self._sockets: list[Gathering] = []
        self._written_s = -math.inf
        self._is_due = False

    def add(self, socket: Gathering, frame: bytes) -> None:
        """Write a message soon."""
        if not self._gather_s:
            socket.write(frame)
            return
        if not socket.waiting:
            self._sockets.append(socket)
        socket.waiting.append(frame)
        socket.waiting_bytes += len(frame)
        if socket.waiting_bytes > GATHERED_BYTES_MAX:
            write_waiting(socket)
        if not self._is_due:
            self._is_due = True
            self._call_when_due()

    def _call_when_due(self) -> None:
        loop = asyncio.get_running_loop()
        left_s = self._written_s + self._gather_s - self._monotonic_s()
        if left_s > 0:
            loop.call_later(left_s, self._write_all)
        else:
            loop.call_soon(self._write_all)

    def _write_all(self) -> None:
        sockets, self._sockets = self._sockets, []
        self._is_due = False
        known: tuple[list[bytes], bytes] | None = None
        for socket in sockets:
            waiting = socket.waiting
            if not waiting:
                continue
            if known is None or known[0] != waiting:
                known = (waiting, joined(waiting))
            socket.waiting, socket.waiting_bytes = [], 0
            socket.write(known[1])
        self._written_s = self._monotonic_s()


def write_waiting(socket: Gathering, last: Sequence[bytes] = ()) -> None:
    """Write at once what waits for a socket, and a message after it."""
    frames = [*socket.waiting, *last]
    socket.waiting, socket.waiting_bytes = [], 0
    if frames:
        socket.write(joined(frames))

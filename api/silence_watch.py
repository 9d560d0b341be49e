"""Notices that the other end of a socket is silent: it is asked whether it is there, and given up where it does not answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

LOOK_S = 0.5
QUIET_S, ANSWER_S = 2.0, 3.0
"""After so long without a word the other end is asked whether it is there; after so long without an answer it is not."""


class SilenceWatch:
    """Watches one connection, on the running loop."""

    def __init__(self) -> None:
        self._now_s = asyncio.get_running_loop().time
        self._closed = asyncio.Event()
        self._heard_s = self._now_s()
        self._asked_s: float | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the connection is gone."""
        return self._closed.is_set()

    def heard(self) -> None:
        """Note that something came."""
        self._heard_s, self._asked_s = self._now_s(), None

    def closed(self) -> None:
        """Note that the connection is gone."""
        self._closed.set()

    async def until_lost(self, ask: Callable[[], None]) -> None:
        """Return when the connection is gone, or its other end does not answer; `ask` sends something that is answered."""
        while not self._closed.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), LOOK_S)
            now_s = self._now_s()
            if self._asked_s is not None and now_s - self._asked_s > ANSWER_S:
                return
            if self._asked_s is None and now_s - self._heard_s > QUIET_S:
                self._asked_s = now_s
                ask()

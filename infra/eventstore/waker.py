"""Wakes the readers of the log after a commit, off the write path."""

import threading
from contextlib import suppress

import psycopg
from psycopg.sql import SQL, Identifier

PAUSE_S = 0.005
"""At most one NOTIFY in this time; one of them covers every commit before it. Readers poll too, so a lost one delays, no more."""


class Waker:
    """Sends NOTIFY from a thread and a connection of its own. (Within the write transaction it would serialise commits.)"""

    def __init__(self, dsn: str, channel: str) -> None:
        self._dsn = dsn
        self._notify = SQL("NOTIFY {}").format(Identifier(channel))
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Let readers know soon that something was committed. Never blocks, never fails."""
        if self._thread is None:
            with self._starting:
                if self._thread is None and not self._closed.is_set():
                    self._thread = threading.Thread(target=self._run, name="log-waker", daemon=True)
                    self._thread.start()
        if not self._wanted.is_set():
            self._wanted.set()

    def close(self) -> None:
        """Stop the thread."""
        self._closed.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            with suppress(psycopg.Error), psycopg.connect(self._dsn, autocommit=True, application_name="slipstream waker") as connection:
                while not self._closed.is_set():
                    self._wanted.wait()
                    self._wanted.clear()
                    connection.execute(self._notify)
                    self._closed.wait(PAUSE_S)
            self._closed.wait(PAUSE_S * 20)

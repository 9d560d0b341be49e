"""Notifies the readers of the log after a commit, outside the write path."""

import threading
from contextlib import suppress

import psycopg
from psycopg.sql import SQL, Identifier

from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS

PAUSE_S = 0.005
"""At most one notification in this time: it covers every commit before it. Readers poll too, so a lost one only delays them."""


class CommitNotifier:
    """Notifies from a thread and a connection of its own. Within the write transaction a notification would serialise commits."""

    def __init__(self, dsn: str, channel: str) -> None:
        self._dsn = dsn
        self._notify = SQL("NOTIFY {}").format(Identifier(channel))
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="commit-notifier", daemon=True)
        self._starting = threading.Lock()

    def notify(self) -> None:
        """Schedule a notification that something was committed. Never blocks, never fails."""
        if not self._wanted.is_set():
            self._wanted.set()
            if self._thread.ident is None:
                self._start()

    def close(self) -> None:
        """Stop the thread."""
        self._closed.set()
        self._wanted.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread.ident is None and not self._closed.is_set():
                self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            with suppress(psycopg.Error):
                self._notify_for_ever()
            self._wanted.set()  # the broken connection may not have sent the last notification
            self._closed.wait(PAUSE_S * 20)

    def _notify_for_ever(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True, application_name="slipstream notifier", **CONNECTION_TIMEOUTS) as connection:
            while not self._closed.is_set():
                self._wanted.wait()
                self._wanted.clear()
                connection.execute(self._notify)
                self._closed.wait(PAUSE_S)

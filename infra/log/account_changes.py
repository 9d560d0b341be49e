"""Reports accounts whose streams changed, whichever process changed them: a thread reads what was appended, four times a second."""

import threading
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import get_args

import psycopg
import structlog
from psycopg.rows import TupleRow

from domain.account.facts import AccountFact
from domain.fact import stored_name
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS

LOOK_EVERY_S = 0.25
FACTS_PER_LOOK_MAX = 50_000
KINDS = [stored_name(fact) for fact in get_args(AccountFact)]
CHANGED_SINCE = (files("infra.log") / "sql" / "accounts_changed_since.sql").read_bytes()

Told = Callable[[Sequence[str], float], None]
"""Called with the accounts that changed, and a time (monotonic, in seconds) up to which none is missing."""

logger = structlog.get_logger()


class AccountChanges:
    """Tells of every account whose stream grew. While the log is unavailable it tells nothing, and afterwards everything since."""

    def __init__(self, dsn: str, told: Told, monotonic_s: Callable[[], float]) -> None:
        self._dsn = dsn
        self._told = told
        self._monotonic_s = monotonic_s
        self._connection: psycopg.Connection[TupleRow] | None = None
        self._stopping = threading.Event()
        self._away = False
        self._thread = threading.Thread(target=self._run, name="account changes", daemon=True)
        self._true_s = monotonic_s()
        self.head = -1

    def start(self) -> "AccountChanges":
        """Start the thread; return itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    @property
    def age_s(self) -> float:
        """How old what was told is: so long ago no change was missing, in seconds. Before the first look, since this was made."""
        return self._monotonic_s() - self._true_s

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                is_more = self._look()
                self._away = False
            except psycopg.Error as error:
                if not self._away:
                    logger.warning("changes of accounts cannot be looked at; each request asks the log", error=str(error)[:200])
                self._away, is_more = True, False
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
            if not is_more:
                self._stopping.wait(LOOK_EVERY_S)

    def _look(self) -> bool:
        """Look once; return whether there is more to look at. The first look only notes where the log ends."""
        began_s = self._monotonic_s()
        if self._connection is None:
            self._connection = psycopg.connect(
                self._dsn, autocommit=True, application_name="slipstream account changes", **CONNECTION_TIMEOUTS
            )
        asked = {"after": self.head, "limit": FACTS_PER_LOOK_MAX, "kinds": KINDS}
        row = self._connection.execute(CHANGED_SINCE, asked, prepare=True).fetchone()
        assert row is not None, "an aggregate is one row"
        accounts, upto, count = row
        is_first, self.head = self.head < 0, upto
        is_more: bool = count == FACTS_PER_LOOK_MAX
        self._told(() if is_first else accounts, began_s if not is_more else 0.0)
        if not is_more:
            self._true_s = began_s
        return is_more

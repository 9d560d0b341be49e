"""The projector: keeps `open_leg` and `resulted_market` true up to a position of the log, which is written with them."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from struct import Struct
from typing import NamedTuple

import msgspec
import structlog
from psycopg.errors import LockNotAvailable

from domain.bet.facts import BetPlaced
from domain.fact import Recorded
from domain.market.facts import MarketResulted
from infra.eventstore.encoding import COPY_HEADER, COPY_TRAILER, uuid_bytes
from infra.log.tail import Tail
from infra.settler.tables import PROJECTING, Statements, connect

FACTS_PER_BATCH_MAX = 8_192
TURN_MS_MAX = 250
WAIT_MS_MAX = 500
GATHER_S = 0.02
"""How long to let facts gather after a wake-up: under load every commit wakes, and a stretch costs little more than a fact."""

PROJECTED = (BetPlaced, MarketResulted)

log = structlog.get_logger()

_row = Struct(">hi16siqi16si16si").pack


class Overtaken(Exception):  # noqa: N818  (named for what happened)
    """Another process projected meanwhile; what was about to be written is there already."""


class Result(NamedTuple):
    """A market's result, at its position in the log."""

    market_id: str
    position: int
    body: MarketResulted


class OpenLegs:
    """Projects the log into the tables, while it is this process's turn. For one thread.

    The turn is an advisory lock held by the very connection that writes: when that is lost, so is the turn. The tail is closed with it.
    """

    def __init__(self, dsn: str, tail: Tail) -> None:
        self._sql = Statements()
        self._tail = tail
        self._connection = connect(dsn, "settle: open legs")
        self._position = -1

    def step(self) -> None:
        """Await the turn, or project what is new, or wait for something new; come back within half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is away. Overtaken: when another process had the turn meanwhile.

        """
        if self._position < 0:
            self._await_turn()
        elif not self.project():
            self._tail.wait(WAIT_MS_MAX)
            time.sleep(GATHER_S)

    def _await_turn(self) -> None:
        with suppress(LockNotAvailable), self._connection.transaction():
            self._connection.execute(f"SET LOCAL lock_timeout = {TURN_MS_MAX}")
            self._connection.execute(self._sql.await_turn, (PROJECTING,))
            row = self._connection.execute(self._sql.position).fetchone()
            assert row is not None, "the position is one row"
            self._position = row[0]
            log.info("projecting open legs", position=self._position)

    def project(self) -> int:
        """Project the next stretch of the log in one transaction; return how long it was.

        Raises:
            psycopg.Error, StoreUnavailable, Overtaken: as `step`. Nothing of the stretch is written then.

        """
        facts, position = self._tail.pick(PROJECTED, self._position, FACTS_PER_BATCH_MAX)
        passed = position - self._position
        if passed:
            self._write(facts, position)
            self._position = position
        return passed

    def _write(self, facts: Sequence[Recorded], position: int) -> None:
        legs, results = changes(facts)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            if cursor.execute(self._sql.advance_position, (position, self._position), prepare=True).rowcount != 1:
                raise Overtaken
            if legs:
                with cursor.copy(self._sql.copy_legs) as copy:
                    copy.write(b"".join((COPY_HEADER, *legs, COPY_TRAILER)))
            for result in results:
                outcome = msgspec.json.encode(result.body.results)
                cursor.execute(self._sql.insert_result, (result.market_id, result.position, outcome, result.body.at), prepare=True)
            if results:
                cursor.execute(self._sql.announce)
            self._before_commit()

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connections, and with them the turn."""
        self._connection.close()
        self._tail.close()


def changes(facts: Iterable[Recorded]) -> tuple[list[bytes], list[Result]]:
    """Return the new rows of `open_leg` in Postgres' binary form, and the results."""
    legs: list[bytes] = []
    results: list[Result] = []
    for fact in facts:
        body = fact.body
        if type(body) is BetPlaced:
            bet_id, account_id = uuid_bytes(fact.stream_id), uuid_bytes(body.account_id)
            for market_id, selection in {leg.market_id: leg.selection for leg in body.legs}.items():
                name = selection.encode()
                row = _row(5, 16, uuid_bytes(market_id), 8, fact.position, 16, bet_id, 16, account_id, len(name))
                legs.append(row + name)
        elif type(body) is MarketResulted:
            results.append(Result(fact.stream_id, fact.position, body))
    return legs, results

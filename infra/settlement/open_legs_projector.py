"""The projector: keeps `open_leg` and `resulted_market` true up to a position of the log, which is written with them."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from struct import Struct
from typing import NamedTuple

import structlog
from psycopg.errors import LockNotAvailable

from domain.bet.facts import BetPlaced
from domain.fact import Fact, Recorded, UnknownFact, stored_name
from domain.market.facts import MarketResulted
from infra.eventstore.fact_encoding import COPY_HEADER, COPY_TRAILER, uuid_bytes
from infra.log.tail import Tail
from infra.readmodels.log_mark import why_estranged
from infra.readmodels.port import Positions
from infra.settlement.tables import PROJECTING, Statements, connect

FACTS_PER_BATCH_MAX = 8_192
TURN_MS_MAX = 250
WAIT_MS_MAX = 500
GATHER_S = 0.02
"""How long to let facts gather after a wake-up: under load every commit wakes, and a stretch costs little more than a fact."""

PROJECTED: tuple[type[Fact], ...] = (BetPlaced, MarketResulted)

logger = structlog.get_logger()

_row = Struct(">hi16siqi16si16s").pack


class Overtaken(Exception):  # noqa: N818  (named for what happened)
    """Another process projected meanwhile, or the log is another one; what was about to be written is not."""


class FactNotUnderstood(Exception):  # noqa: N818  (named for what happened)
    """The log has a bet or a result in a form that this process does not know: settlement stays before it until a newer process goes on."""


class ResultedMarket(NamedTuple):
    """A market that came out, and where the log says so."""

    market_id: str
    position: int


class OpenLegs:
    """Projects the log into the tables, while it is this process's turn. For one thread.

    The turn is an advisory lock held by the very connection that writes: when that is lost, so is the turn. The tail is closed with it.
    With the position the log's mark is kept there: where the log is another one or was restored, the tables are begun anew.
    """

    def __init__(self, dsn: str, tail: Tail) -> None:
        self._sql = Statements()
        self._tail = tail
        self._connection = connect(dsn, "settle: open legs")
        self._position = -1
        self._mark = ""

    def step(self) -> None:
        """Await the turn, or project what is new, or wait for something new; come back within half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is away. Overtaken: when another process had the turn meanwhile.
            FactNotUnderstood: when a newer process has to go on.

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
            position, mark = row
            if why := why_estranged(self._tail, Positions(position, [], mark)):
                self._connection.execute(self._sql.begin_anew)
                logger.error("the open legs are not of this log and are begun anew", why=why.replace("the view", "the table"))
                position, mark = 0, ""
            self._position, self._mark = position, mark
            logger.info("projecting open legs", position=self._position)

    def project(self) -> int:
        """Project the next stretch of the log in one transaction; return how long it was.

        Raises:
            psycopg.Error, StoreUnavailable, Overtaken, FactNotUnderstood: as `step`. Nothing of the stretch is written then, but what is
                before a fact that is not understood.

        """
        facts, position = self._tail.pick(PROJECTED, self._position, FACTS_PER_BATCH_MAX)
        stranger = next((fact for fact in facts if is_not_understood(fact)), None)
        if stranger is not None:
            facts, position = [fact for fact in facts if fact.position < stranger.position], stranger.position - 1
        passed = position - self._position
        if passed:
            self._hold_against_log()
            mark = self._tail.mark_at(position)
            if mark is None:
                raise Overtaken(f"the log does not reach to position {position} any more")
            self._write(facts, position, mark)
            self._position, self._mark = position, mark
        if stranger is not None and isinstance(stranger.body, UnknownFact):
            raise FactNotUnderstood(f"{stranger.body.name} at position {stranger.position}: {stranger.body.why}")
        return passed

    def _hold_against_log(self) -> None:
        """Notice, before anything is written, that the log is another one than the tables are of."""
        if self._position and self._tail.mark_at(self._position) != self._mark:
            raise Overtaken("the log is another one, or was restored")

    def _write(self, facts: Sequence[Recorded], position: int, mark: str) -> None:
        legs, results = changes(facts)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            if cursor.execute(self._sql.advance_position, (position, mark, self._position), prepare=True).rowcount != 1:
                raise Overtaken
            if legs:
                with cursor.copy(self._sql.copy_legs) as copy:
                    copy.write(b"".join((COPY_HEADER, *legs, COPY_TRAILER)))
            for result in results:
                cursor.execute(self._sql.insert_result, result, prepare=True)
            if results:
                cursor.execute(self._sql.announce)
            self._before_commit()

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connections, and with them the turn."""
        self._connection.close()
        self._tail.close()


def is_not_understood(fact: Recorded) -> bool:
    """Whether a fact is of a kind that settlement must understand, in a form that this process does not know."""
    return isinstance(fact.body, UnknownFact) and _kind(fact.body.name) in UNDERSTOOD


def _kind(name: str) -> str:
    """Return a stored name without its version."""
    return name.rpartition(".")[0]


UNDERSTOOD = frozenset(_kind(stored_name(kind)) for kind in PROJECTED)
"""A bet placed or a market's result of any version; unknown facts of other kinds change nothing here."""


def changes(facts: Iterable[Recorded]) -> tuple[list[bytes], list[ResultedMarket]]:
    """Return the new rows of `open_leg` in Postgres' binary form, and the markets that came out."""
    legs: list[bytes] = []
    results: list[ResultedMarket] = []
    for fact in facts:
        body = fact.body
        if type(body) is BetPlaced:
            try:
                legs += legs_of(fact, body)
            except ValueError:
                logger.exception("a bet names what is no id, and cannot be settled", bet_id=fact.stream_id, position=fact.position)
        elif type(body) is MarketResulted:
            results.append(ResultedMarket(fact.stream_id, fact.position))
    return legs, results


def legs_of(fact: Recorded, body: BetPlaced) -> list[bytes]:
    """Return the rows of a bet: one for each market that it depends on.

    Raises:
        ValueError: when an id is none.

    """
    bet_id, account_id = uuid_bytes(fact.stream_id), uuid_bytes(body.account_id)
    markets = dict.fromkeys(leg.market_id for leg in body.legs)
    return [_row(4, 16, uuid_bytes(market_id), 8, fact.position, 16, bet_id, 16, account_id) for market_id in markets]

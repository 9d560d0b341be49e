"""A worker: claims open legs of resulted markets, has their bets settled, and strikes them off, all in one transaction a chunk."""

from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from commands.dispatch import Dispatcher
from commands.ports import StoreUnavailable
from commands.settle_bet import SettleBet
from commands.work import Answer
from infra.clock import Clock
from infra.settler.tables import Statements, connect

LEGS_PER_CHUNK = 2_048
"""A dispatcher that takes as many in a batch settles a fifth more a second than one that takes 512."""
WAIT_S_MAX = 0.5

log = structlog.get_logger()


class LegsRefused(Exception):  # noqa: N818  (named for what happened)
    """Some legs could not be settled; they stay open and are tried again later."""


class ClaimedLeg(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of `open_leg` that is locked by us; `row` is where Postgres keeps it."""

    row: str
    market_id: str
    bet_id: str
    account_id: str
    selection: bytes
    market_position: int
    position: int


_legs = msgspec.json.Decoder(list[ClaimedLeg]).decode


class Worker:
    """Settles chunk after chunk. For one thread; several of them, here and in other processes, share the work by what they lock.

    A worker goes through the legs in order, from where its last chunk ended, so that it never looks twice at what it just struck off.
    When nothing is left it begins another round, since somebody else's claim may have been given up.
    """

    def __init__(self, dsn: str, dispatcher: Dispatcher, *, legs_per_chunk: int = LEGS_PER_CHUNK) -> None:
        self._sql = Statements()
        self._dispatcher = dispatcher
        self._legs_per_chunk = legs_per_chunk
        self._connection = connect(dsn, "settle: worker")
        # The index gives the legs in the order in which they are claimed; a sort would lock and read all of them for each chunk.
        self._connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        self._connection.execute(self._sql.listen)
        self._clock = Clock()
        self._begin_round()

    def _begin_round(self) -> None:
        self._market_position = self._leg_position = self._refused = 0

    def step(self) -> None:
        """Settle a chunk, or wait for a result; come back within half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is away. TimeoutError: when no answers came.
            LegsRefused: at the end of a round in which some legs could not be settled.

        """
        fresh, refused = self._market_position == 0, self._refused
        if self.settle_chunk():
            return
        self._begin_round()
        if refused:
            raise LegsRefused(f"{refused} legs")
        if fresh:
            self._connection.execute(self._sql.drop_drained, prepare=True)
            self.wait()

    def wait(self) -> None:
        """Return when a market came out, or after a while."""
        for _ in self._connection.notifies(timeout=WAIT_S_MAX, stop_after=1):
            pass

    def settle_chunk(self) -> int:
        """Claim the next legs, settle their bets, strike off what is settled; return how many were claimed.

        Raises:
            psycopg.Error, StoreUnavailable, TimeoutError: as `step`. The claim is given up then; what was settled stays so.

        """
        with self._connection.transaction():
            legs = self._claim()
            if legs:
                answers = self._dispatcher.try_many([self._command(leg) for leg in legs])
                self._strike_off(legs, answers)
        if legs:
            self._market_position, self._leg_position = legs[-1].market_position, legs[-1].position
        return len(legs)

    def _claim(self) -> list[ClaimedLeg]:
        named = {"market": self._market_position, "leg": self._leg_position, "limit": self._legs_per_chunk}
        with self._connection.cursor(binary=True) as cursor:
            claimed = cursor.execute(self._sql.claim_legs, named, prepare=True).fetchone()
            return _legs(claimed[0]) if claimed and claimed[0] else []

    def _command(self, leg: ClaimedLeg) -> SettleBet:
        """Return the command to look at a bet again: its result, its account and its wallet are found in the log."""
        return SettleBet(leg.bet_id, leg.market_id, self._clock.now(), leg.account_id)

    def _strike_off(self, legs: Sequence[ClaimedLeg], answers: Sequence[Any]) -> None:
        settled: list[str] = []
        for leg, answer in zip(legs, answers, strict=True):
            if isinstance(answer, Answer):
                settled.append(leg.row)
            elif isinstance(answer, StoreUnavailable):
                raise answer
            else:
                self._refused += 1
                log.error("a leg was not settled; it stays open", bet_id=leg.bet_id, market_id=leg.market_id, reason=repr(answer))
        self._connection.execute(self._sql.drop_legs, (settled,), prepare=True)
        self._before_commit()

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connection, and with it what is claimed."""
        self._connection.close()

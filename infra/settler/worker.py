"""A worker: claims open legs of resulted markets, has their bets settled, and strikes them off, all in one transaction a chunk."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import structlog

from commands.dispatch import Dispatcher
from commands.ports import StoreUnavailable
from commands.settle_bet import SettleBet
from commands.work import Answer
from domain.ids import wallet_of
from domain.settling import LegResult
from infra.settler.tables import Statements, connect

LEGS_PER_CHUNK = 2_048
"""A dispatcher that takes as many in a batch settles a fifth more a second than one that takes 512."""
WAIT_S_MAX = 0.5
MARKETS_KEPT_MAX = 1_000
WALLETS_KEPT_MAX = 100_000

log = structlog.get_logger()

_results = msgspec.json.Decoder(dict[str, LegResult]).decode
_wallet_of = lru_cache(WALLETS_KEPT_MAX)(wallet_of)


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


class Resulted(NamedTuple):
    """How a market's selections came out, and when."""

    results: dict[str, LegResult]
    at: datetime


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
        self._resulted: dict[str, Resulted] = {}
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
            legs = _legs(claimed[0]) if claimed and claimed[0] else []
            unknown = {leg.market_id for leg in legs} - self._resulted.keys()
            if unknown:
                if len(self._resulted) > MARKETS_KEPT_MAX:
                    self._resulted.clear()
                    unknown = {leg.market_id for leg in legs}
                for market_id, results, at in cursor.execute(self._sql.results, (list(unknown),)):
                    self._resulted[market_id] = Resulted(_results(results), at)
        return legs

    def _command(self, leg: ClaimedLeg) -> SettleBet:
        """Return what follows from the leg and its market's result, the same whoever asks and however often."""
        results, at = self._resulted[leg.market_id]
        return SettleBet(leg.bet_id, leg.account_id, _wallet_of(leg.account_id), leg.market_id, results[leg.selection.decode()], at)

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

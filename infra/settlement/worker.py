"""A worker: claims open legs of resulted markets, has their bets settled, and strikes them off, all in one transaction a chunk.

A leg whose bet cannot be settled is set aside, with an alarm, and retried with growing pauses; it holds up no other.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from commands.betting.settle_bet import SettleBet
from commands.dispatch.batch import Answer, Contended, LogClockBehind, Overloaded, Stopping
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import StoreUnavailable
from infra.clock import Clock
from infra.settlement.tables import Statements, connect

LEGS_PER_CHUNK = 2_048
"""A dispatcher that takes as many in a batch settles a fifth more a second than one that takes 512."""
WAIT_S_MAX = 0.5
CLOCK_SKEW_S_MAX = 5.0

logger = structlog.get_logger()


class NotNow(Exception):  # noqa: N818  (named for what happened)
    """The dispatcher takes no settlements at the moment; they are asked for again."""


class ClocksDisagree(Exception):  # noqa: N818  (named for what happened)
    """The clock of this process is too far from the database's: nothing is settled until they agree."""


class ClaimedLeg(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row that is locked by us; `row` is where Postgres keeps it.

    `number` is the position of its market's result, or how often it was tried where it had been set aside.
    """

    row: str
    market_id: str
    bet_id: str
    account_id: str
    number: int
    position: int


_legs = msgspec.json.Decoder(list[ClaimedLeg]).decode


class Sorted(msgspec.Struct, gc=False):
    """What became of a chunk: rows that are settled, rows that were refused with the reason, and how many stay as they are."""

    settled: list[str]
    refused: list[str]
    reasons: list[str]
    contended: int


class Worker:
    """Settles chunk after chunk. For one thread; several of them, here and in other processes, share the work by what they lock.

    A worker goes through the legs in order, from where its last chunk ended, so that it never looks twice at what it just struck off.
    When nothing is left it begins another round, since somebody else's claim may have been given up.
    """

    def __init__(
        self,
        dsn: str,
        dispatcher: Dispatcher,
        *,
        legs_per_chunk: int = LEGS_PER_CHUNK,
        clock_skew_s_max: float = CLOCK_SKEW_S_MAX,
        clock: Clock | None = None,
    ) -> None:
        self._sql = Statements()
        self._dispatcher = dispatcher
        self._legs_per_chunk = legs_per_chunk
        self._clock = clock or Clock()
        self._clock_skew_s_max = clock_skew_s_max
        self._connection = connect(dsn, "settle: worker")
        # The index gives the legs in the order in which they are claimed; a sort would lock and read all of them for each chunk.
        self._connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        self._connection.execute(self._sql.listen)
        self.contended = self._contended_told = 0
        self._begin_round()

    def _begin_round(self) -> None:
        self._market_position = self._leg_position = 0
        if self.contended > self._contended_told:
            logger.info("bets that others wrote to are tried again", bets=self.contended - self._contended_told, in_all=self.contended)
            self._contended_told = self.contended

    def step(self) -> None:
        """Settle a chunk, or wait for a result; come back within half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is away. TimeoutError: when no answers came.
            NotNow: when the dispatcher is overloaded, stopping, or waits for the log's clock. ClocksDisagree: when ours is wrong.

        """
        fresh = self._market_position == 0
        if fresh:
            self._compare_clocks()
        if self.settle_chunk():
            return
        self._begin_round()
        if fresh and not self.retry_chunk():
            self._connection.execute(self._sql.drop_drained, prepare=True)
            self.wait()

    def _compare_clocks(self) -> None:
        row = self._connection.execute(self._sql.clock).fetchone()
        assert row is not None, "a clock shows something"
        skew_s = (self._clock.now() - row[0]).total_seconds()
        if abs(skew_s) > self._clock_skew_s_max:
            raise ClocksDisagree(f"this process' clock is {skew_s:.3f} s ahead of the database's")

    def wait(self) -> None:
        """Return when a market came out, or after a while."""
        for _ in self._connection.notifies(timeout=WAIT_S_MAX, stop_after=1):
            pass

    def settle_chunk(self) -> int:
        """Claim the next legs, settle their bets, strike off what is settled, set aside what cannot be; return how many were claimed.

        Raises:
            psycopg.Error, StoreUnavailable, TimeoutError, NotNow: as `step`. The claim is given up then; what was settled stays so.

        """
        named = {"market": self._market_position, "leg": self._leg_position, "limit": self._legs_per_chunk}
        with self._connection.transaction():
            legs = self._claimed(self._sql.claim_legs, named)
            if legs:
                self._strike_off(self._settled(legs))
        if legs:
            self._market_position, self._leg_position = legs[-1].number, legs[-1].position
        return len(legs)

    def retry_chunk(self) -> int:
        """Try legs again that were set aside and are due; return how many.

        Raises:
            psycopg.Error, StoreUnavailable, TimeoutError, NotNow: as `step`.

        """
        with self._connection.transaction():
            legs = self._claimed(self._sql.claim_set_aside, (self._legs_per_chunk,))
            if legs:
                done = self._settled(legs)
                self._connection.execute(self._sql.drop_set_aside, (done.settled,), prepare=True)
                self._connection.execute(self._sql.retry_later, (done.refused, done.reasons), prepare=True)
        return len(legs)

    def _claimed(self, claim: Any, parameters: Any) -> list[ClaimedLeg]:
        with self._connection.cursor(binary=True) as cursor:
            claimed = cursor.execute(claim, parameters, prepare=True).fetchone()
        return _legs(claimed[0]) if claimed and claimed[0] else []

    def _settled(self, legs: Sequence[ClaimedLeg]) -> Sorted:
        """Have bets looked at again: their results, accounts and wallets are found in the log, whatever the tables say."""
        now = self._clock.now()
        commands = [SettleBet(leg.bet_id, leg.market_id, now, leg.account_id) for leg in legs]
        return self._sort(legs, self._dispatcher.try_many(commands))

    def _sort(self, legs: Sequence[ClaimedLeg], answers: Sequence[Any]) -> Sorted:
        done = Sorted([], [], [], 0)
        for leg, answer in zip(legs, answers, strict=True):
            if isinstance(answer, Answer):
                done.settled.append(leg.row)
            elif isinstance(answer, Contended):
                done.contended += 1
            elif isinstance(answer, StoreUnavailable):
                raise answer
            elif isinstance(answer, Overloaded | Stopping | LogClockBehind):
                raise NotNow(type(answer).__name__)
            else:
                done.refused.append(leg.row)
                done.reasons.append(f"{type(answer).__name__}: {answer}"[:300].replace("\0", ""))
        self.contended += done.contended
        if done.refused:
            self._alarm(legs, done)
        return done

    @staticmethod
    def _alarm(legs: Sequence[ClaimedLeg], done: Sorted) -> None:
        """Tell in one line for each reason which legs are set aside: how many, and the first of them."""
        by_row = {leg.row: leg for leg in legs}
        firsts: dict[str, ClaimedLeg] = {}
        kinds = [reason.partition(":")[0] for reason in done.reasons]
        for row, kind in zip(done.refused, kinds, strict=True):
            firsts.setdefault(kind, by_row[row])
        for kind, count in Counter(kinds).items():
            first, reason = firsts[kind], done.reasons[kinds.index(kind)]
            logger.error("legs are set aside", reason=reason, legs=count, bet_id=first.bet_id, market_id=first.market_id)

    def _strike_off(self, done: Sorted) -> None:
        self._connection.execute(self._sql.drop_legs, (done.settled,), prepare=True)
        if done.refused:
            self._connection.execute(self._sql.set_aside, (done.refused, done.reasons), prepare=True)
        self._before_commit()

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connection, and with it what is claimed."""
        self._connection.close()

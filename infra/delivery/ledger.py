"""Turns facts into deliveries: a reader of the log with a position of its own, written with what follows from it in one transaction.

    log --> how accounts stand, bells, open bets --> who is told what --> deliveries --> workers of each channel

A shared slip is told to those whose bell on its author is on, a kick-off to those who have an open bet on the match: partition by
partition, some at a time, between stretches of the log. So whatever else happens is told at once, and a kill anywhere leaves nothing out
and tells nobody twice.
"""

import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import structlog

from commands.log_reader import LogFilter, LogReader
from commands.process_manager import FactNotUnderstood
from domain.fact import Fact, UnknownFact, micros
from domain.notification.kinds import KICKOFF, SLIP_SHARED
from domain.notification.policy import Notice
from infra.clock import Clock
from infra.delivery.rows import Cause, LedgerRow, expires_us, rows_of
from infra.delivery.stretch import LedgerStretch
from infra.delivery.tables import add, connect, one, run
from infra.process_managers.case_projector import PositionMoved
from infra.readmodels.log_mark import why_estranged
from infra.readmodels.port import Standing
from projections.notifications import inbox, kick_offs
from projections.notifications.standing import FOLDED, NoticeStanding

VERSION = "3"
"""Raise it when the same facts fold otherwise: they are then folded anew, and nothing that was told before is told again."""
TURN = 0x51_1B_57_55
"""The advisory lock of whoever turns facts into deliveries."""
FACTS_PER_STRETCH = 2_048
RECIPIENTS_PER_STEP = 2_000
WAIT_MS_MAX = 500
GATHER_S = 0.1
"""How long to let facts gather after a wake-up: a stretch costs little more than a fact, and each is a commit."""
KINDS_READ: frozenset[type[Fact]] = inbox.VIEW.consumes | kick_offs.VIEW.consumes | FOLDED
STEPS = {SLIP_SHARED: ("next_bells", "advance_fanout", "end_fanout"), KICKOFF: ("next_open_bets", "advance_kick_off", "end_kick_off")}
"""By what is told: the statements that find the next recipients, go on after them, and end it."""

logger = structlog.get_logger()
_standing = msgspec.msgpack.Decoder(NoticeStanding).decode


class Fanout(NamedTuple):
    """A shared slip of which those with a bell are being told, or a kick-off; see `sql/create_tables.sql`."""

    kind: str
    position: int
    author_id: str
    subject_id: str
    verified: bool
    fixture_ids: Sequence[str]
    at_us: int
    partition: int
    after_id: str
    told: int

    @property
    def cause(self) -> Cause:
        """The slip or the match, as those are told of it."""
        notice = Notice(self.kind, self.at_us, self.author_id, self.fixture_ids, self.verified)
        return Cause(f"{self.kind}:{self.subject_id}", self.position, notice)


class LedgerFigures:
    """What was told, by channel, and what was not, by channel and rule."""

    def __init__(self) -> None:
        self.queued: Counter[str] = Counter()
        self.suppressed: Counter[tuple[str, str]] = Counter()


class DeliveryLedger:
    """Follows the log while it has the turn. For one thread; every method may raise `StoreUnavailable` or an error of psycopg."""

    def __init__(self, dsn: str, log: LogReader, clock: Clock | None = None, figures: LedgerFigures | None = None) -> None:
        self._log, self._clock = log, clock or Clock()
        self._connection = connect(dsn, "deliveries: ledger")
        self._wanted = LogFilter.of_kinds(KINDS_READ)
        self._position: int | None = None
        self._mark, self._tell_from = "", 0
        self.figures = figures or LedgerFigures()

    def step(self) -> None:
        """Take the turn if it is free; then go on with the log and with one of the slips that are being told, or wait for something new.

        Raises:
            PositionMoved, FactNotUnderstood: begin again with a new one.

        """
        if not self.take_turn() or not (self.tell() + self.fan_out()):
            self._log.wait(WAIT_MS_MAX)
            time.sleep(GATHER_S)

    def take_turn(self) -> bool:
        """Return whether it is this process's turn, which it keeps. What belongs to another log, or to other rules, is folded anew."""
        if self._position is None and one(self._connection, "take_turn", {"lock": TURN})[0]:
            position, mark, version, self._tell_from = one(self._connection, "read_position")
            why = why_estranged(self._log, Standing(position, mark))
            if why or version != VERSION:
                if why:
                    logger.error("the ledger of deliveries belongs to another log and is begun anew", why=f"the ledger {why}")
                self._tell_from = self._log.head()
                run(self._connection, "begin_anew", {"version": VERSION, "tell_from": self._tell_from})
                position, mark = 0, ""
            self._position, self._mark = position, mark
            logger.info("deliveries follow the log", position=position, told_from=self._tell_from)
        return self._position is not None

    def tell(self) -> int:
        """Write what the next stretch of the log tells; return by how many positions it went on."""
        before = self._position
        assert before is not None, "it has the turn"
        facts, upto = self._log.read_filtered(self._wanted, before, FACTS_PER_STRETCH)
        if unknown := next((fact for fact in facts if isinstance(fact.body, UnknownFact)), None):
            facts, upto = [fact for fact in facts if fact.position < unknown.position], unknown.position - 1
            if upto == before:
                raise FactNotUnderstood(unknown)
        if upto == before:
            if before and self._log.mark_at(before) != self._mark:
                raise PositionMoved("the log is another one, or was restored")
            return 0
        mark = self._log.mark_at(upto)
        if mark is None:
            raise PositionMoved(f"the log does not reach to position {upto} any more")
        stretch = LedgerStretch(self._connection, facts, self._tell_from, self._now_us())
        with self._connection.transaction():
            move = {"position": upto, "mark": mark, "before": before, "version": VERSION}
            if run(self._connection, "advance_position", move).rowcount != 1:
                raise PositionMoved("another process went on meanwhile")
            stretch.write(self._connection)
            self._before_commit()
        self._count(stretch.rows, stretch.suppressed)
        self._position, self._mark = upto, mark
        return upto - before

    def fan_out(self) -> int:
        """Tell the next recipients of what was told to the fewest, a slip or a kick-off; return how many there were, or that it ended."""
        found = run(self._connection, "next_fanout").fetchone()
        if found is None:
            return 0
        fanout, now_us = Fanout(*found), self._now_us()
        cause, suppressed, rows = fanout.cause, Counter[tuple[str, str]](), list[LedgerRow]()
        is_alive = expires_us(cause.notice) > now_us
        find, advance, end = STEPS[fanout.kind]
        asked = {**fanout._asdict(), "limit": RECIPIENTS_PER_STEP}
        recipients = run(self._connection, find, asked).fetchall() if is_alive else []
        open_until = self._open_until([account_id for _, account_id, _ in recipients])
        for nth, (_, account_id, standing) in enumerate(recipients, fanout.told):
            rows += rows_of(cause, account_id, _standing(standing), now_us, open_until, suppressed, nth)
        with self._connection.transaction():
            named = {"position": fanout.position, "before": fanout.told}
            if len(recipients) < RECIPIENTS_PER_STEP:
                moved = run(self._connection, end, named)
            else:
                partition, account_id, _ = recipients[-1]
                told = fanout.told + len(recipients)
                moved = run(self._connection, advance, {**named, "partition": partition, "after_id": account_id, "told": told})
            if moved.rowcount != 1:
                raise PositionMoved("another process went on meanwhile")
            add(self._connection, rows)
            self._before_commit()
        self._count(rows, suppressed)
        return max(1, len(recipients))

    def _open_until(self, account_ids: Sequence[str]) -> dict[tuple[str, str, str], int]:
        found = run(self._connection, "open_until", {"account_ids": account_ids})
        return {(account_id, channel, address_id): due_us for account_id, channel, address_id, due_us in found}

    def _count(self, rows: Sequence[LedgerRow], suppressed: Counter[tuple[str, str]]) -> None:
        self.figures.suppressed.update(suppressed)
        self.figures.queued.update(row.channel for row in rows)

    def _now_us(self) -> int:
        return micros(self._clock.now())

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connection, and with it the turn."""
        self._connection.close()

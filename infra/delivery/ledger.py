"""Turns facts into deliveries: a reader of the log with a position of its own, written with what follows from it in one transaction.

    log --> how accounts stand, bells --> who is told what --> deliveries --> workers of each channel

A shared slip is told to those whose bell on its author is on, partition by partition, some at a time, between stretches of the log: so
whatever else happens is told at once, and a kill anywhere leaves nothing out and tells nobody twice.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import psycopg
import structlog

from commands.log_reader import LogFilter, LogReader
from commands.process_manager import FactNotUnderstood
from domain.fact import Fact, Recorded, UnknownFact, micros
from domain.notification.facts import PreferenceSet
from domain.notification.kinds import KINDS, SLIP_SHARED
from domain.notification.policy import BELLS, Notice
from domain.partitions import partition_of
from domain.slip.facts import SlipShared
from infra.clock import Clock
from infra.delivery.rows import Cause, LedgerRow, expires_us, rows_of
from infra.delivery.tables import add, connect, one, run
from infra.process_managers.case_projector import PositionMoved
from infra.readmodels.log_mark import why_estranged
from infra.readmodels.port import Standing
from projections.notifications import inbox
from projections.notifications.standing import FOLDED, NoticeStanding, stands_after

VERSION = "2"
"""Raise it when the same facts fold otherwise: they are then folded anew, and nothing that was told before is told again."""
TURN = 0x51_1B_57_55
"""The advisory lock of whoever turns facts into deliveries."""
FACTS_PER_STRETCH = 2_048
RECIPIENTS_PER_STEP = 2_000
WAIT_MS_MAX = 500
KINDS_READ: frozenset[type[Fact]] = inbox.VIEW.consumes | FOLDED

logger = structlog.get_logger()
_encode, _standing = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(NoticeStanding).decode


class Fanout(NamedTuple):
    """A shared slip of which those with a bell are being told; see `sql/create_tables.sql`."""

    position: int
    author_id: str
    slip_id: str
    verified: bool
    fixture_ids: Sequence[str]
    at_us: int
    partition: int
    after_id: str
    told: int

    @property
    def cause(self) -> Cause:
        """The slip, as those are told of it."""
        notice = Notice(SLIP_SHARED, self.at_us, self.author_id, self.fixture_ids, self.verified)
        return Cause(f"{SLIP_SHARED}:{self.slip_id}", self.position, notice)


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
        """Tell the next recipients of the slip that was told to the fewest; return how many there were, or that it ended."""
        found = run(self._connection, "next_fanout").fetchone()
        if found is None:
            return 0
        fanout, now_us = Fanout(*found), self._now_us()
        cause, suppressed, rows = fanout.cause, Counter[tuple[str, str]](), list[LedgerRow]()
        is_alive = expires_us(cause.notice) > now_us
        asked = {**fanout._asdict(), "limit": RECIPIENTS_PER_STEP}
        bells = run(self._connection, "next_bells", asked).fetchall() if is_alive else []
        open_until = self._open_until([account_id for _, account_id, _ in bells])
        for nth, (_, account_id, standing) in enumerate(bells, fanout.told):
            rows += rows_of(cause, account_id, _standing(standing), now_us, open_until, suppressed, nth)
        with self._connection.transaction():
            named = {"position": fanout.position, "before": fanout.told}
            if len(bells) < RECIPIENTS_PER_STEP:
                moved = run(self._connection, "end_fanout", named)
            else:
                partition, account_id, _ = bells[-1]
                told = fanout.told + len(bells)
                moved = run(self._connection, "advance_fanout", {**named, "partition": partition, "after_id": account_id, "told": told})
            if moved.rowcount != 1:
                raise PositionMoved("another process went on meanwhile")
            add(self._connection, rows)
            self._before_commit()
        self._count(rows, suppressed)
        return max(1, len(bells))

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


class LedgerStretch:
    """What a stretch of the log changes: how accounts stand, bells, slips to tell of, deliveries; each fact as those before left things."""

    def __init__(self, connection: psycopg.Connection[Any], facts: Sequence[Recorded[Any]], tell_from: int, now_us: int) -> None:
        self._now_us = now_us
        self._standings = _standings(connection, facts)
        found = run(connection, "open_until", {"account_ids": sorted(self._standings)})
        self._open_until = {(account_id, channel, address_id): due_us for account_id, channel, address_id, due_us in found}
        self._changed: dict[str, NoticeStanding] = {}
        self._bells: list[tuple[str, dict[str, Any]]] = []
        self._fanouts: list[dict[str, Any]] = []
        self.rows: list[LedgerRow] = []
        self.suppressed: Counter[tuple[str, str]] = Counter()
        for recorded in facts:
            self._fold(recorded)
            if recorded.position > tell_from:
                self._tell(recorded)

    def write(self, connection: psycopg.Connection[Any]) -> None:
        """Write all of it within the caller's transaction."""
        if self._changed:
            standings = list(self._changed.values())
            reachable = [bool(each.reached()) for each in standings]
            kept = {"account_ids": list(self._changed), "reachable": reachable, "standings": [_encode(each) for each in standings]}
            run(connection, "keep_standings", kept)
        with connection.pipeline():
            for name, bell in self._bells:
                run(connection, name, bell)
            for fanout in self._fanouts:
                run(connection, "begin_fanout", fanout)
        add(connection, self.rows)

    def _fold(self, recorded: Recorded[Any]) -> None:
        if type(recorded.body) not in FOLDED:
            return
        account_id = recorded.body.account_id
        standing = stands_after(self._standings.get(account_id, NoticeStanding()), recorded)
        self._standings[account_id] = self._changed[account_id] = standing
        fact = recorded.body
        if isinstance(fact, PreferenceSet) and fact.level == "author":
            bell = {"author_id": fact.subject, "partition": partition_of(account_id), "account_id": account_id}
            self._bells.append(("ring" if fact.setting in BELLS else "silence", bell | {"position": recorded.position}))

    def _tell(self, recorded: Recorded[Any]) -> None:
        fact = recorded.body
        if isinstance(fact, SlipShared):
            self._fanouts.append(
                {
                    "position": recorded.position,
                    "author_id": fact.author_id,
                    "slip_id": recorded.stream_id,
                    "verified": bool(fact.bet_id),
                    "fixture_ids": sorted({leg.fixture_id for leg in fact.legs}),
                    "at_us": recorded.committed_us,
                }
            )
        for kind, is_grouped, told in inbox.told_by(recorded):
            standing = self._standings.get(told.account_id)
            if standing is None or kind not in KINDS:
                continue
            notice = Notice(kind, told.row.at_us, "" if is_grouped else told.row.actor_id)
            cause = Cause(f"{kind}:{told.subject}", recorded.position, notice)
            if expires_us(notice) > self._now_us:
                self.rows += rows_of(cause, told.account_id, standing, self._now_us, self._open_until, self.suppressed)


def _standings(connection: psycopg.Connection[Any], facts: Sequence[Recorded[Any]]) -> dict[str, NoticeStanding]:
    """Return how those accounts stand that facts are about or tell something."""
    names = {fact.body.account_id for fact in facts if type(fact.body) in FOLDED}
    names |= {account_id for fact in facts for account_id in inbox.recipients(fact)}
    found = run(connection, "find_standings", {"account_ids": sorted(names)}) if names else ()
    return {account_id: _standing(standing) for account_id, standing in found}

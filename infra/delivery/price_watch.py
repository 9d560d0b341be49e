"""Watches prices for those who wait for one: follows the log while it has the turn, and asks for what a fact concerns.

    log --> alerts that stand, by price --> those that a price reaches --> commands --> log

Nothing is kept but in memory. A start folds all alerts from the log and then looks at the prices of their markets as they stand: what is
asked for twice, or by two processes, is decided once, on the account's own stream.
"""

import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import structlog

from commands.dispatch.batch import Answer
from commands.dispatch.blocking_client import BlockingClient
from commands.log_reader import LogFilter, LogReader
from commands.notifications.standing_alerts import ALERT_FACTS, MARKET_FACTS, Ask, StandingAlerts
from commands.process_manager import FactNotUnderstood
from domain.fact import Recorded, UnknownFact
from domain.refused import Refused
from infra.clock import Clock
from infra.delivery.tables import connect, one
from infra.process_managers.case_projector import PositionMoved
from infra.process_managers.worker import NotNow

TURN = 0x51_1B_57_56
"""The advisory lock of whoever watches prices."""
FACTS_PER_STRETCH = 4_096
ASKED_AT_ONCE_MAX = 1_000
WAIT_MS_MAX = 500
GATHER_S = 0.05
"""How long to let prices gather after a wake-up."""

logger = structlog.get_logger()


class PriceWatch:
    """Watches prices while it has the turn. For one thread; every method may raise `StoreUnavailable` or an error of psycopg."""

    def __init__(self, dsn: str, log: LogReader, commands: BlockingClient, clock: Clock | None = None) -> None:
        self._log, self._commands, self._clock = log, commands, clock or Clock()
        self._connection = connect(dsn, "price alerts: watch")
        self._alerts = StandingAlerts()
        self._position: int | None = None
        self._mark: str | None = ""

    def step(self) -> None:
        """Take the turn if it is free; then go on with the log, or wait for something new.

        Raises:
            PositionMoved, FactNotUnderstood, NotNow: begin again with a new one.

        """
        if not self.take_turn() or not self.go_on():
            self._log.wait(WAIT_MS_MAX)
            time.sleep(GATHER_S)

    def take_turn(self) -> bool:
        """Return whether it is this process's turn, which it keeps. At its beginning all alerts are folded and looked at."""
        if self._position is None and one(self._connection, "take_turn", {"lock": TURN})[0]:
            head, position = self._log.head(), 0
            while position < head:
                facts, position = self._read(LogFilter.of_kinds(ALERT_FACTS), position)
                for recorded in facts:
                    self._alerts.fold(recorded)
            self._position, self._mark = position, self._log.mark_at(position)
            self._look_at_all()
            logger.info("prices are watched", position=position, markets=len(self._alerts.markets))
        return self._position is not None

    def go_on(self) -> int:
        """Ask for what the next stretch of the log concerns; return by how many positions it went on."""
        before = self._position
        assert before is not None, "it has the turn"
        facts, upto = self._read(LogFilter.of_kinds(ALERT_FACTS | MARKET_FACTS), before)
        if upto == before:
            if self._log.mark_at(before) != self._mark:
                raise PositionMoved("the log is another one, or was restored")
            return 0
        now, asks = self._clock.now(), dict[Ask, None]()
        for recorded in facts:
            self._alerts.fold(recorded)
            asks.update(dict.fromkeys(self._alerts.concerned(recorded, now)))
        self._ask(asks)
        self._position, self._mark = upto, self._log.mark_at(upto)
        return upto - before

    def _look_at_all(self) -> None:
        now, questions = self._clock.now(), iter(self._alerts.questions())
        while some := list(islice(questions, ASKED_AT_ONCE_MAX)):
            for market_id, answer in zip([each.market_id for each in some], self._answers(some), strict=True):
                if answer is None:
                    continue
                found, alerts = answer.receipt, self._alerts
                self._ask(list(alerts.closed(market_id, now) if found.is_over else alerts.reached(market_id, found.prices, now)))

    def _ask(self, asks: Iterable[Ask]) -> None:
        left = iter(asks)
        while some := list(islice(left, ASKED_AT_ONCE_MAX)):
            self._answers(some)

    def _answers(self, commands: Sequence[Any]) -> list[Answer | None]:
        """Ask for commands; return what became of each, None for one that was refused, which an alarm tells.

        Raises:
            NotNow: where one was not decided, so that all is looked at again.

        """
        found = list[Answer | None]()
        for answer in self._commands.try_many(commands):
            if isinstance(answer, Answer):
                found.append(answer)
            elif isinstance(answer, Refused):
                logger.error("a price alert is refused", reason=f"{type(answer).__name__}: {answer}"[:300])
                found.append(None)
            else:
                raise NotNow(f"{type(answer).__name__}: {answer}"[:300])
        return found

    def _read(self, wanted: LogFilter, after: int) -> tuple[Sequence[Recorded[Any]], int]:
        """Read a stretch of the log, up to before a fact that this process does not know and must understand."""
        facts, upto = self._log.read_filtered(wanted, after, FACTS_PER_STRETCH)
        unknown = next((fact for fact in facts if isinstance(fact.body, UnknownFact)), None)
        if unknown is None:
            return facts, upto
        if unknown.position == after + 1:
            raise FactNotUnderstood(unknown)
        return [fact for fact in facts if fact.position < unknown.position], unknown.position - 1

    def close(self) -> None:
        """Give up the connection, and with it the turn."""
        self._connection.close()

"""The heartbeats of a producer of prices: sent often enough that its lease does not lapse while it lives."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import structlog

from commands.dispatch.batch import Answer, Overloaded
from commands.ports import StoreUnavailable
from domain.producer.commands import Beat

BEATS_A_LEASE = 5
"""How many heartbeats a lease has: one that is late, or lost, ends no session."""

logger = structlog.get_logger()


class CommandCaller(Protocol):
    """The one caller, as `commands.dispatch.dispatcher.Dispatcher` is."""

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        """Submit commands together and return for each its answer or what stood in its way, in order."""
        ...


class HeartbeatResult(NamedTuple):
    """What came of a heartbeat: whether one was due and taken, and whether it began a session, in which no prices stand yet."""

    was_taken: bool
    is_new_session: bool


class Heartbeats:
    """Sends the heartbeats of one producer."""

    def __init__(
        self, name: str, lease_ms: int, caller: CommandCaller, *, now: Callable[[], datetime], monotonic_s: Callable[[], float]
    ) -> None:
        self._name = name
        self._lease_ms = lease_ms
        self._caller = caller
        self._now = now
        self._monotonic_s = monotonic_s
        self._next_s = 0.0
        self._session = 0

    def beat(self, *, at_once: bool = False) -> HeartbeatResult:
        """Send a heartbeat if it is time, or at once."""
        now_s = self._monotonic_s()
        if now_s < self._next_s and not at_once:
            return HeartbeatResult(was_taken=False, is_new_session=False)
        self._next_s = now_s + self._lease_ms / BEATS_A_LEASE / 1000
        try:
            answer = self._caller.try_many([Beat(self._name, self._lease_ms, self._now())])[0]
        except (StoreUnavailable, TimeoutError, Overloaded) as error:
            answer = error
        if not isinstance(answer, Answer):
            logger.warning("a heartbeat was refused", answer=str(answer)[:200])
            return HeartbeatResult(was_taken=False, is_new_session=False)
        before, self._session = self._session, answer.receipt.session
        if self._session != before:
            logger.info("a new session of a price producer begins", producer=self._name, session=self._session)
        return HeartbeatResult(was_taken=True, is_new_session=self._session != before)

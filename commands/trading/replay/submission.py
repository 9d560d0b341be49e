"""Submits the commands of a replay until each is answered: what was not decided is asked again, what a rule refused is noted."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from commands.dispatch.batch import Contended, Overloaded
from commands.ports import StoreUnavailable
from commands.trading.replay.heartbeats import CommandCaller
from commands.trading.run_market import ProducerSilent
from domain.fixture.decider import FixtureNotLive
from domain.refused import Refused
from domain.score_model import ShadedOverLimit

RETRY_AFTER_S = 0.5
COMMANDS_AT_ONCE_MAX = 2_000

logger = structlog.get_logger()


class Submission:
    """Submits to one caller. `beat` sends a heartbeat at once, `sleep` waits (seconds), `stopping` ends it.

    `abandoned` are the matches that a step was refused for since; `over_limit` the markets whose prices were shaded too far, and the limit.
    """

    def __init__(
        self, caller: CommandCaller, beat: Callable[[], Any], sleep: Callable[[float], None], stopping: Callable[[], bool]
    ) -> None:
        self.abandoned: set[str] = set()
        self.over_limit: dict[str, int] = {}
        self._caller = caller
        self._beat = beat
        self._sleep = sleep
        self._stopping = stopping

    def submit(self, commands: Sequence[Any]) -> None:
        """Submit commands, and those that were not decided again, until told to stop."""
        for begin in range(0, len(commands), COMMANDS_AT_ONCE_MAX):
            left = list(commands[begin : begin + COMMANDS_AT_ONCE_MAX])
            while left and not self._stopping():
                left = self._unanswered(left)
                if left:
                    logger.warning("the replay waits for the log", commands_waiting=len(left))
                    self._sleep(RETRY_AFTER_S)

    def _unanswered(self, commands: list[Any]) -> list[Any]:
        """Submit commands; return those to submit again. A rule that says no is noted, since a trader may have been here.

        Prices that came after our lease had lapsed are given once more, in the session that begins with another heartbeat.
        """
        try:
            answers = self._caller.try_many(commands)
        except (StoreUnavailable, TimeoutError, Overloaded):
            return commands
        again: list[Any] = []
        if any(isinstance(answer, ProducerSilent) for answer in answers):
            self._beat()
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, StoreUnavailable | Overloaded | Contended | ProducerSilent):
                again.append(command)
            elif isinstance(answer, Refused):
                self._note(command, answer)
            elif isinstance(answer, BaseException):
                raise answer
        return again

    def _note(self, command: Any, refusal: Refused) -> None:
        if isinstance(refusal, FixtureNotLive) and refusal.status == "abandoned":
            self.abandoned.add(refusal.fixture_id)
        if isinstance(refusal, ShadedOverLimit):
            self.over_limit[refusal.market_id] = refusal.limit_thousandths
        logger.info("a step of the replay was refused", command=type(command).__name__, refusal=str(refusal))

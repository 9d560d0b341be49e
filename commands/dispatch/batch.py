"""The data that passes through the dispatcher: queued commands, decided commands, batches being committed, answers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import structlog

from commands.dispatch.lanes import Lane
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome
from commands.ports import Append, Appended, Load, Wanted
from domain.aggregate import Aggregate
from domain.refused import Refused

logger = structlog.get_logger()


class Contended(Refused):
    """Concurrent writes conflicted with every attempt. Nothing was done; retry."""

    attempts: int


class Overloaded(Refused):
    """The server is overloaded. Nothing was done; retry later."""

    commands_waiting: int


class LogClockBehind(Refused):
    """The database's clock lags the log's time: nothing that holds for a limited time can be decided. Nothing was done; retry later."""


class Stopping(Refused):
    """The service is stopping. Nothing was done; retry."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A receipt, and the position in the log at which it became true."""

    receipt: Any
    position: int


NOTHING: Mapping[str, Aggregate[Any]] = MappingProxyType({})

Done = Callable[[Answer | BaseException], None]


class QueuedCommand(msgspec.Struct, eq=False):
    """A command and whoever waits for its answer; `done` is called once, on the dispatcher's thread, and must not block.

    `attempts` counts the appends that were refused, `rounds` the loads that it waited for, `missed` is what it found missing.
    """

    command: Any
    done: Done
    lane: Lane
    queued_s: float
    expires_s: float | None = None
    attempts: int = 0
    rounds: int = 0
    missed: Mapping[str, Aggregate[Any]] = NOTHING

    def answer(self, answer: Answer | BaseException) -> None:
        """Deliver the answer. An error in the caller's callback is logged and does not stop the dispatcher."""
        try:
            self.done(answer)
        except Exception:
            logger.exception("an answer could not be delivered", command=type(self.command).__name__)


class DecidedCommand(msgspec.Struct, frozen=True, eq=False):
    """A decided command on its way to the commit: what to append, and what to answer if that holds: an outcome, or a refusal or bug."""

    queued: QueuedCommand
    append: Append
    streams: UnitOfWork
    outcome: Outcome | None
    error: Exception | None


class CommittingBatch(NamedTuple):
    """A batch whose commit has begun, on the monotonic clock at `begun_s`; `outcome` waits for it, `ready` tells whether it is here.

    An `urgent` one has a safety command: its outcome is taken as soon as it is here.
    """

    decided: list[DecidedCommand]
    outcome: Callable[[], Appended]
    begun_s: float
    ready: Callable[[], bool] = lambda: True
    urgent: bool = False


class LoadingBatch(NamedTuple):
    """Commands that wait for streams which are being loaded."""

    commands: list[QueuedCommand]
    wanted: Mapping[str, tuple[Aggregate[Any], Wanted]]
    load: Load | None

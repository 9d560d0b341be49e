"""What passes through the one door: commands with whoever waits for them, decided works, batches under way, answers."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import structlog

from commands.ports import Append, Appended
from commands.streams import Streams
from commands.use_case import Outcome
from domain.refused import Refused

log = structlog.get_logger()


class Contended(Refused):
    """Others changed the same things again and again while this was decided; nothing happened, ask again."""

    attempts: int


class Overloaded(Refused):
    """More is waiting than can be answered in time; nothing happened, ask again later."""

    commands_waiting: int


class Stopping(Refused):
    """The service is stopping; nothing happened, ask again."""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A receipt, and the position in the log at which it became true."""

    receipt: Any
    position: int


Done = Callable[[Answer | BaseException], None]


class Ticket(msgspec.Struct, eq=False):
    """A command and whoever waits for its answer; `done` is called once, on the dispatcher's thread, and must not block."""

    command: Any
    done: Done
    expires_s: float | None = None
    attempts: int = 0

    def answer(self, answer: Answer | BaseException) -> None:
        """Tell whoever waits; what they do with it is not ours to fail on."""
        try:
            self.done(answer)
        except Exception:
            log.exception("an answer could not be delivered", command=type(self.command).__name__)


class Work(msgspec.Struct, frozen=True, eq=False):
    """A decided command on its way to the commit: what to append, and what to answer if that holds."""

    ticket: Ticket
    append: Append
    streams: Streams
    outcome: Outcome | None
    refusal: Exception | None


class Underway(NamedTuple):
    """A batch whose commit has begun; `outcome` waits for it."""

    works: list[Work]
    outcome: Callable[[], Appended]


class Loading(NamedTuple):
    """Commands that wait for streams which are being loaded; `arrive` waits for these and puts them into memory."""

    tickets: list[Ticket]
    arrive: Callable[[], Any]

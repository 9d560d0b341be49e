"""What a use case is: a function from a command and its streams to an outcome or a refusal."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from commands.dispatch.lanes import Lane
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from domain.aggregate import Aggregate


class Outcome(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What a use case made of a command: what to tell its caller, and the stream that it is about.

    Where nothing is appended, the answer's position is where the key stream grew last, so that a reader who waits for it sees what was
    asked for; with `creates`, the command is what the key stream began with, and its repeat gets the position that the first answer had.
    With `at_head` it is the end of the log as far as it is known here, since when the key stream grew is not for the caller to know.
    """

    receipt: Any
    key: Stream[Any]
    creates: bool = False
    at_head: bool = False


class StreamRef(NamedTuple):
    """A stream that a command will touch."""

    aggregate: Aggregate[Any]
    stream_id: str


class UseCase(NamedTuple):
    """How a type of command is handled; `streams_of` names its streams, so that a batch loads all that it misses in one question.

    Streams that are only known while deciding are loaded in further rounds. With `load_first`, the streams are loaded before the command is
    first decided, because they are hardly ever in memory. `lane` is the class that the command waits in.
    """

    handle: Callable[[Any, UnitOfWork], Outcome]
    streams_of: Callable[[Any], Sequence[StreamRef]]
    load_first: bool = False
    lane: Lane = Lane.BETS

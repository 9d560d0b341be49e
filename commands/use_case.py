"""What a use case is: a command and the streams it touches in, an outcome or a refusal out."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from commands.streams import Stream, Streams
from domain.aggregate import Aggregate


class Outcome(msgspec.Struct, frozen=True):
    """What a use case made of a command: what to tell its caller, and the stream that it is about.

    A repeat, which appends nothing, is answered with the position that the first answer had: where the key stream began.
    """

    receipt: Any
    key: Stream[Any]


class Touch(NamedTuple):
    """A stream that a command will touch."""

    aggregate: Aggregate[Any]
    stream_id: str


class UseCase(NamedTuple):
    """How a kind of command is handled; `touches` names its streams, so that a batch loads all that it misses in one question."""

    handle: Callable[[Any, Streams], Outcome]
    touches: Callable[[Any], Sequence[Touch]]

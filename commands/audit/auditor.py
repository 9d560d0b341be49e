"""What an auditor is: the state table of one kind of stream, independent of the rules that decided its facts."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from commands.audit.state import AuditState
from commands.audit.streams import Audited
from commands.audit.violation import Violation, ViolationFound
from commands.audit.violations import StreamMisplaced, StreamOver, ValueNotAllowed
from domain.fact import Fact, Recorded

Begin = Callable[[AuditState, Recorded[Any], Any], Audited | None]
"""Takes the first fact of a stream and returns what to remember of it; None where that fact is also its last."""

Follow = Callable[[AuditState, Recorded[Any], Any, Any], None]
"""Takes another fact of a stream: the state, the fact in its place, what is remembered of the stream, the fact."""


Reopen = Callable[[Recorded[Any], Recorded[Any]], Audited | None]
"""Takes the first and the last fact of a stream that seemed to be over, and returns what to remember of it; None where it stays over."""

Names = Callable[[Any], Iterable[str]]
"""Takes a fact, and returns the streams whose first facts it is held against: see `AuditState.first_of`."""

LATENESS_US = 60_000_000
"""How much later than its decision a fact may be committed, and the margin that is added to it."""


class Auditor(NamedTuple):
    """Audits one aggregate: which facts a stream begins with, and which may follow on what is remembered of it.

    `over` is what is wrong when a fact comes to a stream that had its last; but facts of `reopens` may come then, too.
    """

    aggregate: str
    holds: type[Audited] | None
    begins: Mapping[type[Fact], Begin]
    follows: Mapping[type[Fact], Follow] = {}
    over: type[Violation] = StreamOver
    reopens: Mapping[type[Fact], Reopen] = {}
    names: Mapping[type[Fact], Names] = {}


def check_id(recorded: Recorded[Any], expected: str) -> None:
    """Check that a stream's id is the one that follows from what the fact says."""
    if recorded.stream_id != expected:
        raise ViolationFound(StreamMisplaced, recorded, expected=expected)


def check_value(recorded: Recorded[Any], field: str, value: object, *, allowed: bool) -> None:
    """Check that a field is in its vocabulary and bounds."""
    if not allowed:
        raise ViolationFound(ValueNotAllowed, recorded, field=field, value=repr(value)[:120])


def check_text(recorded: Recorded[Any], field: str, text: str, characters_max: int) -> None:
    """Check that a text is there, short and printable."""
    if not (1 <= len(text) <= characters_max and text.isprintable()):
        raise ViolationFound(ValueNotAllowed, recorded, field=field, value=repr(text)[:120])

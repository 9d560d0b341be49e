"""Defines an auditor: the checks of one aggregate's facts and the states they lead to, independent of the deciders of these facts."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from commands.audit.state import AuditState
from commands.audit.streams import Audited
from commands.audit.violation import Violation, ViolationFound
from commands.audit.violations import StreamMisplaced, StreamOver, ValueNotAllowed
from domain.fact import Fact, Recorded

Begin = Callable[[AuditState, Recorded[Any], Any], Audited | None]
"""Validates the first fact of a stream and returns the state to keep; None if none is kept (it can go on only through `reopens`)."""

Follow = Callable[[AuditState, Recorded[Any], Any, Any], None]
"""Validates a further fact of a stream and updates the stream's state: audit state, fact with its place, stream's state, fact."""

Reopen = Callable[[Recorded[Any], Recorded[Any]], Audited | None]
"""Takes the first and the last fact of an ended stream, and returns the state to continue from; None if it cannot continue."""

Names = Callable[[Any], Iterable[str]]
"""Takes a fact, and returns the streams whose first facts are needed to check it: see `AuditState.first_of`."""

LATENESS_US = 60_000_000
"""How much later than its decision a fact may be committed, and the margin that is added to it."""


class Auditor(NamedTuple):
    """Audits one aggregate: the checks of the facts that begin a stream, and of those that may follow, by kind.

    `holds` is the class of the state that is kept of a stream, None if none is; `also_holds` names the class that a fact follows on where
    that is another. `over` is the violation when a fact is appended to an ended stream, unless its kind is in `reopens`. `names` gives the
    streams whose first facts are needed to check a fact.
    """

    aggregate: str
    holds: type[Audited] | None
    begins: Mapping[type[Fact], Begin]
    follows: Mapping[type[Fact], Follow] = {}
    over: type[Violation] = StreamOver
    reopens: Mapping[type[Fact], Reopen] = {}
    names: Mapping[type[Fact], Names] = {}
    also_holds: Mapping[type[Fact], type[Audited]] = {}


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

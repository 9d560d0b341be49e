"""What the judge is given: facts as plain data, as they stand in the log. The rooms of the judge import nothing of the product."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Violation(Exception):  # noqa: N818  (a promise was broken; the simulation has done its work)
    """A promise does not hold."""


def claim(holds: bool, what: str, *evidence: Any) -> None:
    if not holds:
        raise Violation(f"{what}: {evidence}"[:4_000])


class JudgedFact(NamedTuple):
    """A fact in its place. `kind` is its stored name without the version, `body` its JSON; `committed_us` the log's time."""

    position: int
    stream_id: str
    version: int
    kind: str
    body: dict[str, Any]
    committed_us: int


def entry_of(position: int, stream_id: str, version: int, stored: bytes, committed_us: int) -> JudgedFact:
    """Read a fact from the bytes that are stored."""
    body = json.loads(stored)
    return JudgedFact(position, stream_id, version, body["fact"].rpartition(".")[0], body, committed_us)


def micros(text: str) -> int:
    """Read a moment, "2026-03-01T12:00:00Z", in microseconds since 1970."""
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

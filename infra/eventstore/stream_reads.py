"""Reads facts of streams and of persons over any connection: that of the primary, or that of a replica."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from psycopg.sql import Composed

from domain.fact import Recorded
from infra.eventstore.fact_encoding import decode_recorded
from infra.eventstore.statements import Statements

AskForText = Callable[[Composed, Sequence[Any]], bytes | str | None]
"""Asks a statement, in binary, whose answer is one value."""


def streams_read(ask: AskForText, sql: Statements, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
    """Return the facts of each stream after the version given; a stream without any is left out."""
    recorded = ask(sql.load_streams, (list(streams), list(streams.values())))
    if recorded is None:
        return {}
    return {stream_id: list(found) for stream_id, found in groupby(decode_recorded(recorded), key=lambda fact: fact.stream_id)}


def personal_read(ask: AskForText, sql: Statements, account_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
    """Return the first facts in a stretch of the log that stand in an account's stream or name it; see `commands.accounts.export`."""
    recorded = ask(sql.personal_page, (after, account_id, upto, account_id, account_id, limit))
    return decode_recorded(recorded) if recorded is not None else ()

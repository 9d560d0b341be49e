"""Asks the tables of the search index, away from the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import count
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from infra.one_connection import OneConnection
from projections.social.relations import Viewer
from projections.social.search import SLIPS_OF_TAG_LOOKED_AT, FoundEntry, FoundSlip, FoundTag, Place
from projections.social.search_words import SearchWords

Ask = Callable[[psycopg.Connection[TupleRow]], list[TupleRow]]

CONNECTIONS = 2
"""Searches that are under way at once in a process; the others wait."""
STATEMENT_MS_MAX = 2_000
_SQL = files("infra.search") / "sql"


def statement(name: str) -> bytes:
    """Return the SQL of a name."""
    return (_SQL / f"{name}.sql").read_bytes()


_STATEMENTS = {name: statement(name) for name in ("read_position", "find_entries", "find_tags", "find_slips")}


class IndexQuestions:
    """The questions to the index as SQL; see `projections.social.search.SearchIndex`."""

    async def run(self, ask: Ask) -> list[TupleRow]:
        """Return the rows of a question."""
        raise NotImplementedError

    async def position(self) -> int:
        """Return the log position that the index has reached."""
        rows = await self._rows("read_position", {})
        return int(rows[0][0]) if rows else 0

    async def entries(self, kind: str, words: SearchWords, after: Place, limit: int) -> Sequence[FoundEntry]:
        """Return accounts, teams or competitions whose names have these words."""
        asked = {"kind": kind, "query": query_of(words), "folded": words.folded, "limit": limit, **_after(after)}
        return [FoundEntry(*row) for row in await self._rows("find_entries", asked)]

    async def tags(self, words: SearchWords, viewer: Viewer, after: Place, limit: int) -> Sequence[FoundTag]:
        """Return tags that begin so, with slips that the viewer may see as far as the index knows."""
        asked = {"tag": words.tag, "limit": limit, "slips": SLIPS_OF_TAG_LOOKED_AT, **_after(after), **_seen_by(viewer)}
        rows = await self._rows("find_tags", asked)
        return [FoundTag(rank, tag, [(name[:36], name[37:]) for name in names]) for rank, tag, names in rows]

    async def slips(self, words: SearchWords, viewer: Viewer, before: int, limit: int) -> Sequence[FoundSlip]:
        """Return slips before a position that the viewer may see as far as the index knows, newest first."""
        asked = {"query": query_of(words), "before": before, "limit": limit, **_seen_by(viewer)}
        return [FoundSlip(*row) for row in await self._rows("find_slips", asked)]

    async def _rows(self, name: str, parameters: dict[str, Any]) -> list[TupleRow]:
        def ask(connection: psycopg.Connection[TupleRow]) -> list[TupleRow]:
            with connection.transaction():
                connection.execute(f"SET LOCAL statement_timeout = {STATEMENT_MS_MAX}")
                return connection.execute(_STATEMENTS[name], parameters).fetchall()

        return await self.run(ask)


class SearchTable(IndexQuestions):
    """The index in the database; the only one there is, whatever position is wanted."""

    def __init__(self, dsn: str) -> None:
        self._connections = [OneConnection(dsn, "slipstream search") for _ in range(CONNECTIONS)]
        self._turn = count()

    async def at(self, _position: int) -> "SearchTable":
        """Return the index to ask."""
        return self

    async def run(self, ask: Ask) -> list[TupleRow]:
        """Return the rows of a question, away from the event loop; raises StoreUnavailable."""
        connection = self._connections[next(self._turn) % CONNECTIONS]
        return await asyncio.to_thread(connection.run, ask)

    def close(self) -> None:
        """Give up the connections."""
        for connection in self._connections:
            connection.close()


def query_of(words: SearchWords) -> str:
    """Return what is searched for as PostgreSQL's `tsquery`: each word, which has letters and digits alone, as the beginning of one."""
    return " & ".join(f"'{word}':*" for word in words.words)


def _after(place: Place) -> dict[str, Any]:
    return {"rank": place.rank, "after": place.folded, "after_id": place.entry_id}


def _seen_by(viewer: Viewer) -> dict[str, Any]:
    return {"viewer": viewer.account_id, "apart": list(viewer.apart), "following": [*viewer.following, viewer.account_id]}

"""The rows that the search tables must have, as the facts say: on disk, since there are as many as accounts, slips and tags together.

They are kept in a temporary database of SQLite that is gone when it is closed; a few megabytes of it stay in memory.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from domain.account.facts import AccountRegistered
from domain.fact import Fact, Recorded
from domain.fixture.facts import FixtureScheduled
from domain.ids import derived, gate_of
from domain.profile.facts import ProfileChanged
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared
from projections.social.search_words import folded_name, words_of

KINDS: frozenset[type[Fact]] = frozenset(
    {AccountRegistered, ProfileChanged, FixtureScheduled, SlipShared, SlipChanged, SlipRemoved, SlipHeld, SlipReleased}
)
TABLES = {
    "search_entry": "every_entries",
    "search_fixture": "every_fixtures",
    "search_slip": "every_slips",
    "search_tag": "every_tags",
    "search_private": "every_private",
}
"""Table -> the statement that reads its rows: each a key, and then what it says."""
CACHE_KIB = 16_384

Said = tuple[Any, ...]


class SlipSaid(NamedTuple):
    """What the row of a slip says."""

    author_id: str
    position: int
    is_public: bool
    is_removed: bool
    is_held: bool
    words: tuple[str, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode_slip = msgspec.msgpack.Decoder(tuple[str, int, bool, bool, bool, tuple[str, ...]]).decode
_decode_words = msgspec.msgpack.Decoder(tuple[tuple[str, ...]]).decode


def plain(said: Iterable[Any]) -> Said:
    """Return what a row says, its words in order of the alphabet: the database sorts them by their length."""
    return tuple(tuple(sorted(each)) if isinstance(each, list | tuple) else each for each in said)


class ExpectedRows:
    """The rows of the search tables after some facts. What an erased account is found by may be missing in the index."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)  # a temporary file, which SQLite deletes
        for setting in (f"cache_size = -{CACHE_KIB}", "journal_mode = OFF", "synchronous = OFF", "temp_store = FILE"):
            self._rows.execute(f"PRAGMA {setting}")
        for table in TABLES:
            self._rows.execute(f"CREATE TABLE {table} (key TEXT PRIMARY KEY, said BLOB NOT NULL, owner TEXT NOT NULL) WITHOUT ROWID")
        self._rows.execute("CREATE TABLE erased (account_id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._rows.execute("BEGIN")

    def close(self) -> None:
        """Delete the rows."""
        self._rows.close()

    def take(self, table: str, key: str) -> Said | None:
        """Return what a row must say, None where there must be none; it is taken out."""
        found = self._rows.execute(f"DELETE FROM {table} WHERE key = ? RETURNING said", (key,)).fetchall()  # noqa: S608  (one of `TABLES`)
        return plain(msgspec.msgpack.decode(found[0][0])) if found else None

    def note_erased(self, account_ids: Iterable[str]) -> None:
        """Note accounts whose rows need not be there."""
        self._rows.executemany("INSERT OR IGNORE INTO erased VALUES (?)", ((account_id,) for account_id in account_ids))

    def first_left(self, table: str) -> tuple[str, Said] | None:
        """Return a row that was not taken out, by its key, unless it is about an erased account."""
        wanted = f"SELECT key, said FROM {table} WHERE owner NOT IN (SELECT account_id FROM erased) LIMIT 1"  # noqa: S608  (as above)
        found = self._rows.execute(wanted).fetchone()
        return (found[0], plain(msgspec.msgpack.decode(found[1]))) if found is not None else None

    def follow(self, recorded: Recorded[Any]) -> None:
        """Take the next fact of the log."""
        stream_id, fact = recorded.stream_id, recorded.body
        if isinstance(fact, AccountRegistered):
            self._name("account", stream_id, fact.handle, owner=stream_id)
        elif isinstance(fact, ProfileChanged):
            self._rows.execute("DELETE FROM search_private WHERE key = ?", (fact.account_id,))
            if fact.private:
                self._put("search_private", fact.account_id, ())
        elif isinstance(fact, FixtureScheduled):
            self._schedule(stream_id, fact)
        elif isinstance(fact, SlipShared):
            self._share(recorded, fact)
        elif (kept := self._said("search_slip", stream_id)) is not None:
            slip = SlipSaid(*_decode_slip(kept))
            is_public = fact.visibility == "public" if isinstance(fact, SlipChanged) else slip.is_public
            is_held = isinstance(fact, SlipHeld) or (slip.is_held and not isinstance(fact, SlipReleased))
            is_removed = slip.is_removed or isinstance(fact, SlipRemoved)
            changed = slip._replace(is_public=is_public, is_removed=is_removed, is_held=is_held)
            self._put("search_slip", stream_id, changed, owner=slip.author_id)

    def _name(self, kind: str, entry_id: str, name: str, sport: str = "", *, owner: str = "") -> None:
        row = (name, sport, folded_name(name), tuple(sorted(set(words_of(name)))))
        self._put_first("search_entry", f"{kind} {entry_id}", row, owner=owner)

    def _schedule(self, fixture_id: str, fact: FixtureScheduled) -> None:
        for team in (fact.home, fact.away):
            self._name("team", derived("team", fact.sport, team), team, fact.sport)
        self._name("competition", gate_of("competition", fact.sport, fact.competition), fact.competition, fact.sport)
        words = {word for name in (fact.home, fact.away, fact.competition) for word in words_of(name)}
        self._put_first("search_fixture", fixture_id, (tuple(sorted(words)),))

    def _share(self, recorded: Recorded[Any], fact: SlipShared) -> None:
        of_fixtures = [self._said("search_fixture", leg.fixture_id) for leg in fact.legs]
        words = {word for kept in of_fixtures if kept is not None for word in _decode_words(kept)[0]}
        for tag in fact.tags:
            words |= {tag.replace("_", ""), *words_of(tag)}
            self._put("search_tag", f"{tag} {recorded.position}", (recorded.stream_id,), owner=fact.author_id)
        words.discard("")
        shown = SlipSaid(fact.author_id, recorded.position, fact.visibility == "public", False, False, tuple(sorted(words)))
        self._put("search_slip", recorded.stream_id, shown, owner=fact.author_id)

    def _said(self, table: str, key: str) -> bytes | None:
        found = self._rows.execute(f"SELECT said FROM {table} WHERE key = ?", (key,)).fetchone()  # noqa: S608  (as above)
        return bytes(found[0]) if found is not None else None

    def _put(self, table: str, key: str, said: Said, *, owner: str = "") -> None:
        self._rows.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", (key, _encode(said), owner))  # noqa: S608  (as above)

    def _put_first(self, table: str, key: str, said: Said, *, owner: str = "") -> None:
        self._rows.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)", (key, _encode(said), owner))  # noqa: S608  (as above)

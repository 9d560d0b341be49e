"""The records of the topic `slipstream.facts`: partition p has the log as partition p must see it.

A record's value is the fact as the log has it, JSON under a stable name; its key is the number of its partition. Headers (big-endian):

    position    8 bytes: where the fact stands in the log
    name        the fact's stored name; `watermark` where the record has no fact and says: the partition has seen the log up to `position`
    before      8 bytes: the position of the fact before it in this partition
    origin      8 bytes `committed_us`, 4 bytes version, 16 bytes stream id
    epoch       8 bytes: which copy of the log this is; see `sql/create_tables.sql`

The record's time is that of the commit, in milliseconds.
"""

from collections.abc import Iterable, Sequence
from struct import Struct, error
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from commands.ports import StoreUnavailable
from domain.fact import Recorded
from infra.eventstore.fact_encoding import DAMAGE, decode_one, decode_raw, decode_stretch
from infra.log.read_ahead import ReadAhead
from infra.log.tail import UNREADABLE

WATERMARK = "watermark"
NAME_BEGINS = len('{"fact":"')

_integer = Struct(">q")
_origin = Struct(">qi16s")

Headers = Sequence[tuple[str, bytes]]


class StoredFact(NamedTuple):
    """A fact as the log has it: decoded for whoever looks for its homes, and its very bytes."""

    recorded: Recorded[Any]
    name: str
    state: bytes


class TopicRecord(NamedTuple):
    """A record as it is read: of a fact, or a watermark, which has no state."""

    position: int
    before: int
    epoch: int
    name: str
    committed_us: int
    version: int
    stream_id: bytes
    state: bytes | None

    @property
    def is_watermark(self) -> bool:
        """Whether the record has no fact."""
        return self.state is None

    def decoded(self) -> Recorded[Any]:
        """Return the fact; bytes that are none are an `UnknownFact`, as a tail of the log gives it."""
        stream_id = str(UUID(bytes=self.stream_id))
        return decode_one(self.position, stream_id, self.version, self.name, self.state or b"", self.committed_us)


def decode_records(records: Sequence[TopicRecord]) -> Sequence[Recorded[Any]]:
    """Return the facts of records, in order: all at once where that goes."""
    rows = [b'[%d,"%s",%d,%s,%d]' % (each.position, _text(each.stream_id), each.version, each.state, each.committed_us) for each in records]
    try:
        facts = decode_stretch(b"".join((b"[", b",".join(rows), b"]")))
    except DAMAGE:
        facts = ()
    is_each = [fact.position for fact in facts] == [each.position for each in records]  # what is damaged may look like several
    return facts if is_each else [each.decoded() for each in records]


def _text(stream_id: bytes) -> bytes:
    """Return an id of 16 bytes as text."""
    digits = stream_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}".encode()


def headers_of(fact: StoredFact, before: bytes, epoch: bytes) -> Headers:
    """Return the headers of a fact's record."""
    recorded = fact.recorded
    origin = _origin.pack(recorded.committed_us, recorded.version, bytes.fromhex(recorded.stream_id.replace("-", "")))
    return [
        ("position", _integer.pack(recorded.position)),
        ("name", fact.name.encode()),
        ("before", before),
        ("origin", origin),
        ("epoch", epoch),
    ]


def watermark_of(position: int, committed_us: int, before: int, epoch: bytes) -> Headers:
    """Return the headers of a watermark: it has no fact, and the time of the one at its position."""
    return [
        ("position", _integer.pack(position)),
        ("name", WATERMARK.encode()),
        ("before", _integer.pack(before)),
        ("origin", _origin.pack(committed_us, 0, bytes(16))),
        ("epoch", epoch),
    ]


def packed(number: int) -> bytes:
    """Return an integer as headers have it."""
    return _integer.pack(number)


def read_record(value: bytes | None, headers: Headers) -> TopicRecord | None:
    """Return what a record says, None where somebody else wrote it."""
    told = dict(headers)
    try:
        committed_us, version, stream_id = _origin.unpack(told["origin"])
        (position,), (before,), (epoch,) = (_integer.unpack(told[name]) for name in ("position", "before", "epoch"))
        return TopicRecord(position, before, epoch, told["name"].decode(), committed_us, version, stream_id, value)
    except (KeyError, error, UnicodeDecodeError):
        return None


class StoredTail(ReadAhead):
    """A tail that gives facts with their bytes. While one stretch is in use, Postgres prepares the next."""

    def read_stored(self, after: int, limit: int) -> Sequence[StoredFact]:
        """Return the facts after a position, at most `limit`, in order; see `Tail.read`. Raises StoreUnavailable."""
        try:
            recorded = self.read_raw(after, limit)
            if not recorded:
                return ()
            states = [bytes(row.body) for row in decode_raw(recorded)]
            facts = decode_stretch(recorded)
            return [StoredFact(fact, _name(state), state) for fact, state in zip(facts, states, strict=True)]
        except (psycopg.DataError, *UNREADABLE):
            rows: Iterable[Any] = self._rows(self._sql.read_each, {"after": after, "limit": limit})
            return [StoredFact(decode_one(*row), row[3], bytes(row[4])) for row in rows]
        except (psycopg.OperationalError, psycopg.InterfaceError) as away:
            self.close()
            raise StoreUnavailable(str(away).strip()) from away


def _name(state: bytes) -> str:
    """Return the stored name that a fact's bytes begin with."""
    return state[NAME_BEGINS : state.index(b'"', NAME_BEGINS)].decode()

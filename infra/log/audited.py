"""Reads the log as whoever proves it must see it: whole batches, with what Postgres makes of their rows now."""

from collections.abc import Callable

import msgspec
import psycopg

from commands.ports import BatchRow, StoreUnavailable, Stretch
from domain.chain import rows_digest
from domain.fact import Recorded, UnknownFact
from infra.eventstore.encoding import decode_log
from infra.log.ahead import ReadAhead

BatchTuple = tuple[int, int, tuple[int, ...], int, str, int]
_decode_batches: Callable[[bytes], list[BatchTuple]] = msgspec.json.Decoder(list[BatchTuple]).decode
_decode_positions: Callable[[bytes], list[int]] = msgspec.json.Decoder(list[int]).decode
_decode_hex: Callable[[bytes], list[tuple[int, str, int, str, int]]] = msgspec.json.Decoder(list[tuple[int, str, int, str, int]]).decode


class AuditTail(ReadAhead):
    """An `AuditLog` over one connection of its own: while one stretch is folded, Postgres prepares the next. For one thread."""

    def identity(self) -> str:
        """Return the log's id.

        Raises:
            StoreUnavailable: when the database is away.

        """
        self._drop()
        return str(self._row(self._sql.mark, (0,))[0])

    def read_batches(self, after: int, facts_min: int) -> Stretch:
        """Return whole batches; see `commands.ports.AuditLog`. A fact whose bytes are no fact at all is an `UnknownFact` in its place.

        Raises:
            StoreUnavailable: when the database is away; ask again.

        """
        question = {"after": after, "facts_min": facts_min, "as_hex": False}
        try:
            try:
                facts, *beside = self._answer_to("read_batches", question)
                batches, misnamed, strays = _decoded(*beside)
                if batches and batches[-1].upto >= after + facts_min:
                    self._ask("read_batches", question | {"after": batches[-1].upto})
                return Stretch(decode_log(facts) if facts else (), batches, misnamed, strays)
            except (psycopg.DataError, msgspec.DecodeError):
                facts, *beside = self._answer_to("read_batches", question | {"as_hex": True})
                return Stretch(_decode_each(facts), *_decoded(*beside))
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error


def _decoded(batches: bytes, rows: bytes, misnamed: bytes, strays: bytes) -> tuple[list[BatchRow], list[int], list[int]]:
    found, start, all_rows = [], 0, memoryview(rows)
    for upto, committed_us, sizes, scheme, digest, size in _decode_batches(batches) if batches else ():
        found.append(BatchRow(upto, committed_us, sizes, scheme, bytes.fromhex(digest), rows_digest(all_rows[start : start + size])))
        start += size
    return found, _decode_positions(misnamed or b"[]"), _decode_positions(strays or b"[]")


def _decode_each(facts: bytes) -> list[Recorded]:
    """Return facts that were told in hex, one that cannot be decoded as unknown."""
    decoded = []
    for position, stream_id, version, state, committed_us in _decode_hex(facts):
        row = b'[[%d,"%s",%d,%s,%d]]' % (position, stream_id.encode(), version, bytes.fromhex(state), committed_us)
        try:
            (one,) = decode_log(row)
        except (ValueError, msgspec.MsgspecError) as error:
            one = Recorded(position, stream_id, version, UnknownFact("", f"{type(error).__name__}: {error}"[:200]), committed_us)
        decoded.append(one)
    return decoded

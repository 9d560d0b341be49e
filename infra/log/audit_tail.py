"""Reads the log for the audit: whole batches, with their rows as Postgres has them now."""

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
import psycopg

from commands.log_reader import BatchRow, WholeBatches, begins
from commands.ports import StoreUnavailable
from domain.chain import rows_digest
from domain.fact import Recorded, UnknownFact
from infra.eventstore.fact_encoding import decode_log
from infra.log.read_ahead import ReadAhead
from infra.log.tail import UNREADABLE


class ToldBatch(msgspec.Struct, array_like=True, gc=False):
    """What `read_batches.sql` tells of one batch beside its facts."""

    upto: int
    committed_us: int
    append_sizes: tuple[int, ...]
    scheme: int
    digest: str
    is_last: bool
    misnamed: list[int]


_decode_batch: Callable[[bytes], ToldBatch] = msgspec.json.Decoder(ToldBatch).decode
_decode_positions: Callable[[bytes], list[int]] = msgspec.json.Decoder(list[int]).decode
_decode_hex: Callable[[bytes], list[tuple[int, str, int, str, int]]] = msgspec.json.Decoder(list[tuple[int, str, int, str, int]]).decode


class AuditTail(ReadAhead):
    """An `AuditLog` over one connection of its own: while one stretch is folded, Postgres prepares the next. For one thread."""

    def read_batches(self, after: int, facts_min: int) -> WholeBatches:
        """Return whole batches; see `commands.log_reader.AuditLog`. A fact whose bytes are no fact at all is an `UnknownFact` in its place.

        Raises:
            StoreUnavailable: when the database is unavailable; ask again.

        """
        question = {"after": after, "facts_min": facts_min, "as_hex": False}
        try:
            try:
                rows = self._answer_to("read_batches", question)
                told = [_decode_batch(batch) for _, _, batch in rows]
                if told and not told[-1].is_last:
                    self._ask("read_batches", question | {"after": told[-1].upto})
                facts = decode_log(_array(rows))
            except UNREADABLE:
                rows = self._answer_to("read_batches", question | {"as_hex": True})
                told = [_decode_batch(batch) for _, _, batch in rows]
                facts = _decode_each(_array(rows))
            is_end = not told or told[-1].is_last or told[-1].upto < after + facts_min
            strays = self._answer_to("strays", {})[0][0] if is_end else b""
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error
        batches = [
            BatchRow(one.upto, one.committed_us, one.append_sizes, one.scheme, bytes.fromhex(one.digest), rows_digest(copied))
            for one, (_, copied, _) in zip(told, rows, strict=True)
        ]
        misnamed = [position for one in told for position in one.misnamed]
        return WholeBatches(facts, batches, misnamed, _decode_positions(strays or b"[]"))

    def head_committed(self) -> int:
        """Return where the log's own row says that it ends; see `commands.log_reader.AuditLog`.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        return int(self._row(self._sql.read_head, ())[0])

    def ends_of(self, stream_ids: Collection[str], upto: int) -> Mapping[str, tuple[Recorded, Recorded]]:
        """Return the first and the last fact of each stream up to a position; see `commands.log_reader.AuditLog`.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        (ends,) = self._row(self._sql.stream_ends, {"stream_ids": list(stream_ids), "upto": upto})
        found: dict[str, tuple[Recorded, Recorded]] = {}
        for fact in decode_log(ends):
            first = fact if begins(fact) else found[fact.stream_id][0]
            found[fact.stream_id] = (first, fact)
        return found


def _array(rows: Sequence[Sequence[bytes]]) -> bytes:
    """Return the facts of all batches as one JSON array."""
    return b"".join((b"[", b",".join(facts for facts, _, _ in rows if facts), b"]"))


def _decode_each(facts: bytes) -> list[Recorded]:
    """Return facts that were told in hex, one that cannot be decoded as unknown."""
    decoded = []
    for position, stream_id, version, state, committed_us in _decode_hex(facts):
        row = b'[[%d,"%s",%d,%s,%d]]' % (position, stream_id.encode(), version, bytes.fromhex(state), committed_us)
        try:
            (one,) = decode_log(row)
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            one = Recorded(position, stream_id, version, UnknownFact("", f"{type(error).__name__}: {error}"[:200]), committed_us)
        decoded.append(one)
    return decoded

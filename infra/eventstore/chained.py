"""A batch as it is written after the head: its rows with positions, its time, and its digest; see `domain.chain`."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from domain.chain import APPEND_FACTS_MAX, SCHEME, batch_digest, rows_digest
from domain.fact import moment
from infra.eventstore.fact_encoding import numbered_rows

CLOCK_LAG_US_MAX = 1_000_000
"""Where the database's clock is further behind the log's time than this, every append with a time span is refused: it cannot be judged."""


class LogHead(msgspec.Struct, frozen=True, gc=False):
    """What the head's row says, and the database's clock, read under the head's lock; times in microseconds since 1970."""

    position: int
    committed_us: int
    clock_us: int
    digest: bytes
    log_id: str

    @classmethod
    def of_row(cls, row: Sequence[bytes]) -> "LogHead":
        """Return the head from a row of `read_head`, in text form."""
        position, committed_us, clock_us, digest, log_id = row
        return cls(int(position), int(committed_us), int(clock_us), bytes.fromhex(digest.decode()), log_id.decode())

    @property
    def now_us(self) -> int:
        """The time of what is committed under this lock: the clock's, but never before the last one's."""
        return max(self.clock_us, self.committed_us)

    @property
    def clock_lags(self) -> bool:
        """Whether the clock is so far behind the log's time that it cannot tell how late it is."""
        return self.committed_us - self.clock_us > CLOCK_LAG_US_MAX


class ChainedBatch(NamedTuple):
    """A batch ready to be written: its rows for COPY, its digest, and the statements that update the head and insert its own row."""

    rows: bytes
    digest: bytes
    statements: bytes


def chained(write_batch: bytes, head: LogHead, row_heads: Sequence[bytes], append_sizes: Sequence[int]) -> ChainedBatch:
    """Number rows that have no positions yet, from the head on; return them as the next batch of the chain, committed at `head.now_us`.

    Raises:
        ValueError: when an append has more facts than one may have.

    """
    return chained_rows(write_batch, head, numbered_rows(row_heads, head.position), append_sizes)


def chained_rows(write_batch: bytes, head: LogHead, rows: bytes, append_sizes: Sequence[int]) -> ChainedBatch:
    """Return the next batch of the chain, made of rows that have their positions.

    Raises:
        ValueError: when an append has more facts than one may have.

    """
    if max(append_sizes) > APPEND_FACTS_MAX:
        raise ValueError(f"an append has {max(append_sizes):,} facts; at most {APPEND_FACTS_MAX:,} are taken")
    upto, committed_us = head.position + sum(append_sizes), head.now_us
    digest = batch_digest(
        scheme=SCHEME,
        log_id=head.log_id,
        before=head.digest,
        upto=upto,
        committed_us=committed_us,
        append_sizes=append_sizes,
        rows=rows_digest(rows),
    )
    return ChainedBatch(rows, digest, batch_statements(write_batch, upto, committed_us, append_sizes, SCHEME, digest))


def batch_statements(write_batch: bytes, upto: int, committed_us: int, append_sizes: Sequence[int], scheme: int, digest: bytes) -> bytes:
    """Return `write_batch` with its values; none needs quoting."""
    return write_batch % {
        b"upto": b"%d" % upto,
        b"committed_at": b"'%s'" % moment(committed_us).isoformat().encode(),
        b"append_sizes": b"'{%s}'" % ",".join(map(str, append_sizes)).encode(),
        b"scheme": b"%d" % scheme,
        b"digest": b"'%s'" % digest.hex().encode(),
    }

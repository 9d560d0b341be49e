"""The chain of batches: what ties each batch of the log to everything before it, so that no change to history stays unseen.

    row     = one fact as binary COPY has it: id, version, topic, bytes, position (each with its length)
    digest  = SHA-256("slipstream batch" | scheme | log | digest before | upto | committed_us | sizes of appends | SHA-256(rows))

The first batch follows `GENESIS`. Whoever keeps one digest outside can prove later that everything up to it is as it was.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from struct import pack
from uuid import UUID

GENESIS = bytes(32)
"""What the first batch of a log follows."""

SCHEME = 2
"""How batches are chained now, and the rules that were in force when they were decided."""

SCHEME_EARLIER = 1
"""The same digest, over batches that were decided before a few rules were made; see `AuditState.earlier`."""

UPGRADE_US_MAX = 24 * 3_600 * 1_000_000
"""For how long processes of the earlier rules may still write after the first of today's: one is upgraded after the other."""

SCHEME_MIGRATED = 0
"""The same digest, over batches that were put together later from a log without any: their times are what the facts' authors said."""

APPEND_FACTS_MAX = 10_000
"""How many facts one append may have."""


def rows_digest(rows: bytes) -> bytes:
    """Return the digest of a batch's facts, given as rows of binary COPY without header and trailer."""
    return sha256(rows).digest()


def batch_digest(
    *, scheme: int, log_id: str, before: bytes, upto: int, committed_us: int, append_sizes: Sequence[int], rows: bytes
) -> bytes:
    """Return the digest of a batch; `before` is the one of the batch before it, `rows` the digest of its facts."""
    count = len(append_sizes)
    return sha256(
        b"slipstream batch"
        + pack(">H16s32sqqI", scheme, _bytes_of(log_id), before, upto, committed_us, count)
        + pack(f">{count}H", *append_sizes)
        + rows
    ).digest()


@lru_cache(maxsize=16)
def _bytes_of(log_id: str) -> bytes:
    """Return the 16 bytes of a log's id; a process reads one log, whose batches all have the same."""
    return UUID(log_id).bytes


def mark_of(log_id: str, digest: bytes) -> str:
    """Return the mark of a position: the log's id and the first 8 bytes of the digest of the batch that holds it, in hex."""
    return f"{log_id}:{digest[:8].hex()}"


def log_of(mark: str | None) -> str:
    """Return the id of the log that a mark is of; empty where there is no mark."""
    return (mark or "").partition(":")[0]

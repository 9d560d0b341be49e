"""Seals of snapshots: whoever can write the table of snapshots, but does not have the key, cannot make one that is accepted."""

from collections.abc import Sequence
from hashlib import blake2b
from struct import pack, unpack
from uuid import UUID

from commands.ports import StreamSnapshot

SEAL_BYTES = 32


def seal_of(key: bytes, log_id: str, snapshot: StreamSnapshot, fact_digest: bytes) -> bytes:
    """Return the keyed checksum of a snapshot, of the log it was made of, and of the fact at its version."""
    seal = blake2b(key=key, digest_size=SEAL_BYTES)
    schema, times = snapshot.schema.encode(), packed(snapshot.times)
    seal.update(
        pack(">16s16sqIII", UUID(log_id).bytes, UUID(snapshot.stream_id).bytes, snapshot.version, len(schema), len(times), len(fact_digest))
    )
    for part in (schema, times, fact_digest, snapshot.state):
        seal.update(part)
    return seal.digest()


def packed(times: Sequence[tuple[int, int]]) -> bytes:
    """Return commit times of versions as bytes."""
    return b"".join(pack(">qq", version, committed_us) for version, committed_us in times)


def unpacked(times: bytes) -> tuple[tuple[int, int], ...]:
    """Return commit times of versions from bytes.

    Raises:
        struct.error: when the bytes are malformed.

    """
    count = len(times) // 8
    numbers = unpack(f">{count}q", times)
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))

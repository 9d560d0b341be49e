"""Where a fact is at home: 64 virtual partitions, which are Kafka partitions and Redis hash tags alike."""

from zlib import crc32

from domain.fact import Recorded

PARTITIONS = 64
"""A power of two, and for ever: another number would move every key."""


def partition_of(home_id: str) -> int:
    """Return the partition of a home (an account, a market, a slip): CRC-32 of its text, modulo 64.

    CRC-32 because every language and tool has the same one, it spreads UUIDs evenly, and it costs a tenth of a microsecond.
    """
    return crc32(home_id.encode()) % PARTITIONS


def home_of(fact: Recorded) -> str:
    """Return whose a fact is: the account that it names, else its stream."""
    return getattr(fact.body, "account_id", "") or fact.stream_id

"""The rules of a producer: a heartbeat within the lease continues its session, a later one begins another."""

from collections.abc import Sequence
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.producer.commands import BeatNow
from domain.producer.facts import HeartBeat, ProducerFact, SessionBegun
from domain.refused import Refused
from domain.text import KEY_CHARACTERS_MAX, is_plain

LEASE_MS_MIN, LEASE_MS_MAX = 500, 60_000
TIMES_KEPT_MS = LEASE_MS_MAX


class ProducerMalformed(Refused):
    """A producer has a name of 1 to 60 printable characters, and a lease of half a second to a minute."""

    name: str
    lease_ms: int


class Producer(msgspec.Struct, frozen=True, gc=False):
    """Where a producer stands: its session, 0 before the first, and the lease that it holds by."""

    name: str = ""
    session: int = 0
    lease_ms: int = 0


def decide(producer: Producer, command: BeatNow) -> Sequence[ProducerFact]:
    """Decide what a heartbeat is.

    Raises:
        ProducerMalformed: when it has no name that can be shown, or a lease out of bounds.

    """
    beat = command.beat
    if not (is_plain(beat.name, KEY_CHARACTERS_MAX) and LEASE_MS_MIN <= beat.lease_ms <= LEASE_MS_MAX):
        raise ProducerMalformed(beat.name[:KEY_CHARACTERS_MAX], beat.lease_ms)
    if command.is_in_lease and producer.lease_ms == beat.lease_ms:
        return (HeartBeat(producer.session, beat.at),)
    return (SessionBegun(beat.name, producer.session + 1, beat.lease_ms, beat.at),)


def evolve(producer: Producer, fact: ProducerFact) -> Producer:
    """Return the producer after the fact."""
    match fact:
        case SessionBegun():
            assert fact.session == producer.session + 1, "sessions count from 1"
            return Producer(fact.name, fact.session, fact.lease_ms)
        case HeartBeat():
            assert fact.session == producer.session > 0, "a heartbeat continues a session"
            return producer
        case _:
            assert_never(fact)


PRODUCER = Aggregate(
    "producer", Producer(), decide, evolve, get_args(ProducerFact), snapshot=Producer, times_kept_ms=TIMES_KEPT_MS, shared="gates"
)

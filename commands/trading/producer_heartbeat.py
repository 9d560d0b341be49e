"""Take the heartbeat of a producer of prices, and tell a session that goes on from one that begins anew by the log's time."""

from collections.abc import Sequence

import msgspec

from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.ids import producer_of
from domain.producer.commands import Beat, BeatNow
from domain.producer.decider import PRODUCER


class BeatReceipt(msgspec.Struct, frozen=True, gc=False):
    """The session that the producer is in: another one than before has no prices yet."""

    session: int


def streams_of(ask: Beat) -> Sequence[StreamRef]:
    """Name the producer."""
    return (StreamRef(PRODUCER, producer_of(ask.name)),)


def beat(ask: Beat, streams: UnitOfWork) -> Outcome:
    """Continue the session if this is committed within the lease of the last heartbeat; else begin another, which is committed after it.

    So no bet that is within the lease meets another session. Another lease is another session at once.

    Raises:
        ProducerMalformed: when the producer has no name, or a lease out of bounds.

    """
    producer_id = producer_of(ask.name)
    seen, producer = streams.look(PRODUCER, producer_id), streams.load(PRODUCER, producer_id)
    lease_ms = seen.state.lease_ms
    is_in_lease = seen.state.session > 0 and lease_ms == ask.lease_ms and streams.is_within(seen, seen.version, lease_ms)
    producer.decide(BeatNow(ask, is_in_lease))
    if is_in_lease:
        streams.hold(seen, seen.version, lease_ms)
    elif lease_ms == ask.lease_ms:
        streams.delay(seen, seen.version, lease_ms, though_clock_lags=True)
    return Outcome(BeatReceipt(producer.state.session), producer)

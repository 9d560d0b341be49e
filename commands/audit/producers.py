"""Producers of prices: sessions that follow each other from one, each kept alive by heartbeats within its lease, by log time."""

from typing import Any

from commands.audit.auditor import Auditor, check_id, check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedProducer
from commands.audit.violation import ViolationFound
from commands.audit.violations import LeaseLapsed, SessionWrong
from domain.fact import Recorded
from domain.ids import producer_of
from domain.producer.facts import HeartBeat, SessionBegun

NAME_CHARACTERS_MAX = 60
LEASE_MS_MIN, LEASE_MS_MAX = 500, 60_000
US_PER_MS = 1_000


def begun(state: AuditState, recorded: Recorded[Any], fact: SessionBegun) -> AuditedProducer:
    """Check the first SessionBegun of a producer: its name and lease are within bounds; begin the producer."""
    check_id(recorded, producer_of(fact.name))
    check_text(recorded, "name", fact.name, NAME_CHARACTERS_MAX)
    if fact.session != 1:
        raise ViolationFound(SessionWrong, recorded, session=fact.session, expected=1)
    check_value(recorded, "lease_ms", fact.lease_ms, allowed=LEASE_MS_MIN <= fact.lease_ms <= LEASE_MS_MAX)
    state.producers.add(fact.name)
    return AuditedProducer(1, name=fact.name, session=1, lease_ms=fact.lease_ms, heard_us=state.committed_us)


def begun_again(state: AuditState, recorded: Recorded[Any], producer: AuditedProducer, fact: SessionBegun) -> None:
    """Check a further SessionBegun: the next session, at any time, whether or not the one before has lapsed; update the audit state.

    A process that does not know of it yet may strike bets on prices of the session before, within that one's lease.
    """
    if fact.name != producer.name:
        check_id(recorded, producer_of(fact.name))
    if fact.session != producer.session + 1:
        raise ViolationFound(SessionWrong, recorded, session=fact.session, expected=producer.session + 1)
    check_value(recorded, "lease_ms", fact.lease_ms, allowed=LEASE_MS_MIN <= fact.lease_ms <= LEASE_MS_MAX)
    producer.before_until_us = producer.heard_us + producer.lease_ms * US_PER_MS
    producer.session, producer.lease_ms, producer.heard_us = fact.session, fact.lease_ms, state.committed_us


def beaten(state: AuditState, recorded: Recorded[Any], producer: AuditedProducer, fact: HeartBeat) -> None:
    """Check HeartBeat: of the present session, within its lease; update the audit state."""
    if fact.session != producer.session:
        raise ViolationFound(SessionWrong, recorded, session=fact.session, expected=producer.session)
    silent_us = state.committed_us - producer.heard_us
    if silent_us > producer.lease_ms * US_PER_MS:
        raise ViolationFound(LeaseLapsed, recorded, silent_ms=silent_us // US_PER_MS, lease_ms=producer.lease_ms)
    producer.heard_us = state.committed_us


AUDITOR = Auditor(
    aggregate="producer",
    holds=AuditedProducer,
    begins={SessionBegun: begun},
    follows={SessionBegun: begun_again, HeartBeat: beaten},
)

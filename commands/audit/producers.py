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
    """Take a producer's first session."""
    check_id(recorded, producer_of(fact.name))
    check_text(recorded, "name", fact.name, NAME_CHARACTERS_MAX)
    if fact.session != 1:
        raise ViolationFound(SessionWrong, recorded, session=fact.session, expected=1)
    check_value(recorded, "lease_ms", fact.lease_ms, allowed=LEASE_MS_MIN <= fact.lease_ms <= LEASE_MS_MAX)
    state.producers.add(fact.name)
    return AuditedProducer(1, name=fact.name, session=1, lease_ms=fact.lease_ms, heard_us=state.committed_us)


def begun_again(state: AuditState, recorded: Recorded[Any], producer: AuditedProducer, fact: SessionBegun) -> None:
    """Take another session, which may begin at any time: whoever begins it need not know whether the one before has lapsed."""
    if fact.name != producer.name:
        check_id(recorded, producer_of(fact.name))
    if fact.session != producer.session + 1:
        raise ViolationFound(SessionWrong, recorded, session=fact.session, expected=producer.session + 1)
    check_value(recorded, "lease_ms", fact.lease_ms, allowed=LEASE_MS_MIN <= fact.lease_ms <= LEASE_MS_MAX)
    producer.session, producer.lease_ms, producer.heard_us = fact.session, fact.lease_ms, state.committed_us


def beaten(state: AuditState, recorded: Recorded[Any], producer: AuditedProducer, fact: HeartBeat) -> None:
    """Take a heartbeat within the lease."""
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

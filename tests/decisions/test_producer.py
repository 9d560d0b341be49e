"""The rules of a producer: a heartbeat within the lease continues its session, a later one begins another."""

import pytest

from domain.producer.commands import Beat, BeatNow
from domain.producer.decider import LEASE_MS_MAX, LEASE_MS_MIN, PRODUCER, Producer, ProducerMalformed
from domain.producer.facts import HeartBeat, SessionBegun
from tests.decisions.given import NOON, given

BEGUN = SessionBegun("feed", 1, 10_000, NOON)


def beat(name: str = "feed", lease_ms: int = 10_000, *, in_lease: bool = True) -> BeatNow:
    return BeatNow(Beat(name, lease_ms, NOON), in_lease)


def test_a_producer_begins_a_session_keeps_it_with_every_heartbeat_and_begins_another_after_a_gap():
    given(PRODUCER).when(beat(in_lease=False)).then(BEGUN)
    given(PRODUCER, BEGUN).when(beat()).then(HeartBeat(1, NOON))
    given(PRODUCER, BEGUN, HeartBeat(1, NOON)).when(beat(in_lease=False)).then(SessionBegun("feed", 2, 10_000, NOON))


def test_another_lease_is_another_session():
    given(PRODUCER, BEGUN).when(beat(lease_ms=5_000)).then(SessionBegun("feed", 2, 5_000, NOON))


@pytest.mark.parametrize(
    ("name", "lease_ms"), [("", 10_000), ("a\0b", 10_000), ("x" * 61, 10_000), ("feed", LEASE_MS_MIN - 1), ("feed", LEASE_MS_MAX + 1)]
)
def test_a_producer_has_a_name_and_a_lease_within_bounds(name: str, lease_ms: int):
    given(PRODUCER).when(beat(name, lease_ms, in_lease=False)).refused(ProducerMalformed, lease_ms=lease_ms)


def test_sessions_count_from_one_and_heartbeats_are_of_the_last():
    assert given(PRODUCER, BEGUN).state == Producer("feed", 1, 10_000)
    for impossible in ([HeartBeat(1, NOON)], [BEGUN, HeartBeat(2, NOON)], [BEGUN, BEGUN]):
        with pytest.raises(AssertionError):
            given(PRODUCER, *impossible)

"""The relay, with a real broker: whatever happens, each partition has all its facts in order, and repeats only at a seam."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from api.readiness import Check
from domain.bet.facts import BetPlaced
from domain.fact import Recorded
from domain.partitions import PARTITIONS, partition_of
from infra.embedded.kafka import EmbeddedKafka
from infra.log.arrived_records import PartitionSeen
from infra.log.topic_records import TopicRecord
from infra.processes.process_control import lives, processes_in, wait_until
from infra.readiness import Bounds, Readiness
from projections.changes import Put
from projections.homes import EVERYWHERE, Homes
from projections.partitions import TAGS
from projections.ports import View
from projections.registry import VIEWS
from tests.contracts.relays_under_test import KINDS, RelayedLog, appending, assert_copied, chained, process, repeats, running

UNKNOWN = b'{"fact":"bet.placed.v10","account_id":"x"}'


@pytest.fixture
def relayed(database_url: str, kafka_server: EmbeddedKafka) -> Iterator[RelayedLog]:
    with closing(RelayedLog(database_url, kafka_server.start())) as log:
        yield log


def test_a_fact_is_copied_to_each_of_its_homes_with_its_bytes_its_name_and_where_it_stands(relayed: RelayedLog):
    relayed.written.append(KINDS * 30)
    relayed.log.hide(7, "bet.placed.v10", UNKNOWN)
    relayed.log.hide(8, "bet.placed.v1", b"\xff is no JSON")
    relayed.catch_up()
    assert_copied(relayed)
    records = relayed.records()
    assert not any(repeats(of_partition) for of_partition in records)
    whole = relayed.log.reader.read(0, 1_000)
    for partition, of_partition in enumerate(records):
        facts = [record for record in of_partition if not record.is_watermark]
        assert [record.decoded() for record in facts] == [whole[record.position - 1] for record in facts]
        assert {7, 8} <= {record.position for record in facts}, f"what is unknown is at home everywhere, also in {partition}"
    ((seventh,),) = [[record for record in records[0] if record.position == 7 and not record.is_watermark]]
    assert (seventh.name, seventh.state) == ("bet.placed.v10", UNKNOWN)


def test_a_relay_that_is_killed_at_any_moment_leaves_no_gap_and_repeats_only_what_it_did_not_note(relayed: RelayedLog):
    appended = appending(relayed, KINDS * 25, 20)
    seams = []
    for kill_at in (100, 1_000):
        with process(relayed):
            assert wait_until(lambda at=kill_at: relayed.position() >= at, 60)
        seams.append(relayed.position())
    appended.join()
    with process(relayed):
        assert wait_until(lambda: relayed.position() == 2_000, 60)
    assert_copied(relayed)
    for of_partition in relayed.records():
        for position in repeats(of_partition):
            assert any(seam < position <= seam + 2 * 50 for seam in seams), "a repeat stands right behind where a relay stopped"


def test_of_two_relays_one_copies_and_the_other_takes_over_also_from_one_that_stands_still_or_is_killed(relayed: RelayedLog):
    relayed.written.append(KINDS * 5)
    with process(relayed) as leader:
        assert wait_until(lambda: relayed.position() == 20, 60)
        with running(relayed.relay()) as other:
            relayed.written.append(KINDS * 50, 10)
            assert wait_until(lambda: relayed.position() == 220, 60)
            assert not other.leads
            leader.suspend()  # its session ends by its silence; it does not know
            relayed.written.append(KINDS * 50, 10)
            assert wait_until(lambda: other.leads and relayed.position() == 420, 60)
            leader.resume()  # it wakes up believing that it leads
            relayed.written.append(KINDS * 50, 10)
            assert wait_until(lambda: relayed.position() == 620, 60)
            assert other.leads
        relayed.written.append(KINDS * 5)
        assert wait_until(lambda: relayed.position() == 640, 60), "the one that woke up waited for its turn"
        with running(relayed.relay()) as third:
            relayed.written.append(KINDS * 5)
            assert wait_until(lambda: relayed.position() == 660, 60)
            assert not third.leads
            leader.kill()
            relayed.written.append(KINDS * 5)
            assert wait_until(lambda: third.leads and relayed.position() == 680, 60)
    assert_copied(relayed)


def test_a_broker_that_is_killed_and_comes_back_misses_nothing_and_a_relay_without_one_can_be_stopped(
    relayed: RelayedLog, kafka_server: EmbeddedKafka
):
    with running(relayed.relay()):
        appended = appending(relayed, KINDS * 25, 20)
        assert wait_until(lambda: relayed.position() >= 200, 60)
        (broker,) = processes_in(kafka_server.directory, "java")
        broker.kill()
        appended.join()
        assert wait_until(kafka_server.revive, 60)
        assert wait_until(lambda: relayed.position() == 2_000, 60)
    assert_copied(relayed)
    (broker,) = processes_in(kafka_server.directory, "java")
    with process(relayed) as waiting:
        relayed.written.append(KINDS)
        assert wait_until(lambda: relayed.position() == 2_004, 60)
        broker.suspend()
        relayed.written.append(KINDS * 25)
        waiting.terminate()
        assert wait_until(lambda: not lives(waiting), 30)
        broker.resume()


def test_a_log_that_was_restored_is_copied_anew_from_where_both_agree(relayed: RelayedLog):
    relayed.written.append(KINDS * 5)
    relayed.catch_up()
    before = relayed.copied()
    relayed.written.append(KINDS * 5)
    relayed.catch_up()
    relayed.rewind(before)
    relayed.written.append(KINDS)
    relayed.catch_up()
    after = relayed.copied()
    assert after.epoch != before.epoch
    assert after.since == 20
    expected = relayed.expected()
    for records, positions in zip(relayed.records(), expected, strict=True):
        assert chained(records, after.epoch, after.since) == ([position for position in positions if position > 20], 24)


def test_where_views_are_others_facts_may_have_other_homes_and_the_copy_says_from_where_on(relayed: RelayedLog):
    relayed.written.append(KINDS * 5)
    relayed.catch_up(Homes(VIEWS[:1]))
    one = relayed.copied()
    relayed.written.append(KINDS)
    relayed.catch_up()
    both = relayed.copied()
    assert both.epoch != one.epoch
    assert (both.since, both.position) == (20, 24)
    assert Homes(VIEWS).name == Homes(tuple(reversed(VIEWS))).name != Homes(VIEWS[:1]).name


@given(
    homes=st.lists(st.booleans(), min_size=1, max_size=30),
    late=st.lists(st.tuples(st.integers(0, 29), st.integers(1, 10), st.integers(0, 60)), max_size=4),
    flush=st.integers(1, 7),
)
def test_a_reader_of_a_partition_takes_each_fact_once_and_in_order_whatever_relays_write_too_late(homes, late, flush):
    """One relay writes all; others, which lost the lead, write parts of the same at any later or earlier moment."""
    said: list[TopicRecord] = []
    before = 0
    for position, is_home in enumerate(homes, 1):
        if is_home:
            said.append(TopicRecord(position, before, 1, "fact", 0, 1, b"", b"{}"))
            before = position
        if position % flush == 0 or position == len(homes):
            said.append(TopicRecord(position, before, 1, "watermark", 0, 0, b"", None))
    written = list(said)
    for begin, count, at in late:
        written[at:at] = said[begin : begin + count]
    partition = PartitionSeen(0)
    for record in written:
        partition.take(record)
    assert [record.position for record in partition.facts] == [position for position, is_home in enumerate(homes, 1) if is_home]
    assert partition.seen == len(homes)


def test_a_fact_that_a_view_breaks_on_is_at_home_everywhere(relayed: RelayedLog):
    def breaks(_: object) -> None:
        raise ValueError("broken")

    relayed.written.append(KINDS)
    (fact,) = relayed.log.reader.read(1, 1)
    assert Homes([VIEWS[0]._replace(project=breaks, consumes=frozenset({type(fact.body)}), sees=None)]).of(fact) == EVERYWHERE
    assert 0 < len(Homes(VIEWS).of(fact)) < PARTITIONS


def test_a_view_that_is_not_where_it_was_thought_to_be_is_found_and_the_copy_begins_anew_with_all_views_asked(relayed: RelayedLog):
    def strays(fact: Recorded[Any]) -> list[Put]:
        return [Put(f"{TAGS[partition_of(fact.stream_id)]}:elsewhere", "a", b"b")]

    views = [View("strays", 1, strays, consumes=frozenset({BetPlaced}))]
    relayed.written.append(KINDS * 10)
    homes = Homes(views)
    with running(relayed.relay(homes=homes)):
        assert wait_until(lambda: relayed.position() == 40, 60)
    copied = relayed.copied()
    assert (copied.since, copied.homes) == (0, homes.name)
    assert homes.name != Homes(views).name
    expected = relayed.expected(Homes(views, at_home=()))
    for records, positions in zip(relayed.records(), expected, strict=True):
        assert chained(records, copied.epoch) == (positions, 40)


def test_what_no_relay_has_copied_makes_readiness_red_until_it_has(relayed: RelayedLog):
    def check() -> Check:
        (found,) = [each for each in asyncio.run(ready.report()).checks if each.name == "relay"]
        return found

    relayed.written.append(KINDS)
    ready = Readiness(relayed.database_url, None, (), (), None, Bounds(relay_lag_s=0), relay_topic=relayed.topic).start()
    try:
        assert not check().ok
        assert f"the topic {relayed.topic} is 4 positions behind the log" in check().says
        relayed.catch_up()
        assert wait_until(lambda: check().ok, 60)
        told = generate_latest(ready).decode()
        assert f'slipstream_relay_lag_positions{{topic="{relayed.topic}"}} 0.0' in told
        assert f'slipstream_relay_lag_seconds{{topic="{relayed.topic}"}} 0.0' in told
    finally:
        ready.stop()

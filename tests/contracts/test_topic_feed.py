"""A healthy topic is read to its end, however unevenly its partitions come and however little is kept of it at a time."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.log_reader import EVERYTHING
from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.embedded.kafka import EmbeddedKafka
from infra.log.arrived_records import ArrivedRecords
from infra.log.kafka_reader import KafkaReader
from infra.log.topic_feed import TopicFeed
from infra.log.topic_records import TopicRecord, packed, watermark_of
from tests.contracts.relays_under_test import HOMES, KINDS, RelayedLog
from tests.contracts.site_under_test import wait_for_the_topic

FACTS = 2_000


@pytest.fixture
def relayed(database_url: str, kafka_server: EmbeddedKafka) -> Iterator[RelayedLog]:
    with closing(RelayedLog(database_url, kafka_server.start())) as log:
        yield log


def test_a_healthy_topic_is_not_left_for_the_log_however_little_is_kept_and_however_slowly_it_comes(
    relayed: RelayedLog, monkeypatch: pytest.MonkeyPatch
):
    """What is kept is a small part of what each partition has, an answer brings some partitions only, and nobody waits for long."""
    wait_for_the_topic(monkeypatch)
    relayed.written.append(KINDS * (FACTS // len(KINDS)), 100)
    relayed.catch_up()
    feed = TopicFeed(relayed.address, relayed.topic, records_max=100, fetch_bytes_max=8 * 1024)
    found, after = [], 0
    with closing(KafkaReader(relayed.database_url, feed, relayed.topic, HOMES.name, fetch_timeout_s=0.001)) as reader:
        while after < FACTS:
            facts = reader.read(after, 500)
            found += facts
            after = found[-1].position if found else 0
        assert (reader.from_topic, reader.from_log, reader.given_up) == (FACTS, 0, 0)
    feed.stop()
    assert found == relayed.log.reader.read(0, FACTS)


def test_what_the_topic_does_not_have_is_read_from_the_log_and_counted(relayed: RelayedLog):
    relayed.written.append(KINDS * 25)
    relayed.catch_up()
    feed = TopicFeed(relayed.address, relayed.topic)
    with closing(KafkaReader(relayed.database_url, feed, relayed.topic, HOMES.name, fetch_timeout_s=0.001)) as reader:
        assert len(reader.read(0, 100)) == 100
        relayed.written.append(KINDS * 5)
        relayed.pretend(copied=120)
        assert [fact.position for fact in reader.read(100, 100)] == list(range(101, 121))
        assert (reader.from_topic, reader.from_log, reader.given_up) == (100, 20, 1)
    feed.stop()


def test_who_still_keeps_partitions_that_are_another_members_by_now_passes_nothing_over(relayed: RelayedLog):
    """A rebalance while a stretch is read: the feed reads other partitions from then on, and whoever asks has not heard of it."""
    relayed.written.append(KINDS * 25)
    relayed.catch_up()
    with feeding(relayed, group="members") as feed:
        assert len(feed.wait_assigned(60)) == PARTITIONS
        with closing(KafkaReader(relayed.database_url, feed, relayed.topic, HOMES.name)) as reader:
            whole = relayed.log.reader.read(0, 200)
            assert reader.read(0, 50) == whole[:50]
            feed._lose(frozenset(range(PARTITIONS // 2)))
            assert read_on(reader, 50, 100) == whole[50:100]


def test_two_who_read_one_feed_get_everything_though_each_begins_where_its_own_work_stands(relayed: RelayedLog):
    relayed.written.append(KINDS * 25)
    relayed.catch_up()
    with feeding(relayed) as feed:
        one, two = (KafkaReader(relayed.database_url, feed, relayed.topic, HOMES.name) for _ in range(2))
        with closing(one), closing(two):
            whole = relayed.log.reader.read(0, 200)
            assert one.read(0, 20) == whole[:20]
            assert two.read(60, 20) == whole[60:80]
            assert read_on(one, 20, 60) == whole[20:60], "where the other one has begun is not where this one stands"


@contextmanager
def feeding(relayed: RelayedLog, **settings: Any) -> Iterator[TopicFeed]:
    feed = TopicFeed(relayed.address, relayed.topic, **settings)
    try:
        yield feed
    finally:
        feed.stop()


def read_on(reader: KafkaReader, after: int, upto: int) -> list[Recorded[Any]]:
    """What a reader brings from a position up to another one, as a projector asks: on from where the last stretch ended."""
    found: list[Recorded[Any]] = []
    while after < upto:
        stretch = reader.read_filtered(EVERYTHING, after, upto - after)
        found, after = [*found, *stretch.facts], stretch.upto
    return found


@given(
    homes=st.lists(st.sets(st.integers(0, 3), min_size=1), min_size=1, max_size=40),
    flush=st.integers(1, 9),
    records_max=st.integers(1, 8),
    data=st.data(),
)
def test_whoever_takes_gets_every_fact_once_and_in_order_whatever_partition_comes_first_and_however_few_are_kept(
    homes: list[set[int]], flush: int, records_max: int, data: st.DataObject
):
    topic = partitions_with(homes, flush)
    arrived = ArrivedRecords(records_max)
    arrived.begin_at(0, 1, range(4))
    taken: list[TopicRecord] = []
    upto = 0
    while upto < len(homes):
        if asked := sorted(number for number in arrived.to_fetch() if topic[number]):
            number = data.draw(st.sampled_from(asked))
            come = data.draw(st.integers(1, len(topic[number])))
            arrived.add(number, topic[number][:come])
            del topic[number][:come]
        else:
            assert arrived.seen() > upto, "there is always something to fetch, or something to take"
        if not asked or arrived.are_many or data.draw(st.booleans()):
            facts, upto = arrived.take(upto, data.draw(st.integers(1, 50)))
            taken += facts
    assert [record.position for record in taken] == list(range(1, len(homes) + 1))


def partitions_with(homes: list[set[int]], flush: int) -> list[list[Any]]:
    """Return the records of four partitions of facts with these homes; so many facts are written at once."""
    before, partitions = [0] * 4, [[] for _ in range(4)]
    for position, of_fact in enumerate(homes, 1):
        for number in of_fact:
            headers = watermark_of(position, 0, before[number], packed(1))
            partitions[number].append(SimpleNamespace(value=b"{}", headers=[*headers[:1], ("name", b"fact"), *headers[2:]]))
            before[number] = position
        if position % flush == 0 or position == len(homes):
            for number in range(4):
                headers = watermark_of(position, 0, before[number], packed(1))
                partitions[number].append(SimpleNamespace(value=None, headers=headers))
    return partitions

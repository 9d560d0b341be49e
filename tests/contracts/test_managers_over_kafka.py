"""Process managers as a consumer group: whoever joins, leaves, dies or does everything twice, the tables are what the log says."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pytest

from commands.process_manager import Came, Due, Over, Waits
from commands.registry import process_managers
from domain.partitions import PARTITIONS
from infra.embedded.kafka import EmbeddedKafka
from infra.log.kafka_reader import KafkaReader
from infra.log.tail import Tail
from infra.log.topic_feed import TopicFeed
from infra.process_managers import create_tables
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.group_member import GroupMember, TopicReaders
from infra.process_managers.runner import run_with_backoff
from infra.processes.process_control import wait_until
from infra.roles.settle import member_of_group
from infra.roles.shared import Stop
from infra.settings import Settings
from projections.homes import Homes
from projections.registry import VIEWS
from tests.contracts.managers_under_test import folded, held, positions
from tests.contracts.relays_under_test import RelayedLog
from tests.contracts.site_under_test import SESSION_S, Site, running, wait_for_the_topic, what_happened

MANAGERS = process_managers()
HOMES = Homes(VIEWS, MANAGERS)


class ManagedSite(Site):
    """A log that is copied to a topic for views and managers, and processes that keep the managers' tables."""

    def __init__(self, relayed: RelayedLog) -> None:
        super().__init__(relayed, "redis://127.0.0.1:1")
        create_tables(relayed.database_url, MANAGERS)

    def are_caught_up(self) -> bool:
        head = self.relayed.log.reader.head()
        return all(set(positions(self.relayed.database_url, manager.name)) == {head} for manager in MANAGERS)

    @contextmanager
    def settling(self, name: str) -> Iterator[tuple[TopicFeed, list[KafkaReader]]]:
        """Keep the tables as a member of the group, as `slipstream settle` does; nothing is worked off."""
        settings = Settings(kafka_topic=self.relayed.topic, kafka_member=name, kafka_session_timeout_s=SESSION_S)
        stop, opened = threading.Event(), list[Any]()
        with member_of_group(settings, self.relayed.address, HOMES, Stop()) as (feed, reader_of):

            def member() -> GroupMember:
                noted = TopicReaders(feed, lambda dsn, partitions: (opened.append(reader_of(dsn, partitions)), opened[-1])[1])
                return GroupMember(self.relayed.database_url, noted, MANAGERS)

            with running(lambda: run_with_backoff(name, member, stop), stop):
                yield feed, opened

    @contextmanager
    def copying(self) -> Iterator[None]:
        stop = threading.Event()
        with running(lambda: self.relayed.relay(500, HOMES).run(stop), stop):
            yield

    @contextmanager
    def doing_everything_twice(self) -> Iterator[KafkaReader]:
        """Keep all partitions from the topic without being a member: everything is done a second time."""
        dsn, stop = self.relayed.database_url, threading.Event()
        feed = TopicFeed(self.relayed.address, self.relayed.topic)
        opened: list[KafkaReader] = []

        def zombie() -> CaseProjector:
            opened.append(KafkaReader(dsn, feed, self.relayed.topic, HOMES.name))
            return CaseProjector(dsn, opened[-1], MANAGERS, partitions=range(PARTITIONS))

        with running(lambda: run_with_backoff("zombie", zombie, stop), stop):
            assert wait_until(lambda: bool(opened), 60)
            yield opened[0]
        feed.stop()


@pytest.fixture
def site(database_url: str, kafka_server: EmbeddedKafka) -> Iterator[ManagedSite]:
    with closing(RelayedLog(database_url, kafka_server.start())) as relayed:
        yield ManagedSite(relayed)


def test_tables_are_what_the_log_says_whoever_joins_leaves_and_comes_back(site: ManagedSite, monkeypatch: pytest.MonkeyPatch):
    wait_for_the_topic(monkeypatch)
    facts = changing(what_happened())
    third = len(facts) // 3
    with site.copying():
        with site.settling("one") as (one, of_one):
            site.write(facts[:third])
            assert wait_until(lambda: len(one.assigned) == PARTITIONS, 60)
            with site.settling("two") as (two, of_two):
                assert wait_until(lambda: 0 < len(one.assigned) < PARTITIONS, 60)
                assert wait_until(lambda: one.assigned | two.assigned == frozenset(range(PARTITIONS)), 60)
                site.write(facts[third : 2 * third])
                assert wait_until(site.are_caught_up, 90)
            assert min(sum(reader.from_topic for reader in each) for each in (of_one, of_two)) > 0
        with site.settling("one"), site.settling("three"), site.doing_everything_twice():
            site.write(facts[2 * third :])
            assert wait_until(site.are_caught_up, 90)
    url = site.relayed.database_url
    assert held(url, MANAGERS) == folded(url, MANAGERS)


def test_every_partition_of_the_topic_has_the_facts_that_change_rows_there(site: ManagedSite):
    """What is read from one partition alone is all that a manager needs for it."""
    site.write(changing(what_happened())[:60])
    site.relayed.catch_up(HOMES)
    records = site.relayed.records()
    with closing(Tail(site.relayed.database_url)) as tail:
        for fact in tail.read(0, 1_000):
            for manager in MANAGERS:
                for partition in manager.partitions_of(fact):
                    assert fact.position in {record.position for record in records[partition] if not record.is_watermark}


def changing(facts: Sequence[Any]) -> Sequence[Any]:
    """Those that change a manager's tables, and now and then another one; all kinds of changes are among them."""
    found = [fact for number, fact in enumerate(facts) if number % 20 == 0 or any(manager.react(fact) for manager in MANAGERS)]
    changes = {type(change) for fact in found for manager in MANAGERS for change in manager.react(fact)}
    assert changes == {Waits, Came, Due, Over}
    return found

"""Projectors as a consumer group: whoever comes, goes, wakes up late or does the same twice, the views are what the log says."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pytest

from commands.ports import Append, NewFact
from domain.partitions import PARTITIONS
from infra.embedded.kafka import EmbeddedKafka
from infra.log.kafka_reader import KafkaReader
from infra.log.tail import Tail
from infra.log.topic_feed import TopicFeed
from infra.metrics.projecting import ProjectorCollector
from infra.processes.process_control import wait_until
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.roles.project import from_topic
from infra.settings import Settings
from projections.homes import Homes
from projections.registry import VIEWS
from tests.contracts.relays_under_test import HOMES, RelayedLog
from tests.views.history import busy
from tests.views.record_history import RecordStory
from tests.views.social_history import SocialStory


class Site:
    """A log that is copied to a topic, and a Valkey for its views."""

    def __init__(self, relayed: RelayedLog, redis_url: str) -> None:
        self.relayed, self.redis_url = relayed, redis_url
        self.models = ValkeyModels(redis_url)
        self._versions: Counter[str] = Counter()

    def write(self, facts: Sequence[Any], batch: int = 7) -> None:
        """Append what happened elsewhere, a few facts at a time."""
        for start in range(0, len(facts), batch):
            news = []
            for fact in facts[start : start + batch]:
                self._versions[fact.stream_id] += 1
                news.append(NewFact(fact.stream_id, self._versions[fact.stream_id], fact.body))
            assert self.relayed.log.store.append_many([Append(news)]).verdicts[0].accepted

    def is_caught_up(self) -> bool:
        """Whether every partition of every view has reached the end of the log."""
        head, state = self.relayed.log.reader.head(), self.models.state(range(PARTITIONS))
        standing = [state[partition].builds.get(state[partition].live.get(view.name, "")) for partition in state for view in VIEWS]
        return all(each is not None and each.position == head for each in standing)

    def assert_views_are_what_the_log_says(self) -> None:
        assert wait_until(self.is_caught_up, 90)
        with closing(Tail(self.relayed.database_url)) as tail:
            for view in VIEWS:
                compared = Projector(tail, self.models, [view]).compare(view.name)
                assert compared.difference is None, view.name
                assert compared.position == self.relayed.log.reader.head()

    @contextmanager
    def member(self, name: str) -> Iterator[ProjectorCollector]:
        """Run a projector of the group, as `slipstream project` does."""
        settings = Settings(kafka_topic=self.relayed.topic, kafka_member=name)
        stop, figures = threading.Event(), ProjectorCollector()
        words = (settings, self.relayed.address, self.relayed.database_url, self.redis_url, VIEWS, figures, stop)
        with running(lambda: from_topic(*words), stop):
            yield figures

    @contextmanager
    def relay(self) -> Iterator[None]:
        stop = threading.Event()
        with running(lambda: self.relayed.relay(500).run(stop), stop):
            yield

    @contextmanager
    def feeding_all_partitions(self) -> Iterator[KafkaReader]:
        """Run a projector that is no member, and so does everything that the members do a second time."""
        stop, feed = threading.Event(), TopicFeed(self.relayed.address, self.relayed.topic)
        with closing(KafkaReader(self.relayed.database_url, feed, self.relayed.topic, HOMES.name)) as reader:
            projector = Projector(reader, ValkeyModels(self.redis_url), VIEWS)
            try:
                with running(lambda: projector.run(stop), stop):
                    yield reader
            finally:
                feed.stop()


@contextmanager
def running(run: Any, stop: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def partitions_of(figures: ProjectorCollector) -> frozenset[int]:
    """The partitions that a member feeds."""
    reader = figures._reader
    return frozenset() if reader is None else frozenset(reader._feed.assigned)


@pytest.fixture
def site(database_url: str, redis_url: str, kafka_server: EmbeddedKafka) -> Iterator[Site]:
    with closing(RelayedLog(database_url, kafka_server.start())) as relayed:
        yield Site(relayed, redis_url)


def what_happened() -> Sequence[Any]:
    """Facts of a book and of a feed."""
    feed, records = SocialStory(3), RecordStory(4)
    feed.go_on(150)
    records.go_on(100)
    return [fact for log in (busy(5, 300).log, feed.history.log, records.history.log) for fact in log.read(0, 100_000)]


def test_views_are_what_the_log_says_whoever_joins_leaves_and_comes_back(site: Site):
    facts = what_happened()
    quarter = len(facts) // 4
    with site.relay():
        with site.member("one") as one:
            site.write(facts[:quarter])
            assert wait_until(lambda: len(partitions_of(one)) == PARTITIONS, 60)
            with site.member("two") as two:
                assert wait_until(lambda: 0 < len(partitions_of(one)) < PARTITIONS and partitions_of(two), 60)
                assert wait_until(lambda: partitions_of(one) | partitions_of(two) == frozenset(range(PARTITIONS)), 60)
                assert not partitions_of(one) & partitions_of(two)
                site.write(facts[quarter : 2 * quarter])
                assert wait_until(site.is_caught_up, 90)
                assert min(figures._reader.from_topic for figures in (one, two)) > 0
            site.write(facts[2 * quarter : 3 * quarter])
        with site.member("one"), site.member("three"), site.feeding_all_partitions() as twice:
            site.write(facts[3 * quarter :])
            assert wait_until(site.is_caught_up, 90)
            assert twice.from_topic > 0
    site.assert_views_are_what_the_log_says()


def test_a_topic_that_lost_what_was_copied_to_it_or_has_no_relay_holds_no_view_up_for_ever(site: Site):
    facts = what_happened()[:200]
    site.write(facts[:100])
    site.relayed.relay(homes=Homes(VIEWS[:1])).catch_up()
    with site.member("one") as one:
        assert wait_until(site.is_caught_up, 90)
        assert (one._reader.from_topic, one._reader.from_log >= 100) == (0, True), "its homes are those of other views"
        site.write(facts[100:150])
        site.relayed.relay().catch_up()
        site.relayed.pretend(copied=150)
        site.write(facts[150:])
        began = time.monotonic()
        assert wait_until(lambda: (site.relayed.pretend(copied=200), site.is_caught_up())[1], 90), f"{time.monotonic() - began:.0f} s"
    site.assert_views_are_what_the_log_says()

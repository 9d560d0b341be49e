"""A log that is copied to a topic, projectors that feed views from it as members of a group, and what the views have to be."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psutil
import pytest

from commands.ports import Append, NewFact
from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.log import kafka_reader, topic_feed
from infra.log.dead_letters import DeadLetters
from infra.log.kafka_reader import KafkaReader
from infra.log.tail import Tail
from infra.log.topic_feed import TopicFeed
from infra.metrics.projecting import ProjectorCollector
from infra.processes.process_control import wait_until
from infra.readmodels.held_facts import HeldBack
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.roles.project import from_topic
from infra.roles.shared import Stop
from infra.settings import Settings
from projections.changes import Change
from projections.ports import View
from projections.registry import VIEWS
from tests.contracts.relays_under_test import HOMES, RelayedLog
from tests.views.history import busy
from tests.views.record_history import RecordStory
from tests.views.social_history import SocialStory

SESSION_S = 6.0


def wait_for_the_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have readers wait for a topic that has everything as long as a machine takes that does other things, before they read the log."""
    for name in ("BEGIN_TIMEOUT_S", "ANSWER_TIMEOUT_S", "SILENCE_S_MAX"):
        monkeypatch.setattr(kafka_reader, name, 120)
    monkeypatch.setattr(topic_feed, "ENDS_TIMEOUT_S", 120)


MEMBER = """
import sys
from infra.log.kafka_address import KafkaAddress
from infra.metrics.projecting import ProjectorCollector
from infra.roles.project import from_topic
from infra.roles.shared import stopping
from infra.settings import Settings
from projections.homes import Homes
from projections.registry import VIEWS
dsn, redis_url, url, topic, name, session_s = sys.argv[1:]
settings = Settings(kafka_topic=topic, kafka_member=name, kafka_session_timeout_s=float(session_s))
with stopping() as stop:
    from_topic(settings, KafkaAddress.read(url), dsn, redis_url, VIEWS, Homes(VIEWS), ProjectorCollector(), stop)
"""


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

    def is_caught_up(self, views: Sequence[View] = VIEWS, partitions: Collection[int] = range(PARTITIONS)) -> bool:
        """Whether these partitions of views have reached the end of the log."""
        head, state = self.relayed.log.reader.head(), self.models.state(partitions)
        standing = [state[partition].builds.get(state[partition].live.get(view.name, "")) for partition in state for view in views]
        return all(each is not None and each.position == head for each in standing)

    def assert_views_are_what_the_log_says(self) -> None:
        assert wait_until(self.is_caught_up, 90)
        with closing(Tail(self.relayed.database_url)) as tail:
            for view in VIEWS:
                compared = Projector(tail, self.models, [view]).compare(view.name)
                assert compared.difference is None, view.name
                assert compared.position == self.relayed.log.reader.head()

    @contextmanager
    def member(
        self, name: str, views: Sequence[View] = VIEWS, session_s: float = SESSION_S, tries: int = 6
    ) -> Iterator[ProjectorCollector]:
        """Run a projector of the group, as `slipstream project` does."""
        settings = Settings(kafka_topic=self.relayed.topic, kafka_member=name, kafka_session_timeout_s=session_s, view_tries_max=tries)
        stop, figures = Stop(), ProjectorCollector()
        words = (settings, self.relayed.address, self.relayed.database_url, self.redis_url, views, HOMES, figures, stop)
        with running(lambda: from_topic(*words), stop):
            yield figures

    @contextmanager
    def tailing(self, views: Sequence[View] = VIEWS) -> Iterator[None]:
        """Run a projector that reads the log itself, as `slipstream project` does where there is no Kafka."""
        dsn = self.relayed.database_url
        with (
            closing(Tail(dsn)) as tail,
            closing(DeadLetters(dsn)) as letters,
            self.running(Projector(tail, ValkeyModels(self.redis_url), views, held=HeldBack(letters, tries_max=3))),
        ):
            yield

    @staticmethod
    @contextmanager
    def running(projector: Projector) -> Iterator[None]:
        """Have a projector follow the log."""
        stop = threading.Event()
        with running(lambda: projector.run(stop), stop):
            yield

    @contextmanager
    def member_process(self, name: str, session_s: float = SESSION_S) -> Iterator[psutil.Process]:
        """Run one in a process of its own, which a test may have stand still."""
        relayed = self.relayed
        words = [relayed.database_url, self.redis_url, relayed.kafka_url, relayed.topic, name, str(session_s)]
        with subprocess.Popen([sys.executable, "-c", MEMBER, *words]) as started:
            try:
                yield psutil.Process(started.pid)
            finally:
                started.send_signal(signal.SIGCONT)
                started.kill()

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


class Handler:
    """What a view does with facts, by a member that fails or stands still on some while it is told to; `quiet` passes them over."""

    def __init__(self, view: View, fails_on: Callable[[Recorded[Any]], bool] = lambda _: False, *, quiet: bool = False) -> None:
        self.failed: Counter[int] = Counter()
        self.fails_on = fails_on
        self.stays_after: int | None = None
        self.is_inside, self.goes_on = threading.Event(), threading.Event()
        self._quiet = quiet
        self._project = view.project
        self.view = view._replace(project=self.project)

    @property
    def views(self) -> Sequence[View]:
        return [self.view if view.name == self.view.name else view for view in VIEWS]

    def project(self, fact: Recorded[Any]) -> Sequence[Change]:
        if self.stays_after is not None and fact.position > self.stays_after:
            self.is_inside.set()
            assert self.goes_on.wait(120)
        if self.fails_on(fact):
            if self._quiet:
                return ()
            self.failed[fact.position] += 1
            raise ValueError("the handler fails")
        return self._project(fact)


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


def what_happened() -> Sequence[Any]:
    """Facts of a book and of a feed."""
    feed, records = SocialStory(3), RecordStory(4)
    feed.go_on(150)
    records.go_on(100)
    return [fact for log in (busy(5, 300).log, feed.history.log, records.history.log) for fact in log.read(0, 100_000)]

"""Logs to be read, each with the reader under test: whoever brings another reader adds it to `LOGS`."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from importlib.resources import files
from random import Random
from typing import Any, Protocol

import msgspec
import psycopg

from commands.log_reader import LogFilter, LogReader
from commands.ports import Append, NewFact
from domain.account.facts import RoleGranted, SignedIn
from domain.bet.facts import BetPlaced
from domain.fact import Fact, Recorded, UnknownFact
from domain.ids import derived
from domain.market.facts import MarketClosed
from domain.partitions import home_of, partition_of
from infra.clock import Clock
from infra.eventstore.memory import MemoryEventStore
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.audit_tail import AuditTail
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_reader import KafkaReader
from infra.log.read_ahead import ReadAhead
from infra.log.relay import Relay
from infra.log.relay_cursor import RelayCursor
from infra.log.tail import Tail
from infra.log.topic_feed import TopicFeed
from infra.processes.process_control import wait_until
from projections.homes import Homes
from projections.registry import VIEWS
from tests.simulation.viewers import SlowReader

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
KINDS: tuple[type[Fact], ...] = (BetPlaced, MarketClosed, SignedIn, RoleGranted)


def body_of(kind: type[Fact], account_id: str) -> Fact:
    """Return a fact of a kind; of those here a bet alone names its account."""
    if kind is BetPlaced:
        return BetPlaced(account_id, 1_00, "EUR", "single", (), "exact", 2_00, NOON)
    if kind is RoleGranted:
        return RoleGranted("trader", 'console, "account_id":"none"', NOON)
    return kind(NOON)


def is_wanted(wanted: LogFilter, fact: Recorded) -> bool:
    """Say what a filter means, in words of its own."""
    if isinstance(fact.body, UnknownFact):
        return wanted.must_understand is None or any(fact.body.name.startswith(each) for each in wanted.must_understand)
    is_kind = wanted.kinds is None or type(fact.body) in wanted.kinds
    return is_kind and (wanted.partitions is None or partition_of(home_of(fact)) in wanted.partitions)


class ReadLog(Protocol):
    """A log with a reader of it."""

    reader: LogReader
    store: Any

    def hide(self, position: int, name: str, state: bytes) -> None:
        """Have the log hold something else at a position."""


class MemoryLog:
    """A log in memory; a name that this process does not know is unknown there from the start."""

    def __init__(self, reader_of: Callable[[MemoryEventStore], LogReader] = lambda store: store) -> None:
        self.store = MemoryEventStore()
        self.reader = reader_of(self.store)

    def hide(self, position: int, name: str, state: bytes) -> None:
        del state
        self.store._log[position - 1] = msgspec.structs.replace(self.store._log[position - 1], body=UnknownFact(name))

    def close(self) -> None:
        """Nothing is open."""


class PostgresLog:
    """A log in PostgreSQL, read by a kind of tail."""

    def __init__(self, url: str, reader_of: Callable[[str], Tail]) -> None:
        self._url = url
        self.store = GroupCommitRecorder(datastore_of(url))
        self.store.create_table()
        self.reader = reader_of(url)

    def hide(self, position: int, name: str, state: bytes) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute("UPDATE stored_events SET topic = %s, state = %s WHERE notification_id = %s", (name, state, position))

    def close(self) -> None:
        self.reader.close()
        self.store.close()
        self.store.datastore.close()


class KafkaLog(PostgresLog):
    """A log in PostgreSQL that a relay copies to a topic, from which alone it is read: what is in the log is waited for first."""

    def __init__(self, url: str, kafka_url: str) -> None:
        self._address, self._topic, self._homes = KafkaAddress.read(kafka_url), f"facts-{Clock().new_id()}", Homes(VIEWS)
        self._feed = TopicFeed(self._address, self._topic)
        super().__init__(url, lambda url: CopiedReader(url, self._feed, self._topic, self._homes.name, fetch_timeout_s=60))
        with psycopg.connect(url) as connection:
            connection.execute((files("infra.log") / "sql" / "create_tables.sql").read_bytes())
        self._relay()

    def hide(self, position: int, name: str, state: bytes) -> None:
        """Have another copy be made, which has it so, too."""
        super().hide(position, name, state)
        self._stop_relay()
        with closing(RelayCursor(self._url, self._topic)) as cursor:
            cursor.begin(0, self._homes.name)
        self._relay()

    def close(self) -> None:
        assert self.reader.from_log == 0, "all of it came from the topic"
        self._stop_relay()
        self._feed.stop()
        super().close()

    def _relay(self) -> None:
        self._stop = threading.Event()
        relay = Relay(self._url, self._address, self._homes, topic=self._topic)
        self._relaying = threading.Thread(target=relay.run, args=(self._stop,))
        self._relaying.start()

    def _stop_relay(self) -> None:
        self._stop.set()
        self._relaying.join()


class CopiedReader(KafkaReader):
    """A reader that reads when everything has been copied, and that may be asked for what was read before."""

    def _stretch(self, after: int, limit: int) -> Any:
        def is_copied() -> bool:
            self._copied = self._look()
            return self._copied is not None and self._copied.position >= self.head()

        assert wait_until(is_copied, 60)
        if after < self._base:
            self.begin_at(after)
        if self._base == after and self._copied is not None:
            assert self._feed.wait_begun(60)
            assert self._feed.wait_seen(min(self._copied.position, after + limit), 60), "what was copied comes, though not all at once"
        return super()._stretch(after, limit)


class TailOfAnOlderServer(Tail):
    """A tail of a server that has no CRC-32."""

    def _knows_crc32(self) -> bool:
        return False


def _as_simulated(store: MemoryEventStore) -> LogReader:
    reader = SlowReader(store, Random(1))  # noqa: S311  (a seed, so that it repeats)
    reader.is_slow = False
    return reader


LOGS: dict[str, Callable[[str], Any]] = {
    "memory": lambda _: MemoryLog(),
    "memory, as histories read it": lambda _: MemoryLog(_as_simulated),
    "tail": lambda url: PostgresLog(url, Tail),
    "tail of an older server": lambda url: PostgresLog(url, TailOfAnOlderServer),
    "tail that reads ahead": lambda url: PostgresLog(url, ReadAhead),
    "tail of an auditor": lambda url: PostgresLog(url, AuditTail),
    "kafka": lambda urls: KafkaLog(*urls.split(" ")),
}


def servers_of(kind: str, asked: Callable[[str], Any]) -> str:
    """Return the URLs of what a kind of log needs, by spaces, as fixtures give them."""
    if kind.startswith("memory"):
        return ""
    return f"{asked('database_url')} {asked('kafka_server').start()}" if kind == "kafka" else str(asked("database_url"))


class Written:
    """What a test wrote: facts of random kinds and homes, in batches of random sizes, one stream each."""

    def __init__(self, log: ReadLog) -> None:
        self._log = log
        self.count = 0
        self._run = Clock().new_id()

    def append(self, kinds: Sequence[int], batch: int = 3) -> None:
        """Append facts of these of the `KINDS`, each batch an append of its own."""
        for start in range(0, len(kinds), batch):
            facts = []
            for kind in kinds[start : start + batch]:
                self.count += 1
                stream_id = derived("stream", self._run, str(self.count))
                facts.append(NewFact(stream_id, 1, body_of(KINDS[kind], derived("account", self._run, str(self.count % 5)))))
            assert self._log.store.append_many([Append(facts)]).verdicts[0].accepted


def open_log(kind: str, url: str) -> AbstractContextManager[Any]:
    """Return a log that is closed afterwards."""
    return closing(LOGS[kind](url))

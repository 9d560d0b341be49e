"""A read replica of the log, real, paused and killed: it answers what it can, and nobody is shown less than they have seen."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from api.audit_report import Verified
from api.cli.operations import VerifyOptions
from commands.log_reader import LogReader
from commands.ports import Append, NewFact
from domain.fixture.facts import FixtureScheduled
from domain.ids import derived
from infra.audit.log_auditing import LogAuditing
from infra.audit.log_previews import LogPreviews
from infra.database import make_ready, recorder_of
from infra.eventstore.recorder import GroupCommitRecorder
from infra.eventstore.server_check import ServerIsStandby
from infra.log.tail import Tail
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.replica.readers import ReplicaTail
from infra.replica.replica import CONNECTIONS, LOG, SEARCH, Replica
from infra.replica.replica_check import ReplicaNotReadable, ReplicaOfAnotherLog, refuse_unfit_replica
from infra.replica.replicated import Replicated, replicated
from infra.replica.replicated_log import ReplicatedLog
from infra.replica.replicated_search import ReplicatedSearch
from infra.roles.audit import anchor, verify
from infra.roles.doctor import examine
from infra.search.index_table import SearchTable
from infra.search.indexer import SearchIndexer, empty_index
from infra.servers import Servers
from infra.settings import Settings
from projections.registry import VIEWS
from projections.social.search import Place, SearchIndex
from projections.social.search_words import read_search
from tests.decisions.given import NOON
from tests.journeys.process_tree import until
from tests.replicas_under_test import ReplicaUnderTest, replica_under_test
from tests.views.history import named
from tests.views.social_history import SocialHistory

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def kept() -> Iterator[ReplicaUnderTest]:
    with replica_under_test() as made:
        make_ready(made.url, made.owner_url)
        yield made


@pytest.fixture
def pair(kept: ReplicaUnderTest) -> Iterator[ReplicaUnderTest]:
    until(kept.tend, "the replica follows")
    yield kept
    until(kept.tend, "it is there again")
    kept.resume()


@pytest.fixture
def log_id(pair: ReplicaUnderTest) -> str:
    with closing(Tail(pair.url)) as tail:
        return tail.identity()


@pytest.fixture
def store(pair: ReplicaUnderTest) -> Iterator[GroupCommitRecorder]:
    with recorder_of(pair.url) as recorder:
        yield recorder


NO_SERVER = "postgresql://nobody@127.0.0.1:1/slipstream"
NUMBERS = iter(range(1_000_000))


def written(store: GroupCommitRecorder) -> str:
    """Write a fact, and return the stream it stands in."""
    stream_id = derived(f"of the replica {next(NUMBERS)}")
    fixture = FixtureScheduled("football", "Cup", f"Home {stream_id[:8]}", "Away", NOON, neutral=False, at=NOON)
    assert store.append_many([Append([NewFact(stream_id, 1, fixture)])]).verdicts[0].accepted
    return stream_id


def answers(replica: Replica, log: ReplicatedLog, stream_id: str) -> bool:
    """Whether a question for a stream is answered by the replica."""
    before = replica.answered
    assert len(log.load({stream_id: 0})[stream_id]) == 1
    return replica.answered > before


def told_of_replica(read: Replicated, stream_id: str) -> float:
    """Ask an auditor's question, and return how many the figures say the replica answered so far."""
    assert len(asyncio.run(LogAuditing(read.log, {}, LogPreviews(read.log, "")).facts_of(stream_id))) == 1
    (figures,) = [metric for collector in read.collectors for metric in collector.collect()]
    return next(each.value for each in figures.samples if each.labels == {"asked": "log", "answered_by": "replica"})


def test_facts_are_read_from_the_replica_and_are_those_of_the_primary(pair: ReplicaUnderTest, store: GroupCommitRecorder, log_id: str):
    streams = [written(store) for _ in range(3)]
    with closing(Replica(pair.replica_url, log_id, LOG)) as replica:
        log = ReplicatedLog(store, replica)
        until(lambda: answers(replica, log, streams[2]), "the replica answers")
        asked = {**dict.fromkeys(streams, 0), derived("nothing"): 0}
        head = log.max_notification_id() or 0

        def all_are_the_same() -> bool:
            before = replica.answered
            assert log.load(asked) == store.load(asked)
            assert log.load({derived("nothing"): 0}) == {}
            assert log.personal(streams[0], 0, head, 10) == store.personal(streams[0], 0, head, 10) != ()
            assert log.personal(derived("nothing"), 0, head, 10) == ()
            return replica.answered == before + 4

        until(all_are_the_same, "the replica is asked, each time")


def test_while_the_replica_is_paused_or_gone_the_primary_answers_and_later_the_replica_does_again(
    pair: ReplicaUnderTest, store: GroupCommitRecorder, log_id: str
):
    with closing(Replica(pair.replica_url, log_id, LOG)) as replica:
        log = ReplicatedLog(store, replica)
        until(lambda: answers(replica, log, written(store)), "the replica answers")
        pair.pause()
        paused = written(store)
        assert not answers(replica, log, paused)
        assert log.personal(paused, 0, log.max_notification_id() or 0, 10) == store.load({paused: 0})[paused]
        pair.resume()
        until(lambda: answers(replica, log, paused), "the replica answers again")
        pair.kill()
        gone = written(store)
        assert not answers(replica, log, gone)
        with closing(SearchTable(pair.url)) as table, replicated(pair.replica_url, log_id, store, table) as begun_meanwhile:
            assert not told_of_replica(begun_meanwhile, gone)
            until(pair.tend, "it is started again")
            until(lambda: answers(replica, log, gone), "and answers again")
            until(lambda: told_of_replica(begun_meanwhile, gone), "whoever began without it, too")


STEPS = st.lists(st.sampled_from(["write", "write", "read", "read", "pause", "resume"]), min_size=3, max_size=10)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_paused_when_a_read_shows_all_that_was_written_before_it(
    pair: ReplicaUnderTest, store: GroupCommitRecorder, log_id: str, steps: list[str]
):
    streams: dict[str, int] = {}
    with closing(Replica(pair.replica_url, log_id, LOG)) as replica:
        log = ReplicatedLog(store, replica)
        for step in [*steps, "resume", "read"]:
            if step == "write":
                streams[written(store)] = 0
            elif step == "read":
                assert set(log.load(streams)) == set(streams)
            else:
                getattr(pair, step)()


def index_all(pair: ReplicaUnderTest, log: LogReader) -> None:
    with closing(SearchIndexer(pair.url, log)) as indexer:
        until(indexer.take_turn, "it has the turn")
        while indexer.index():
            pass


def found(index: SearchIndex, word: str) -> list[str]:
    async def ask() -> list[str]:
        return [entry.name for entry in await index.entries("team", read_search(word), Place(), 10)]

    return asyncio.run(ask())


def test_a_search_shows_what_was_seen_from_a_replica_that_has_it_else_from_the_primary(pair: ReplicaUnderTest, log_id: str):
    history = SocialHistory()
    empty_index(pair.url)

    def indexed(name: str) -> int:
        history.add(named("fixture", next(NUMBERS)), FixtureScheduled("football", "Cup", name, "Rest", NOON, False, NOON))
        index_all(pair, history.log)
        return history.log.head()

    with closing(SearchTable(pair.url)) as table, closing(Replica(pair.replica_url, log_id, SEARCH)) as replica:
        search = ReplicatedSearch(table, replica)

        def of_replica(seen: int) -> bool:
            index = asyncio.run(search.at(seen))
            assert asyncio.run(index.position()) >= seen
            return index is not table

        seen = indexed("Malmö")
        until(lambda: of_replica(seen), "the replica is asked")
        index = asyncio.run(search.at(seen))
        assert found(index, "malmo") == ["Malmö"]
        assert asyncio.run(search.at(seen + 1)) is table, "what no index has yet is waited for at the primary's"
        pair.pause()
        later = indexed("Odense")
        assert not of_replica(later)
        assert found(asyncio.run(search.at(later)), "odense") == ["Odense"]
        pair.resume()
        until(lambda: of_replica(later), "the replica is asked again")
        index = asyncio.run(search.at(later))
        pair.kill()
        assert found(index, "odense") == ["Odense"], "a search that is under way goes on at the primary"
        assert not of_replica(later)


def servers_of(pair: ReplicaUnderTest, redis_url: str, folder: Path) -> Servers:
    return Servers(Settings(database_url=pair.url, read_database_url=pair.replica_url, redis_url=redis_url, data_dir=folder))


def test_an_audit_reads_the_replica_and_waits_until_it_has_what_the_views_show(
    pair: ReplicaUnderTest, store: GroupCommitRecorder, redis_url: str, tmp_path: Path
):
    servers, told = servers_of(pair, redis_url, tmp_path), []
    with servers.audited_log() as (url, log, _):
        assert (url, type(log)) == (pair.replica_url, ReplicaTail)
    pair.pause()
    written(store)
    with closing(Tail(pair.url)) as tail:
        Projector(tail, ValkeyModels(redis_url), VIEWS).catch_up()
        index_all(pair, tail)
        head = tail.head()

    def audit() -> None:
        told.append(verify(servers, lambda _done, _total: None, VerifyOptions()))

    audits = threading.Thread(target=audit)
    audits.start()
    audits.join(0.5)
    assert not told, "a fact is missing"
    pair.resume()
    audits.join(120)
    (verified,) = told
    assert isinstance(verified, Verified)
    assert (verified.wrong, verified.facts) == ("", head)
    assert (verified.figures["views_not_compared"], verified.figures["search_compared"]) == ([], True)
    assert anchor(servers) == verified.anchor
    away = Servers(servers.settings.model_copy(update={"read_database_url": NO_SERVER}))
    with away.audited_log() as (url, _, _):
        assert url == pair.url, "a replica that is away is not waited for"


def test_a_view_that_advances_while_it_is_audited_is_not_ahead_of_the_log(pair: ReplicaUnderTest, store: GroupCommitRecorder):
    with closing(ReplicaTail(pair.replica_url, primary_dsn=pair.url)) as log, closing(Tail(pair.url)) as primary:
        for read in (log.mark_at, lambda at: log.read(at - 1, 10), lambda _at: log.head()):
            pair.pause()
            written(store)
            head = primary.head()
            threading.Timer(0.3, pair.resume).start()
            assert read(head)
        assert log.mark_at(head + 1) is None
        assert log.read(head, 10) == ()


def test_a_replica_of_another_log_or_one_that_may_not_be_read_is_refused_by_name(
    pair: ReplicaUnderTest, store: GroupCommitRecorder, log_id: str, database_url: str
):
    with pytest.raises(ReplicaNotReadable, match="may not read stored_events"):
        refuse_unfit_replica(database_url, log_id)
    make_ready(database_url)
    with closing(SearchTable(pair.url)) as table, pytest.raises(ReplicaOfAnotherLog, match=log_id):  # noqa: SIM117
        with replicated(database_url, log_id, store, table):
            pass
    stream_id = written(store)
    with closing(Replica(database_url, log_id, LOG)) as strange:
        assert not answers(strange, ReplicatedLog(store, strange), stream_id), "nor is one asked that was put in its place later"


def nothing_more(connection: psycopg.Connection[TupleRow]) -> list[TupleRow]:
    return connection.execute("SELECT 1").fetchall()


def test_a_query_that_the_replica_cancels_is_left_to_the_primary(pair: ReplicaUnderTest, log_id: str):
    cancel = "DO $$ BEGIN RAISE 'canceling statement due to conflict with recovery' USING ERRCODE = 'serialization_failure'; END $$"
    with closing(Replica(pair.replica_url, log_id, LOG)) as replica:
        until(lambda: replica.rows_at(0, nothing_more) is not None, "it answers")
        assert replica.rows_at(0, lambda connection: connection.execute(cancel).fetchall()) is None
        until(lambda: replica.rows_at(0, nothing_more) is not None, "it answers again")


def test_questions_do_not_queue_behind_those_that_the_replica_does_not_answer(pair: ReplicaUnderTest, log_id: str):
    answered, asked = threading.Event(), threading.Semaphore(0)

    def never(_connection: object) -> list[tuple[object, ...]]:
        asked.release()
        answered.wait(60)
        return []

    with closing(Replica(pair.replica_url, log_id, LOG)) as replica:
        hanging = [threading.Thread(target=replica.rows_at, args=(0, never)) for _ in range(CONNECTIONS)]
        for thread in hanging:
            thread.start()
            assert asked.acquire(timeout=60)
        assert replica.rows_at(0, nothing_more) is None
        answered.set()
        for thread in hanging:
            thread.join(60)
        assert (replica.answered, replica.left) == (CONNECTIONS, 1)
        until(lambda: replica.rows_at(0, nothing_more) is not None, "it answers again")


def test_a_standby_is_refused_as_the_database_and_told_apart_by_the_doctor(pair: ReplicaUnderTest, tmp_path: Path):
    with pytest.raises(ServerIsStandby, match="SLIPSTREAM_READ_DATABASE_URL"):
        make_ready(pair.replica_url)
    own = Settings(database_url=pair.url, read_database_url=pair.replica_url, data_dir=tmp_path)
    looked = {finding.name: finding for finding in examine(own, "http://127.0.0.1:1")}
    assert looked["read replica"].ok and "has the log up to position" in looked["read replica"].found  # noqa: PT018
    away = own.model_copy(update={"read_database_url": NO_SERVER})
    assert "does not answer" in {finding.name: finding for finding in examine(away, "http://127.0.0.1:1")}["read replica"].found

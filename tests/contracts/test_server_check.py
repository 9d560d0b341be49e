"""A database that the log cannot depend on is refused by name, over a real server."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from psycopg import sql

from commands.log_reader import LogFilter
from commands.ports import Append, NewFact, Wanted
from domain.chain import rows_digest
from domain.fixture.facts import FixtureScheduled
from domain.ids import derived
from infra.database import make_ready, recorder_of
from infra.eventstore import server_check
from infra.eventstore.fact_encoding import copy_row
from infra.eventstore.server_check import (
    CommitsNotDurable,
    DatabaseReadOnly,
    EncodingNotUtf8,
    FsyncOff,
    FullPageWritesOff,
    ServerIsStandby,
    ServerTooOld,
    StringsNotStandard,
    refuse_unfit,
)
from infra.log.audit_tail import AuditTail
from infra.log.tail import Tail
from infra.operator_errors import Failure
from tests.decisions.given import NOON


@contextmanager
def database_in(server_url: str, encoding: str) -> Iterator[str]:
    name = f"test_{encoding.lower()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        made = "CREATE DATABASE {} ENCODING {} LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0"
        connection.execute(sql.SQL(made).format(sql.Identifier(name), sql.Literal(encoding)))
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_another_encoding_is_refused_before_anything_is_made(postgres_server: str, encoding: str):
    with database_in(postgres_server, encoding) as url:
        with pytest.raises(EncodingNotUtf8, match=f"test_{encoding.lower()} is encoded in {encoding}, and the log needs UTF8"):
            make_ready(url)
        with pytest.raises(EncodingNotUtf8):
            make_ready(url, url)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_fit_database_is_not_refused(database_url: str):
    with psycopg.connect(database_url) as connection:
        refuse_unfit(connection)


SETTINGS = [
    ("synchronous_commit", "off", CommitsNotDurable),
    ("default_transaction_read_only", "on", DatabaseReadOnly),
    ("standard_conforming_strings", "off", StringsNotStandard),
]


@pytest.mark.parametrize(("setting", "value", "refusal"), SETTINGS)
def test_a_setting_that_the_log_depends_on_is_refused_by_name(database_url: str, setting: str, value: str, refusal: type[Failure]):
    name = database_url.rpartition("/")[2]
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute(sql.SQL("ALTER DATABASE {} SET {} = {}").format(sql.Identifier(name), sql.SQL(setting), sql.Literal(value)))
        with pytest.raises(refusal, match=setting) as refused:
            make_ready(database_url)
        assert "\n" not in str(refused.value)


UNHAD = [
    ("'off'", "current_setting('fsync')", FsyncOff),
    ("'off'", "current_setting('full_page_writes')", FullPageWritesOff),
    ("true", "pg_is_in_recovery()", ServerIsStandby),
    ("14", "current_setting('server_version_num')::int / 10000", ServerTooOld),
]


@pytest.mark.parametrize(("said", "asked", "refusal"), UNHAD)
def test_a_server_whose_settings_lose_what_was_answered_is_refused(
    database_url: str, monkeypatch: pytest.MonkeyPatch, said: str, asked: str, refusal: type[Failure]
):
    """The test's server has them right; what it says of itself is put in another's mouth."""
    assert asked in server_check._LOOK
    monkeypatch.setattr(server_check, "_LOOK", server_check._LOOK.replace(asked, said))
    with psycopg.connect(database_url) as connection, pytest.raises(refusal):
        refuse_unfit(connection)


def test_names_outside_any_alphabet_come_back_whatever_the_database_prefers_for_its_clients(database_url: str):
    """Another client encoding would change the text of facts on its way, and with it suspensions that are told by text."""
    fixture = FixtureScheduled("football", "Cup", "Łódź ⚽", "東京", NOON, neutral=False, at=NOON)
    name, stream_id = database_url.rpartition("/")[2], derived("fixture")
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute(sql.SQL("ALTER DATABASE {} SET client_encoding = 'LATIN1'").format(sql.Identifier(name)))
    make_ready(database_url)
    with recorder_of(database_url) as recorder, closing(AuditTail(database_url)) as audited, closing(Tail(database_url)) as tail:
        assert recorder.append_many([Append([NewFact(stream_id, 1, fixture)])]).verdicts[0].accepted
        read = [
            *tail.read(0, 1),
            *tail.read_filtered(LogFilter.of_kinds([FixtureScheduled]), 0, 1).facts,
            *audited.read(0, 1),
            *audited.read_batches(0, 1).facts,
            *recorder.load({stream_id: 0})[stream_id],
            *recorder.begin_load({stream_id: Wanted()}).outcome().facts,
        ]
        assert [fact.body for fact in read] == [fixture] * 6
        (batch,) = audited.read_batches(0, 1).batches
        assert batch.rows_digest == rows_digest(copy_row(stream_id, 1, fixture, 1))

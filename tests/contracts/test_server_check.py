"""A database that the log cannot depend on is refused by name, over a real server."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from infra.database import make_ready
from infra.eventstore import server_check
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
from infra.failures import Failure


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

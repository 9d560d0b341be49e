"""Who connects as the roles do may add to the log and read it; what was committed stays, whatever they try."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
import structlog
from psycopg import sql

from commands.ports import Append, NewFact, StreamSnapshot, Wanted
from commands.registry import process_managers
from domain.ids import derived
from domain.wallet.facts import WalletOpened
from infra import database
from infra.database import RightMissing, RolesNotMade, TablesMissing, TablesOutdated, make_ready, recorder_of
from infra.embedded.postgres import EmbeddedPostgres
from infra.log.audit_tail import AuditTail
from infra.log.tail import Tail
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.tables import create_tables
from tests.decisions.given import NOON
from tests.servers import fresh_database, server_folder

A = derived("a")


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with server_folder() as folder, EmbeddedPostgres(folder / "postgres", shared_buffers_mb=128) as running:
        yield running


@pytest.fixture
def urls(server: EmbeddedPostgres) -> Iterator[tuple[str, str]]:
    """The URLs of a database of this test's own, for its owner and for roles."""
    with fresh_database(server.start()) as owner_url:
        yield owner_url, f"{server.role_url().rpartition('/')[0]}/{owner_url.rpartition('/')[2]}"


@pytest.fixture
def ready(urls: tuple[str, str]) -> tuple[str, str]:
    owner_url, role_url = urls
    make_ready(role_url, owner_url)
    with recorder_of(role_url) as recorder:
        assert recorder.append_many([append(1)]).verdicts[0].accepted
    return urls


def append(version: int) -> Append:
    return Append([NewFact(A, version, WalletOpened(A, "EUR", NOON))])


def connected(url: str, question: LiteralString) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def test_roles_can_do_their_work(ready: tuple[str, str]):
    _, role_url = ready
    with recorder_of(role_url) as recorder, closing(AuditTail(role_url)) as log:
        assert recorder.append_many([append(2), append(3)]).verdicts[1].position == 3
        recorder.save_snapshots([StreamSnapshot(A, "x", 2, b"state"), StreamSnapshot(A, "y", 1, b"")])
        assert recorder.begin_load({A: Wanted("x")}).outcome().snapshots.keys() == {A}
        recorder.save_snapshots([StreamSnapshot(A, "x", 3, b"newer")])
        assert recorder.begin_load({A: Wanted("x")}).outcome().snapshots[A].version == 3
        assert len(log.read_batches(0, 10).batches) == 2
        assert [event.originator_version for event in recorder.select_events(A)] == [1, 2, 3]
    create_tables(role_url, process_managers())
    with closing(CaseProjector(role_url, Tail(role_url), process_managers())) as projector:
        projector.step()
        assert projector.project() == 0
        assert connected(role_url, "SELECT array_agg(DISTINCT position) FROM process_manager_position") == [3]


def test_every_table_that_there_is_has_its_rights(ready: tuple[str, str]):
    """A table that `users.sql` does not name would be found by a role in the middle of its work."""
    with psycopg.connect(ready[1]) as connection:
        of_public = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        query = f"{of_public} AND NOT has_table_privilege(oid, %s)"
        assert connection.execute(query, ("SELECT",)).fetchall() == []
        unwritten = {name for (name,) in connection.execute(query, ("INSERT",))}
    assert unwritten == {"stored_events_head", "stored_events_flushed", "process_manager_partition", "search_position", "delivery_position"}


FORBIDDEN = [
    "UPDATE {table} SET committed_at = now()",
    "UPDATE {table} SET topic = 'x'",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "DROP TABLE {table}",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER append_only",
    "DROP TRIGGER append_only ON {table}",
    "ALTER TABLE {table} RENAME TO elsewhere",
    "ALTER TABLE {table} OWNER TO slipstream_role",
    "CREATE RULE change AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "CREATE TRIGGER change BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO UPDATE SET topic = 'x'",
    "SELECT FROM {table} FOR UPDATE",
    "MERGE INTO {table} AS old USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
]
ELSEWHERE = [
    "DELETE FROM stored_events_head",
    "INSERT INTO stored_events_head (only_row, position) VALUES (false, 0)",
    "TRUNCATE stored_events_head",
    "DROP FUNCTION stored_events_append_only() CASCADE",
    "CREATE OR REPLACE FUNCTION stored_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "SET session_replication_role = replica",
    "SET ROLE slipstream",
    "CREATE TABLE public.mine (value text)",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "ALTER USER slipstream_role SUPERUSER",
    "CREATE USER another",
    "GRANT slipstream TO slipstream_role",
    "DROP SCHEMA public CASCADE",
    "DROP OWNED BY slipstream",
    "REASSIGN OWNED BY slipstream TO slipstream_role",
    "ALTER SYSTEM SET fsync = off",
]
REFUSED = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.SyntaxError,
)


@pytest.mark.parametrize(
    "statement",
    [one.format(table=table) for one in FORBIDDEN for table in ("stored_events", "stored_events_batches")] + ELSEWHERE,
)
def test_what_was_committed_cannot_be_changed_by_a_role(ready: tuple[str, str], statement: str):
    owner_url, role_url = ready
    before = everything(owner_url)
    with psycopg.connect(role_url, autocommit=True) as connection, pytest.raises(REFUSED) as refused:
        connection.execute(statement)
    if not isinstance(refused.value, psycopg.errors.InsufficientPrivilege):
        assert "topic" in statement or "committed_at" in statement or "ON CONFLICT" in statement, str(refused.value)
    assert everything(owner_url) == before


def test_a_role_cannot_give_itself_a_right(ready: tuple[str, str]):
    with psycopg.connect(ready[1], autocommit=True) as connection:
        connection.execute("GRANT DELETE ON stored_events TO slipstream_role")  # a warning that nothing was granted
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM stored_events")


def test_an_owner_who_may_not_make_the_role_is_told_who_may(urls: tuple[str, str]):
    owner_url, role_url = urls
    database = owner_url.rpartition("/")[2]
    place = owner_url.partition("@")[2]
    with psycopg.connect(owner_url, autocommit=True) as administrator:
        administrator.execute("ALTER ROLE slipstream_roles RENAME TO others")
        administrator.execute("CREATE USER plain_owner PASSWORD 'plain'")
        administrator.execute(sql.SQL("GRANT ALL ON DATABASE {} TO plain_owner").format(sql.Identifier(database)))
        administrator.execute("GRANT ALL ON SCHEMA public TO plain_owner")
        try:
            with pytest.raises(RolesNotMade, match="once as an administrator"):
                make_ready(role_url, f"postgresql://plain_owner:plain@{place}")
            administrator.execute("ALTER ROLE others RENAME TO slipstream_roles")
            make_ready(role_url, f"postgresql://plain_owner:plain@{place}")
        finally:
            administrator.execute("DROP OWNED BY plain_owner CASCADE")
            administrator.execute("DROP USER plain_owner")


def everything(url: str) -> list[object]:
    with psycopg.connect(url) as connection:
        tables = ("stored_events", "stored_events_batches", "stored_events_head")
        return [connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall() for table in tables]


def test_a_right_given_by_mistake_changes_nothing_that_was_committed(ready: tuple[str, str]):
    owner_url, role_url = ready
    with psycopg.connect(owner_url) as owner:
        owner.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO slipstream_roles")
    with psycopg.connect(role_url, autocommit=True) as connection:
        for table in ("stored_events", "stored_events_batches"):
            for statement in ("DELETE FROM {}", "TRUNCATE {}", "DELETE FROM {} WHERE false"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="what was committed stays"):
                    connection.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_the_rights_are_as_the_file_says_after_any_start(ready: tuple[str, str]):
    """Run by hand with psql, or by Slipstream: it takes away what it does not give."""
    owner_url, role_url = ready
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO slipstream_roles")
        owner.execute(Path("infra/eventstore/sql/users.sql").read_text())
    with psycopg.connect(role_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        connection.execute("DELETE FROM stored_events")


def test_one_url_works_and_the_risk_is_named(urls: tuple[str, str]):
    owner_url, _ = urls
    with structlog.testing.capture_logs() as logged:
        make_ready(owner_url)
    assert [entry["log_level"] for entry in logged if "could change it" in entry["event"]] == ["info"]
    with recorder_of(owner_url) as recorder:
        assert recorder.append_many([append(1)]).verdicts[0].accepted


def test_rights_are_given_to_a_log_that_had_one_url(urls: tuple[str, str]):
    owner_url, role_url = urls
    make_ready(owner_url)
    with pytest.raises(RightMissing, match="slipstream_role may not SELECT in stored_events"):
        make_ready(role_url)
    make_ready(role_url, owner_url)
    with structlog.testing.capture_logs() as logged:
        make_ready(role_url)
    assert logged == []


def test_a_role_that_finds_no_tables_says_who_makes_them(urls: tuple[str, str]):
    with pytest.raises(TablesMissing, match="set SLIPSTREAM_OWNER_DATABASE_URL"):
        make_ready(urls[1])


def test_a_role_that_finds_older_tables_says_who_changes_them(ready: tuple[str, str]):
    owner_url, role_url = ready
    with psycopg.connect(owner_url) as owner:
        owner.execute("COMMENT ON TABLE stored_events_batches IS 'slipstream layout of last year'")
    with pytest.raises(TablesOutdated, match="another version"):
        make_ready(role_url)
    make_ready(role_url, owner_url)
    make_ready(role_url)


def test_another_comment_in_a_statement_is_no_other_layout_and_another_statement_is(monkeypatch):
    statements = database._sql

    def layout_with(more):
        database._layout.cache_clear()
        monkeypatch.setattr(database, "_sql", lambda name: statements(name) + more)
        return database._layout(rights=True)

    plain = layout_with("")
    assert layout_with("\n-- Said otherwise.\n") == plain
    assert layout_with("\nCREATE TABLE another ();\n") != plain
    database._layout.cache_clear()

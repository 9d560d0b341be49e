"""One broken thing stops only itself, and /readyz asks whether things move: over HTTP, with every role a process."""

import signal
from collections.abc import Iterator

import httpx
import psycopg
import pytest
import redis
from psycopg import sql

from commands.ports import Append, NewFact
from domain.account.facts import RoleGranted
from domain.ids import derived
from infra.embedded.server import free_port
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from tests.journeys.process_tree import Tree, open_match, problem_of, until
from tests.views.history import NOON

VIEW_LAG_S = 0.5


@pytest.fixture
def tree(database_url: str, redis_url: str, tmp_path) -> Iterator[Tree]:
    running = Tree(database_url, redis_url, tmp_path)
    running.env |= {
        "SLIPSTREAM_VIEW_LAG_S_MAX": str(VIEW_LAG_S),
        "SLIPSTREAM_MANAGER_LAG_S_MAX": str(VIEW_LAG_S),
        "SLIPSTREAM_METRICS_PORT": str(free_port()),
    }
    try:
        for role in ("api", "project", "settle"):
            running.start(role)
        yield running
    finally:
        running.end_all()


def readyz(tree: Tree):
    return tree.visitor().get("/readyz")


def is_ready(tree: Tree) -> bool:
    return readyz(tree).status_code == 200


def write_as_a_newer_process(tree: Tree, database_url: str, name: str) -> int:
    """A fact under a name that nobody here knows; return its position. The projector stands still until it has that name."""
    datastore = datastore_of(database_url)
    store, stream_id = GroupCommitRecorder(datastore), derived("newer", name)
    tree.running["project"].send_signal(signal.SIGSTOP)
    try:
        (verdict,) = store.append_many([Append([NewFact(stream_id, 1, RoleGranted("trader", "console", NOON))])]).verdicts
        with psycopg.connect(database_url) as connection:
            state = b'{"fact":"%s"}' % name.encode()
            connection.execute("UPDATE stored_events SET topic = %s, state = %s WHERE originator_id = %s", (name, state, stream_id))
    finally:
        tree.running["project"].send_signal(signal.SIGCONT)
        store.close()
        datastore.close()
    return verdict.position


def test_a_role_that_stands_still_is_told_by_its_lag_and_the_service_is_ready_again_when_it_moves(tree: Tree):
    ada = tree.bettor("ada", funds_minor=10_00)
    until(lambda: is_ready(tree), "all has moved")
    for role, said in (("project", "the view portfolio is "), ("settle", "the process manager settlement is ")):
        tree.end(role)
        ada.post("/v1/wallet/deposits", {"amount_minor": 1_00, "currency": "EUR", "reference": role})
        until(lambda: not is_ready(tree), f"{role} stands still")
        still = readyz(tree)
        assert (still.status_code, problem_of(still)) == (503, "not-moving")
        assert int(still.headers["retry-after"]) >= 1
        assert still.json()["missing"] == []
        (line,) = [line for line in still.json()["wrong"] if line.startswith(said)]
        assert line.endswith(f"ago, more than {VIEW_LAG_S} s")
        (check,) = [check for check in still.json()["checks"] if check["says"] == line]
        assert (check["ok"], check["bound"], check["unit"]) == (False, VIEW_LAG_S, "s")
        assert check["value"] > VIEW_LAG_S
        tree.start(role)
        until(lambda: is_ready(tree), f"{role} moves")
    figures = httpx.get(f"http://127.0.0.1:{tree.env['SLIPSTREAM_METRICS_PORT']}/metrics", timeout=10).text
    for name in ("view_lag_seconds", "manager_lag_positions", "clock_skew_seconds", "undecided_seconds", "queue_commands"):
        assert f"slipstream_{name}" in figures


def test_a_kind_of_fact_of_a_newer_process_stops_no_reader_that_need_not_understand_it(tree: Tree, database_url: str):
    trader, ada = tree.bettor("trader", role="trader"), tree.bettor("ada", funds_minor=50_00)
    write_as_a_newer_process(tree, database_url, "moon.risen.v1")
    market = open_match(trader, "newer")
    struck = ada.bet(market, "home", 10_00, "after it")
    assert struck.status_code == 201, struck.text
    until(lambda: ada.available_minor() == 40_00, "the views go on")
    stopped_at = write_as_a_newer_process(tree, database_url, "gate.limited.v1")
    ada.post("/v1/wallet/deposits", {"amount_minor": 1_00, "currency": "EUR", "reference": "after that too"})
    until(lambda: ada.available_minor() == 41_00, "the portfolio goes on")
    (alarm,) = until(lambda: readyz(tree).json()["alarms"], "the board stays")
    assert f"the view board is set aside: board at position {stopped_at}: gate.limited.v1" in alarm
    until(lambda: [line.split(" is ")[0] for line in readyz(tree).json()["wrong"]] == ["the view board"], "nothing else is wrong")
    log = (tree.folder / "project.log").read_text()
    assert "a view cannot apply a fact and is set aside" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("words", [("api",), ("project",), ("project", "rebuild", "board")])
def test_no_role_starts_on_a_server_of_views_that_forgets(database_url: str, redis_url: str, tmp_path, words):
    tree = Tree(database_url, redis_url, tmp_path)
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            refused = tree.run(*words)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines()[-1] == (
        "The server at SLIPSTREAM_REDIS_URL forgets rows when it is full (maxmemory-policy allkeys-lru): set maxmemory-policy noeviction."
    )


def copied(postgres_server: str, source: str, target: str) -> None:
    """Put a copy of a database in place of another; nobody may be connected to either."""
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(target), sql.Identifier(source)))


def test_views_that_are_newer_than_a_log_restored_from_a_backup_are_named_and_built_anew(
    tree: Tree, postgres_server: str, database_url: str
):
    ada = tree.bettor("ada", funds_minor=10_00)
    until(lambda: ada.available_minor() == 10_00 and is_ready(tree), "all has moved")
    name = database_url.rpartition("/")[2]
    for role in ("settle", "project", "api"):
        tree.end(role)
    copied(postgres_server, name, f"{name}_backup")
    for role in ("api", "project"):
        tree.start(role)
    paid = ada.post("/v1/wallet/deposits", {"amount_minor": 5_00, "currency": "EUR", "reference": "lost with the log"})
    assert paid.status_code == 201, paid.text
    until(lambda: ada.available_minor() == 15_00, "the deposit is shown")
    for role in ("project", "api"):
        tree.end(role)
    copied(postgres_server, f"{name}_backup", name)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(f"{name}_backup")))
    found = tree.run("audit", "verify")
    assert found.returncode == 1, found.stdout + found.stderr
    assert "A read model stands beyond the log's end" in found.stdout
    for role in ("api", "project", "settle"):
        tree.start(role)
    until(lambda: ada.client.get("/v1/wallet").json().get("available_minor") == 10_00, "the views show this log")
    log = (tree.folder / "project.log").read_text()
    assert "a view belongs to another log and is rebuilt" in log
    until(lambda: tree.run("audit", "verify").returncode == 0, "views and log agree")

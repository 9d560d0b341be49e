"""One changed row, in the log or in a view, is found by the audit, on the command line and over HTTP, and named where it is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import redis

from domain.ids import wallet_of
from projections.registry import VIEWS as REGISTERED
from tests.journeys.process_tree import Person, Tree, open_match, problem_of, until, verified

DEPOSIT = "SELECT notification_id, state FROM stored_events WHERE topic LIKE 'wallet.funds_deposited%' ORDER BY notification_id LIMIT 1"
FORGE = "UPDATE stored_events SET state = %s WHERE notification_id = %s"
VIEWS = [view.name for view in REGISTERED]


@pytest.fixture(scope="module")
def auditor(tree: Tree, trader: Person, ada: Person) -> Person:
    market = open_match(trader, "audited")
    assert ada.bet(market, "home", 10_00, "audited").status_code == 201
    return tree.bettor("auditor", role="auditor")


@contextmanager
def forged(dsn: str) -> Iterator[int]:
    """Give the position of a deposit that says one cent more than it was, for a while."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        position, state = connection.execute(DEPOSIT).fetchone()
        wrong = bytes(state).replace(b'"available_minor":10000', b'"available_minor":10001')
        assert wrong != bytes(state)
        connection.execute(FORGE, (wrong, position))
        try:
            yield position
        finally:
            connection.execute(FORGE, (state, position))


@contextmanager
def changed(redis_url: str, account_id: str) -> Iterator[None]:
    """Let the portfolio of an account show one cent more, for a while."""
    with redis.Redis.from_url(redis_url) as client:
        field = f"{account_id}:available"
        (key,) = [key for key in client.scan_iter(match="*balances") if client.hexists(key, field)]
        shown = client.hget(key, field)
        client.hset(key, field, int(shown) + 1)
        try:
            yield
        finally:
            client.hset(key, field, shown)


def test_one_changed_fact_in_the_log_is_named_with_its_position(tree: Tree, auditor: Person):
    with forged(tree.env["SLIPSTREAM_DATABASE_URL"]) as position:
        shown = tree.run("audit", "verify")
        assert shown.returncode == 1
        assert f"position={position}," in shown.stdout
        assert "fact=wallet.funds_deposited.v2" in shown.stdout
        told = tree.run("audit", "verify", "--json")
        assert told.returncode == 1
        assert f"position={position}," in json.loads(told.stdout)["wrong"]
        found = verified(auditor)
        assert found["status"] == "wrong"
        assert f"position={position}," in found["wrong"]
    assert tree.run("audit", "verify").returncode == 0
    found = verified(auditor)
    assert (found["status"], found["figures"]["views_compared"]) == ("clean", VIEWS)


def test_one_changed_row_of_a_view_is_named(tree: Tree, auditor: Person, ada: Person):
    assert auditor.account_id
    with changed(tree.env["SLIPSTREAM_REDIS_URL"], ada.account_id):
        shown = tree.run("audit", "verify")
        assert shown.returncode == 1
        assert "view=portfolio" in shown.stdout
        assert f"{ada.account_id}:available" in shown.stdout
        assert tree.run("audit", "verify", "--log-only").returncode == 0
    assert tree.run("audit", "verify").returncode == 0


def test_a_market_that_no_process_manager_would_void_any_more_is_named(tree: Tree, auditor: Person, trader: Person):
    """Its row is gone from the table of the process manager that voids markets of abandoned matches."""
    assert auditor.account_id
    market_id = open_match(trader, "forgotten")["market_id"]
    with psycopg.connect(tree.env["SLIPSTREAM_DATABASE_URL"], autocommit=True) as connection:
        waits = "SELECT count(*) FROM open_market WHERE market_id = %s"
        until(lambda: connection.execute(waits, (market_id,)).fetchone() == (1,), "the market waits for its match")
        assert tree.run("audit", "verify").returncode == 0
        row = connection.execute("DELETE FROM open_market WHERE market_id = %s RETURNING *", (market_id,)).fetchone()
        shown = tree.run("audit", "verify")
        assert shown.returncode == 1
        assert "table=open_market" in shown.stdout
        assert market_id in shown.stdout
        connection.execute("INSERT INTO open_market VALUES (%s, %s, %s, %s, %s)", row)
    assert tree.run("audit", "verify").returncode == 0


def test_a_log_whose_views_are_away_is_not_called_clean_unless_it_alone_was_asked_for(tree: Tree, auditor: Person):
    assert auditor.account_id
    away = {"SLIPSTREAM_REDIS_URL": "redis://127.0.0.1:1"}
    shown = tree.run("audit", "verify", env=away)
    assert shown.returncode == 3
    assert shown.stdout.startswith("The log is clean")
    assert shown.stderr.strip().splitlines()[-1].startswith(f"Of the log alone: {', '.join(VIEWS)} could not be compared.")
    told = tree.run("audit", "verify", "--json", env=away)
    assert (told.returncode, json.loads(told.stdout)["figures"]["views_not_compared"]) == (3, VIEWS)
    alone = tree.run("audit", "verify", "--log-only", env=away)
    assert (alone.returncode, alone.stderr.count("Valkey")) == (0, 0)


def test_a_stream_is_replayed_page_by_page_and_a_cursor_that_no_page_gave_is_refused(auditor: Person, ada: Person):
    path = f"/v1/audit/streams/{wallet_of(ada.account_id)}"
    whole = auditor.get(path).json()["items"]
    assert len(whole) > 1
    pages = [auditor.get(path, limit=1).json()]
    while (cursor := pages[-1]["next_cursor"]) is not None:
        pages.append(auditor.get(path, limit=1, cursor=cursor).json())
    assert [fact for page in pages for fact in page["items"]] == whole
    for cursor in ("????", "AAAA", "WzFd"):
        refused = auditor.get(path, cursor=cursor)
        assert (refused.status_code, problem_of(refused)) == (422, "cursor-malformed")


def test_an_anchor_proves_over_http_and_on_the_command_line_that_history_is_unchanged(tree: Tree, auditor: Person):
    anchor = auditor.get("/v1/audit/anchor").json()["anchor"]
    assert anchor.startswith("slipstream:")
    assert tree.run("audit", "anchor").stdout.startswith("slipstream:")
    assert tree.run("audit", "verify", "--log-only", "--since", anchor).returncode == 0
    found = verified(auditor, f"?since={anchor}&go_on=true")
    assert (found["status"], found["wrong"]) == ("clean", "")
    assert found["anchor"].startswith(anchor.rsplit(":", 2)[0])
    log_id, position, digest = anchor.removeprefix("slipstream:").split(":")
    for other in (f"slipstream:{log_id}:{position}:{digest[::-1]}", f"slipstream:{log_id}:{int(position) + 10_000}:{digest}"):
        shown = tree.run("audit", "verify", "--log-only", "--since", other)
        assert shown.returncode == 1
        assert "Up to the anchor's position" in shown.stdout or "The log ends before a position that it had reached" in shown.stdout
    assert problem_of(auditor.post("/v1/audit/verifications?since=yesterday", None)) == "anchor-malformed"
    assert "An anchor is one line of text" in tree.run("audit", "verify", "--since", "yesterday").stderr

"""`slipstream up --backbone kafka`: the same product, with views and settlement fed from the topic that the relay copies the log to."""

import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest

from infra.embedded.kafka import why_no_broker
from infra.embedded.server import HOST, free_port
from infra.settings import METRICS_PORTS
from tests.journeys.going_up import Up, going_up
from tests.journeys.process_tree import grade, open_match, until
from tests.servers import server_folder

pytestmark = pytest.mark.skipif(bool(why_no_broker()), reason=f"{why_no_broker()}: install Java 17 and Maven, then make kafka")


def figure(up: Up, role: str, name: str) -> float:
    """A figure of a role, 0 where it does not tell it."""
    port = up.port + 1 + METRICS_PORTS[role]
    try:
        lines = httpx.get(f"http://{HOST}:{port}/metrics", timeout=10).text.splitlines()
    except httpx.TransportError:
        return 0
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0)


def kill(up: Up, role: str) -> None:
    """End a role for good; `up` starts it again."""
    file = Path(up.env["SLIPSTREAM_DATA_DIR"]) / "run" / f"{role}.pid"
    killed = int(file.read_text())
    os.kill(killed, signal.SIGKILL)
    until(lambda: file.exists() and file.read_text().strip() not in ("", str(killed)), f"{role} is started again")


def test_a_bet_is_placed_shown_and_settled_over_kafka_while_relay_projector_and_settler_are_killed():
    with server_folder() as folder, going_up(folder, free_port(), 1, "--backbone", "kafka") as up:
        trader, second = up.demo("trader"), up.demo("trader_2")
        grace = up.bettor("grace", funds_minor=50_00)
        market = open_match(trader, "over kafka")
        first = grace.bet(market, "home", 10_00, "first").json()
        assert [bet["bet_id"] for bet in grace.get("/v1/portfolio").json()["open"]["items"]] == [first["bet_id"]]

        for role in ("relay", "project", "settle"):
            kill(up, role)
        later = grace.bet(market, "away", 5_00, "later").json()
        shown = until(lambda: len(found := grace.get("/v1/portfolio").json()["open"]["items"]) == 2 and found, "both bets are shown")
        assert {bet["bet_id"] for bet in shown} == {first["bet_id"], later["bet_id"]}

        grade(trader, second, market, 1, 0)
        status = {first["bet_id"]: "won", later["bet_id"]: "lost"}
        for bet_id, outcome in status.items():
            until(lambda bet_id=bet_id, outcome=outcome: grace.get(f"/v1/bets/{bet_id}").json()["status"] == outcome, "the bet is settled")
        assert until(lambda: grace.available_minor() == 35_00 + 23_50, "the returns are paid")

        assert figure(up, "relay", "slipstream_relay_leads") == 1
        until(lambda: figure(up, "project", 'slipstream_facts_read_total{source="topic"}') > 0, "views are fed from the topic")
        audited = up.run("audit", "verify")
        assert audited.returncode == 0, audited.stdout + audited.stderr
        assert psutil.pid_exists(up.process.pid)

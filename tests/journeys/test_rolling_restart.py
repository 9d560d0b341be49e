"""`slipstream up --reload` under load: every process is replaced, no request fails, no bet is lost."""

import json
import os
import subprocess
import sys

import pytest

from infra.embedded.server import free_port
from tests.journeys.going_up import ROOT, Up, going_up, struck_at_the_odds_shown
from tests.journeys.process_tree import until
from tests.journeys.steady_client import SteadyClient, pids
from tests.servers import server_folder

CLIENTS = 4
ROLES = ("project", "settle", "search", "notify", "stream", "api", "feed")
RELOAD_S_MAX = 400
REQUESTS_BEFORE = 50
"""How many requests each client has had answered before anything is replaced, and how many more after it."""


def patiently(up: Up, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command that takes long where the machine has much else to do."""
    command = [sys.executable, "-m", "infra", *words]
    return subprocess.run(command, env=up.env, cwd=ROOT, capture_output=True, text=True, timeout=RELOAD_S_MAX, check=False)


@pytest.mark.timeout(900)
def test_every_process_is_replaced_under_load_and_no_request_fails():
    with server_folder() as folder, going_up(folder, free_port(), 1) as up:
        demo = up.demo()
        struck_at_the_odds_shown(demo)
        before = pids(up)
        clients = [SteadyClient(up, demo, number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        until(lambda: all(client.answered >= REQUESTS_BEFORE for client in clients), "everybody asks", 180)
        replaced = patiently(up, "up", "--reload")
        reached = [client.answered for client in clients]
        until(lambda: all(client.answered >= at + REQUESTS_BEFORE for client, at in zip(clients, reached, strict=True)), "they go on", 180)
        for client in clients:
            client.ends.set()
        for client in clients:
            client.join(60)
        assert (replaced.returncode, replaced.stderr) == (0, ""), replaced.stderr
        assert replaced.stdout.split() == [word for role in ROLES for word in (role, "is", "replaced.")]
        assert [failure for client in clients for failure in client.failed] == []
        after = pids(up)
        assert set(after) == set(ROLES)
        assert all(after[role] != before[role] for role in after)
        assert all(client.closes >= 1 for client in clients), "the old process said that it would close each connection"
        struck = {bet_id for client in clients for bet_id in client.struck}
        assert struck
        audited = patiently(up, "audit", "verify", "--log-only")
        assert audited.returncode == 0, audited.stdout + audited.stderr
        told = until(lambda: (asked := up.run("status", "--json")).returncode == 0 and json.loads(asked.stdout), "all is well", 180)
        assert {role["role"]: role["restarts"] for role in told["roles"] if role["role"] != "up"} == dict.fromkeys(after, 0)
        assert told["producer_silence_s"]
        assert up.run("deposit", "5.00").returncode == 0, "the password of demo is found in the data folder"


def test_reload_without_a_running_up_says_so(tmp_path):
    env = {**os.environ, "SLIPSTREAM_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "infra", "up", "--reload"]
    refused = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "No `slipstream up` runs" in refused.stderr

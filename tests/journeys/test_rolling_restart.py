"""`slipstream up --reload` under load: every process is replaced, no request fails, no bet is lost."""

import json
import os
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest

from infra.embedded.server import free_port
from tests.journeys.going_up import ROOT, Up, going_up, struck_at_the_odds_shown
from tests.journeys.process_tree import Person, until
from tests.servers import server_folder

CLIENTS = 4
RELOAD_S_MAX = 400
REQUESTS_BEFORE = 50
"""How many requests each client has had answered before anything is replaced, and how many more after it."""


class Client(threading.Thread):
    """Asks over one connection that is kept alive, again and again: the board, its portfolio, and bets under keys of its own."""

    def __init__(self, up: Up, demo: Person, number: int) -> None:
        super().__init__(daemon=True)
        self.answered = 0
        self.closes = 0
        self.failed: list[str] = []
        self.struck: list[str] = []
        self.ends = threading.Event()
        self._number = number
        self._url = up.url
        self._token = demo.client.headers["authorization"]

    def run(self) -> None:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        headers = {"authorization": self._token}
        with httpx.Client(base_url=self._url, headers=headers, timeout=30, limits=limits) as client:
            while not self.ends.is_set():
                board = self._ask(client, "GET", "/v1/fixtures?status=live&include=markets")
                self._ask(client, "GET", "/v1/portfolio")
                if board is not None:
                    self._bet(client, board.json())

    def _bet(self, client: httpx.Client, board: dict[str, Any]) -> None:
        markets = [market for fixture in board["items"] for market in fixture["markets"] if market["status"] == "open"]
        priced = [(market, each) for market in markets for each in market["selections"] if each["odds"]]
        if not priced:
            return
        market, selection = priced[self.answered % len(priced)]
        leg = {key: market[key] for key in ("market_id", "version")} | {key: selection[key] for key in ("selection", "odds")}
        body = {"type": "single", "stake_minor": 1, "currency": "EUR", "legs": [leg], "accept": "any"}
        answer = self._ask(client, "POST", "/v1/bets", json=body, headers={"idempotency-key": f"{self._number} {self.answered}"})
        if answer is not None and answer.status_code == 201:
            self.struck.append(answer.json()["bet_id"])

    def _ask(self, client: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response | None:
        """Ask; whatever is no answer of the API's own, or says that it is broken or away, is a failed request."""
        try:
            answer = client.request(method, path, **more)
        except httpx.HTTPError as error:
            self.failed.append(f"{method} {path}: {type(error).__name__} {error}")
            return None
        self.answered += 1
        self.closes += answer.headers.get("connection") == "close"
        if answer.status_code >= 500 or answer.status_code == 429:
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer


def pids(up: Up) -> dict[str, str]:
    return {file.stem: file.read_text().strip() for file in (up.folder / "data/run").glob("*.pid")}


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
        clients = [Client(up, demo, number) for number in range(CLIENTS)]
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
        assert replaced.stdout.split() == [
            word for role in ("project", "settle", "search", "stream", "api", "feed") for word in (role, "is", "replaced.")
        ]
        assert [failure for client in clients for failure in client.failed] == []
        after = pids(up)
        assert set(after) == {"project", "settle", "search", "stream", "api", "feed"}
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

"""A client that bets and looks on all the time while processes come and go, and the numbers of these processes."""

import threading
from typing import Any

import httpx

from tests.journeys.going_up import Up
from tests.journeys.process_tree import Person

PAUSE_S = 0.05
"""Between a bet and the next look: the processes that come and go need the machine, too."""


class SteadyClient(threading.Thread):
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
            while not self.ends.wait(PAUSE_S):
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

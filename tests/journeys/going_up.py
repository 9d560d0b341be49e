"""One `slipstream up` as somebody types it: on a folder, at a port, with what it says in a file."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psutil

from infra.embedded.postgres import EmbeddedPostgres
from infra.embedded.server import HOST
from infra.metrics.ports import METRICS_PORTS, METRICS_PORTS_APART
from infra.processes.process_control import lives
from tests.journeys.process_tree import NEVER_TOO_BUSY, Person, Site, until

ROOT = Path(__file__).parents[2]
SLIPSTREAM = Path(sys.executable).parent / "slipstream"
START_S_MAX = 120.0
CALM = {"SLIPSTREAM_FEED_MARKETS": "main", "SLIPSTREAM_DEMO_MATCHES": "2"}
"""So much goes on in a product that is started whole beside other tests; one of them has everything."""


class Up(Site):
    """One `slipstream up` on a data folder, and what it said."""

    def __init__(self, folder: Path, port: int, number: int, *words: str, **env: str) -> None:
        super().__init__(port, folder)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLIPSTREAM_")}
        self.env = {**kept, "SLIPSTREAM_DATA_DIR": str(folder / "data"), "SLIPSTREAM_HTTP_PORT": str(port)}
        self.env |= {"SLIPSTREAM_DEMO_PEOPLE": "0", **CALM, **NEVER_TOO_BUSY, **env}
        self._output = folder / f"up_{number}.log"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen([SLIPSTREAM, "up", *words], env=self.env, cwd=ROOT, stdout=output, stderr=output)

    def said(self) -> str:
        return self._output.read_text()

    def welcome(self) -> str:
        """What it prints once odds are live."""

        def up() -> bool:
            assert self.process.poll() is None, self.said()
            return "Ctrl-C stops everything" in self.said()

        until(up, "Slipstream is up", START_S_MAX)
        return self.said()[self.said().index("Slipstream is up") :]

    def password(self) -> str:
        """That of the demo accounts."""
        found = re.search(r"Sign in as demo with the password (\S+)", self.welcome())
        assert found, self.said()
        return found[1]

    def password_of(self, handle: str) -> str:
        """That of another demo account, from its file."""
        self.welcome()
        return (Path(self.env["SLIPSTREAM_DATA_DIR"]) / "demo_passwords" / handle).read_text().strip()

    def demo(self, handle: str = "demo") -> Person:
        """One of the accounts that are there from the start, signed in."""
        person = self.visitor()
        if handle == "demo":
            person.sign_in(handle, self.password())
        else:
            person.sign_in(handle, self.password_of(handle), self.code_of(handle))
        return person

    def code_of(self, handle: str) -> str:
        """The one-time code of one of the staff, as whoever has the data folder is told it."""
        printed = self.run("accounts", "code", handle)
        assert printed.returncode == 0, printed.stderr
        return printed.stdout.strip()

    def family(self, roles: int = 7) -> list[psutil.Process]:
        """The process and everything it started: so many roles, by its run folder, and its servers, theirs."""
        parent = psutil.Process(self.process.pid)
        family = [parent, *parent.children(recursive=True)]
        running = {int(file.read_text()) for file in (Path(self.env["SLIPSTREAM_DATA_DIR"]) / "run").glob("*.pid")}
        assert len(running) == roles
        assert running <= {process.pid for process in family}
        return family

    def kill(self, rng: Random) -> None:
        """Kill it with everything it started, in any order.

        It is stopped first, so that it starts nothing again, and nothing ends in good order because it is gone.
        """
        parent = psutil.Process(self.process.pid)
        parent.suspend()
        killed = [parent, *parent.children(recursive=True)]
        rng.shuffle(killed)
        for process in killed:
            with suppress(psutil.NoSuchProcess):  # a worker of a server that went with it
                process.kill()
        self.process.wait(30)
        until(lambda: not any(lives(process) for process in killed), "everything is dead")

    def database_url(self) -> str:
        """That of its own PostgreSQL, while it runs."""
        with EmbeddedPostgres(Path(self.env["SLIPSTREAM_DATA_DIR"]) / "postgres") as joined:
            return joined.start()

    def run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        command, environment = [str(SLIPSTREAM), *words], {**self.env, **(env or {})}
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def going_up(folder: Path, port: int, number: int, *words: str, **env: str) -> Iterator[Up]:
    up = Up(folder, port, number, *words, **env)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.process.send_signal(signal.SIGINT)
            up.process.wait(60)
        up.leave()


def figure(up: Up, role: str, name: str) -> float:
    """A figure of a role, 0 where it does not tell it."""
    kind, _, number = role.partition("-")
    port = up.port + 1 + METRICS_PORTS[kind] + METRICS_PORTS_APART * (int(number or 1) - 1)
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


def struck_at_the_odds_shown(demo: Person) -> dict[str, Any]:
    """A bet on the first price that stands still for long enough."""

    def bet() -> dict[str, Any] | None:
        board = demo.get("/v1/fixtures", status="live", include="markets")
        if board.status_code == 503:
            return None
        for fixture in board.json()["items"]:
            for market in fixture["markets"]:
                offered = [each for each in market["selections"] if each["odds"]]
                if market["status"] == "open" and offered:
                    answer = demo.bet(market, offered[0]["selection"], 5_00, f"up {market['market_id']} {market['version']}")
                    if answer.status_code == 201:
                        assert answer.json()["odds"] == offered[0]["odds"]
                        return dict(answer.json())
        return None

    return until(bet, "a bet is struck at the odds shown")

"""`slipstream up` as a newcomer has it: one command, an empty folder, and odds to bet on; killed whole, it comes back whole."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from infra.embedded.server import HOST, free_port
from infra.processes import lives
from tests.journeys.house import Person, until
from tests.servers import server_folder

ROOT = Path(__file__).parents[2]
SLIPSTREAM = Path(sys.executable).parent / "slipstream"
START_S_MAX = 120.0


class Up:
    """One `slipstream up` on a data folder, and what it said."""

    def __init__(self, folder: Path, port: int, number: int) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLIPSTREAM_")}
        self.env = {**kept, "SLIPSTREAM_DATA_DIR": str(folder / "data"), "SLIPSTREAM_HTTP_PORT": str(port)}
        self.url = f"http://{HOST}:{port}"
        self._output = folder / f"up_{number}.log"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen([SLIPSTREAM, "up"], env=self.env, cwd=ROOT, stdout=output, stderr=output)

    def said(self) -> str:
        return self._output.read_text()

    def welcome(self) -> str:
        """What it prints once odds are live."""

        def up() -> bool:
            assert self.process.poll() is None, self.said()
            return "Ctrl-C stops everything" in self.said()

        until(up, "Slipstream is up", START_S_MAX)
        return self.said()[self.said().index("Slipstream is up") :]

    def family(self) -> list[psutil.Process]:
        """The process and everything it started: the roles of its run folder, its servers, theirs."""
        parent = psutil.Process(self.process.pid)
        family = [parent, *parent.children(recursive=True)]
        roles = {int(file.read_text()) for file in (Path(self.env["SLIPSTREAM_DATA_DIR"]) / "run").glob("*.pid")}
        assert len(roles) == 4
        assert roles <= {process.pid for process in family}
        return family

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(SLIPSTREAM), *words], env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@contextmanager
def going_up(folder: Path, port: int, number: int) -> Iterator[Up]:
    up = Up(folder, port, number)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.process.send_signal(signal.SIGINT)
            up.process.wait(60)


def password_in(welcome: str) -> str:
    found = re.search(r"Sign in as demo with the password (\S+)", welcome)
    assert found, welcome
    return found[1]


def struck_at_the_odds_shown(demo: Person) -> dict[str, Any]:
    """A bet on the first price that stands still for long enough."""

    def bet() -> dict[str, Any] | None:
        for fixture in demo.get("/v1/fixtures", status="live", include="markets").json()["items"]:
            for market in fixture["markets"]:
                offered = [each for each in market["selections"] if each["odds"]]
                if market["status"] == "open" and offered:
                    answer = demo.bet(market, offered[0]["selection"], 5_00, f"up {market['market_id']} {market['version']}")
                    if answer.status_code == 201:
                        assert answer.json()["odds"] == offered[0]["odds"]
                        return dict(answer.json())
        return None

    return until(bet, "a bet is struck at the odds shown")


def demo_of(up: Up) -> Person:
    demo = Person(httpx.Client(base_url=up.url, timeout=30))
    demo.sign_in("demo", password_in(up.welcome()))
    return demo


def bets_in_portfolio(demo: Person) -> set[str]:
    portfolio = demo.get("/v1/portfolio").json()
    return {bet["bet_id"] for part in ("open", "settled") for bet in portfolio[part]["items"]}


def test_up_is_one_command_and_what_it_took_survives_the_death_of_every_process():
    with server_folder() as folder:
        port = free_port()
        with going_up(folder, port, 1) as up:
            password = password_in(up.welcome())
            with closing((demo := demo_of(up)).client):
                bet_id = struck_at_the_odds_shown(demo)["bet_id"]
                assert bet_id in bets_in_portfolio(demo)

            second = up.run("up")
            assert second.returncode == 1
            assert len(second.stderr.strip().splitlines()) == 1, second.stderr
            assert up.url in second.stderr

            killed = up.family()
            for process in killed:
                process.kill()
            up.process.wait(30)
            until(lambda: not any(lives(process) for process in killed), "everything is dead")

        with going_up(folder, port, 2) as again:
            assert password_in(again.welcome()) == password
            with closing((demo := demo_of(again)).client):
                until(lambda: bet_id in bets_in_portfolio(demo), "the bet is still there")
            audited = again.run("audit", "verify")
            assert audited.returncode == 0, audited.stdout + audited.stderr

            family = again.family()
            again.process.send_signal(signal.SIGINT)
            assert again.process.wait(60) == 0, again.said()
            until(lambda: not any(lives(process) for process in family), "nothing is left running")
            assert "Traceback" not in again.said(), again.said()


def test_what_up_says_to_type_can_be_typed():
    with server_folder() as folder, going_up(folder, free_port(), 1) as up:
        welcome = up.welcome()
        for heading, more, said in (("The board in a terminal:", ["--once"], ":"), ("The proof:", [], "Clean")):
            line = next(line for line in welcome.splitlines() if heading in line)
            typed = [*shlex.split(line.partition(heading)[2]), *more]
            ran = subprocess.run(
                typed, env={**up.env, "PATH": os.defpath}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
            )
            assert ran.returncode == 0, (typed, ran.stderr)
            assert said in ran.stdout

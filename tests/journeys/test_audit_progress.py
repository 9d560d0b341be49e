"""Whoever waits for the audit sees how far it is and how fast it goes; a script that asks for JSON hears nothing else."""

import io
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from api.audit_report import Verified
from api.cli.app import build_cli
from api.cli.operations import Tick, VerifyOptions
from commands.accounts.move_money import MoveMoney
from infra.clock import Clock
from infra.compose import Slipstream
from infra.database import make_ready, recorder_of
from infra.roles.shared import dispatching
from infra.settings import Settings
from tests.journeys.process_tree import Person, Tree, until
from tests.journeys.test_played_again import season

DEPOSITS = 600
"""Two facts each, so that the audit reads the log in several stretches and has a speed."""

DEPOSITS_AT_ONCE = 50
"""The audit reads whole batches, so that there must be several."""

COUNTED = re.compile(r"audit .*? ([\d,]+) facts, ([\d,]+|-) a second")
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "160", "LINES": "40"}


@pytest.fixture(scope="module")
def settings(tree: Tree, ada: Person) -> Settings:
    """Of a Slipstream with some history."""
    settings = Settings(database_url=tree.env["SLIPSTREAM_DATABASE_URL"], redis_url=tree.env["SLIPSTREAM_REDIS_URL"])
    now = Clock().now()
    make_ready(settings.database_url or "")
    with recorder_of(settings.database_url or "") as store, dispatching(store, settings) as dispatcher:
        for start in range(0, DEPOSITS, DEPOSITS_AT_ONCE):
            references = [f"more {start + n}" for n in range(DEPOSITS_AT_ONCE)]
            dispatcher.call_many([MoveMoney("deposit", ada.account_id, 1, "EUR", reference, now) for reference in references])
    return settings


def on_a_terminal(tree: Tree, *words: str) -> tuple[str, str]:
    """Run the command line with a terminal for stderr; what it said to stdout, and what it drew."""
    master, slave = os.openpty()
    drawn: list[bytes] = []

    def watch() -> None:
        try:
            while chunk := os.read(master, 65_536):
                drawn.append(chunk)
        except OSError:  # nobody has the terminal open any more
            pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    command = [sys.executable, "-m", "infra", *words]
    try:
        ran = subprocess.run(command, env={**tree.env, **TERMINAL}, stdout=subprocess.PIPE, stderr=slave, timeout=120, check=True)
    finally:
        os.close(slave)
        watcher.join()
        os.close(master)
    return ran.stdout.decode(), CONTROLS.sub("", b"".join(drawn).decode())


@pytest.mark.usefixtures("settings")
def test_on_a_terminal_the_audit_shows_how_many_facts_it_has_proved_and_how_many_a_second(tree: Tree):
    said, drawn = on_a_terminal(tree, "audit", "verify")
    facts = re.search(r"Clean: ([\d,]+) facts", said)
    assert facts, said
    frames = COUNTED.findall(drawn)
    assert frames[0] == ("0", "-")
    count, rate = frames[-1]
    assert count == facts[1]
    assert int(count.replace(",", "")) > 2 * DEPOSITS
    assert int(rate.replace(",", "")) > 0
    assert "100%" in drawn
    assert "facts, " not in said, "the bar is for the eye, the findings are for the pipe"


@pytest.mark.usefixtures("settings")
def test_a_script_that_asks_for_json_hears_nothing_but_the_json_even_on_a_terminal(tree: Tree):
    said, drawn = on_a_terminal(tree, "audit", "verify", "--json")
    assert json.loads(said)["facts"] > 2 * DEPOSITS
    assert not drawn
    piped = tree.run("audit", "verify", "--json")
    assert json.loads(piped.stdout)["facts"] > 2 * DEPOSITS
    assert not piped.stderr


class Screen(io.StringIO):
    """A terminal that keeps what was drawn on it."""

    def isatty(self) -> bool:
        return True


class Unhurried(Slipstream):
    """Goes on to the next stretch of the log only when the screen has shown how far this one came."""

    def __init__(self, settings: Settings, screen: Screen) -> None:
        super().__init__(settings)
        self.reached: list[tuple[int, int]] = []
        self._screen = screen

    def verify(self, tick: Tick, verifying: VerifyOptions) -> Verified:
        def shown(done: int, total: int) -> None:
            tick(done, total)
            self.reached.append((done, total))
            until(lambda: f" {done:,} facts" in self._screen.getvalue(), f"{done} facts are on the screen")

        return super().verify(shown, verifying)


def test_the_bar_moves_while_the_log_is_read(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    for name, value in TERMINAL.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stderr", screen := Screen())
    operations = Unhurried(settings, screen)
    build_cli(operations, lambda _: None)(["audit", "verify"])
    assert "Clean" in capsys.readouterr().out
    (total,) = {total for _, total in operations.reached}
    assert len(operations.reached) > 2
    drawn = CONTROLS.sub("", screen.getvalue())
    for done, _ in operations.reached:
        assert re.search(rf"audit \S+ +{100 * done / total:.0f}% +{done:,} facts", drawn), (done, total, drawn)


def test_a_season_that_is_played_once_shows_how_many_matches_are_over_and_a_rebuild_how_many_facts(tree: Tree, tmp_path: Path):
    words = ("feed", "replay", "--season", str(season(tmp_path, "shown", 1)), "--speed", "100000", "--once")
    _, drawn = on_a_terminal(tree, *words)
    assert re.search(r"season .*? [01] matches", drawn), drawn[-300:]
    said, drawn = on_a_terminal(tree, "project", "rebuild", "statement")
    assert said == "statement is rebuilt.\n"
    assert re.search(r"statement .*? [\d,]+ facts", drawn), drawn[-300:]

"""Every command of the README is run, on one `slipstream up`, as a newcomer would type it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.server import free_port
from tests.journeys.going_up import ROOT, Up, going_up
from tests.journeys.process_tree import Person, until
from tests.servers import server_folder

README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "docs/operations/README.md").read_text()


def prompts(text: str) -> list[str]:
    """The commands after a prompt in console blocks, without their comments."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s{2,}#.*$", "", line).strip() for line in lines]


MADE = [command for command in prompts(README) if command.startswith("make ")]
TYPED = [command for command in prompts(README) if not command.startswith("make ")]
TIMEOUT_S = 240.0
"""Real matches go on: a market may be suspended, or its price move, as it is bet on."""
UNENDING = {"slipstream watch"}
"""What goes on until it is interrupted: its first line is waited for."""


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with server_folder() as folder, going_up(folder, free_port(), 1) as running:
        running.welcome()
        yield running


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `slipstream` in it, this very code."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "slipstream"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m infra "$@"\n')
    program.chmod(0o755)
    return folder


def shell(up: Up, bin_folder: Path, script: str, **more: str) -> subprocess.Popen[str]:
    path = f"{bin_folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**up.env, **more, "PATH": path, "PYTHONPATH": str(ROOT)}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def open_price(person: Person) -> dict[str, Any] | None:
    """A price on the board on which a bet is taken now: match, market, selection."""
    for fixture in person.get("/v1/fixtures", status="live", include="markets").json()["items"]:
        for market in fixture["markets"]:
            for each in market["selections"]:
                if market["type"] == "match_result" and market["status"] == "open" and each["selection"] == "home" and each["odds"]:
                    return {"home": fixture["home"], "market_id": market["market_id"], "version": market["version"], "odds": each["odds"]}
    return None


def documents(text: str) -> list[dict[str, Any]]:
    """The JSON objects that were printed one after another."""
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found


def placed(up: Up, bin_folder: Path) -> str:
    """The id of a bet of demo's, open or settled; one is placed where there is none."""
    demo = up.demo()

    def bets() -> list[dict[str, Any]]:
        return [bet for status in ("open", "settled") for bet in demo.get("/v1/bets", status=status).json()["items"]]

    if not bets():
        until(lambda: runs(shell(up, bin_folder, f'slipstream bet "{team(demo)}" home 5.00')), "a bet is taken", TIMEOUT_S)
    return str(until(bets, "a bet is in the portfolio")[0]["bet_id"])


def test_the_readme_has_its_commands_in_blocks_that_are_run_here():
    assert MADE == ["make up", "make test"]
    assert len(TYPED) >= 14


@pytest.mark.parametrize("command", [*MADE, "make page", "make sim", "make check", "make bench", "make clean"])
def test_what_make_is_asked_for_is_there(command: str):
    assert command in README or command == "make clean"
    asked = subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr


@pytest.mark.timeout(600)
def test_the_bet_with_curl_is_placed_as_it_stands_there(up: Up, bin_folder: Path):
    block, social, _race = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    demo = up.demo()

    def bets() -> str:
        price = until(lambda: open_price(demo), "a price is on the board")
        script = block.replace("http://127.0.0.1:8000", up.url).replace('"password":"..."', f'"password":"{up.password()}"')
        script = script.replace('"market_id":"..."', f'"market_id":"{price["market_id"]}"').replace('"2.10"', f'"{price["odds"]}"')
        script = (
            script.replace('"version":20', f'"version":{price["version"]}')
            .replace("my-first", f"my-first-{price['version']}")
            .replace('"exact"', '"any"')
        )
        out, err = shell(up, bin_folder, script).communicate(timeout=120)
        assert "HTTP/1.1" in out, err
        return out

    said = until(lambda: "HTTP/1.1 201" in (out := bets()) and out, "bets are taken", TIMEOUT_S)
    assert '"bet_id"' in said

    def shared() -> list[dict[str, Any]]:
        token = demo.client.headers["authorization"].removeprefix("Bearer ")
        out, _ = shell(up, bin_folder, social, API=up.url, TOKEN=token).communicate(timeout=120)
        return documents(out)

    slip, feed, record, found, leaders = until(lambda: len(told := shared()) == 5 and told, "a bet is shared", TIMEOUT_S)
    assert slip["verified"] is True
    assert "items" in feed
    assert not [each for each in (record, found, leaders) if "type" in each]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("command", TYPED)
def test_what_the_readme_says_to_type_works(up: Up, bin_folder: Path, command: str):
    demo = up.demo()
    anchor = up.run("audit", "anchor").stdout.strip() if "$ANCHOR" in command else ""
    script = command
    if "ID" in command.split():
        script = command.replace(" ID", f" {placed(up, bin_folder)}")
    if "TEAM" in command:
        until(lambda: runs(shell(up, bin_folder, command.replace("TEAM", f'"{team(demo)}"'))), "a bet is taken", TIMEOUT_S)
        return
    if script in UNENDING:
        with shell(up, bin_folder, script) as running:
            try:
                assert running.stdout is not None
                assert " - " in running.stdout.readline()
            finally:
                running.kill()
        return
    process = shell(up, bin_folder, script, ANCHOR=anchor)
    out, err = process.communicate(timeout=600)
    assert out.strip(), err
    if command == "slipstream status" and process.returncode:
        assert "WRONG: " in out, "a slow machine may be out of a bound, and is told so"
    else:
        assert process.returncode == 0, (out, err)


def team(demo: Person) -> str:
    return str(until(lambda: open_price(demo), "a price is on the board")["home"])


def runs(process: subprocess.Popen[str]) -> bool:
    out, _ = process.communicate(timeout=120)
    return process.returncode == 0 and out.startswith("Placed: ")


def test_the_guide_names_commands_that_there_are():
    for command in prompts(GUIDE):
        assert command.split()[0] in ("slipstream", "pg_dump", "pg_restore"), command

"""Killing any process at any moment loses nothing that was answered and applies nothing twice."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx

from domain.bet.facts import BetPlaced
from infra.log.tail import Tail
from tests.journeys.house import Person, Tree, open_match, until
from tests.simulation.checks import Checks

CLIENTS = 4
SECONDS = 20
RETRIED_MAX = 200
RESULT = {"results": {"home": "won", "draw": "lost", "away": "lost"}, "home": 1, "away": 0}


@contextmanager
def clients(tree: Tree, market_ids: Sequence[str], seed: int) -> Iterator[tuple[list[Person], list[Path]]]:
    """Four processes that bet; on the way out they have all come to their end by themselves."""
    people = [tree.bettor(f"insistent_{n}", funds_minor=1_000_000_00) for n in range(CLIENTS)]
    files = [tree.folder / f"client_{n}.jsonl" for n in range(CLIENTS)]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for n, (person, path) in enumerate(zip(people, files, strict=True)):
            token = person.client.headers["authorization"].removeprefix("Bearer ")
            words = [sys.executable, "-m", "tests.journeys.persistent_bettor", tree.url, token, str(seed + n), str(SECONDS), *market_ids]
            with path.open("wb") as out:
                running.append(subprocess.Popen(words, stdout=out, cwd=Path(__file__).parents[2]))
        yield people, files
        assert [process.wait(90) for process in running] == [0] * CLIENTS
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()


def insist(trader: Person, path: str, body: Any = None) -> None:
    """Do what traders do, however often the API dies under it."""

    def done() -> bool:
        try:
            answer = trader.put(path, body)
        except httpx.TransportError:
            return False
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        return answer.status_code < 500

    until(done, path)


def trade(trader: Person, rng: Random, market_ids: Sequence[str]) -> None:
    """Move, suspend and resume a market."""
    path = f"/v1/trading/markets/{rng.choice(market_ids)}"
    prices = {name: rng.choice(["1.5", "2.35", "3.4", "10/11"]) for name in ("home", "draw", "away")}
    insist(trader, f"{path}/prices", {"prices": prices})
    if rng.randrange(2):
        insist(trader, f"{path}/suspension", {"reason": "goal"})
        insist(trader, f"{path}/resumption", {"prices": prices})


def kill_for_a_while(tree: Tree, trader: Person, rng: Random, market_ids: Sequence[str]) -> int:
    """Kill one role after the other, at any moment, and start it again; the first two markets get their result meanwhile."""
    until_s, kills = time.monotonic() + SECONDS, 0
    resulted = iter(market_ids[:2])
    while time.monotonic() < until_s:
        trade(trader, rng, market_ids[2:])
        if kills % 3 == 1 and (market_id := next(resulted, None)):
            insist(trader, f"/v1/trading/markets/{market_id}/result", RESULT)
        role = rng.choice(["api", "api", "project", "settle"])
        assert tree.end(role, signal.SIGKILL) == -signal.SIGKILL
        tree.start(role)
        kills += 1
    return kills


def heard(files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """What each key was first answered; every later answer must be the same, or the first yes after a no."""
    first: dict[str, dict[str, Any]] = {}
    for path in files:
        for line in path.read_text().splitlines():
            told = json.loads(line)
            before = first.setdefault(told["key"], told)
            if before["status"] == 201:
                assert told == before
            else:
                first[told["key"]] = told
    return first


def bets_in(tree: Tree) -> tuple[Checks, dict[str, int]]:
    """The whole log, checked as the simulation checks it; and how often each bet was placed."""
    checks, placed = Checks(), dict[str, int]()
    with closing(Tail(tree.env["SLIPSTREAM_DATABASE_URL"])) as tail:
        while facts := tail.read(checks.position, 5_000):
            for recorded in facts:
                checks.check(recorded)
                if isinstance(recorded.body, BetPlaced):
                    placed[recorded.stream_id] = placed.get(recorded.stream_id, 0) + 1
    checks.check_whole()
    return checks, placed


def all_settled(tree: Tree, resulted: Sequence[str]) -> bool:
    checks, _ = bets_in(tree)
    due = {bet_id for bet_id, bet in checks.bets.items() if bet.body.legs[0].market_id in resulted}
    return bool(due) and due <= checks.settled.keys()


def test_killing_api_projector_and_settler_again_and_again_loses_nothing_and_doubles_nothing(tree: Tree, trader: Person):
    seed = int(os.environ.get("SLIPSTREAM_SEED", secrets.randbelow(2**32)))
    print(f"the same kills again: SLIPSTREAM_SEED={seed}")  # noqa: T201  (shown where it failed)
    rng = Random(seed)  # noqa: S311  (kills from a seed)
    market_ids = [open_match(trader, f"kill {n}")["market_id"] for n in range(5)]
    with clients(tree, market_ids, seed) as (people, files):
        kills = kill_for_a_while(tree, trader, rng, market_ids)
    assert kills >= 3

    answers = heard(files)
    struck = {told["answer"]["bet_id"]: told for told in answers.values() if told["status"] == 201}
    assert len(struck) > 50
    until(lambda: all_settled(tree, market_ids[:2]), "every bet on a resulted market is settled")

    checks, placed = bets_in(tree)
    assert set(placed.values()) == {1}
    assert {bet_id: checks.bets[bet_id].position for bet_id in struck} == {
        bet_id: told["answer"]["position"] for bet_id, told in struck.items()
    }
    assert placed.keys() == struck.keys(), "what was not acknowledged was asked again until it was, or refused"

    for told in rng.sample(sorted(struck.values(), key=lambda told: told["key"]), min(RETRIED_MAX, len(struck))):
        person = people[int(told["key"].split("-")[0]) - seed]
        again = person.post("/v1/bets", told["body"], idempotency_key=told["key"])
        assert (again.status_code, again.json()) == (201, told["answer"])

    for _ in range(2):
        audited = tree.run("audit", "verify")
        assert audited.returncode == 0, audited.stdout + audited.stderr
        for view in ("portfolio", "statement", "board"):
            rebuilt = tree.run("project", "rebuild", view)
            assert rebuilt.returncode == 0, rebuilt.stderr

"""Processes that bet on and on while everything is killed around them; and what they heard, held against the log."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from infra.log.tail import Tail
from tests.journeys.persistent_bettor import STRUCK_MIN, TIMEOUT_S
from tests.journeys.process_tree import Person, Site
from tests.simulation.judge.judge import Judge
from tests.simulation.judge.record import entry_of

CLIENTS = 4
RETRIED_MAX = 200


@contextmanager
def clients(site: Site, market_ids: Sequence[str], seed: int, seconds: int) -> Iterator[tuple[list[Person], list[Path]]]:
    """Four processes that bet; on the way out they have all come to their end by themselves."""
    people = [site.bettor(f"insistent_{n}", funds_minor=1_000_000_00) for n in range(CLIENTS)]
    files = [site.folder / f"client_{n}.jsonl" for n in range(CLIENTS)]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for n, (person, path) in enumerate(zip(people, files, strict=True)):
            token = person.client.headers["authorization"].removeprefix("Bearer ")
            words = [sys.executable, "-m", "tests.journeys.persistent_bettor", site.url, token, str(seed + n), str(seconds), *market_ids]
            with path.open("wb") as out:
                running.append(subprocess.Popen(words, stdout=out, cwd=Path(__file__).parents[2]))
        yield people, files
        assert [process.wait(seconds + TIMEOUT_S) for process in running] == [0] * CLIENTS
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()


def answers_in(path: Path) -> list[dict[str, Any]]:
    """What one client was answered so far, without the line that is being written."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def heard(files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """What each key was first answered; every later answer must be the same, or the first yes after a no."""
    first: dict[str, dict[str, Any]] = {}
    for path in files:
        for told in answers_in(path):
            before = first.setdefault(told["key"], told)
            if before["status"] == 201:
                assert told == before
            else:
                first[told["key"]] = told
    return first


def enough_struck(files: Sequence[Path]) -> bool:
    """Whether so many bets of everybody were acknowledged that something can be said of them."""
    acknowledged = [{told["key"] for told in answers_in(path) if told["status"] == 201} for path in files]
    return all(len(keys) >= STRUCK_MIN for keys in acknowledged)


def struck_in(answers: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The bets that were acknowledged, with what was told of each; there must be enough to say something."""
    struck = {told["answer"]["bet_id"]: told for told in answers.values() if told["status"] == 201}
    assert len(struck) >= CLIENTS * STRUCK_MIN
    return struck


def positions_of(struck: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {bet_id: told["answer"]["position"] for bet_id, told in struck.items()}


def retry_some(people: Sequence[Person], struck: dict[str, dict[str, Any]], seed: int, rng: Random) -> None:
    """Ask again for bets that were acknowledged: each gets its first answer."""
    for told in rng.sample(sorted(struck.values(), key=lambda told: told["key"]), min(RETRIED_MAX, len(struck))):
        person = people[int(told["key"].split("-")[0]) - seed]
        again = person.post("/v1/bets", told["body"], idempotency_key=told["key"])
        assert (again.status_code, again.json()) == (201, told["answer"])


def bets_in(dsn: str) -> Judge:
    """The whole log, judged as the simulation judges it."""
    judge = Judge()
    with closing(Tail(dsn)) as tail:
        while facts := tail.read(judge.position, 5_000):
            for each in facts:
                stored = msgspec.json.encode(each.body)
                judge.take(entry_of(each.position, each.stream_id, each.version, stored, each.committed_us))
    judge.at_rest()
    return judge


def all_bet_on(dsn: str, market_ids: Sequence[str]) -> bool:
    """Whether there is a bet on each of these markets."""
    return set(market_ids) <= {bet.body["legs"][0]["market_id"] for bet in bets_in(dsn).bets.placed.values()}


def all_settled(dsn: str, resulted: Sequence[str]) -> bool:
    bets = bets_in(dsn).bets
    due = {bet_id for bet_id, bet in bets.placed.items() if bet.body["legs"][0]["market_id"] in resulted}
    return bool(due) and due <= bets.settlements.settled.keys()

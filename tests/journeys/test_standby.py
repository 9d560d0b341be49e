"""`slipstream up --standby`: PostgreSQL is killed while people bet; its standby takes over, and every answered bet is there, once."""

import threading
from typing import Any

import httpx
import psutil
import pytest

from infra.embedded.server import free_port
from tests.journeys.going_up import Up, figure, going_up, struck_at_the_odds_shown
from tests.journeys.process_tree import Person, open_match, until
from tests.servers import server_folder

BETTORS = 3
STAKE_MINOR = 1_00


class PersistentBettor(threading.Thread):
    """Places one bet after the other, each under a key of its own, and asks again until it is told what became of it."""

    def __init__(self, up: Up, person: Person, market: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.struck: list[str] = []
        self.refused: list[str] = []
        self.unavailable = 0
        self.ends = threading.Event()
        self._up, self._person, self._market = up, person, market

    def run(self) -> None:
        number = 0
        while not self.ends.is_set():
            number += 1
            answer = self._asked_until_told(f"bet {number}")
            if answer is not None and answer.status_code == 201:
                self.struck.append(answer.json()["bet_id"])
            elif answer is not None:
                self.refused.append(answer.text)

    def _asked_until_told(self, key: str) -> httpx.Response | None:
        while not self.ends.is_set():
            try:
                answer = self._person.bet(self._market, "home", STAKE_MINOR, key, accept="any")
            except httpx.TransportError:
                self.unavailable += 1
                continue
            if answer.status_code < 500:
                return answer
            self.unavailable += 1
        return None


def postgres_servers(up: Up) -> list[psutil.Process]:
    return [each for each in psutil.Process(up.process.pid).children() if each.name() == "postgres"]


def is_synchronous(up: Up) -> bool:
    return figure(up, "up", "slipstream_standby_synchronous") == 1


@pytest.mark.timeout(600)
def test_the_standby_takes_over_and_no_answered_bet_is_lost_and_none_is_there_twice():
    with server_folder() as folder, going_up(folder, free_port(), 1, "--standby", "--api", "2") as up:
        market = open_match(up.demo("trader"), "on two disks")
        people = [up.bettor(f"bettor_{number}", funds_minor=100_000_00) for number in range(BETTORS)]
        bettors = [PersistentBettor(up, person, market) for person in people]
        for bettor in bettors:
            bettor.start()
        until(lambda: is_synchronous(up), "the standby has every commit", 180)
        until(lambda: all(bettor.struck for bettor in bettors), "everybody bets", 120)
        (killed,) = [each for each in postgres_servers(up) if "data.second" not in " ".join(each.cmdline())]
        killed.kill()
        until(lambda: figure(up, "up", "slipstream_standby_promotions_total") == 1, "the standby took over")
        reached = [len(bettor.struck) for bettor in bettors]
        until(lambda: all(len(each.struck) > at for each, at in zip(bettors, reached, strict=True)), "everybody bets on", 120)
        until(lambda: is_synchronous(up), "there is a new standby", 180)
        for bettor in bettors:
            bettor.ends.set()
        for bettor in bettors:
            bettor.join(60)

        for person, bettor in zip(people, bettors, strict=True):
            assert bettor.refused == []
            assert len(set(bettor.struck)) == len(bettor.struck)
            for bet_id in bettor.struck:
                assert person.get(f"/v1/bets/{bet_id}").status_code == 200
            left_minor = person.available_minor()
            struck = (100_000_00 - left_minor) // STAKE_MINOR
            assert len(bettor.struck) <= struck <= len(bettor.struck) + 1, "the last one may have been struck and not answered"
        struck_at_the_odds_shown(up.demo())
        audited = up.run("audit", "verify")
        assert audited.returncode == 0, audited.stdout + audited.stderr


def test_a_standby_of_somebody_elses_server_is_refused_by_name():
    url = "postgresql://somebody@127.0.0.1:1/slipstream"
    with server_folder() as folder, going_up(folder, free_port(), 1, "--standby", SLIPSTREAM_DATABASE_URL=url) as up:
        assert up.process.wait(60) == 1
        assert "docs/operations/standby.md" in up.said()

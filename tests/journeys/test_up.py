"""`slipstream up` as a newcomer has it: one command, an empty folder, and odds to bet on; killed whole, it comes back whole."""

import os
import shlex
import signal
import subprocess
from contextlib import suppress

import psutil

from infra.embedded.server import free_port
from infra.processes.process_control import lives
from tests.journeys.going_up import ROOT, going_up, struck_at_the_odds_shown
from tests.journeys.process_tree import Person, problem_of, until
from tests.servers import server_folder


def bets_in_portfolio(demo: Person) -> set[str]:
    answer = demo.get("/v1/portfolio")
    if answer.status_code == 503:
        return set()
    portfolio = answer.json()
    return {bet["bet_id"] for part in ("open", "settled") for bet in portfolio[part]["items"]}


def test_up_is_one_command_and_what_it_took_survives_the_death_of_every_process():
    with server_folder() as folder:
        port = free_port()
        with going_up(folder, port, 1) as up:
            password = up.password()
            demo = up.demo()
            bet_id = struck_at_the_odds_shown(demo)["bet_id"]
            assert bet_id in bets_in_portfolio(demo)
            others = {handle: up.password_of(handle) for handle in ("trader", "trader_2", "auditor")}
            assert len({password, *others.values()}) == 4, "a password each"
            assert all(other not in up.welcome() for other in others.values())
            assert {file.stat().st_mode & 0o777 for file in (folder / "data" / "demo_passwords").iterdir()} == {0o600}
            assert up.demo("trader").get("/v1/account").json()["roles"] == ["bettor", "trader"]
            without = up.visitor().post("/v1/sessions", {"handle": "auditor", "password": up.password_of("auditor")})
            assert problem_of(without) == "second-factor-needed"
            assert "accounts code trader" in up.welcome()
            assert up.run("accounts", "code", "demo").returncode == 1

            limited = up.run("trade", "factor", "demo", "0.5", "--reason", "a trial", "--as", "trader_2", "--url", up.url)
            assert (limited.returncode, limited.stdout) == (0, "Factor 0.5: at most 5,000,000.00 is paid on a bet.\n"), limited.stderr

            second = up.run("up")
            assert second.returncode == 1
            assert len(second.stderr.strip().splitlines()) == 1, second.stderr
            assert up.url in second.stderr

            killed = up.family()
            for process in killed:
                with suppress(psutil.NoSuchProcess):  # a worker of a server that went with it
                    process.kill()
            up.process.wait(30)
            until(lambda: not any(lives(process) for process in killed), "everything is dead")

        with going_up(folder, port, 2) as again:
            assert again.password() == password
            demo = again.demo()
            until(lambda: bet_id in bets_in_portfolio(demo), "the bet is still there")
            audited = again.run("audit", "verify")
            assert audited.returncode == 0, audited.stdout + audited.stderr

            family = again.family()
            again.process.send_signal(signal.SIGINT)
            assert again.process.wait(60) == 0, again.said()
            until(lambda: not any(lives(process) for process in family), "nothing is left running")
            assert "Traceback" not in again.said(), again.said()


def test_a_server_that_dies_alone_is_brought_back_and_betting_goes_on():
    with server_folder() as folder, going_up(folder, free_port(), 1) as up:
        demo = up.demo()
        struck = [struck_at_the_odds_shown(demo)["bet_id"]]
        for title in ("postgres", "valkey-server"):
            servers = [each for each in psutil.Process(up.process.pid).children() if each.name() == title]
            assert len(servers) == 1, f"up has one {title}"
            servers[0].kill()
            until(lambda dead=servers[0]: not lives(dead), f"{title} is dead")
            until(lambda: up.visitor().get("/readyz").status_code == 200, f"{title} is back", 60)
            struck.append(struck_at_the_odds_shown(demo)["bet_id"])
            until(lambda: set(struck) <= bets_in_portfolio(demo), "the views go on", 60)
        audited = up.run("audit", "verify")
        assert audited.returncode == 0, audited.stdout + audited.stderr


def test_what_up_says_to_type_can_be_typed():
    with server_folder() as folder, going_up(folder, free_port(), 1, SLIPSTREAM_FEED_MARKETS="all", SLIPSTREAM_DEMO_MATCHES="8") as up:
        welcome = up.welcome()
        for heading, more, said in (("The board in a terminal:", ["--once"], ":"), ("The proof:", [], "Clean")):
            line = next(line for line in welcome.splitlines() if heading in line)
            typed = [*shlex.split(line.partition(heading)[2]), *more]
            ran = subprocess.run(
                typed, env={**up.env, "PATH": os.defpath}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
            )
            assert ran.returncode == 0, (typed, ran.stderr)
            assert said in ran.stdout

"""`slipstream up --api 1..2 --stream 2 --projectors 2`: several processes of a role on one socket, as many as the load asks for."""

import json
import re
import signal
import socket
from functools import partial

import pytest

from domain.bet.facts import BetPlaced
from domain.fact import stored_name
from infra.embedded.server import HOST, free_port
from infra.processes.process_control import lives
from tests.journeys.going_up import Up, figure, going_up, kill, struck_at_the_odds_shown
from tests.journeys.process_tree import Person, until
from tests.journeys.steady_client import SteadyClient, pids
from tests.servers import server_folder

CLIENTS, OTHERS = 2, 8
"""Those who ask all the time, and those who have a connection open and ask now and then."""

ONCE = {"project", "settle", "search", "notify", "stream", "api", "feed"}
LOW_BOUNDS = {"SLIPSTREAM_SCALE_BETS_PER_S": "1", "SLIPSTREAM_SCALE_DOWN_AFTER_S": "5"}
"""One bet a second is much for one process here, so that any machine asks for the second one."""

BETS = 'slipstream_verdicts_total{lane="bets",verdict="accepted"}'
UPGRADE = (
    "GET /connection/websocket HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def open_socket(port: int) -> socket.socket:
    """A socket that one of the gateways took."""
    opened = socket.create_connection((HOST, port), timeout=30)
    opened.sendall(UPGRADE.encode())
    assert opened.recv(1_000).startswith(b"HTTP/1.1 101 ")
    return opened


def another(up: Up, demo: Person) -> Person:
    """The same account on a connection of its own."""
    person = up.visitor()
    person.client.headers["authorization"] = demo.client.headers["authorization"]
    assert person.get("/v1/account").status_code == 200
    return person


def moved(person: Person) -> bool:
    """Whether the answer to somebody's next question closes the connection."""
    return person.get("/v1/account").headers.get("connection") == "close"


@pytest.mark.timeout(600)
def test_api_processes_come_and_go_with_the_load_and_no_request_fails_while_projectors_and_gateways_share_the_rest():
    words = ("--api", "1..2", "--stream", "2", "--projectors", "2")
    with server_folder() as folder, going_up(folder, free_port(), 1, *words, **LOW_BOUNDS) as up:
        demo = up.demo()
        struck_at_the_odds_shown(demo)
        assert {"project-2", "stream-2"} <= set(pids(up))
        others = [another(up, demo) for _ in range(OTHERS)]
        clients = [SteadyClient(up, demo, number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        until(lambda: "api-2" in pids(up), "bets beyond the bound ask for a second process", 180)
        until(lambda: any(moved(other) for other in others), "the first process hands connections on", 180)
        until(lambda: struck_at_the_odds_shown(another(up, demo)) and figure(up, "api-2", BETS) > 0, "the second process takes bets", 180)
        asked = figure(up, "api", BETS)
        until(lambda: figure(up, "api", BETS) > asked, "the first one goes on", 180)

        for role in ("project-2", "stream-2"):
            kill(up, role)
        told = until(lambda: (asked := up.run("status", "--json")).returncode == 0 and json.loads(asked.stdout), "all is well", 180)
        assert {role["role"]: role["restarts"] for role in told["roles"]} == {
            **dict.fromkeys([*ONCE, "api-2"], 0),
            "project-2": 1,
            "stream-2": 1,
            "up": None,
        }
        for projector in ("project", "project-2"):
            fed = partial(figure, up, projector, f'slipstream_facts_projected_total{{fact="{stored_name(BetPlaced)}"}}')
            until(lambda fed=fed: fed() > 0, f"{projector} feeds a part of the views")

        for client in clients:
            client.ends.set()
        for client in clients:
            client.join(60)
        assert [failure for client in clients for failure in client.failed] == []
        until(lambda: "api-2" not in pids(up), "one process is enough again", 180)
        struck_at_the_odds_shown(demo)

        port, opened = up.port + 10, []
        try:
            for gateway in ("stream", "stream-2"):
                until(
                    lambda gateway=gateway: opened.append(open_socket(port)) or figure(up, gateway, "slipstream_stream_connections") > 0,
                    f"{gateway} takes sockets at the one port",
                )
        finally:
            for each in opened:
                each.close()

        audited = up.run("audit", "verify")
        assert audited.returncode == 0, audited.stdout + audited.stderr
        family = up.family(len(ONCE) + 2)
        up.process.send_signal(signal.SIGINT)
        assert up.process.wait(60) == 0, up.said()
        until(lambda: not any(lives(process) for process in family), "nothing is left running")
        assert "was killed" not in up.said(), up.said()
        numbers = {found[0] for found in re.finditer(r"pid=\d+ role=(up|project|api)\b|role=(up|project|api)\b.* pid=\d+", up.said())}
        assert numbers, up.said()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--api", "0"), "0 is neither a number from 1 to 16 nor a range such as 1..4"),
        (("--api", "3..2"), "3..2 is neither a number from 1 to 16 nor a range such as 1..4"),
        (("--stream", "17"), "--stream"),
        (("--projectors", "0"), "--projectors"),
    ],
)
def test_a_number_of_processes_that_cannot_be_is_refused_in_one_line(words: tuple[str, ...], said: str):
    with server_folder() as folder, going_up(folder, free_port(), 1, *words) as up:
        assert up.process.wait(60) == 2
        assert said in up.said()
        assert len(up.said().strip().splitlines()) == 1


def test_more_projectors_than_partitions_are_refused_and_so_is_an_api_by_load_without_metrics():
    cases = [
        (("--projectors", "3"), {"SLIPSTREAM_PROJECT_PARTITIONS": "4-5"}, "3 projectors cannot share the partitions 4-5"),
        (("--api", "1..2"), {"SLIPSTREAM_METRICS_PORT": "0"}, "set SLIPSTREAM_METRICS_PORT, or a fixed number"),
    ]
    for words, env, said in cases:
        with server_folder() as folder, going_up(folder, free_port(), 1, *words, **env) as up:
            assert up.process.wait(60) == 1
            assert said in up.said().strip().splitlines()[-1]

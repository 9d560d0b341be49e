"""A whole Slipstream of processes for a journey: start roles, kill them, ask over HTTP, run the command line."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

import httpx

from infra.compose import Slipstream
from infra.embedded.server import HOST, free_port
from infra.processes.fork_server import ChildProcess, ForkServer
from infra.roles.up_processes import MODULES, PROGRAM
from infra.servers import Servers
from infra.settings import Settings
from tests.apns_service import KEY_ID, TEAM_ID, TOPIC, apple_key_file
from tests.fcm_service import key_file
from tests.journeys.signals import catches

T = TypeVar("T")
WAIT_S_MAX = 150.0
COMMAND_S_MAX = 120.0
READ_IN_THE_LOG = ("/v1/audit/", "/v1/account/reality-check", "/v1/account/restrictions", "/v1/price-alerts", "/v1/trading/proposals/")
SECRET = "a secret that is only used in journeys and guards nothing"
PASSWORD = "correct horse battery"
NEVER_TOO_BUSY = {"SLIPSTREAM_BREAKER_UNDECIDED_S": "60", "SLIPSTREAM_BREAKER_LOOP_LATE_S": "60", "SLIPSTREAM_BREAKER_VIEWS_LATE_S": "3600"}
"""A machine that runs many tests is slow at times: nothing is switched off for that, but where a test is about it."""


def until(look: Callable[[], T], what: str, timeout_s: float = WAIT_S_MAX) -> T:
    """Look again and again until there is something true to see."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline_s, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(0.02)


@cache
def forks() -> ForkServer:
    """What the roles of this test process are forked from: hundreds are started, and importing is most of what each needs."""
    server = ForkServer(PROGRAM, MODULES)
    atexit.register(server.end)
    assert server.wait(WAIT_S_MAX), "the fork server is ready"
    return server


class Site:
    """A Slipstream at an address, the folder it writes to, and the people who came to it."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self.folder = folder
        self.people: list[Person] = []

    def run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        raise NotImplementedError

    def visitor(self) -> "Person":
        person = Person(httpx.Client(base_url=self.url, timeout=30))
        self.people.append(person)
        return person

    def bettor(self, handle: str, funds_minor: int = 0, role: str = "") -> "Person":
        """A new account that is signed in, with funds and a role where given; staff has its funds from before."""
        person = self.visitor()
        opened = person.post("/v1/accounts", {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD})
        assert opened.status_code == 201, opened.text
        person.handle, person.account_id = handle, opened.json()["account_id"]
        if funds_minor:
            person.sign_in(handle)
            may_deposit(person)
            paid = person.post("/v1/wallet/deposits", {"amount_minor": funds_minor, "currency": "EUR", "reference": "first"})
            assert paid.status_code == 201, paid.text
        if role:
            self.grant(handle, role)
        person.sign_in(handle)
        return person

    def grant(self, handle: str, role: str) -> None:
        """What the operator's console does so that an account may act in a role."""
        granted = self.run("accounts", "grant", handle, role)
        assert granted.returncode == 0, granted.stderr

    def leave(self) -> None:
        """Everybody goes."""
        for person in self.people:
            person.client.close()


class Tree(Site):
    """The roles of one Slipstream as processes on given servers."""

    def __init__(self, database_url: str, redis_url: str, folder: Path) -> None:
        super().__init__(free_port(), folder)
        self.metrics_port = free_port()
        self.stream_port = free_port()
        self.push_port, self.phone_port, self.iphone_port = free_port(), free_port(), free_port()
        self.env = {
            **os.environ,
            "SLIPSTREAM_DATABASE_URL": database_url,
            "SLIPSTREAM_REDIS_URL": redis_url,
            "SLIPSTREAM_DATA_DIR": str(folder / "data"),
            "SLIPSTREAM_HTTP_PORT": str(self.port),
            "SLIPSTREAM_METRICS_PORT": str(self.metrics_port),
            "SLIPSTREAM_STREAM_PORT": str(self.stream_port),
            "SLIPSTREAM_PUSH_TEST_HOSTS": ",".join(f"127.0.0.1:{port}" for port in (self.push_port, self.phone_port, self.iphone_port)),
            "SLIPSTREAM_FCM_URL": f"http://127.0.0.1:{self.phone_port}",
            "SLIPSTREAM_FCM_KEY_FILE": str(key_file(folder.with_name(f"{folder.name}_fcm.json"), f"http://127.0.0.1:{self.phone_port}")),
            "SLIPSTREAM_APNS_URL": f"http://127.0.0.1:{self.iphone_port}",
            "SLIPSTREAM_APNS_KEY_FILE": str(apple_key_file(folder.with_name(f"{folder.name}_apns.p8"))),
            "SLIPSTREAM_APNS_KEY_ID": KEY_ID,
            "SLIPSTREAM_APNS_TEAM_ID": TEAM_ID,
            "SLIPSTREAM_APNS_TOPIC": TOPIC,
            "SLIPSTREAM_TOKEN_SECRET": SECRET,
            "SLIPSTREAM_DEPOSITS": "demo",
            "SLIPSTREAM_STAFF_SECOND_FACTOR": "offered",
            "SLIPSTREAM_LOG_LEVEL": "warning",
            **NEVER_TOO_BUSY,
        }
        self.running: dict[str, ChildProcess] = {}
        self.said_last = ""

    def start(self, *words: str, name: str = "", module: Sequence[str] = ("infra",), **env: str) -> None:
        """Start a role, under another name where several processes have it, with further settings, by another module that runs `infra`."""
        self.spawn(*words, name=name, module=module, **env)
        if words[0] == "api":
            try:
                until(self.answers, "the API answers")
            except AssertionError as late:
                raise AssertionError(f"{late}; it said last: {self.said_last}") from None

    def spawn(self, *words: str, name: str = "", module: Sequence[str] = ("infra",), **env: str) -> None:
        """Start a role likewise, and do not wait for it. It is forked as `up` forks it, but where another module runs it."""
        with (self.folder / f"{name or words[0]}.log").open("ab") as log:
            forked = forks().fork(words, {**self.env, **env}, outputs=[log.fileno()]) if module == ("infra",) else None
            command = [sys.executable, "-m", *module, *words]
            self.running[name or words[0]] = forked or subprocess.Popen(command, env={**self.env, **env}, stdout=log, stderr=log)

    def answers(self) -> bool:
        process = self.running["api"]
        assert process.poll() is None, (self.folder / "api.log").read_text()
        try:
            self.said_last = httpx.get(f"{self.url}/readyz", timeout=5).text
        except httpx.TransportError as error:
            self.said_last = repr(error)
            return False
        return bool(json.loads(self.said_last)["missing"] == [])

    def figures(self) -> dict[str, float]:
        """The figures of the API, by name and labels."""
        lines = httpx.get(f"http://{HOST}:{self.metrics_port}/metrics", timeout=5).text.splitlines()
        return {name: float(value) for line in lines if line and line[0] != "#" for name, _, value in (line.rpartition(" "),)}

    def end(self, role: str, number: signal.Signals = signal.SIGTERM) -> int:
        """End a role; return its exit code. One that is asked to end is asked once it listens: before that the signal is its death."""
        process = self.running.pop(role)
        if number == signal.SIGTERM:
            until(lambda: process.poll() is not None or catches(process.pid, number), f"{role} listens to {number.name}")
        process.send_signal(number)
        return process.wait(30)

    def end_all(self) -> None:
        for role in list(self.running):
            self.end(role)
        self.leave()

    def grant(self, handle: str, role: str) -> None:
        """As the console does it, without a process of its own, which takes longer than all the rest of what a file of journeys sets up."""
        Slipstream(self._settings()).set_role(handle, role, held=True)

    def tell(self, *commands: Any) -> None:
        """Do commands as a feed's process does them, likewise."""
        with Servers(self._settings()).dispatcher() as (_, _, dispatcher):
            for command in commands:
                dispatcher.call(command)

    def _settings(self) -> Settings:
        where = {"database_url": self.env["SLIPSTREAM_DATABASE_URL"], "data_dir": self.folder / "data", "token_secret": SECRET}
        return Settings(**where)

    def run(self, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        with TemporaryFile("w+b") as output, TemporaryFile("w+b") as errors:
            process = forks().fork(words, {**self.env, **(env or {})}, outputs=[output.fileno(), errors.fileno()])
            assert process is not None, "the fork server is there"
            try:
                exit_code = process.wait(COMMAND_S_MAX)
            finally:
                process.kill()
            return subprocess.CompletedProcess(words, exit_code, *(read_back(each) for each in (output, errors)))


def read_back(file: IO[bytes]) -> str:
    """What a process wrote into a file, from its beginning."""
    file.seek(0)
    return file.read().decode()


class Person:
    """Somebody with an HTTP client, who reads what they wrote."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.handle = ""
        self.account_id = ""
        self.position = ""

    def sign_in(self, handle: str, password: str = PASSWORD, code: str | None = None) -> None:
        session = self.post("/v1/sessions", {"handle": handle, "password": password, "code": code})
        assert session.status_code == 201, session.text
        self.client.headers["authorization"] = f"Bearer {session.json()['token']}"

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self._noted(self.client.post(path, json=body, headers=named(headers)))

    def put(self, path: str, body: Any = None) -> httpx.Response:
        return self._noted(self.client.put(path, json=body))

    def delete(self, path: str) -> httpx.Response:
        return self._noted(self.client.delete(path))

    def get(self, path: str, **params: Any) -> httpx.Response:
        """What a view says once it has all that this person wrote: a query waits half a second, and a busy machine may need longer.

        An audit answers as of the moment that it is asked about, and what is read in a stream itself with the position of its last fact.
        """
        if path.startswith(READ_IN_THE_LOG):
            return self.get_at_once(path, **params)
        deadline_s = time.monotonic() + WAIT_S_MAX
        while is_behind(answer := self.get_at_once(path, **params), self.position):
            assert time.monotonic() < deadline_s, f"{path} is still behind {self.position} after {WAIT_S_MAX} s: {answer.headers}"
            time.sleep(0.02)
        return answer

    def get_at_once(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params, headers={"Slipstream-After": self.position} if self.position else {})

    def available_minor(self) -> int:
        """What the wallet shows, once the projector is there to show it."""
        shown = until(lambda: (seen := self.get("/v1/wallet")).status_code == 200 and seen, "the wallet is shown")
        return int(shown.json()["available_minor"])

    def bet(self, market: dict[str, Any], selection: str, stake_minor: int, key: str, **changed: Any) -> httpx.Response:
        """Bet on a selection at what the market shows."""
        odds = next(each["odds"] for each in market["selections"] if each["selection"] == selection)
        leg = {"market_id": market["market_id"], "selection": selection, "odds": odds, "version": market["version"]}
        body = {"type": "single", "stake_minor": stake_minor, "currency": "EUR", "legs": [leg], "accept": "exact", **changed}
        return self.post("/v1/bets", body, idempotency_key=key)

    def _noted(self, answer: httpx.Response) -> httpx.Response:
        self.position = answer.headers.get("slipstream-position", self.position)
        return answer


def is_behind(answer: httpx.Response, wanted: str) -> bool:
    """Whether a view answered, be it that there is nothing, and had not yet got to a position of the same log."""
    at = answer.headers.get("slipstream-position", "")
    return bool(at and wanted) and at.partition(".")[0] == wanted.partition(".")[0] and number_of(at) < number_of(wanted)


def number_of(position: str) -> int:
    """The number that a position on the wire is, which only tests look into."""
    return int(position.partition(".")[2], 16)


def may_deposit(person: Person) -> Person:
    """Somebody who was asked before the first deposit, and wants no limit."""
    declined = person.post("/v1/account/limits/deposit/decline", {"confirmed": True})
    assert declined.status_code == 200, declined.text
    return person


def named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def open_match(trader: Person, key: str, *, live: bool = True) -> dict[str, Any]:
    """A match, live unless told otherwise, with a market on its result, as the board shows it."""
    fixture = {"sport": "football", "competition": "Cup", "home": f"Home {key}", "away": "Away", "kick_off": "2026-06-11T19:00:00Z"}
    scheduled = trader.post("/v1/trading/fixtures", fixture, idempotency_key=f"fixture {key}")
    assert scheduled.status_code == 201, scheduled.text
    fixture_id = scheduled.json()["fixture_id"]
    assert not live or trader.put(f"/v1/trading/fixtures/{fixture_id}/kick-off").status_code == 200
    prices = {"home": "2.35", "draw": "3.4", "away": "10/11"}
    market = {
        "fixture_id": fixture_id,
        "type": "match_result",
        "selections": [{"selection": name, "name": name.title(), "odds": odds} for name, odds in prices.items()],
    }
    opened = trader.post("/v1/trading/markets", market, idempotency_key=f"market {key}")
    assert opened.status_code == 201, opened.text
    path = f"/v1/markets/{opened.json()['market_id']}"
    return dict(until(lambda: (found := trader.get(path)).status_code == 200 and found.json(), "the board shows the market"))


def end_match(trader: Person, market: dict[str, Any], home: int, away: int) -> None:
    """The final whistle of a market's match."""
    score = {"regular_home": home, "regular_away": away, "final_home": home, "final_away": away}
    assert trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/end", score).status_code == 200


def approved(second: Person, proposed: httpx.Response) -> httpx.Response:
    """What a second trader makes of a proposal of the first, who looks again where bets elsewhere were settled meanwhile."""
    assert proposed.status_code == 202, proposed.text
    proposal_id = proposed.json()["proposal_id"]
    answer = until(lambda: approved_now(second, proposal_id), "what was shown is what would be done")
    assert answer is not None
    assert answer.status_code == 200, answer.text
    return answer


def approved_now(second: Person, proposal_id: str) -> httpx.Response | None:
    """What a second trader makes of what is shown now; None where it has to be looked at again, or nobody answered."""
    path = f"/v1/trading/proposals/{proposal_id}"
    try:
        shown = second.get(f"{path}/preview")
        if shown.status_code != 200:
            return None
        answer = second.put(f"{path}/approval", {"preview": shown.json()["preview"]})
    except httpx.TransportError:
        return None
    is_outdated = answer.status_code == 409 and problem_of(answer) == "preview-outdated"
    return None if answer.status_code >= 500 or is_outdated else answer


def grade(trader: Person, second: Person, market: dict[str, Any], home: int, away: int) -> None:
    """The end of a match and the result of its market, by two traders."""
    end_match(trader, market, home, away)
    result = approved(second, trader.put(f"/v1/trading/markets/{market['market_id']}/result", {"home": home, "away": away}))
    assert result.json()["market_status"] == "resulted"


def verified(auditor: Person, how: str = "") -> dict[str, Any]:
    """What a verification over HTTP found, once it is done."""
    begun = auditor.post(f"/v1/audit/verifications{how}", None)
    assert begun.status_code == 202, begun.text
    where = f"/v1/audit/verifications/{begun.json()['verification_id']}"
    return dict(until(lambda: (seen := auditor.get(where).json())["status"] != "running" and seen, "the verification is done"))


def problem_of(answer: httpx.Response) -> str:
    """The name of the problem that an answer is; it must be one in every respect."""
    assert answer.headers["content-type"] == "application/problem+json", (answer.status_code, answer.text)
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == answer.request.url.path
    return str(problem["type"].removeprefix("urn:slipstream:problem:"))

"""What random hands know of the world, and how they ask: by the names of the OpenAPI document's operations, at one of several APIs."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import httpx

from infra.compose import Slipstream
from infra.settings import Settings
from tests.journeys.hands.people import Member
from tests.journeys.process_tree import PASSWORD, SECRET, Tree

T = TypeVar("T")
TOGETHER_MAX = 8
KEPT_MAX = 40
NOT_ASKED = 425
"""The status of what is not asked yet: it is sent together with others."""

MADE_UP = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"


class Operation(NamedTuple):
    """One operation of the OpenAPI document."""

    method: str
    path: str
    is_keyed: bool


class Asked(NamedTuple):
    """A request that was made up: where it goes, and what it says."""

    name: str
    client: httpx.Client
    method: str
    path: str
    body: Any
    headers: dict[str, str]


def operations_of(document: dict[str, Any]) -> dict[str, Operation]:
    """Return the operations of an OpenAPI document by their names."""
    return {
        operation["operationId"]: Operation(
            method.upper(), path, any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def problem_in(answer: httpx.Response) -> str:
    """Return the name of the problem that an answer is, after a blank; nothing for a success."""
    return "" if answer.status_code < 400 else f" {answer.json()['type'].rpartition(':')[2]}"


class World:
    """Everybody, what they know, and what came of what they asked for. One seed draws the same requests from the same answers."""

    def __init__(self, sites: Sequence[Tree], seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311  (one seed repeats one order)
        self.tree = sites[0]
        self.clients = [httpx.Client(base_url=site.url, timeout=30) for site in sites]
        self.operations = operations_of(self.clients[0].get("/openapi.json").json())
        self.members: list[Member] = []
        self.fixtures: dict[str, dict[str, Any]] = {}
        self.markets: dict[str, dict[str, Any]] = {}
        self.proposals: list[tuple[str, Member]] = []
        self.bets: list[tuple[Member, str]] = []
        self.free_bets: list[tuple[Member, str, int]] = []
        self.bonuses: list[tuple[Member, str]] = []
        self.slips: list[tuple[Member, str]] = []
        self.comments: list[tuple[Member, str, str]] = []
        self.drafts: list[tuple[Member, str]] = []
        self.words: list[tuple[Member, str]] = []
        self.cases: list[tuple[str, str, Member]] = []
        self.payments: list[tuple[bytes, str]] = []
        self.came: Counter[str] = Counter()
        self.granted: Counter[str] = Counter()
        self.asked = 0
        self.gathered: list[Asked] | None = None
        self.broken: list[str] = []

    def close(self) -> None:
        """Hang up."""
        for client in self.clients:
            client.close()

    # Chance.

    def odds(self, chance: float) -> bool:
        """Say yes so often."""
        return self.rng.random() < chance

    def one(self, things: Sequence[T]) -> T:
        """Choose one."""
        return self.rng.choice(things)

    def late(self, things: Sequence[T], last: int = 6) -> T:
        """Choose one of the last few."""
        return self.rng.choice(things[-last:])

    def key(self) -> str:
        """Make up a key or a name that was not used."""
        self.asked += 1
        return f"hands {self.asked}"

    def name(self, kind: str) -> str:
        """Make up a handle that nobody has."""
        self.asked += 1
        return f"{kind}_{self.asked}"

    # People.

    def who(self, role: str = "", *, is_strict: bool = False) -> Member:
        """Choose somebody of a role, no role being a bettor; seldom anybody else, unless it is strict."""
        fitting = [each for each in self.members if (role in each.roles if role else not each.roles and not each.is_shut)]
        if not fitting or (not is_strict and self.odds(0.04)):
            fitting = self.members
        member = self.one(fitting)
        if not member.token and not (self.odds(0.03) and not is_strict):
            self.sign_in(member)
        return member

    def others(self, member: Member) -> list[Member]:
        """Return everybody but one."""
        return [each for each in self.members if each is not member]

    def sign_in(self, member: Member) -> httpx.Response:
        """Open a session; whoever cannot any more is helped by the console."""
        body = {"handle": member.handle, "password": member.password, "code": member.code() if member.secret else None}
        answer = self.ask("signIn", None, body)
        if answer.status_code in (403, 429) and member.secret and self.gathered is None:
            self.console(lambda console: console.remove_second_factor(member.handle))
            member.forget_factor()
            answer = self.ask("signIn", None, body | {"code": None})
        if answer.status_code == 201:
            member.take(answer.json())
        return answer

    def join(self, handle: str, funds_minor: int = 0, role: str = "") -> Member | None:
        """Open an account, signed in, with funds and a role where given."""
        body = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD}
        opened = self.ask("openAccount", None, body)
        if opened.status_code != 201:
            return None
        member = Member(handle, opened.json()["account_id"])
        self.sign_in(member)
        if funds_minor:
            self.ask("declineDepositLimit", member, {"confirmed": True})
            self.ask("deposit", member, {"amount_minor": funds_minor, "currency": "EUR", "reference": "first"}, site=0)
        if role:
            self.set_role(member, role, held=True)
            self.sign_in(member)
        self.members.append(member)
        return member

    def set_role(self, member: Member, role: str, *, held: bool) -> None:
        """Grant a role, or revoke it, as the operator's console does; the sessions of who loses one end."""
        self.console(lambda console: console.set_role(member.handle, role, held=held))
        member.roles = member.roles | {role} if held else member.roles - {role}
        member.token = "" if held and self.odds(0.95) else member.token

    def console(self, do: Callable[[Slipstream], Any]) -> Any:
        """Do something at the operator's console."""
        env = self.tree.env
        where = {"database_url": env["SLIPSTREAM_DATABASE_URL"], "data_dir": env["SLIPSTREAM_DATA_DIR"], "token_secret": SECRET}
        return do(Slipstream(Settings(**where)))

    # Asking.

    def ask(self, name: str, who: Member | None, body: Any = None, /, *, site: int | None = None, **where: str) -> httpx.Response:
        """Ask for an operation at one of the APIs, or gather it where things are asked together; now and then ask twice.

        `key` names what is created, any other keyword a part of the path. Whatever was asked, the answer is a success or names the problem.
        """
        operation = self.operations[name]
        key = where.pop("key", None) or (self.key() if operation.is_keyed else None)
        headers = {name.replace("_", "-"): where.pop(name) for name in ("slipstream_signature",) if name in where}
        if who is not None and who.token:
            headers["authorization"] = f"Bearer {who.token}"
        if key is not None:
            headers["idempotency-key"] = key
        path = operation.path.format(**{name: quote(value, safe="") for name, value in where.items()})
        client = self.one(self.clients) if site is None else self.clients[site]
        asked = Asked(name, client, operation.method, path, body, headers)
        if self.gathered is not None:
            self.gathered.append(asked)
            return httpx.Response(NOT_ASKED, json={})
        answer = self.send(asked)
        if answer.status_code == 401 and who is not None and name != "signIn":
            who.token = ""
        if operation.method != "GET" and answer.is_success and self.odds(0.06):
            self.repeat(asked, answer)
        return answer

    def send(self, asked: Asked) -> httpx.Response:
        """Send a request; only what is overloaded or away may be a server's fault, and says when to try again."""
        sent = {"content": asked.body} if isinstance(asked.body, bytes) else {} if asked.body is None else {"json": asked.body}
        answer = asked.client.request(asked.method, asked.path, headers=asked.headers, **sent)
        self.came[f"{asked.name} {answer.status_code}{problem_in(answer)}"] += 1
        self.granted[asked.name] += answer.is_success
        if answer.status_code >= 500 and not (answer.status_code == 503 and "retry-after" in answer.headers):
            self.broken.append(f"{asked.name} {asked.path} {asked.body!r}: {answer.status_code} {answer.text}")
        return answer

    def repeat(self, asked: Asked, first: httpx.Response) -> None:
        """Ask again: what has a key is answered as at first, nothing is a server's fault."""
        again = self.send(asked)
        if asked.headers.get("idempotency-key") and again.status_code < 500 and again.status_code not in (401, 403, 429):
            same = {name: value for name, value in first.json().items() if name != "handle"}
            if again.status_code != first.status_code or again.json() != {**again.json(), **same}:
                self.broken.append(f"{asked.name} {asked.path} repeated: {first.text} then {again.status_code} {again.text}")

    def ask_together(self, hands: Sequence[Callable[["World"], None]]) -> None:
        """Let several hands ask at the same moment: what they know is from before, and who comes first is not chosen."""
        self.gathered = []
        try:
            for hand in hands:
                hand(self)
        finally:
            gathered, self.gathered = self.gathered, None
        with ThreadPoolExecutor(TOGETHER_MAX) as pool:
            list(pool.map(self.send, gathered[:TOGETHER_MAX]))

    def keep(self, things: list[T], thing: T) -> None:
        """Remember something, and forget what is long ago."""
        things.append(thing)
        del things[:-KEPT_MAX]

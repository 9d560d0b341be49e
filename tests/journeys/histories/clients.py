"""Clients that move money, bet and read balances at several APIs at once, and ask until there is an answer; a history notes each call."""

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import httpx

from domain.account_gate.state import TimedOutNow
from domain.wallet.decider import InsufficientFunds
from infra.clock import Clock
from tests.journeys.histories.calls import Call, History
from tests.journeys.process_tree import Person, is_behind, number_of, open_match

ANSWER_S_MAX = 240.0
"""How long a call is asked for again: after faults everything may take minutes to come back on a loaded machine."""
TIMEOUT_S = 5.0
NOT_NOW = 429
PAUSE = timedelta(days=40)
RESULTS = {f"urn:slipstream:problem:{InsufficientFunds.slug}": "insufficient", f"urn:slipstream:problem:{TimedOutNow.slug}": "paused"}


class Customer:
    """An account and what all its clients together have been told: its token and the newest position."""

    def __init__(self, person: Person) -> None:
        self.account_id = person.account_id
        self.handle = person.handle
        self.token = str(person.client.headers["authorization"])
        self._lock = threading.Lock()
        self._position = ""
        self.bets: dict[str, dict[str, Any]] = {}
        """Bets that were acknowledged, by id."""

    @property
    def position(self) -> str:
        """The newest position that any client of the account was told."""
        return self._position

    def told(self, answer: httpx.Response) -> int:
        """Take the position of an answer; return its number, 0 where there is none."""
        position = answer.headers.get("slipstream-position", "")
        if not position:
            return 0
        with self._lock:
            if not self._position or number_of(position) > number_of(self._position):
                self._position = position
        return number_of(position)


class Client:
    """One client of an account, which asks one thing at a time, at any of the addresses."""

    def __init__(self, number: int, customer: Customer, urls: Sequence[str], history: History, rng: Random) -> None:
        self.number = number
        self.customer = customer
        self.history = history
        self.rng = rng
        self._http = [httpx.Client(base_url=url, headers={"authorization": customer.token}, timeout=TIMEOUT_S) for url in urls]
        self._asked = 0

    def close(self) -> None:
        for each in self._http:
            each.close()

    def key(self) -> str:
        """Return a key that no other call of the account has."""
        self._asked += 1
        return f"{self.number}-{self._asked}"

    def insist(self, method: str, path: str, body: Any = None, key: str = "", site: int | None = None) -> httpx.Response:
        """Ask until there is an answer that is one. A read is asked again until it has all that the account's clients were told."""
        deadline_s = time.monotonic() + ANSWER_S_MAX
        after = self.customer.position if method == "GET" else ""
        headers = {"idempotency-key": key} if key else {"slipstream-after": after} if after else {}
        while True:
            client = self._http[self.rng.randrange(len(self._http)) if site is None else site]
            try:
                answer = client.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code < 500 and answer.status_code != NOT_NOW and not is_behind(answer, after):
                return answer
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"{method} {path} {answer.text if answer is not None else ''}")
            time.sleep(0.02)

    # What a client asks for.

    def move(self, op: str, amount_minor: int, key: str = "") -> str:
        """Deposit or withdraw under a new reference, or again under one that was used; return the reference."""
        key = key or self.key()
        path = "/v1/wallet/deposits" if op == "deposit" else "/v1/wallet/withdrawals"
        with self.history.call(self._call(op, key=key, amount_minor=amount_minor)) as call:
            answer = self.insist("POST", path, {"amount_minor": amount_minor, "currency": "EUR", "reference": key})
            self._note(call, answer, "transfer_id")
        return key

    def bet(self, market_id: str, selection: str, stake_minor: int, key: str = "", site: int | None = None) -> str:
        """Bet under a new key, or again under one that was used; return the key."""
        key = key or self.key()
        leg = {"market_id": market_id, "selection": selection, "odds": "2.35", "version": 1}
        body = {"type": "single", "stake_minor": stake_minor, "currency": "EUR", "legs": [leg], "accept": "any"}
        with self.history.call(self._call("bet", key=key, amount_minor=stake_minor)) as call:
            answer = self.insist("POST", "/v1/bets", body, key=f"{self.customer.account_id} {key}", site=site)
            self._note(call, answer, "bet_id")
        if answer.status_code == httpx.codes.CREATED:
            self.customer.bets[answer.json()["bet_id"]] = answer.json() | {"market_id": market_id}
        return key

    def pause(self, site: int | None = None) -> None:
        """Take a time-out: from its answer on there are no more bets and no more deposits."""
        until = (Clock().now() + PAUSE).isoformat()
        with self.history.call(self._call("pause")) as call:
            answer = self.insist("PUT", "/v1/account/time-out", {"until": until}, site=site)
            assert answer.status_code == httpx.codes.OK, answer.text
            self._note(call, answer, "account_id")

    def balance(self, site: int | None = None) -> None:
        """Read the wallet."""
        with self.history.call(self._call("balance")) as call:
            answer = self.insist("GET", "/v1/wallet", site=site)
            assert answer.status_code == httpx.codes.OK, answer.text
            shown = answer.json()
            self._own(shown["account_id"])
            call.available_minor, call.at_risk_minor = shown["available_minor"], shown["at_risk_minor"]
            self._note(call, answer, "account_id")

    def portfolio(self) -> None:
        """Look at the open bets: all are the account's own, and every bet is there once."""
        answer = self.insist("GET", "/v1/portfolio")
        assert answer.status_code == httpx.codes.OK, answer.text
        self.customer.told(answer)
        self._own(answer.json()["account_id"])
        shown = [each["bet_id"] for each in answer.json()["open"]["items"]]
        if len(shown) != len(set(shown)):
            self.history.broken.append(f"{self.customer.account_id}: a bet is shown twice in {shown}")
        for bet_id in shown[:1]:
            self._own(self.read_bet(bet_id)["account_id"])

    def read_bet(self, bet_id: str) -> dict[str, Any]:
        """Look at one of the account's bets."""
        answer = self.insist("GET", f"/v1/bets/{bet_id}")
        assert answer.status_code == httpx.codes.OK, answer.text
        self.customer.told(answer)
        return dict(answer.json())

    def _own(self, account_id: str) -> None:
        if account_id != self.customer.account_id:
            self.history.broken.append(f"{self.customer.account_id} was shown what belongs to {account_id}")

    def _call(self, op: str, key: str = "", amount_minor: int = 0) -> Call:
        return Call(self.customer.account_id, self.number, op, key=key, amount_minor=amount_minor)

    def _note(self, call: Call, answer: httpx.Response, id_field: str) -> None:
        call.position = self.customer.told(answer)
        told = answer.json()
        if answer.is_success:
            call.result, call.id = "done", str(told.get(id_field, ""))
        else:
            call.result = RESULTS.get(told["type"], "other")


def markets_for(trader: Person, name: str, count: int) -> list[dict[str, Any]]:
    """Open matches with a market each."""
    return [open_match(trader, f"{name} {number}") for number in range(count)]

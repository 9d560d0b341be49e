"""Load whose history is judged: several clients for each account, beside traders who let bets come out and correct what came out."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from tests.journeys.histories.calls import Call, History
from tests.journeys.histories.clients import Client, Customer
from tests.journeys.process_tree import Site, may_deposit, until

CLIENTS_EACH = 2
FUNDS_MINOR = 60_00


class Load:
    """Accounts with their clients, and the history of all they called."""

    def __init__(self, site: Site, urls: Sequence[str], name: str, customers: int, rng: Random) -> None:
        self.history = History()
        self.rng = rng
        self.urls = list(urls)
        self.customers = [Customer(may_deposit(site.bettor(f"{name}_{number}"))) for number in range(customers)]
        self.clients = [
            Client(number, customer, self.urls, self.history, Random(rng.random()))  # noqa: S311  (load from a seed)
            for number, customer in enumerate(customer for customer in self.customers for _ in range(CLIENTS_EACH))
        ]
        self._broke: list[BaseException] = []

    def close(self) -> None:
        for each in self.clients:
            each.close()

    def first_of(self, customer: Customer) -> Client:
        """Return an account's first client."""
        return next(each for each in self.clients if each.customer is customer)

    def fund(self) -> None:
        """Bring every account its first money in."""
        for customer in self.customers:
            self.first_of(customer).move("deposit", FUNDS_MINOR)

    @contextmanager
    def all_of_them(self, step: Callable[[Client], None]) -> Iterator[None]:
        """Let every client step again and again, each in a thread of its own, until the block is left; what one raises is raised here."""
        stop = threading.Event()

        def run(client: Client) -> None:
            try:
                while not stop.is_set():
                    step(client)
            except BaseException as error:  # noqa: BLE001  (raised where the load ends)
                self._broke.append(error)

        threads = [threading.Thread(target=run, args=(each,)) for each in self.clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        if self._broke:
            raise self._broke[0]

    def ask_for(self, step: Callable[[Client], None], calls: int) -> None:
        """Let all clients step until so many more calls were answered."""
        wanted = len(self.history.calls) + calls
        with self.all_of_them(step):
            until(lambda: self._broke or len(self.history.calls) >= wanted, f"{calls} calls are answered", 240)

    def bets_on(self, market_id: str) -> list[tuple[Customer, str]]:
        """Return whose acknowledged bets are on a market."""
        return [(each, bet_id) for each in self.customers for bet_id, bet in list(each.bets.items()) if bet["market_id"] == market_id]

    def settled(self, market_id: str, grade: Callable[[], Any], settlement: int) -> None:
        """Let a market come out, or be corrected; note for each of its bets when it was seen to be settled so often, and by how much."""
        called_ns = time.monotonic_ns()
        notes = []
        for customer, bet_id in self.bets_on(market_id):
            stake_minor = customer.bets[bet_id]["stake_minor"] if settlement == 1 else 0
            note = Call(customer.account_id, -1, "settle", bet_id, called_ns, stake_minor=stake_minor, settlement=settlement)
            notes.append((customer, note))
        grade()
        for customer, note in notes:
            bet = self._once_settled(customer, note.key, settlement)
            returns_minor = int(bet["returns_minor"])
            note.amount_minor = returns_minor - int(customer.bets[note.key].get("returned_minor", 0))
            customer.bets[note.key]["returned_minor"] = returns_minor
            note.answered_ns, note.result = time.monotonic_ns(), "done"
            self.history.calls.append(note)

    def _once_settled(self, customer: Customer, bet_id: str, settlement: int) -> dict[str, Any]:
        client = self.first_of(customer)

        def bet() -> dict[str, Any] | None:
            found = client.read_bet(bet_id)
            return found if found["settlement"] >= settlement else None

        return dict(until(bet, f"bet {bet_id} is settled", 240) or {})


def anything(markets: Sequence[str]) -> Callable[[Client], None]:
    """Return what one client does next: money in and out, bets on these markets, again under a key that was used, and reads."""

    def step(client: Client) -> None:
        rng = client.rng
        match rng.randrange(10):
            case 0:
                key = client.move("deposit", rng.randint(1, 20_00))
                if rng.randrange(2):
                    client.move("deposit", _amount_of(client, key), key)
            case 1:
                key = client.move("withdraw", rng.randint(1, 30_00))
                if rng.randrange(3) == 0:
                    client.move("withdraw", _amount_of(client, key), key)
            case 2 | 3 | 4:
                market_id, selection, stake_minor = rng.choice(markets), rng.choice(["home", "away"]), rng.randint(1, 10_00)
                key = client.bet(market_id, selection, stake_minor)
                if rng.randrange(3) == 0:
                    client.bet(market_id, selection, stake_minor, key)
            case 5:
                client.portfolio()
            case _:
                client.balance()

    return step


def _amount_of(client: Client, key: str) -> int:
    """Return the amount that a key of the client's was used for."""
    account_id = client.customer.account_id
    return next(each.amount_minor for each in client.history.calls if each.key == key and each.account == account_id)

"""A round of faults: load whose history is judged, faults at random moments, and afterwards everything that must hold."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import httpx

from domain.bet.facts import BetPlaced
from domain.wallet.facts import TransferRecorded
from tests.journeys.audited import until_clean
from tests.journeys.faults.product import BACK_S_MAX, Product
from tests.journeys.faults.registry import FAULTS, End
from tests.journeys.histories.checking import NotDecided, inconsistencies, why_no_checker
from tests.journeys.histories.clients import markets_for
from tests.journeys.histories.load import Load, anything
from tests.journeys.histories.settlements import log_of, place_settlements
from tests.journeys.process_tree import Person, approved_now, until

CUSTOMERS = 3
AT_ONCE_MAX = 2
PAUSE_S_MAX = 0.5


class Round:
    """Accounts and markets of a round's own, on a product that goes on to the next."""

    def __init__(self, product: Product, traders: tuple[Person, Person], seed: int) -> None:
        self.product, self.traders, self.seed = product, traders, seed
        self.rng = Random(seed)  # noqa: S311  (faults from a seed)
        self.struck: Counter[str] = Counter()
        self._began_s = time.monotonic()
        self.load = Load(product, product.urls, f"round_{seed}", CUSTOMERS, self.rng)
        self.markets = markets_for(traders[0], f"round {seed}", 3)

    def play(self, seconds: float | None) -> None:
        """Let faults strike for so long, or each kind once in any order; look at everything then.

        Raises:
            NotDecided: when every other promise holds.

        """
        first, rest = self.markets[0], [market["market_id"] for market in self.markets[1:]]
        due = None if seconds is not None else self._each_in_turn()
        self.load.fund()
        self._say("load begins")
        try:
            with self.load.all_of_them(anything([first["market_id"], *rest])):
                self._strike(seconds and seconds / 2, due and due[: len(due) // 2])
            self._say("every call was answered")
            with self.load.all_of_them(anything(rest)), self._result_and_correction(first):
                self._strike(seconds and seconds / 2, due and due[len(due) // 2 :])
            self._say("every bet on the market that came out is settled, again after the correction, and every call was answered")
            self.product.await_ready()
            self._say("everything is ready")
            for client in self.load.clients:
                client.balance()
        finally:
            self.load.close()
        self._look()

    def _each_in_turn(self) -> list[str]:
        known = [name for name, each in FAULTS.items() for _ in range(each.times) if self.product.kafka is not None or not each.needs_kafka]
        return self.rng.sample(known, len(known))

    def _strike(self, seconds: float | None, due: list[str] | None) -> None:
        """Let faults strike at random moments, some at once; all are over in the end."""
        product, rng = self.product, self.rng
        ends: dict[str, tuple[float, End]] = {}
        stop_s = time.monotonic() + (seconds if seconds is not None else float("inf"))
        next_s = time.monotonic()
        left = list(due or [])
        possible = [name for name, each in FAULTS.items() if product.kafka is not None or not each.needs_kafka]
        try:
            while ends or (time.monotonic() < stop_s if due is None else left):
                now_s = time.monotonic()
                for name in [name for name, (over_s, _) in ends.items() if over_s <= now_s]:
                    ends.pop(name)[1]()
                is_more = bool(left) if due is not None else now_s < stop_s
                if is_more and now_s >= next_s and len(ends) < AT_ONCE_MAX:
                    name = left[0] if due is not None else rng.choice(possible)
                    if name not in ends:
                        del left[:1]
                        self.struck[name] += 1
                        self._say(name)
                        end = FAULTS[name].begin(product, rng)
                        ends[name] = (time.monotonic() + FAULTS[name].for_s, end)
                        next_s = time.monotonic() + rng.uniform(0, PAUSE_S_MAX)
                product.check()
                time.sleep(0.02)
        finally:
            for _, end in ends.values():
                end()
        self._say("these faults are over")

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._began_s:7.2f} s {what}", flush=True)  # noqa: T201  (shown where it failed)

    @contextmanager
    def _result_and_correction(self, market: dict[str, Any]) -> Iterator[None]:
        """Have a market come out and be corrected meanwhile; on the way out both are seen in every bet on it."""
        trouble: list[BaseException] = []

        def run() -> None:
            try:
                self.load.settled(market["market_id"], lambda: self._result(market), 1)
                self.load.settled(market["market_id"], lambda: self._correction(market), 2)
            except BaseException as error:  # noqa: BLE001  (raised where the round goes on)
                trouble.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            while thread.is_alive():
                self.product.check()
                thread.join(0.05)
        if trouble:
            raise trouble[0]

    def _result(self, market: dict[str, Any]) -> None:
        score = {"regular_home": 1, "regular_away": 0, "final_home": 1, "final_away": 0}
        insist(self.traders[0], f"/v1/trading/fixtures/{market['fixture_id']}/end", score)
        self._by_two(f"/v1/trading/markets/{market['market_id']}/result", {"home": 1, "away": 0})

    def _correction(self, market: dict[str, Any]) -> None:
        self._by_two(f"/v1/trading/markets/{market['market_id']}/correction", {"home": 0, "away": 1, "reason": "miscounted"})

    def _by_two(self, path: str, body: dict[str, Any]) -> None:
        proposed = insist(self.traders[0], path, body)
        proposal_id = proposed.json()["proposal_id"]
        until(lambda: [found] if (found := approved_now(self.traders[1], proposal_id)) is not None else [], "it is approved", BACK_S_MAX)

    # What must hold afterwards.

    def _look(self) -> None:
        """Every promise, after the last fault."""
        history = self.load.history
        print(f"faults {dict(sorted(self.struck.items()))}, calls {history.counts()}")  # noqa: T201  (shown where it failed)
        assert history.broken == []
        self._every_acknowledged_command_exists_once()
        undecided = self._the_history_has_an_order()
        until(lambda: not self.product.lags(), "nothing lags any more", BACK_S_MAX)
        self._the_audit_is_clean_and_every_view_equals_its_rebuild()
        if undecided is not None:
            raise undecided

    def _the_history_has_an_order(self) -> NotDecided | None:
        if why_no_checker():
            return None
        place_settlements(self.load.history, self.product.env["SLIPSTREAM_DATABASE_URL"])
        kept = self.load.history.save(self.product.folder / f"history_{self.seed}.jsonl")
        try:
            assert inconsistencies(self.load.history) == [], kept
        except NotDecided as error:
            return error
        kept.unlink()
        return None

    def _every_acknowledged_command_exists_once(self) -> None:
        """What was acknowledged is what the log has, where it was said to be."""
        known: Counter[str] = Counter()
        positions: dict[str, int] = {}
        accounts = {customer.account_id for customer in self.load.customers}
        for fact in log_of(self.product.env["SLIPSTREAM_DATABASE_URL"]):
            if isinstance(fact.body, BetPlaced | TransferRecorded) and fact.body.account_id in accounts:
                known[fact.stream_id] += 1
                positions[fact.stream_id] = fact.position
        answered = {each.id: each.position for op in ("deposit", "withdraw", "bet") for each in self.load.history.done(op)}
        assert positions == answered, "what was acknowledged is what there is, where it was said to be"
        assert set(known.values()) <= {1}, [key for key, count in known.items() if count > 1]

    def _the_audit_is_clean_and_every_view_equals_its_rebuild(self) -> None:
        """`audit verify` folds the log into views of its own and holds the live ones against them."""
        until_clean(self.product, BACK_S_MAX)


def insist(trader: Person, path: str, body: Any = None) -> httpx.Response:
    """Do what traders do, however often the API dies under it; return its answer."""

    def done() -> httpx.Response | None:
        try:
            answer = trader.put(path, body)
        except httpx.TransportError:
            return None
        return answer if answer.status_code < 500 else None

    return until(lambda: [found] if (found := done()) is not None else [], path, BACK_S_MAX)[0]

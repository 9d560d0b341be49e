"""What must be true of the log after every step, kept up to date fact by fact."""

from collections import Counter, defaultdict
from typing import Any

from domain.bet.facts import BetLegResulted, BetPlaced, BetSettled
from domain.fact import Recorded
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.settling import returns_minor
from domain.wallet.facts import FundsDeposited, FundsWithdrawn, StakeReserved, TransferRecorded
from domain.wallet.postings import available, postings, reserved


class Violation(Exception):  # noqa: N818  (a promise was broken; the simulation has done its work)
    """A promise does not hold."""


def claim(holds: bool, what: str, *evidence: Any) -> None:
    if not holds:
        raise Violation(f"{what}: {evidence}")


class Checks:
    """Reads the log as an auditor would, who trusts nothing and knows no decider."""

    def __init__(self) -> None:
        self.position = 0
        self.versions: Counter[str] = Counter()
        self.ledger: Counter[str] = Counter()
        self.bets: dict[str, Recorded[BetPlaced]] = {}
        self.settled: dict[str, BetSettled] = {}
        self.results: dict[str, MarketResulted] = {}
        self.transfers: dict[str, Recorded[TransferRecorded]] = {}
        self.owed: Counter[tuple[str, str]] = Counter()
        self._markets: dict[str, list[Recorded[Any]]] = defaultdict(list)

    def check(self, recorded: Recorded) -> None:
        self.position += 1
        claim(recorded.position == self.position, "positions have no gaps", recorded, self.position)
        self.versions[recorded.stream_id] += 1
        claim(recorded.version == self.versions[recorded.stream_id], "versions follow each other", recorded)
        match recorded.body:
            case BetPlaced():
                self._check_struck(recorded)
            case BetLegResulted():
                claim(recorded.stream_id in self.bets, "a leg belongs to a bet", recorded)
            case BetSettled():
                self._check_settled(recorded.stream_id, recorded.body)
            case MarketOpened() | MarketPriced() | MarketSuspended() | MarketResumed() | MarketClosed() | MarketResulted():
                self._markets[recorded.stream_id].append(recorded)
                if isinstance(recorded.body, MarketResulted):
                    self.results[recorded.stream_id] = recorded.body
            case TransferRecorded():
                claim(recorded.stream_id not in self.transfers, "a reference is used once", recorded)
                self.transfers[recorded.stream_id] = recorded
                self.owed[recorded.body.account_id, recorded.body.reference] -= 1
            case body if hasattr(body, "available_minor"):
                self._check_money(body)

    def check_whole(self) -> None:
        """Claim what holds between appends: money came from somewhere, a bet has its one stake, a transfer its one move."""
        claim(sum(self.ledger.values()) == 0, "money is conserved", self.ledger)
        claim(not any(self.owed.values()), "every bet has its one stake, and every reference moved money once", self.owed)
        self.owed.clear()

    def _check_money(self, fact: Any) -> None:
        for source, destination, amount_minor in postings(fact):
            self.ledger[source] -= amount_minor
            self.ledger[destination] += amount_minor
        mine, held = self.ledger[available(fact.account_id)], self.ledger[reserved(fact.account_id)]
        claim(mine == fact.available_minor, "the postings arrive at the recorded balance", mine, fact)
        claim(mine >= 0 and held >= 0, "a wallet never goes below zero", mine, held, fact)
        if isinstance(fact, StakeReserved):
            self.owed[fact.account_id, fact.bet_id] += 1
        if isinstance(fact, FundsDeposited | FundsWithdrawn):
            self.owed[fact.account_id, fact.reference] += 1

    def _check_struck(self, recorded: Recorded[BetPlaced]) -> None:
        claim(recorded.stream_id not in self.bets, "a bet is struck once", recorded)
        self.bets[recorded.stream_id] = recorded
        self.owed[recorded.body.account_id, recorded.stream_id] -= 1
        for leg in recorded.body.legs:
            history = self._markets[leg.market_id]
            claim(0 < leg.version <= len(history), "a bet names a version that exists", leg)
            since = history[leg.version :]
            ended = any(isinstance(fact.body, MarketSuspended | MarketClosed | MarketResulted) for fact in since)
            claim(not ended, "no bet is struck after a suspension", leg, since)
            carrier = next(fact.body for fact in reversed(history[: leg.version]) if hasattr(fact.body, "prices"))
            claim(carrier.prices.get(leg.selection) == leg.odds, "a bet is struck at a price that stood", leg, carrier)
            marks = tuple(self.versions[gate_id] for gate_id in history[0].body.gates)
            claim(carrier.marks == marks, "a bet is struck at a price that was given since its gates moved last", leg, carrier, marks)
            if since:
                late_us = recorded.committed_us - since[0].committed_us
                claim(late_us <= since[0].body.grace_ms * 1000, "a replaced price is struck within its grace", leg, since[0], recorded)

    def _check_settled(self, bet_id: str, fact: BetSettled) -> None:
        claim(bet_id in self.bets and bet_id not in self.settled, "a bet is settled once", bet_id, fact)
        self.settled[bet_id] = fact
        placed = self.bets[bet_id].body
        results = [self.results[leg.market_id].results[leg.selection] for leg in placed.legs]
        claim(list(fact.results) == results, "a bet is settled as its markets came out", fact, results)
        legs = zip((leg.odds for leg in placed.legs), results, strict=True)
        claim(fact.returns_minor == returns_minor(placed.stake_minor, legs), "a bet returns what the rules give", fact)

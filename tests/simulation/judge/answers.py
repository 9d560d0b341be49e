"""The judge of answers: what was acknowledged is in the log, a retry gets the first answer, and no refusal is told on a stale state."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.simulation.judge.judge import Judge
from tests.simulation.judge.record import JudgedFact, claim
from tests.simulation.judge.trading import SETTLED_OTHERWISE


class Told(NamedTuple):
    """An answer as its client got it: what it asked under which key, since which position of the log; a receipt with its position, or a
    refusal by its name with the evidence. `at` is where the log ended then."""

    key: str
    since: int
    at: int
    receipt: str = ""
    position: int = 0
    refusal: str = ""
    evidence: Mapping[str, Any] = {}


class Answers:
    """Every answer that was given, and what may still be given."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._first: dict[str, Told] = {}
        self.checks = 0

    def found(self, key: str) -> JudgedFact | None:
        """Return the fact that a key made, None where nothing was done under it."""
        return self._judge.bets.placed.get(key) or self._judge.money.transfers.get(key)

    def check(self, told: Told, *, was_done: bool) -> None:
        """Check an answer, once the judge has seen the log up to there. `was_done`: what was asked for was in the log when it was asked."""
        self.checks += 1
        if told.refusal:
            claim(not was_done, "what was done is never refused afterwards", told)
            self._check_refusal(told)
            return
        if told.key.startswith("once "):
            return
        first = self._first.setdefault(told.key, told)
        claim((told.receipt, told.position) == (first.receipt, first.position), "a retry gets the first answer", first, told)
        found = self.found(told.key)
        claim(found is not None, "what was acknowledged is in the log", told)
        assert found is not None
        claim(found.position == told.position, "an answer says where its fact stands", found, told)

    def _check_refusal(self, told: Told) -> None:
        """What a refusal says was so at some moment between the question and the answer."""
        evidence = told.evidence
        match told.refusal:
            case "InsufficientFunds":
                account_id = evidence["asked_by"]
                was = _values(self._judge.money.was_available.get(account_id, []), told)
                claim(evidence["available_minor"] in was, "the funds were as the refusal says", was, told)
                claim(evidence["amount_minor"] > evidence["available_minor"], "funds that suffice are taken", told)
            case "MarketSuspendedNow":
                facts = self._judge.trading.markets[evidence["market_id"]].facts
                was = _values([(fact.position, fact.kind) for fact in facts if fact.kind not in SETTLED_OTHERWISE], told)
                claim("market.suspended" in was, "the market was suspended when that was told", was, told)
            case "PricesMoved":
                prices = self._judge.trading.markets[evidence["market_id"]].prices
                was = _values([(price.entry.position, price.entry.version) for price in prices], told)
                claim(evidence["current_version"] in was, "the price that stood was told", was, told)
            case "BettingSuspended" | "BettingOver":
                wanted = "over" if told.refusal == "BettingOver" else "stopped"
                gates = self._judge.trading.gates.values()
                claim(any(wanted in _values(gate.history, told) for gate in gates), "a gate was as the refusal says", told)


def _values(history: list[tuple[int, Any]], told: Told) -> list[Any]:
    """Return what a history says of the time between the question and the answer."""
    before = [value for position, value in history if position <= told.since][-1:]
    return before + [value for position, value in history if told.since < position <= told.at]

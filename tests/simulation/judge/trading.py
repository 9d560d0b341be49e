"""The judge's own picture of what is traded: fixtures, gates, producers, markets and their prices."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from tests.simulation.judge.arithmetic import GRADED, VOID, Outcome, decided_beyond_change, grade, odds_of, outcome_of
from tests.simulation.judge.price_errors import ERRORS_SET, PriceError, check_errors_set, errors_of
from tests.simulation.judge.record import JudgedFact, claim, micros

NOT_PLAYED = re.compile(r"not played within ([0-9]+) hours")
PRICED = ("market.opened", "market.priced", "market.resumed")
WINDOWS_SET = "market.void_windows_set"
SETTLED_OTHERWISE = (WINDOWS_SET, ERRORS_SET)
"""Facts by which bets are settled otherwise, and which change nothing that is shown."""
WINDOWS_MAX = 20


class Fixture:
    """A match as its facts leave it."""

    def __init__(self, kick_off_us: int) -> None:
        self.kick_off_us = kick_off_us
        self.status = "scheduled"
        self.score = (0, 0)
        self.regular: tuple[int, int] | None = None
        self.confirmed = (0, 0)

    @property
    def is_over(self) -> bool:
        return self.status in ("ended", "abandoned")


class Gate:
    """A gate: how many facts it has, and what the last one left it as."""

    def __init__(self) -> None:
        self.version = 0
        self.status = "open"
        self.reason = ""
        self.history: list[tuple[int, str]] = []


class Producer(NamedTuple):
    """A producer of prices: its session, and until when its last heartbeat carries them."""

    session: int
    lease_us: int
    until_us: int


class Price(NamedTuple):
    """A fact that carries prices, of a market."""

    entry: JudgedFact
    prices: dict[str, Fraction]
    marks: tuple[int, ...]
    producer: str
    session: int


class Paid(NamedTuple):
    """How a leg came out, and the odds that it pays instead of those that it was struck at; None for these."""

    outcome: Outcome
    right: Fraction | None


class Market:
    """A market: all its facts, and its prices."""

    def __init__(self, opened: JudgedFact) -> None:
        body = opened.body
        self.fixture_id: str = body["fixture_id"]
        self.type: str = body["type"]
        self.specifiers: dict[str, str] = body["specifiers"]
        self.gates: list[str] = body["gates"]
        self.graces_ms = (body["grace_ms"], body.get("in_play_grace_ms", 0))
        self.facts: list[JudgedFact] = []
        self.prices: list[Price] = []
        self.results: dict[str, Outcome] | None = None
        self.result_number = 0
        self.windows: list[tuple[int, int]] = []
        self.errors: list[PriceError] = []

    @property
    def status(self) -> str:
        return {"suspended": "suspended", "closed": "closed", "resulted": "resulted"}.get(self.last.kind.partition(".")[2], "open")

    @property
    def last(self) -> JudgedFact:
        """The last fact that is no word on windows of void bets or price errors, which change nothing that is shown."""
        return next(fact for fact in reversed(self.facts) if fact.kind not in SETTLED_OTHERWISE)

    def came_out(self, leg: dict[str, Any], struck_us: int) -> Paid | None:
        """Say how a leg of a bet that was struck at a time came out, and what odds it pays where it is not those that it was struck at."""
        if self.results is None:
            return None
        if any(start_us <= struck_us < end_us for start_us, end_us in self.windows):
            return Paid(VOID, None)
        return Paid(self.results[leg["selection"]], self.right_odds(leg))

    def right_odds(self, leg: dict[str, Any]) -> Fraction | None:
        """Return the right odds of a leg that was struck at a price error, None for any other."""
        return next((error.right for error in self.errors if error.has(leg)), None)


class Trading:
    """Fixtures, gates, producers and markets. `corrected` is told of every result in place of another."""

    def __init__(self, corrected: Callable[[JudgedFact], None]) -> None:
        self._corrected = corrected
        self.fixtures: dict[str, Fixture] = {}
        self.gates: dict[str, Gate] = {}
        self.fixture_gates: dict[str, str] = {}
        self.producers: dict[str, Producer] = {}
        self.markets: dict[str, Market] = {}
        self._scored: list[JudgedFact] = []

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact of a fixture, a gate, a producer or a market."""
        of, _, what = entry.kind.partition(".")
        {"fixture": self._fixture, "gate": self._gate, "producer": self._producer, "market": self._market}[of](entry, what)

    def _fixture(self, entry: JudgedFact, what: str) -> None:
        body = entry.body
        if what == "scheduled":
            claim(entry.stream_id not in self.fixtures, "a fixture is scheduled once", entry)
            self.fixtures[entry.stream_id] = Fixture(micros(body["kick_off"]))
            return
        fixture = self.fixtures[entry.stream_id]
        claim(not fixture.is_over, "nothing happens in a fixture that is over", entry)
        match what:
            case "kicked_off":
                claim(fixture.status == "scheduled", "a match is kicked off once", entry)
                fixture.status = "live"
            case "score_changed":
                claim(fixture.status == "live", "goals fall in a match that is played", entry)
                fixture.score = (body["home"], body["away"])
                self._scored.append(entry)
            case "score_confirmed":
                fixture.confirmed = (body["home"], body["away"])
            case "ended":
                claim(fixture.status == "live", "a match ends that is played", entry)
                fixture.status, fixture.regular = "ended", (body["regular_home"], body["regular_away"])
                fixture.score = (body["final_home"], body["final_away"])
            case "abandoned":
                self._check_abandoned(fixture, entry)
                fixture.status = "abandoned"
        goals = fixture.regular or fixture.score
        claim(all(now >= least for now, least in zip(goals, fixture.confirmed, strict=True)), "no score falls below what was graded", entry)

    @staticmethod
    def _check_abandoned(fixture: Fixture, entry: JudgedFact) -> None:
        """A match that is said to have never been played did not begin for so many hours after it should have."""
        said = NOT_PLAYED.fullmatch(entry.body["reason"])
        if said:
            claim(fixture.status == "scheduled", "a match that began was played", entry)
            since_us = fixture.kick_off_us + int(said[1]) * 3_600_000_000
            claim(entry.committed_us >= since_us, "a match may begin until it is too late", since_us, entry)

    def _gate(self, entry: JudgedFact, what: str) -> None:
        gate = self.gates.setdefault(entry.stream_id, Gate())
        claim(gate.status != "over", "nothing happens to a gate that is over", entry)
        gate.version = entry.version
        gate.status = {"betting_stopped": "stopped", "betting_ended": "over", "prices_voided": gate.status}.get(what, "open")
        gate.reason = entry.body.get("reason", entry.body.get("cause", "")) if what != "prices_voided" else gate.reason
        gate.history.append((entry.position, gate.status))
        if entry.body["scope"] == "fixture":
            self.fixture_gates[entry.body["subject"][0]] = entry.stream_id

    def _producer(self, entry: JudgedFact, what: str) -> None:
        before, body = self.producers.get(entry.stream_id), entry.body
        lease_us = body["lease_ms"] * 1_000 if what == "session_begun" else before.lease_us if before else 0
        session = before.session if before else 0
        if what == "session_begun":
            claim(body["session"] == session + 1, "sessions count from 1", entry)
        else:
            claim(before is not None and body["session"] == session, "a heartbeat continues the session", entry)
            assert before is not None
            claim(entry.committed_us <= before.until_us, "a heartbeat that comes too late begins a session", before, entry)
        self.producers[entry.stream_id] = Producer(body["session"], lease_us, entry.committed_us + lease_us)

    def _market(self, entry: JudgedFact, what: str) -> None:
        if what == "opened":
            claim(entry.stream_id not in self.markets, "a market is opened once", entry)
            self.markets[entry.stream_id] = Market(entry)
        market = self.markets[entry.stream_id]
        before = market.status if market.facts else "new"
        is_anew = what == "resulted" or entry.kind in SETTLED_OTHERWISE
        claim(before != "resulted" or is_anew, "nothing but a correction happens to a market that came out", entry)
        if entry.kind in PRICED:
            expected = {"opened": "new", "priced": "open", "resumed": "suspended"}[what]
            claim(before == expected, "prices come where they may", before, entry)
            self._priced(market, entry, what)
        elif what == "suspended":
            claim(before == "open", "an open market is suspended", before, entry)
        elif what == "closed":
            claim(before in ("open", "suspended"), "a market is closed once", before, entry)
        elif what == "resulted":
            self._resulted(market, entry)
        elif what == "void_windows_set":
            self._windows_set(market, entry)
        elif what == "price_errors_set":
            self._errors_set(market, entry)
        market.facts.append(entry)

    def _priced(self, market: Market, entry: JudgedFact, what: str) -> None:
        """Prices are given on a match that is not over, below gates that are open, and say at which versions of these."""
        body = entry.body
        fixture = self.fixtures.get(market.fixture_id)
        claim(fixture is not None and not fixture.is_over, "prices are given on a match that is not over", entry)
        assert fixture is not None
        marks = tuple(body.get("marks", ()))
        now = tuple(self.gates.get(gate_id, Gate()).version for gate_id in market.gates)
        claim(len(market.gates) == 3 and marks == now, "prices name the gates that they were given at", now, entry)
        claim(all(self.gates.get(gate_id, Gate()).status == "open" for gate_id in market.gates), "prices are given at open gates", entry)
        if what == "priced":
            grace_ms = market.graces_ms[fixture.status == "live"]
            claim(body["grace_ms"] == grace_ms, "the grace of a replaced price is the one of the moment", grace_ms, entry)
        producer, session = body.get("producer", ""), body.get("session", 0)
        if producer:
            begun = self.producers[producer].session
            claim(0 < session <= begun, "prices are of a session that has begun", begun, entry)
        prices = {name: odds_of(odds) for name, odds in body["prices"].items()}
        claim(all(odds > 1 for odds in prices.values()), "odds return more than the stake", entry)
        market.prices.append(Price(entry, prices, marks, producer, session))

    def _resulted(self, market: Market, entry: JudgedFact) -> None:
        """A market comes out as its match did: void where that was abandoned, else by the goals of regular time."""
        fixture, body = self.fixtures[market.fixture_id], entry.body
        results = {name: outcome_of(result) for name, result in body["results"].items()}
        before, market.results = market.results, results
        market.result_number += 1
        claim(body.get("number", 1) == market.result_number, "results of a market are counted", market.result_number, entry)
        if before is not None:
            self._check_correction(market, before, entry)
            return
        if body.get("void_reason"):
            claim(fixture.status == "abandoned", "a market is void where its match was abandoned", entry)
            claim(all(outcome == VOID for outcome in results.values()), "of a void market nothing counts", entry)
            return
        if market.type not in GRADED:
            return
        claim(fixture.status in ("live", "ended"), "a market is graded on a match that is played", fixture.status, entry)
        goals = fixture.regular or fixture.score
        if fixture.status == "live":
            claim(decided_beyond_change(market.type, market.specifiers, *goals), "what is graded in play stands for good", goals, entry)
            claim(fixture.confirmed >= (0, 0) and goals >= fixture.confirmed, "what was graded is confirmed", entry)
        claim(results == grade(market.type, market.specifiers, *goals), "a market comes out as its match did", goals, entry)

    def _windows_set(self, market: Market, entry: JudgedFact) -> None:
        """One window of time, which is over, is more or less, by two traders; a market that came out counts it like a result."""
        before, market.windows = market.windows, [(micros(start), micros(end)) for start, end in entry.body["windows"]]
        changed = set(before) ^ set(market.windows)
        claim(len(changed) == 1 and len(market.windows) <= WINDOWS_MAX, "one window of void bets is more or less", before, entry)
        claim(all(start < end <= entry.committed_us for start, end in market.windows), "windows of void bets are over", entry)
        self._counted(market, entry)

    def _errors_set(self, market: Market, entry: JudgedFact) -> None:
        """One price that nobody is offered any more was an obvious error, or was none, by two traders; it counts like a window."""
        before, market.errors = market.errors, errors_of(entry)
        check_errors_set(before, market.errors, entry)
        standing = market.prices[-1]
        at = {(error.selection, error.odds) for error in market.errors if error.first <= standing.entry.version <= error.last}
        is_offered = market.status == "open" and bool(at & set(standing.prices.items()))
        claim(not is_offered, "what is offered is no price error", standing, entry)
        self._counted(market, entry)

    def _counted(self, market: Market, entry: JudgedFact) -> None:
        expected = market.result_number + 1 if market.results is not None else 0
        claim(entry.body["number"] == expected, "windows and price errors are counted with the results", expected, entry)
        market.result_number += market.results is not None
        self._corrected(entry)

    def _check_correction(self, market: Market, before: dict[str, Outcome], entry: JudgedFact) -> None:
        """A correction has a reason and two traders, says otherwise than what stood, and grades by the goals that it names, or voids."""
        body, results = entry.body, market.results
        claim(bool(body.get("reason")), "a correction says why", entry)
        claim(results != before, "a correction says otherwise than what stood", before, entry)
        graded = grade(market.type, market.specifiers, body["home"], body["away"])
        expected = dict.fromkeys(graded, VOID) if body.get("void_reason") else graded
        claim(results == expected, "a corrected market comes out by the goals that are named", expected, entry)
        self._corrected(entry)

    def _fixture_gate(self, fixture_id: str) -> Gate:
        return self.gates.get(self.fixture_gates.get(fixture_id, ""), Gate())

    def at_rest(self) -> None:
        """Another score has voided all prices on the match, and the end of a match has ended the betting on it."""
        for entry in self._scored:
            moved = {position for position, _ in self._fixture_gate(entry.stream_id).history}
            claim(not moved.isdisjoint((entry.position - 1, entry.position + 1)), "another score voids the prices", entry)
        self._scored.clear()
        for fixture_id, fixture in self.fixtures.items():
            claim(
                not fixture.is_over or self._fixture_gate(fixture_id).status == "over",
                "the end of a match ends the betting on it",
                fixture_id,
            )

    def shown(self, market_id: str) -> tuple[str, int, dict[str, Any]]:
        """What people must see of a market: its status as its gates leave it, its version, and its prices."""
        market = self.markets[market_id]
        last = market.prices[-1]
        return self._shown_status(market, last), market.last.version, last.prices

    def _shown_status(self, market: Market, last: Price) -> str:
        if market.status in ("closed", "resulted"):
            return market.status
        gates = [self.gates.get(gate_id, Gate()) for gate_id in market.gates]
        if any(gate.status == "over" for gate in gates):
            return "closed"
        session = self.producers[last.producer].session if last.producer else 0
        is_void = tuple(gate.version for gate in gates) != last.marks or session != last.session
        return "suspended" if is_void or market.status == "suspended" or any(gate.status == "stopped" for gate in gates) else "open"

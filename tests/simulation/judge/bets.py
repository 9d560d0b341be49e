"""The judge's own rules of a bet: struck at a price that held at the commit, settled once for what its markets came out as."""

from collections.abc import Sequence
from typing import Any

from tests.simulation.judge.accounts import Accounts
from tests.simulation.judge.arithmetic import VOID, lines_of, odds_of, outcome_of, returns_minor
from tests.simulation.judge.money import Money
from tests.simulation.judge.record import Entry, claim
from tests.simulation.judge.trading import PRICED, Gate, Trading


class Bets:
    """Bets as their facts leave them."""

    def __init__(self, accounts: Accounts, trading: Trading, money: Money) -> None:
        self._accounts, self._trading, self._money = accounts, trading, money
        self.placed: dict[str, Entry] = {}
        self.results: dict[str, list[Any]] = {}
        self.settled: dict[str, Entry] = {}

    def take(self, entry: Entry) -> None:
        """Take in a fact of a bet."""
        match entry.kind.partition(".")[2]:
            case "placed":
                self._check_struck(entry)
            case "leg_resulted":
                self._check_leg(entry)
            case "settled":
                self._check_settled(entry)
            case _:
                claim(False, "a fact of a bet that the judge does not know", entry)

    # How it was struck.

    def _check_struck(self, entry: Entry) -> None:
        body = entry.body
        claim(entry.version == 1 and entry.stream_id not in self.placed, "a bet is struck once", entry)
        self.placed[entry.stream_id] = entry
        legs = body["legs"]
        self.results[entry.stream_id] = [None] * len(legs)
        account_id, stake_minor = body["account_id"], body["stake_minor"]
        self._money.struck(entry.stream_id, account_id, stake_minor)
        claim(self._accounts.lets_bet_at(account_id, entry.committed_us), "who is shut out does not bet", entry)
        for leg in legs:
            self._check_leg_struck(entry, leg, body["accept"])
        fixtures = [self._trading.markets[leg["market_id"]].fixture_id for leg in legs]
        claim(len(set(fixtures)) == len(fixtures), "no leg helps another", entry)
        lines = lines_of(body["type"], len(legs))
        claim(body.get("lines", 1) == len(lines) and stake_minor % len(lines) == 0, "a stake is spread evenly over the lines", entry)
        potential_minor = returns_minor(stake_minor, lines, [odds_of(leg["odds"]) for leg in legs])
        claim(body["potential_returns_minor"] == potential_minor, "a bet promises what its odds give", potential_minor, entry)

    def _check_leg_struck(self, bet: Entry, leg: dict[str, Any], accept: str) -> None:
        market = self._trading.markets.get(leg["market_id"])
        claim(market is not None and 0 < leg["version"] <= len(market.facts), "a bet names a version that exists", leg)
        assert market is not None
        claim(market.status != "resulted" and not self._trading.fixtures[market.fixture_id].is_over, "no bet on what is over", leg)
        number = max(n for n, price in enumerate(market.prices) if price.entry.version <= leg["version"])
        price = market.prices[number]
        ended = [fact for fact in market.facts[price.entry.version :] if fact.kind not in PRICED]
        claim(not ended, "no bet is struck on what a suspension or an end came after", leg, ended)
        odds = odds_of(leg["odds"])
        claim(price.prices.get(leg["selection"]) == odds, "a bet is struck at a price that stood", leg, price)
        self._check_asked(leg, odds, accept)
        gates = [self._trading.gates.get(gate_id, Gate()) for gate_id in market.gates]
        claim(all(gate.status == "open" for gate in gates), "no bet passes a gate that is not open", leg, [gate.status for gate in gates])
        claim(price.marks == tuple(gate.version for gate in gates), "no gate moved since the price was given", leg, price)
        if price.producer:
            producer = self._trading.producers[price.producer]
            claim(producer.session == price.session, "a price is of the session that its producer is in", leg, price, producer)
            claim(bet.committed_us <= producer.until_us, "a price holds as long as its producer is heard", leg, producer, bet)
        if number + 1 < len(market.prices):
            following = market.prices[number + 1]
            given = [(each.marks, each.producer, each.session) for each in (price, following)]
            claim(given[0] == given[1], "a price that was void before it was replaced has no grace", leg, price, following)
            late_us = bet.committed_us - following.entry.committed_us
            claim(late_us <= following.entry.body["grace_ms"] * 1_000, "a replaced price is struck within its grace", leg, following, bet)

    @staticmethod
    def _check_asked(leg: dict[str, Any], odds: Any, accept: str) -> None:
        """Other odds than were asked for are taken only where the bettor agreed to them."""
        if leg.get("asked") is not None:
            asked = odds_of(leg["asked"])
            claim(accept != "exact" and (accept == "any" or odds > asked), "other odds are taken where they were agreed to", leg, accept)

    # How it came out.

    def _check_leg(self, entry: Entry) -> None:
        bet = self.placed.get(entry.stream_id)
        claim(bet is not None and entry.stream_id not in self.settled, "a leg belongs to a bet that is open", entry)
        assert bet is not None
        results = entry.body["results"]
        for number, (leg, stored, before) in enumerate(zip(bet.body["legs"], results, self.results[entry.stream_id], strict=True)):
            claim(stored is not None or before is None, "what came out stays so", entry)
            if stored is not None:
                self._check_result(leg, stored, entry)
            self.results[entry.stream_id][number] = stored
        claim(None in results, "a bet whose last leg came out is settled", entry)

    def _check_result(self, leg: dict[str, Any], stored: Any, entry: Entry) -> None:
        came_out = self._trading.markets[leg["market_id"]].results
        claim(came_out is not None and came_out[leg["selection"]] == outcome_of(stored), "a leg comes out as its market did", leg, entry)

    def _check_settled(self, entry: Entry) -> None:
        bet, body = self.placed.get(entry.stream_id), entry.body
        claim(bet is not None and entry.stream_id not in self.settled, "a bet is settled once", entry)
        assert bet is not None
        self.settled[entry.stream_id] = entry
        legs: Sequence[dict[str, Any]] = bet.body["legs"]
        claim(len(body["results"]) == len(legs), "every leg of a settled bet came out", entry)
        for leg, stored in zip(legs, body["results"], strict=True):
            self._check_result(leg, stored, entry)
        self.results[entry.stream_id] = list(body["results"])
        outcomes = [outcome_of(stored) for stored in body["results"]]
        stake_minor = bet.body["stake_minor"]
        factors = [outcome.factor(odds_of(leg["odds"])) for leg, outcome in zip(legs, outcomes, strict=True)]
        paid_minor = returns_minor(stake_minor, lines_of(bet.body["type"], len(legs)), factors)
        claim(body["returns_minor"] == paid_minor, "a bet returns what the rules give", paid_minor, entry)
        is_void = all(outcome == VOID for outcome in outcomes)
        name = "void" if is_void else "won" if paid_minor >= stake_minor else "part_lost" if paid_minor else "lost"
        claim(body["outcome"] == name, "a settled bet is called what it is", name, entry)
        self._money.settled(entry.stream_id, bet.body["account_id"], paid_minor)

    def unsettled(self) -> list[tuple[str, str, str]]:
        """Return bet, account and market of every leg whose market came out while the bet is open."""
        return [
            (bet_id, bet.body["account_id"], leg["market_id"])
            for bet_id, bet in self.placed.items()
            if bet_id not in self.settled
            for leg, result in zip(bet.body["legs"], self.results[bet_id], strict=True)
            if result is None and self._trading.markets[leg["market_id"]].results is not None
        ]

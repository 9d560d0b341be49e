"""The judge's own rules of a bet: struck at a price that held at the commit; how it ends is in `settlements`."""

from typing import Any

from tests.simulation.judge.accounts import Accounts
from tests.simulation.judge.arithmetic import lines_of, odds_of, returns_minor
from tests.simulation.judge.free_bets import FreeBets
from tests.simulation.judge.money import Money
from tests.simulation.judge.record import JudgedFact, claim
from tests.simulation.judge.settlements import Settlements
from tests.simulation.judge.trading import PRICED, SETTLED_OTHERWISE, Gate, Trading

RULES = 4
"""The version of the house rules that bets are struck under."""
RETURNS_MINOR_MAX = 1_000_000_000
"""The most that is paid on a bet by that version."""


class Bets:
    """Bets as their facts leave them."""

    def __init__(self, accounts: Accounts, trading: Trading, money: Money, free_bets: FreeBets) -> None:
        self._accounts, self._trading, self._money, self._free_bets = accounts, trading, money, free_bets
        self.placed: dict[str, JudgedFact] = {}
        self.settlements = Settlements(trading, money, free_bets, self.placed)

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact of a bet."""
        match entry.kind.partition(".")[2]:
            case "placed":
                self._check_struck(entry)
            case "leg_resulted":
                self.settlements.check_leg(entry)
            case "settled":
                self.settlements.check_settled(entry)
            case "settlement_reversed":
                self.settlements.check_reversed(entry)
            case _:
                claim(False, "a fact of a bet that the judge does not know", entry)

    # How it was struck.

    def _check_struck(self, entry: JudgedFact) -> None:
        body = entry.body
        claim(entry.version == 1 and entry.stream_id not in self.placed, "a bet is struck once", entry)
        self.placed[entry.stream_id] = entry
        legs = body["legs"]
        self.settlements.struck(entry)
        account_id, stake_minor = body["account_id"], body["stake_minor"]
        is_free = bool(body.get("free_bet_id"))
        if is_free:
            self._free_bets.struck(entry.stream_id, body)
        self._money.struck(entry.stream_id, account_id, stake_minor, is_free=is_free)
        claim(self._accounts.lets_bet_at(account_id, entry.committed_us), "who is shut out does not bet", entry)
        for leg in legs:
            self._check_leg_struck(entry, leg, body["accept"])
        fixtures = [self._trading.markets[leg["market_id"]].fixture_id for leg in legs]
        claim(len(set(fixtures)) == len(fixtures), "no leg helps another", entry)
        claim(body.get("rules") == RULES, "a bet names the house rules that it is struck under", entry)
        lines = lines_of(body["type"], len(legs))
        claim(body.get("lines", 1) == len(lines) and stake_minor % len(lines) == 0, "a stake is spread evenly over the lines", entry)
        potential_minor = returns_minor(stake_minor, lines, [odds_of(leg["odds"]) for leg in legs])
        promised_minor = max(potential_minor - stake_minor, 0) if is_free else potential_minor
        claim(body["potential_returns_minor"] == promised_minor, "a bet promises what its odds give", potential_minor, entry)
        claim(potential_minor <= RETURNS_MINOR_MAX, "no bet promises more than is paid on one", entry)

    def _check_leg_struck(self, bet: JudgedFact, leg: dict[str, Any], accept: str) -> None:
        market = self._trading.markets.get(leg["market_id"])
        claim(market is not None and 0 < leg["version"] <= len(market.facts), "a bet names a version that exists", leg)
        assert market is not None
        claim(market.status != "resulted" and not self._trading.fixtures[market.fixture_id].is_over, "no bet on what is over", leg)
        number = max(n for n, price in enumerate(market.prices) if price.entry.version <= leg["version"])
        price = market.prices[number]
        ended = [fact for fact in market.facts[price.entry.version :] if fact.kind not in (*PRICED, *SETTLED_OTHERWISE)]
        claim(not ended, "no bet is struck on what a suspension or an end came after", leg, ended)
        odds = odds_of(leg["odds"])
        claim(price.prices.get(leg["selection"]) == odds, "a bet is struck at a price that stood", leg, price)
        claim(market.right_odds(leg) is None, "no bet is struck at a price that is known to be an error", leg)
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
            grace_ms = following.entry.body["grace_ms"]
            if self._trading.fixtures[market.fixture_id].status != "scheduled":
                grace_ms = min(grace_ms, market.graces_ms[True])
            claim(late_us <= grace_ms * 1_000, "a replaced price is struck within the grace of the moment", leg, following, bet)

    @staticmethod
    def _check_asked(leg: dict[str, Any], odds: Any, accept: str) -> None:
        """Other odds than were asked for are taken only where the bettor agreed to them."""
        if leg.get("asked") is not None:
            asked = odds_of(leg["asked"])
            claim(accept != "exact" and (accept == "any" or odds > asked), "other odds are taken where they were agreed to", leg, accept)

"""The judge's own rules of how a bet ends: settled for what its markets came out as; where that was corrected, undone and settled anew."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.simulation.judge.arithmetic import VOID, lines_of, odds_of, outcome_of, returns_minor
from tests.simulation.judge.free_bets import FreeBets
from tests.simulation.judge.money import Money
from tests.simulation.judge.record import JudgedFact, claim
from tests.simulation.judge.trading import Paid, Trading


class Settlements:
    """Legs as they were told, and settlements as they stand."""

    def __init__(self, trading: Trading, money: Money, free_bets: FreeBets, placed: dict[str, JudgedFact]) -> None:
        self._trading, self._money, self._free_bets, self._placed = trading, money, free_bets, placed
        self.told: dict[str, list[Paid | None]] = {}
        self.settled: dict[str, JudgedFact] = {}
        self.reversed: dict[str, JudgedFact] = {}
        self._numbers: dict[str, int] = {}
        self._reversals: set[tuple[str, str, int]] = set()

    def struck(self, entry: JudgedFact) -> None:
        """Take in a bet of which nothing came out yet."""
        self.told[entry.stream_id] = [None] * len(entry.body["legs"])

    def check_leg(self, entry: JudgedFact) -> None:
        """Check that an open bet is told how one leg came out, by the result that stands: for the first time, or anew upon a correction."""
        bet = self._placed.get(entry.stream_id)
        claim(bet is not None and entry.stream_id not in self.settled, "a leg belongs to a bet that is open", entry)
        assert bet is not None
        body, told, before = entry.body, _told(entry), self.told[entry.stream_id]
        changed = [number for number, (now, then) in enumerate(zip(told, before, strict=True)) if now != then]
        is_itself = changed == [body["leg"]] and body["results"][body["leg"]] == body["result"]
        claim(is_itself, "a leg is told by itself", before, entry)
        self._check_result(bet.body["legs"][body["leg"]], told[body["leg"]], entry)
        claim(None in told, "a bet whose last leg came out is settled", entry)
        self.told[entry.stream_id] = told

    def _check_result(self, leg: dict[str, Any], told: Paid | None, entry: JudgedFact) -> None:
        came_out = self._came_out(entry.stream_id, leg)
        claim(told is not None and came_out == told, "a leg comes out as its market did, at the odds that are right", leg, came_out, entry)

    def _came_out(self, bet_id: str, leg: dict[str, Any]) -> Paid | None:
        """Say how a leg of a bet came out, as its market stands, None while it did not."""
        return self._trading.markets[leg["market_id"]].came_out(leg, self._placed[bet_id].committed_us)

    def check_reversed(self, entry: JudgedFact) -> None:
        """Check that the last settlement is undone, since a market that it went by was corrected: once for each correction."""
        bet, body = self.settled.pop(entry.stream_id, None), entry.body
        claim(bet is not None, "what is reversed was settled", entry)
        assert bet is not None
        undone = (bet.body["account_id"], bet.body["settlement"], bet.body["stake_minor"], bet.body["returns_minor"])
        said = (body["account_id"], body["settlement"], body["stake_minor"], body["returns_minor"])
        claim(said == undone, "a reversal undoes the last settlement, all of it", undone, entry)
        market = self._trading.markets.get(body["market_id"])
        legs = zip(self._placed[entry.stream_id].body["legs"], self.told[entry.stream_id], strict=True)
        told = [(leg, was) for leg, was in legs if leg["market_id"] == body["market_id"]]
        is_stale = market is not None and any(self._came_out(entry.stream_id, leg) not in (None, was) for leg, was in told)
        claim(is_stale, "nothing is reversed whose markets stand as they were told", told, entry)
        assert market is not None
        why = (entry.stream_id, body["market_id"], market.result_number)
        claim(why not in self._reversals, "a correction reverses a bet once", why, entry)
        self._reversals.add(why)
        self.reversed[entry.stream_id] = entry
        self._money.reversed(entry.stream_id, body["settlement"], bet.body["account_id"], bet.body["returns_minor"])
        self._free_bets.reversed(entry.stream_id, body["settlement"])

    def check_settled(self, entry: JudgedFact) -> None:
        """Check that a bet is settled by its markets' results, at what the rules give; anew only upon a reversal, in the same append."""
        bet_id, body = entry.stream_id, entry.body
        bet = self._placed.get(bet_id)
        claim(bet is not None and bet_id not in self.settled, "a bet is settled once, or upon a reversal", entry)
        assert bet is not None
        self._check_number(entry)
        self.settled[bet_id] = entry
        legs: Sequence[dict[str, Any]] = bet.body["legs"]
        self.told[bet_id] = self._checked_told(entry, legs)
        paid = [each for each in self.told[bet_id] if each is not None]
        stake_minor = bet.body["stake_minor"]
        factors: list[Fraction] = [each.outcome.factor(each.right or odds_of(leg["odds"])) for leg, each in zip(legs, paid, strict=True)]
        paid_minor = returns_minor(stake_minor, lines_of(bet.body["type"], len(legs)), factors)
        is_free, won_from = bool(bet.body.get("free_bet_id")), stake_minor
        if is_free:
            paid_minor, won_from = max(paid_minor - stake_minor, 0), 1
        claim(body["returns_minor"] == paid_minor, "a bet returns what the rules give", paid_minor, entry)
        is_void = all(each.outcome == VOID for each in paid)
        name = "void" if is_void else "won" if paid_minor >= won_from else "part_lost" if paid_minor else "lost"
        claim(body["outcome"] == name, "a settled bet is called what it is", name, entry)
        self._money.settled(bet_id, body["settlement"], bet.body["account_id"], paid_minor)
        if is_free:
            self._free_bets.settled(bet_id, body["settlement"], is_void=is_void)

    def _check_number(self, entry: JudgedFact) -> None:
        number = self._numbers.get(entry.stream_id, 0) + 1
        claim(entry.body["settlement"] == number, "settlements of a bet are counted", number, entry)
        self._numbers[entry.stream_id] = number
        undone = self.reversed.pop(entry.stream_id, None)
        claim((undone is None) == (number == 1), "a bet is settled anew upon a reversal", undone, entry)
        if undone is not None:
            beside = (undone.position + 1, undone.version + 1)
            claim((entry.position, entry.version) == beside, "a reversal and the next settlement are one", undone, entry)

    def _checked_told(self, entry: JudgedFact, legs: Sequence[dict[str, Any]]) -> list[Paid | None]:
        """What is told now is as its market stands; what was told before stays so until the bet is looked at for that market."""
        told, before = _told(entry), self.told[entry.stream_id]
        claim(len(told) == len(legs) and None not in told, "every leg of a settled bet came out", entry)
        changed = [(leg, now) for leg, now, then in zip(legs, told, before, strict=True) if now != then]
        claim(bool(changed), "a bet is settled by what it was not told before", before, entry)
        for leg, now in changed:
            self._check_result(leg, now, entry)
        return told

    def at_rest(self) -> None:
        """Claim that no bet is open again between appends."""
        claim(not self.reversed, "what is reversed is settled anew in the same append", self.reversed)

    def unsettled(self) -> list[tuple[str, str, str]]:
        """Return bet, account and market of every leg that was not told its market's result as it stands."""
        return [
            (bet_id, bet.body["account_id"], leg["market_id"])
            for bet_id, bet in self._placed.items()
            for leg, told in zip(bet.body["legs"], self.told[bet_id], strict=True)
            if (came_out := self._came_out(bet_id, leg)) is not None and told != came_out
        ]


def _told(entry: JudgedFact) -> list[Paid | None]:
    """Read how the legs of a bet came out by a fact of it, and at what odds."""
    results, repriced = entry.body["results"], entry.body.get("repriced") or [None] * len(entry.body["results"])
    return [
        None if stored is None else Paid(outcome_of(stored), None if right is None else odds_of(right))
        for stored, right in zip(results, repriced, strict=True)
    ]

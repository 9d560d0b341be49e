"""Given what happened, when something is asked, then this follows: the words in which every rule is tested."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from commands.betting.place_bet import PlaceBet
from domain.aggregate import Aggregate
from domain.bet.commands import AskedLeg
from domain.fact import Fact
from domain.refused import Refused

NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
"""When everything happens unless a test says otherwise."""


def later(**units: float) -> datetime:
    return NOON + timedelta(**units)


class Decided:
    """What came of it: new facts or a refusal."""

    def __init__(self, facts: Sequence[Fact], refusal: Refused | None) -> None:
        self._facts = list(facts)
        self._refusal = refusal

    def then(self, *facts: Fact) -> None:
        """Claim exactly these facts, in this order."""
        if self._refusal is not None:
            raise self._refusal
        assert self._facts == list(facts)

    def nothing(self) -> None:
        """Claim that this was a repeat, or no change: neither a fact nor a refusal."""
        self.then()

    def refused(self, refusal: type[Refused], **evidence: Any) -> None:
        """Claim this very refusal, with at least this evidence."""
        assert type(self._refusal) is refusal, f"expected {refusal.__name__}, got {self._refusal!r} and {self._facts}"
        shown = self._refusal.evidence()
        assert {name: shown[name] for name in evidence} == evidence
        assert str(self._refusal).startswith(refusal.title)


class Given:
    """An aggregate to which these facts happened."""

    def __init__(self, aggregate: Aggregate[Any], facts: Sequence[Fact]) -> None:
        self.aggregate = aggregate
        self.state = aggregate.initial
        for fact in facts:
            self.state = aggregate.evolve(self.state, fact)

    def when(self, command: Any) -> Decided:
        """Ask for something; what follows must be able to happen."""
        try:
            facts = self.aggregate.decide(self.state, command)
        except Refused as refusal:
            return Decided((), refusal)
        state = self.state
        for fact in facts:
            state = self.aggregate.evolve(state, fact)
        return Decided(facts, None)


def given(aggregate: Aggregate[Any], *facts: Fact) -> Given:
    return Given(aggregate, facts)


def single(bet_id: str, account_id: str, stake_minor: int, leg: AskedLeg, at: datetime) -> PlaceBet:
    """Ask for a single at exactly the odds shown."""
    return PlaceBet(bet_id, account_id, stake_minor, "EUR", "single", (leg,), "exact", at)

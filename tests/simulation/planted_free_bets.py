"""Bugs to be planted into what is done with free bets; see `planted_bugs`."""

from collections.abc import Callable
from typing import Any

import pytest

from commands.betting import place_bet, settle_bet
from domain.bet import settlement
from domain.bet.facts import BetFact, BetSettled, BetSettlementReversed
from tests.simulation.planted_bugs import plant


@plant("a bet names a free bet and does not use it")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(place_bet, "use_free_bet", lambda *_: None)


@plant("a free bet pays its stake too")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "without_stake", lambda _stake_minor, returns_minor: returns_minor)


def _settling(patch: pytest.MonkeyPatch, looks_at: Callable[[BetFact], bool]) -> None:
    """Have a settlement do nothing for some of its facts."""
    right = settle_bet.settle_free_bet

    def wrong(placed: Any, bet_id: str, facts: Any, *rest: Any) -> None:
        right(placed, bet_id, [fact for fact in facts if looks_at(fact)], *rest)

    patch.setattr(settle_bet, "settle_free_bet", wrong)


@plant("a void bet keeps its free bet")
def _(patch: pytest.MonkeyPatch) -> None:
    _settling(patch, lambda fact: not (isinstance(fact, BetSettled) and fact.outcome == "void"))


@plant("a free bet that was given back stays so when that is undone")
def _(patch: pytest.MonkeyPatch) -> None:
    _settling(patch, lambda fact: not (isinstance(fact, BetSettlementReversed) and not fact.returns_minor))


@plant("a corrected free bet keeps what it was paid")
def _(patch: pytest.MonkeyPatch) -> None:
    _settling(patch, lambda fact: not (isinstance(fact, BetSettlementReversed) and fact.returns_minor))

"""Bugs to be planted into prices that were obvious errors; see `planted_bugs`."""

import pytest

from commands.betting import settle_bet
from commands.betting.settlement import SETTLEMENT
from commands.trading import four_eyes
from domain.market import price_errors
from domain.market.facts import MarketPriceErrorsSet
from tests.simulation.planted_bugs import MANAGED, plant


@plant("a price error leaves every bet as it was struck")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settle_bet, "right_odds", lambda *_: None)


@plant("any price that is longer than the right odds is an obvious error")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(price_errors, "is_obvious", lambda *_: True)


@plant("a price error is corrected while bets are taken at it")
def _(patch: pytest.MonkeyPatch) -> None:
    for module in (price_errors, four_eyes):
        patch.setattr(module, "is_offered", lambda *_: False)


@plant("a price error of a market that came out makes no case of its bets", MANAGED)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(SETTLEMENT.reactions, MarketPriceErrorsSet, lambda _: ())  # type: ignore[arg-type]

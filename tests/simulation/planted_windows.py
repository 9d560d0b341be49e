"""Bugs to be planted into windows of time of which bets are void; see `planted_bugs`."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from commands.betting import settle_bet
from commands.betting.settlement import SETTLEMENT
from domain.market import decider as market_decider
from domain.market.facts import MarketVoidWindowsSet
from tests.simulation.planted_bugs import MANAGED, plant


@plant("a window voids no bet")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settle_bet, "is_void", lambda *_: False)


@plant("a window voids every bet on its market")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settle_bet, "is_void", lambda *_: True)


@plant("a window that is taken back stays, and another goes")
def _(patch: pytest.MonkeyPatch) -> None:
    right = market_decider.windows_set

    def wrong(*given: Any) -> Sequence[MarketVoidWindowsSet]:
        return [msgspec.structs.replace(fact, windows=fact.windows[:1]) for fact in right(*given)]

    patch.setattr(market_decider, "windows_set", wrong)


@plant("a window of a market that came out makes no case of its bets", MANAGED)
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(SETTLEMENT.reactions, MarketVoidWindowsSet, lambda _: ())  # type: ignore[arg-type]

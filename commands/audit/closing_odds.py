"""Checks the closing odds that a settlement names."""

from collections.abc import Sequence
from typing import Any

from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet
from commands.audit.violation import ViolationFound
from commands.audit.violations import ClosingOddsWrong
from domain.bet.facts import BetSettled
from domain.fact import Recorded
from domain.odds import Odds


def check_closing(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, fact: BetSettled) -> None:
    """Check the closing odds that a settlement names, if it does: the last prices that each market had before play, for a bet before play.

    Of a market that was forgotten since, the bet's settlement before tells them.
    """
    if not fact.closing:
        return
    markets = [state.known(leg.market_id) for leg in bet.legs]
    closing = [(market.closing or {}).get(leg.selection) for market, leg in zip(markets, bet.legs, strict=True)]
    in_play = [0 < market.in_play_since <= leg.version for market, leg in zip(markets, bet.legs, strict=True)]
    expected = () if None in closing or any(in_play) else tuple(closing)
    if any(market.closing is None for market in markets):
        expected = bet.closing or fact.closing
    if fact.closing != expected:
        raise ViolationFound(ClosingOddsWrong, recorded, recorded=odds_text(fact.closing), expected=odds_text(expected))


def odds_text(odds: Sequence[Odds | None]) -> str:
    """Return odds as a finding tells them."""
    return " ".join(each.text for each in odds if each is not None)

"""Runners of a race that are withdrawn: bets on them are void, the others are reduced by Rule 4 where they were struck before."""

from collections.abc import Sequence

from domain.market.commands import SuspendMarket
from domain.market.facts import MarketSuspended
from domain.market.state import Market, MarketNotOpen, SelectionUnknown
from domain.settling.racing import RACES, NonRunner, rule4_price
from domain.text import check_reason


def withdrawn(market: Market, command: SuspendMarket) -> Sequence[MarketSuspended]:
    """Withdraw a runner at what it cost last, as Rule 4 counts that; one that is withdrawn already is a repeat.

    Raises:
        SelectionUnknown: for what is no runner. MarketNotOpen: once betting has ended. ReasonMalformed: from its reason.

    """
    runner = command.non_runner
    if market.type not in RACES or runner not in market.selections:
        raise SelectionUnknown(command.market_id, runner[:60])
    if runner in market.non_runners:
        return ()
    if market.status not in ("open", "suspended"):
        raise MarketNotOpen(command.market_id, market.status)
    check_reason(command.reason)
    specifiers = {} if market.opened is None else market.opened.specifiers
    price = rule4_price(market.type, specifiers, market.book.get(runner))
    return (MarketSuspended(command.reason, command.at, command.actor, runner, price),)


def gone(market: Market, version: int, fact: MarketSuspended) -> dict[str, NonRunner]:
    """Return who was withdrawn by a version of the market, with the fact that makes it."""
    return {**market.non_runners, fact.non_runner: NonRunner(version, fact.price)} if fact.non_runner else market.non_runners

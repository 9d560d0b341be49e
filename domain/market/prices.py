"""What prices must be that a market is given, and why they are given."""

from collections.abc import Mapping, Sequence

from domain.market.commands import MarketContext, OpenMarket, PriceMarket, ResumeMarket
from domain.market.facts import CAUSES
from domain.market.outcomes import check_bounds
from domain.odds import Odds, check_odds
from domain.refused import Refused
from domain.score_model import check_score_model

SELECTIONS_TOLD_MAX = 200
PricingCommand = OpenMarket | PriceMarket | ResumeMarket


class PricesMalformed(Refused):
    """Prices name a selection that the market does not have, or none at all."""

    market_id: str
    selections: tuple[str, ...]


def checked_prices(
    kind: tuple[str, Mapping[str, str]],
    selections: Sequence[str],
    book: Mapping[str, Odds],
    command: PricingCommand,
    context: MarketContext,
) -> dict[str, Odds]:
    """Return what the selections cost that the command does not offer, as it says or as they cost last; `kind` is type and specifiers.

    Raises:
        PricesMalformed, OddsOutOfRange, ScoreModelMalformed, ShadedOverLimit, PricesOutOfBounds: in this order.

    """
    prices = command.prices
    if not prices or not set(prices) | set(command.withdrawn) <= set(selections):
        raise PricesMalformed(command.market_id, tuple(prices)[:SELECTIONS_TOLD_MAX])
    for odds in (*prices.values(), *command.withdrawn.values()):
        check_odds(odds)
    check_score_model(command.market_id, command.model, context.shading_thousandths_max)
    last = {**book, **command.withdrawn}
    withdrawn = {selection: last[selection] for selection in selections if selection not in prices and selection in last}
    if not context.is_approved:
        check_bounds(command.market_id, *kind, selections, {**prices, **withdrawn})
    return withdrawn


def cause_of(command: PricingCommand, context: MarketContext) -> str:
    """Return why the prices are given: a trader's for themselves, a producer's for what it says, or as a feed's."""
    if not context.producer:
        return "trader"
    return command.cause if command.cause in CAUSES and command.cause != "trader" else "feed"

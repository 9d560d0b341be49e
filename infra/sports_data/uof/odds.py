"""The odds of one market in an odds_change."""

from decimal import ROUND_DOWN, Decimal, InvalidOperation

from commands.trading.uof_feed.messages import MarketOdds
from domain.odds import Odds, OddsMalformed, parse
from infra.sports_data.uof.market_table import KnownMarket
from infra.sports_data.uof.values import Wrong, text_of
from infra.sports_data.uof.xml_document import Element

ACTIVE = "1"
STATUSES = {"1": "active", "-1": "suspended", "0": "deactivated", "-2": "handed over", "-3": "settled", "-4": "cancelled"}


def odds_of(element: Element, known: KnownMarket) -> MarketOdds:
    """Return the odds of a market. One without a status is active, as the sender's own kits take it.

    Raises:
        Wrong: when its status or an outcome is not known, or its odds are none.

    """
    status = element.attributes.get("status", ACTIVE)
    if status not in STATUSES:
        raise Wrong(f"has a status {status[:20]!r}")
    if status != ACTIVE:
        return MarketOdds(known.key, is_active=False, prices={}, withdrawn={})
    prices: dict[str, Odds] = {}
    withdrawn: dict[str, Odds] = {}
    for outcome in element.all("outcome"):
        outcome_id = text_of(outcome, "id")
        selection = known.outcomes.get(outcome_id)
        if selection is None or selection in prices or selection in withdrawn:
            raise Wrong(f"has an outcome {outcome_id[:40]!r} that {known.key.type} has not, or has once")
        if "odds" in outcome.attributes:
            (prices if outcome.attributes.get("active", "1") == "1" else withdrawn)[selection] = _odds(outcome.attributes["odds"])
    return MarketOdds(known.key, is_active=True, prices=prices, withdrawn=withdrawn)


def _odds(text: str) -> Odds:
    """Return decimal odds, cut to thousandths."""
    try:
        return parse(format(Decimal(text[:20]).quantize(Decimal("0.001"), ROUND_DOWN), "f"))
    except (OddsMalformed, InvalidOperation):
        raise Wrong(f"has odds {text[:20]!r}") from None

"""A quote of legs of one match together, in JSON: the same over HTTP and on the socket."""

from typing import Any

from api.bet_messages import three_forms
from commands.betting.same_game import SameGameQuote


def quote_shown(quote: SameGameQuote) -> dict[str, Any]:
    """Return a quote as it is shown."""
    text, fractional, american = three_forms(quote.odds)
    return {
        "fixture_id": quote.fixture_id,
        "odds": text,
        "odds_fractional": fractional,
        "odds_american": american,
        "legs": [
            {"market_id": leg.market_id, "selection": leg.selection, "odds": three_forms(leg.odds)[0], "version": leg.version}
            for leg in quote.legs
        ],
    }

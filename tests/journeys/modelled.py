"""A match whose markets say what their prices were computed from, as a feed's process opens them."""

from typing import Any

from domain.ids import derived
from domain.market.commands import OpenMarket, PriceMarket
from domain.market.facts import Selection
from domain.pricing import Books, MatchMoment, PricedMarket, books_of, selections_of_market
from domain.pricing.same_game import expected_by
from domain.score_model import ScoreModel
from infra.clock import Clock
from tests.journeys.process_tree import Person, Tree, until

RESULT, BOTH = PricedMarket("match_result"), PricedMarket("both_teams_to_score")
OVER_1_5 = PricedMarket("total_goals", ("total", "1.5"))
NO_DRAW = PricedMarket("draw_no_bet")
MARKETS = (RESULT, BOTH, OVER_1_5, NO_DRAW)
MODEL = ScoreModel(1_450_000, 1_150_000, -150_000, 950_000)
OTHER_MODEL = ScoreModel(1_900_000, 1_150_000, -150_000, 950_000)


def books(model: ScoreModel) -> Books:
    """What the markets cost by a model."""
    return books_of(MARKETS, [expected_by(model)], [MatchMoment()])[0]


def id_of(fixture_id: str, market: PricedMarket) -> str:
    return derived("modelled", fixture_id, market.type)


def open_modelled(tree: Tree, trader: Person, key: str) -> dict[str, Any]:
    """A match that is live, with four markets of one model, as the board shows it; its markets by their types in `by_type`."""
    fixture = {"sport": "football", "competition": "Cup", "home": f"Home {key}", "away": f"Away {key}", "kick_off": "2026-06-11T19:00:00Z"}
    fixture_id = trader.post("/v1/trading/fixtures", fixture, idempotency_key=f"modelled {key}").json()["fixture_id"]
    assert trader.put(f"/v1/trading/fixtures/{fixture_id}/kick-off").is_success
    now, prices = Clock().now(), books(MODEL)
    tree.tell(
        *[
            OpenMarket(
                market_id=id_of(fixture_id, market),
                fixture_id=fixture_id,
                type=market.type,
                specifiers=market.specifiers,
                selections=tuple([Selection(name, name.title()) for name in selections_of_market(market)]),
                prices=prices[market].prices,
                grace_ms=0,
                at=now,
                in_play_grace_ms=0,
                actor="replay",
                model=MODEL,
            )
            for market in MARKETS
        ]
    )
    return shown(trader, fixture_id)


def shown(trader: Person, fixture_id: str) -> dict[str, Any]:
    """The match as the board shows it, once it has all markets."""

    def found() -> dict[str, Any] | None:
        seen = trader.get(f"/v1/fixtures/{fixture_id}")
        return dict(seen.json()) if seen.status_code == 200 and len(seen.json()["markets"]) == len(MARKETS) else None

    fixture = until(found, "the board shows the match with its markets")
    return {**fixture, "by_type": {market["type"]: market for market in fixture["markets"]}}


def reprice(tree: Tree, fixture_id: str, model: ScoreModel, *markets: PricedMarket) -> None:
    """Give the prices of another model, as a feed does when something happened."""
    prices, now = books(model), Clock().now()
    tree.tell(*[PriceMarket(id_of(fixture_id, market), prices[market].prices, now, actor="replay", model=model) for market in markets])

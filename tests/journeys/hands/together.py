"""Legs of one match together: random hands ask what they cost and bet on them, and nobody gets what the audit calls wrong."""

from typing import Any

import httpx

from domain.market.commands import PriceMarket
from domain.odds import Odds
from domain.score_model import ScoreModel
from infra.clock import Clock
from tests.journeys.hands.registry import hand
from tests.journeys.hands.world import World
from tests.journeys.hands.wrong import Actors, wrong

MODEL = ScoreModel(1_450_000, 1_150_000, -150_000, 950_000)


@hand("quoteSameGame", 8)
def bet_together(world: World) -> None:
    """Ask what two or three selections cost together, mostly of one match, and bet on them at that or at something else."""
    shown = [each for each in list(world.markets.values())[-40:] if any(one["odds"] for one in each.get("selections", ()))]
    if not shown:
        return
    first = world.one(shown)
    beside = [each for each in shown if each["fixture_id"] == first["fixture_id"]] if world.odds(0.9) else shown
    legs = []
    for market in [first, *[world.one(beside) for _ in range(world.one([1, 1, 2]))]]:
        selection = world.one([each for each in market["selections"] if each["odds"]])
        legs.append({"market_id": market["market_id"], "selection": selection["selection"]})
    quoted = world.ask("quoteSameGame", who := world.who(), {"legs": legs})
    if quoted.status_code != httpx.codes.OK:
        return
    group = {"legs": list(range(len(legs))), "odds": quoted.json()["odds"] if world.odds(0.8) else "7.5"}
    body = {
        "type": "multiple",
        "stake_minor": world.one([1, 5_60, 70_00]),
        "currency": "EUR",
        "legs": quoted.json()["legs"],
        "accept": world.one(["exact", "better", "any"]),
        "same_game": [group] if world.odds(0.9) else [],
    }
    placed = world.ask("placeBet", who, body)
    if placed.status_code == httpx.codes.CREATED:
        world.keep(world.bets, (who, placed.json()["bet_id"]))


def modelled(actors: Actors) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two markets of a match of the actors' own, whose prices say what they were computed from."""
    result = actors.market()
    total = actors.market(result["fixture_id"], kind="total_goals")
    for market, prices in ((result, {"home": 2_400, "draw": 3_400, "away": 3_100}), (total, {"over": 1_850, "under": 1_900})):
        odds = {name: Odds(price, 1_000) for name, price in prices.items()}
        actors.world.tree.tell(PriceMarket(market["market_id"], odds, Clock().now(), actor="replay", model=MODEL))
        market["prices"] = {name: price.text for name, price in odds.items()}
        market["version"] += 1
    return result, total


def quote_together(actors: Actors) -> None:
    """Legs that one grid relates have a price together."""
    asked = [{"market_id": market["market_id"], "selection": name} for market, name in zip(modelled(actors), ("home", "over"), strict=True)]
    actors.done("quoteSameGame", actors.ada, {"legs": asked})


def _bet(actors: Actors, legs: list[dict[str, Any]], odds: str) -> httpx.Response:
    group = {"legs": list(range(len(legs))), "odds": odds}
    body = {"type": "multiple", "stake_minor": 1_00, "currency": "EUR", "legs": legs, "accept": "exact", "same_game": [group]}
    return actors.ask("placeBet", actors.ada, body)


@wrong("LegsUnrelated", "leg-without-model")
def legs_together_that_a_trader_priced(actors: Actors) -> httpx.Response:
    market = actors.market()
    return _bet(actors, [actors.leg(market), actors.leg(actors.market(market["fixture_id"], kind="total_goals"), "over")], "3")


@wrong("LegsUnrelated", "same-game-malformed")
def legs_together_of_two_matches(actors: Actors) -> httpx.Response:
    return _bet(actors, [actors.leg(actors.market()), actors.leg(actors.market())], "3")


@wrong("LegsContradictory", "legs-cannot-all-win")
def a_side_that_wins_without_a_goal(actors: Actors) -> httpx.Response:
    result, total = modelled(actors)
    return _bet(actors, [actors.leg(result), actors.leg(total, "under")], "30")


@wrong("JointOddsWrong", "same-game-price-moved")
def legs_together_at_their_prices_multiplied(actors: Actors) -> httpx.Response:
    result, total = modelled(actors)
    return _bet(actors, [actors.leg(result), actors.leg(total, "over")], "4.44")

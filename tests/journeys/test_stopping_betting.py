"""Betting stops on a fixture, a competition or a sport by one command, on every market there is, whatever the views know."""

import signal
from typing import Any

import pytest

from tests.journeys.process_tree import Person, Tree, approved, end_match, open_match, problem_of, until

FRESH = {"prices": {"home": "2.3", "draw": "3.4", "away": "2.0"}}


def shown(person: Person, market: dict[str, Any]) -> tuple[str, str | None]:
    found = person.get(f"/v1/markets/{market['market_id']}").json()
    return found["status"], found["reason"]


@pytest.mark.parametrize("scope", ["fixture", "competition", "sport"])
def test_a_suspension_stops_every_bet_below_it_and_shows_on_the_board_at_once(trader: Person, ada: Person, scope: str):
    market = open_match(trader, f"stopped by {scope}")
    path = {
        "fixture": f"/v1/trading/fixtures/{market['fixture_id']}/suspension",
        "competition": "/v1/trading/competitions/football/Cup/suspension",
        "sport": "/v1/trading/sports/football/suspension",
    }[scope]
    stopped = trader.put(path, {"reason": "floodlights"})
    assert (stopped.status_code, stopped.json()["status"]) == (200, "stopped")
    assert trader.put(path, {"reason": "floodlights"}).content == stopped.content
    assert problem_of(trader.put(path, {"reason": "crowd"})) == "betting-stopped-already"
    assert shown(trader, market) == ("suspended", "floodlights")
    refused = ada.bet(market, "home", 1_00, f"stopped by {scope}")
    assert (refused.status_code, problem_of(refused), refused.json()["reason"]) == (409, "betting-suspended", "floodlights")
    prices = f"/v1/trading/markets/{market['market_id']}/prices"
    assert problem_of(trader.put(prices, FRESH)) == "betting-suspended"
    reopened = trader._noted(trader.client.delete(path))
    assert (reopened.status_code, reopened.json()["status"]) == (200, "open")
    assert shown(trader, market) == ("suspended", "awaiting fresh prices")
    assert problem_of(ada.bet(market, "home", 1_00, f"awaited after {scope}")) == "prices-awaited"
    assert trader.put(prices, FRESH).status_code == 200
    assert shown(trader, market) == ("open", None)
    fresh = trader.get(f"/v1/markets/{market['market_id']}").json()
    assert ada.bet(fresh, "home", 1_00, f"goes on after {scope}").status_code == 201


def test_a_goal_voids_every_price_until_fresh_ones_come(trader: Person, ada: Person):
    market = open_match(trader, "a goal")
    goal = {"home": 1, "away": 0, "minute": 9, "period": "first_half"}
    assert trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/score", goal).status_code == 200
    assert shown(trader, market) == ("suspended", "awaiting fresh prices")
    assert problem_of(ada.bet(market, "home", 1_00, "after the goal")) == "prices-awaited"


def test_no_bet_is_struck_after_the_final_whistle_though_the_projector_is_stopped(
    tree: Tree, trader: Person, second_trader: Person, ada: Person
):
    markets = [open_match(trader, f"unseen {n}") for n in range(2)]
    projector = tree.running["project"]
    projector.send_signal(signal.SIGSTOP)
    try:
        unseen = open_market_unseen(trader, markets[0]["fixture_id"])
        end_match(trader, markets[0], 1, 0)
        approved(second_trader, trader.put(f"/v1/trading/fixtures/{markets[1]['fixture_id']}/abandonment", {"reason": "fog"}))
        for n, market in enumerate([*markets, unseen]):
            assert problem_of(ada.bet(market, market["selections"][0]["selection"], 1_00, f"after the whistle {n}")) == "betting-over"
    finally:
        projector.send_signal(signal.SIGCONT)
    until(lambda: shown(trader, markets[0]) == ("closed", "ended"), "the board catches up")
    voided = ("resulted", None)
    until(lambda: shown(trader, markets[1]) in {("closed", "abandoned"), voided}, "the board catches up")
    audited = tree.run("audit", "verify", "--log-only")
    assert audited.returncode == 0, audited.stdout + audited.stderr


def open_market_unseen(trader: Person, fixture_id: str) -> dict[str, Any]:
    """A market that no board has seen."""
    selections = [{"selection": name, "name": name, "odds": "1.9"} for name in ("yes", "no")]
    body = {"fixture_id": fixture_id, "type": "both_teams_to_score", "selections": selections}
    opened = trader.post("/v1/trading/markets", body, idempotency_key=f"unseen {fixture_id}")
    assert opened.status_code == 201, opened.text
    return {"market_id": opened.json()["market_id"], "version": 1, "selections": selections}

"""`slipstream feed odds-api`: prices from a saved answer of The Odds API are bet on, and its result settles the bet."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.clock import Clock
from tests.journeys.process_tree import Person, Tree, until

TEAMS = ("Ajax", "Feyenoord")


def event(**more: Any) -> dict[str, Any]:
    return {
        "id": "36808dc52374b40df08cab6b1d5664d1",
        "sport_key": "soccer_netherlands_eredivisie",
        "sport_title": "Dutch Eredivisie",
        "commence_time": (Clock().now() + timedelta(hours=2)).replace(microsecond=0).isoformat(),
        "home_team": TEAMS[0],
        "away_team": TEAMS[1],
    } | more


def prices(home: float) -> list[dict[str, Any]]:
    outcomes = [{"name": name, "price": price} for name, price in zip((*TEAMS, "Draw"), (home, 3.1, 3.4), strict=True)]
    market = {"key": "h2h", "last_update": Clock().now().isoformat(), "outcomes": outcomes}
    return [{"key": "betway", "title": "Betway", "markets": [market]}]


def test_prices_of_a_saved_answer_are_bet_on_and_its_result_settles_the_bet(tree: Tree, ada: Person, tmp_path: Path):
    odds, scores = tmp_path / "odds.json", tmp_path / "scores.json"
    match = event()
    no_book = event(id="no book", bookmakers=prices(30.0))
    odds.write_text(json.dumps([match | {"bookmakers": prices(2.4)}, no_book]))
    scores.write_text("[]")
    tree.start("feed", "odds-api", str(odds), str(scores), "--method", "shin", "--overround", "106")

    def board() -> dict[str, Any] | None:
        found = ada.get("/v1/fixtures", status="scheduled", include="markets")
        (market, *_) = [
            market
            for fixture in (found.json()["items"] if found.status_code == 200 else ())
            if fixture["home"] == TEAMS[0]
            for market in fixture["markets"]
        ] or [None]
        return market if market and market["status"] == "open" else None

    market = until(board, "the match is on offer")
    (home,) = [one for one in market["selections"] if one["selection"] == "home"]
    assert home["name"] == TEAMS[0]
    placed = ada.bet(market, "home", 10_00, "on Ajax")
    assert placed.status_code == 201, placed.text
    scores.write_text(
        json.dumps([match | {"completed": True, "scores": [{"name": TEAMS[0], "score": "2"}, {"name": TEAMS[1], "score": "1"}]}])
    )
    bet_id = placed.json()["bet_id"]
    until(lambda: ada.get(f"/v1/bets/{bet_id}").json()["status"] == "won", "the bet is won")
    assert tree.end("feed") == 0
    told = (tree.folder / "feed.log").read_text()
    assert "match no book: match_result: betway: adds up to 65.0 %, which is no book" in told
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr

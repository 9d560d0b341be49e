"""A race over HTTP, from its offer to the audit: each-way bets by HTTP and by the command line, a non-runner, a dead heat, a correction."""

import json
from typing import Any

from tests.journeys.process_tree import PASSWORD, Person, Tree, approved, end_match, problem_of, until

ODDS = {"arkle": "5.0", "best_mate": "4.0", "denman": "4.5", "golden_miller": "5.0", "kauto_star": "6.0"}


def open_race(trader: Person, key: str) -> dict[str, Any]:
    """A race to come that pays three places at a quarter of the odds, as the board shows it."""
    race = {
        "sport": "racing",
        "competition": "Cheltenham",
        "home": f"Cheltenham {key}",
        "away": "15:30 Gold Cup",
        "kick_off": "2026-06-11T19:00:00Z",
    }
    fixture_id = trader.post("/v1/trading/fixtures", race, idempotency_key=f"race {key}").json()["fixture_id"]
    market = {
        "fixture_id": fixture_id,
        "type": "race_winner",
        "specifiers": {"places": "3", "place_terms": "1/4"},
        "selections": [{"selection": name, "name": name.replace("_", " ").title(), "odds": odds} for name, odds in ODDS.items()],
    }
    opened = trader.post("/v1/trading/markets", market, idempotency_key=f"race market {key}")
    assert opened.status_code == 201, opened.text
    path = f"/v1/markets/{opened.json()['market_id']}"
    return dict(until(lambda: (found := trader.get(path)).status_code == 200 and found.json(), "the board shows the market"))


def open_places(trader: Person, race: dict[str, Any]) -> dict[str, Any]:
    """The market on the three places of a race, every runner at 1.60."""
    market = {
        "fixture_id": race["fixture_id"],
        "type": "race_place",
        "specifiers": {"places": "3"},
        "selections": [{"selection": name, "name": name.title(), "odds": "1.60"} for name in ODDS],
    }
    opened = trader.post("/v1/trading/markets", market, idempotency_key=f"places of {race['market_id']}")
    assert opened.status_code == 201, opened.text
    return dict(opened.json())


def body(market: dict[str, Any], stake_minor: int, **more: Any) -> dict[str, Any]:
    leg = {"market_id": market["market_id"], "selection": "arkle", "odds": "5.0", "version": market["version"]}
    return {"type": "single", "stake_minor": stake_minor, "currency": "EUR", "legs": [leg], **more}


def settled_as(person: Person, bet_id: str, settlement: int = 1) -> dict[str, Any]:
    path = f"/v1/bets/{bet_id}"
    return dict(until(lambda: (now := person.get(path).json())["settlement"] == settlement and now, "the bet is settled"))


def test_an_each_way_bet_on_a_race_is_struck_reduced_settled_corrected_and_audited(
    tree: Tree, trader: Person, second_trader: Person, tmp_path: Any
):
    ann, market = tree.bettor("each_way", funds_minor=100_00), open_race(trader, "one")
    struck = ann.post("/v1/bets", body(market, 20_00, each_way=True), idempotency_key="each way")
    assert struck.status_code == 201, struck.text
    told = struck.json()
    assert (told["each_way"], told["each_way_rule"], told["potential_returns_minor"]) == (True, "win_to_win", 50_00 + 20_00)
    assert told["legs"][0]["place_terms"] == "1/4"
    assert problem_of(ann.post("/v1/bets", body(market, 20_01, each_way=True), idempotency_key="odd")) == "stake-uneven"
    both = body(market, 20_00, each_way=True, each_way_rule="both")
    assert problem_of(ann.post("/v1/bets", both, idempotency_key="both")) == "each-way-unknown"
    assert problem_of(ann.post("/v1/bets", body(market, 20_00), idempotency_key="each way")) == "bet-key-reused"
    slip = {"bet_id": told["bet_id"], "caption": "", "visibility": "public", "stake_shown": "amount"}
    assert problem_of(ann.post("/v1/slips", slip, idempotency_key="shared")) == "each-way-not-shared"
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    where = ["--as", "each_way", "--password-file", str(password), "--url", tree.url, "--market", "race_winner"]
    said = tree.run("bet", "Cheltenham one", "arkle", "10.00", "--each-way", *where)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "2 lines of 5.00, returns 35.00" in said.stdout
    places = open_places(trader, market)
    until(lambda: ann.get(f"/v1/markets/{places['market_id']}").status_code == 200, "the board shows the places")
    on_places = tree.run("bet", "Cheltenham one", "arkle", "5.00", *where[:-1], "race_place", "--json")
    assert on_places.returncode == 0, on_places.stdout + on_places.stderr
    market_path, places_path = (f"/v1/trading/markets/{each['market_id']}" for each in (market, places))
    assert trader.put(f"{places_path}/suspension", {"reason": "lame", "non_runner": "denman"}).status_code == 200
    gone = trader.put(f"{market_path}/suspension", {"reason": "lame", "non_runner": "denman"})
    assert (gone.status_code, gone.json()["status"]) == (200, "suspended")
    assert trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/kick-off").status_code == 200
    end_match(trader, market, 0, 0)
    wrong = trader.put(f"{market_path}/result", {"order": [["arkle"], ["denman"], ["best_mate"]]})
    assert problem_of(wrong) == "finishing-order-malformed"
    order = {"order": [["best_mate", "kauto_star"], ["arkle", "golden_miller"]]}
    approved(second_trader, trader.put(f"{market_path}/result", order))
    bet = settled_as(ann, told["bet_id"])
    assert (bet["status"], bet["returns_minor"]) == ("part_lost", 9_00), "half of a place at a quarter of 4 less 20p in the pound"
    assert (bet["legs"][0]["result"], bet["legs"][0]["rule4_pence"], bet["each_way"]) == ("placed", 20, True)
    approved(second_trader, trader.put(f"{places_path}/result", order))
    placed = settled_as(ann, json.loads(on_places.stdout)["bet_id"])
    assert (placed["status"], placed["returns_minor"]) == ("part_lost", 3_70), "half of 1.60 less 20p in the pound: 4.80 is a price to win"
    photo = {"home": 0, "away": 0, "reason": "photo finish", "order": [["arkle"], ["best_mate"], ["kauto_star"]]}
    approved(second_trader, trader.put(f"{market_path}/correction", photo))
    bet = settled_as(ann, told["bet_id"], 2)
    assert (bet["status"], bet["returns_minor"]) == ("won", 42_00 + 18_00)
    until(lambda: ann.available_minor() == 100_00 - 35_00 + 60_00 + 30_00 + 3_70, "both bets were settled anew")
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr

"""What open bets put at risk reaches whoever trades: over HTTP, on the command line, and pushed until the role is taken away."""

import json
from pathlib import Path

from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, problem_of


def test_traders_see_what_is_at_risk_by_match_and_market_and_nobody_else_does(tree: Tree, trader: Person, tmp_path: Path):
    bettor, password = tree.bettor("at_risk", funds_minor=100_000_00), tmp_path / "password"
    password.write_text(PASSWORD)
    market = open_match(trader, "exposed")
    placed = bettor.bet(market, "home", 50_000_00, "the first")  # so much that the match is among the first, whatever others bet
    assert placed.status_code == 201
    trader.position = bettor.position
    told = trader.get(f"/v1/trading/exposure/{market['fixture_id']}").json()
    (shown,) = told["markets"]
    (of,) = shown["sums"]
    paid_minor = placed.json()["potential_returns_minor"]
    assert (of["stakes_minor"], of["bets"], of["worst_minor"]) == (50_000_00, 1, 50_000_00 - paid_minor)
    assert {each["selection"]: each["result_minor"] for each in of["selections"]} == {
        "home": 50_000_00 - paid_minor,
        "draw": 50_000_00,
        "away": 50_000_00,
    }
    listed = trader.get("/v1/trading/exposure", competition=told["competition"], limit=100).json()
    assert [item["sums"] for item in listed["items"] if item["fixture_id"] == market["fixture_id"]] == [told["sums"]]
    assert told["competition"] in [each["competition"] for each in listed["competitions"]]
    for path in ("/v1/trading/exposure", f"/v1/trading/exposure/{market['fixture_id']}"):
        assert problem_of(bettor.get(path)) == "role-missing"
    assert problem_of(trader.get(f"/v1/trading/exposure/{trader.account_id}")) == "fixture-unknown"
    trader.put(f"/v1/trading/markets/{market['market_id']}/suspension", {"reason": "possible goal"})
    history = trader.get(f"/v1/trading/markets/{market['market_id']}/prices").json()
    assert [(item["version"], item["status"], item["by"], item["reason"], item["cause"]) for item in history["items"]] == [
        (1, "open", "trader", None, "trader"),
        (2, "suspended", "trader", "possible goal", None),
    ]
    assert history["items"][0]["offered"]["home"] == placed.json()["legs"][0]["odds"]
    newest = trader.get(f"/v1/trading/markets/{market['market_id']}/prices", limit=1).json()
    assert (newest["from_version"], len(newest["items"])) == (2, 1)
    assert problem_of(bettor.get(f"/v1/trading/markets/{market['market_id']}/prices")) == "role-missing"
    as_trader = ("--as", trader.handle, "--password-file", str(password))
    by_market = tree.run("trade", "exposure", market["fixture_id"], *as_trader)
    assert f"-{(paid_minor - 50_000_00) / 100:,.2f} EUR" in by_market.stdout, by_market.stderr
    prices = tree.run("trade", "prices", market["market_id"], *as_trader)
    assert "possible goal" in prices.stdout, prices.stderr
    by_match = json.loads(tree.run("trade", "exposure", "--limit", "100", "--json", *as_trader).stdout)
    assert market["fixture_id"] in [item["fixture_id"] for item in by_match["items"]]
    path = f"/v1/trading/fixtures/{market['fixture_id']}/shading-limit"
    assert problem_of(bettor.put(path, {"limit_thousandths": 90})) == "role-missing"
    assert problem_of(trader.put(path, {"limit_thousandths": 301})) == "shading-limit-malformed"
    assert trader.put(path, {"limit_thousandths": 90}).status_code == 200
    name = trader.get(f"/v1/fixtures/{market['fixture_id']}").json()["home"]
    said = tree.run("trade", "shade", name, "0", *as_trader)
    assert "open bets shade its prices not at all" in said.stdout, said.stderr

"""A trader lowers what is taken from a bettor: the next bet over it is refused with the stake that is taken, and the bettor is told why."""

from pathlib import Path

from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, problem_of, until


def test_a_bet_over_the_factor_of_its_account_is_offered_a_stake_that_is_taken(tree: Tree, trader: Person):
    person = tree.bettor("arber", funds_minor=500_00)
    market = open_match(trader, "factors")
    free = person.get("/v1/account/restrictions", odds="2").json()
    assert free["restrictions"] == []
    assert person.put(f"/v1/trading/accounts/{person.account_id}/stake-factor", {"factor": "9", "reason": "mine"}).status_code == 403
    lowered = trader.put(f"/v1/trading/accounts/{person.account_id}/stake-factor", {"factor": "0.00001", "reason": "arbitrage"})
    assert (lowered.status_code, lowered.json()["factor"]) == (200, "0.00001")
    refused = person.bet(market, "home", 400_00, "over")
    assert (refused.status_code, problem_of(refused)) == (409, "stake-over-limit")
    offered = refused.json()
    assert (offered["payout_minor_max"], offered["factor"], offered["lines"]) == (free["payout_minor_max"] // 100_000, "0.00001", 1)
    assert 0 < offered["stake_minor_max"] < 400_00
    assert problem_of(person.bet(market, "home", offered["stake_minor_max"] + 1, "still over")) == "stake-over-limit"
    assert person.bet(market, "home", offered["stake_minor_max"], "as offered").status_code == 201
    told = person.get("/v1/account/restrictions", odds="2").json()
    assert [(each["kind"], each["factor"]) for each in told["restrictions"]] == [("stake_factor", "0.00001")]
    assert told["stake_minor_max"] == offered["payout_minor_max"] // 2
    assert problem_of(person.get("/v1/account/restrictions", odds="banana")) == "odds-malformed"
    says = "The largest stakes that are taken from you were changed"
    assert until(lambda: says in [item["text"] for item in person.get("/v1/notifications").json()["items"]], "the inbox says so")
    assert tree.run("audit", "verify").returncode == 0


def test_a_factor_is_set_and_told_on_the_command_line(tree: Tree, trader: Person, tmp_path: Path):
    person, password = tree.bettor("limited"), tmp_path / "password"
    password.write_text(PASSWORD)
    as_trader = ("--as", trader.handle, "--password-file", str(password))
    lowered = tree.run("trade", "factor", person.account_id, "0.50", "--reason", "too good", *as_trader)
    assert (lowered.returncode, lowered.stdout) == (0, "Factor 0.5: at most 5,000,000.00 is paid on a bet.\n"), lowered.stderr
    wrong = tree.run("trade", "factor", person.account_id, "11", "--reason", "too good", *as_trader)
    assert wrong.returncode == 1
    assert "at most 10" in wrong.stderr
    told = tree.run("trade", "restrictions", person.account_id, "--odds", "4", *as_trader)
    assert told.stdout.startswith("Factor 0.5 since ")
    assert "the largest stake is 1,000,000.00 EUR" in told.stdout


def test_a_market_is_limited_for_everybody_over_http_and_on_the_command_line_and_bets_are_told_before(
    tree: Tree, trader: Person, tmp_path: Path
):
    person, password = tree.bettor("anybody", funds_minor=500_00), tmp_path / "password"
    password.write_text(PASSWORD)
    market = open_match(trader, "limited")
    path = f"/v1/trading/markets/{market['market_id']}/payout-limit"
    assert person.put(path, {"payout_minor_max": 50_00, "reason": "mine"}).status_code == 403
    limited = trader.put(path, {"payout_minor_max": 50_00, "reason": "few know this league"})
    assert (limited.status_code, limited.json()["payout_minor_max"], limited.json()["version"]) == (200, 50_00, 2)
    told = person.get("/v1/account/restrictions", market_id=market["market_id"]).json()
    assert (told["payout_minor_max"], told["markets_minor_max"], told["restrictions"]) == (50_00, 50_00, [])
    refused = person.bet(market, "home", 400_00, "over")
    assert (problem_of(refused), refused.json()["payout_minor_max"]) == ("stake-over-limit", 50_00)
    assert person.bet(market, "home", refused.json()["stake_minor_max"], "as offered").status_code == 201
    assert problem_of(person.get("/v1/account/restrictions", market_id="banana")) == "body-malformed"
    shown = trader.get(f"/v1/trading/exposure/{market['fixture_id']}").json()["markets"]
    assert [each["payout_minor_max"] for each in shown] == [50_00]
    as_trader = ("--as", trader.handle, "--password-file", str(password))
    raised = tree.run("trade", "limit", market["market_id"], "250.00", "--reason", "known by now", *as_trader)
    assert raised.stdout == "At most 250.00 is paid on a bet with a leg on it.\n", raised.stderr
    gone = tree.run("trade", "limit", market["fixture_id"], "--match", "--reason", "as any", *as_trader)
    assert gone.stdout == "No limit of its own. Markets: 1.\n", gone.stderr
    of_match = f"/v1/trading/fixtures/{market['fixture_id']}/payout-limit"
    assert person.put(of_match, {"payout_minor_max": 50_00, "reason": "mine"}).status_code == 403
    assert problem_of(trader.put(of_match, {"payout_minor_max": 10**12, "reason": "a rumour"})) == "fixture-limit-malformed"
    limited = trader.put(of_match, {"payout_minor_max": 47_00, "reason": "a rumour"})
    assert (limited.status_code, limited.json()["payout_minor_max"]) == (200, 47_00)
    told = person.get("/v1/account/restrictions", market_id=market["market_id"]).json()
    assert (told["payout_minor_max"], told["markets_minor_max"]) == (47_00, 47_00)
    refused = person.bet(market, "home", 400_00, "over the match")
    assert (problem_of(refused), refused.json()["stake_minor_max"]) == ("stake-over-limit", 20_00)
    assert trader.get(f"/v1/trading/exposure/{market['fixture_id']}").json()["payout_minor_max"] == 47_00
    nothing = tree.run("trade", "limit-match", "Home limited", "--reason", "nothing in it", *as_trader)
    assert nothing.stdout == "Home limited - Away: no limit of the match.\n", nothing.stderr
    assert trader.get(f"/v1/trading/exposure/{market['fixture_id']}").json()["payout_minor_max"] is None
    assert person.bet(market, "home", 400_00, "taken").status_code == 201
    assert tree.run("audit", "verify").returncode == 0

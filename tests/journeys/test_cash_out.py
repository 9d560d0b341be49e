"""A bet is cashed out over HTTP and by the command line, whole and in part, and everything that shows it says so."""

import json
from typing import Any

import httpx

from tests.journeys.process_tree import PASSWORD, Person, Tree, approved, end_match, open_match, problem_of, until


def taken(person: Person, offer: dict[str, Any], key: str, **changed: Any) -> httpx.Response:
    body = {"offer_minor": offer["offer_minor"], "version": offer["version"], "share": offer["share"], **changed}
    return person.post(f"/v1/bets/{offer['bet_id']}/cash-out", body, idempotency_key=key)


def agree(second: Person, market: dict[str, Any]) -> None:
    """A second trader gives the prices that stand, so that there is a cash-out at them."""
    prices = {each["selection"]: each["odds"] for each in market["selections"]}
    answer = second.put(f"/v1/trading/markets/{market['market_id']}/prices", {"prices": prices})
    assert answer.status_code == 200, answer.text


def offer_of(person: Person, bet: dict[str, Any], **asked: Any) -> dict[str, Any]:
    answer = person.get(f"/v1/bets/{bet['bet_id']}/cash-out", **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_bet_is_cashed_out_in_part_and_its_rest_is_settled_for_the_rest(tree: Tree, trader: Person, second_trader: Person):
    person, market = tree.bettor("cashing_in_part", funds_minor=50_00), open_match(trader, "cashed in part")
    bet = person.bet(market, "home", 10_00, "in part").json()
    slip = person.post(
        "/v1/slips", {"bet_id": bet["bet_id"], "caption": "", "visibility": "public", "stake_shown": "amount"}, idempotency_key="shown"
    ).json()
    alone = person.get(f"/v1/bets/{bet['bet_id']}/cash-out")
    assert (problem_of(alone), alone.status_code) == ("cash-out-priced-by-hand", 409)
    agree(second_trader, market)
    offer = offer_of(person, bet, share=40)
    assert (offer["stake_minor"], offer["stake_left_minor"], offer["share"]) == (4_00, 6_00, 40)
    done = taken(person, offer, "forty")
    assert done.status_code == 201, done.text
    assert (done.json()["status"], done.json()["potential_returns_minor"]) == ("open", 14_10)
    assert taken(person, offer, "forty").json() == done.json()

    amount_minor = done.json()["amount_minor"]
    shown = person.get(f"/v1/bets/{bet['bet_id']}").json()
    assert (shown["status"], shown["potential_returns_minor"]) == ("open", 14_10)
    assert (shown["stake_closed_minor"], shown["cashed_out_minor"]) == (4_00, amount_minor)
    assert person.get("/v1/portfolio").json()["at_risk_minor"] == 6_00

    assert trader.put(f"/v1/trading/markets/{market['market_id']}/closure").is_success
    assert problem_of(person.get(f"/v1/bets/{bet['bet_id']}/cash-out")) == "market-not-open"
    end_match(trader, market, 1, 0)
    result = {"results": {"home": "won", "draw": "lost", "away": "lost"}, "home": 1, "away": 0}
    approved(second_trader, trader.put(f"/v1/trading/markets/{market['market_id']}/result", result))
    until(lambda: person.get(f"/v1/bets/{bet['bet_id']}").json()["status"] == "won", "the rest is settled")
    returned = amount_minor + 14_10
    assert person.get(f"/v1/bets/{bet['bet_id']}").json()["returns_minor"] == returned
    assert until(lambda: person.available_minor() == 40_00 + returned, "the rest is paid")
    until(lambda: person.get(f"/v1/slips/{slip['slip_id']}").json()["bet"]["returns_minor"] == returned, "the slip shows all that was paid")


def test_a_bet_that_is_cashed_out_whole_is_over_wherever_it_is_shown(tree: Tree, trader: Person, second_trader: Person):
    person, market = tree.bettor("cashing_all", funds_minor=50_00), open_match(trader, "cashed whole")
    bet = person.bet(market, "home", 10_00, "whole").json()
    body = {"bet_id": bet["bet_id"], "caption": "", "visibility": "public", "stake_shown": "amount"}
    slip = person.post("/v1/slips", body, idempotency_key="shown too").json()
    agree(second_trader, market)
    offer = offer_of(person, bet)
    moved = taken(person, offer, "greedy", offer_minor=offer["offer_minor"] + 1)
    assert problem_of(moved) == "cash-out-moved"
    assert (moved.status_code, moved.json()["offer_minor"]) == (409, offer["offer_minor"])
    done = taken(person, offer, "all of it")
    assert done.status_code == 201, done.text
    assert done.json()["status"] == "cashed_out"
    amount_minor = done.json()["amount_minor"]
    assert amount_minor == offer["offer_minor"]
    assert problem_of(person.get(f"/v1/bets/{bet['bet_id']}/cash-out")) == "bet-is-cashed-out"

    portfolio = person.get("/v1/portfolio").json()
    assert portfolio["open"]["items"] == []
    assert [(each["status"], each["returns_minor"]) for each in portfolio["settled"]["items"]] == [("cashed_out", amount_minor)]
    assert (portfolio["available_minor"], portfolio["at_risk_minor"]) == (40_00 + amount_minor, 0)
    lines = person.get("/v1/wallet/statement").json()["items"]
    assert [(line["kind"], line["amount_minor"]) for line in lines][:2] == [("cash_out", amount_minor), ("stake", -10_00)]
    shown = until(
        lambda: (found := person.get(f"/v1/slips/{slip['slip_id']}").json()["bet"])["status"] != "open" and found, "the slip is over"
    )
    assert (shown["status"], shown["returns_minor"]) == ("cashed_out", amount_minor)
    record = person.get(f"/v1/accounts/{person.account_id}/record", window="all").json()
    assert (record["bets"], record["staked_minor"], record["returned_minor"]) == (1, 10_00, amount_minor)
    until(lambda: any("cashed out" in notice["text"] for notice in person.get("/v1/notifications").json()["items"]), "the bettor is told")


def test_a_bet_is_cashed_out_by_the_command_line(tree: Tree, trader: Person, second_trader: Person):
    person, market = tree.bettor("cashing_typed", funds_minor=50_00), open_match(trader, "typed cash-out")
    bet = person.bet(market, "home", 10_00, "typed").json()
    password = tree.folder / "cashing password"
    password.write_text(PASSWORD)
    options = ("--as", "cashing_typed", "--password-file", str(password), "--url", tree.url)
    alone = tree.run("cash-out", bet["bet_id"], "--quote", *options)
    assert alone.returncode != 0
    assert "One trader alone has set the prices" in alone.stdout + alone.stderr
    agree(second_trader, market)
    quoted = tree.run("cash-out", bet["bet_id"], "--quote", "--json", *options)
    assert quoted.returncode == 0, quoted.stdout + quoted.stderr
    offer = json.loads(quoted.stdout)
    done = tree.run("cash-out", bet["bet_id"], "--share", "50", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Cashed out" in done.stdout
    rest = tree.run("cash-out", bet["bet_id"], "--json", *options)
    assert json.loads(rest.stdout)["status"] == "cashed_out"
    assert 0 <= offer["offer_minor"] - json.loads(rest.stdout)["cashed_out_minor"] <= 1
    again = tree.run("cash-out", bet["bet_id"], *options)
    assert again.returncode != 0
    assert "cashed out already" in again.stdout + again.stderr
    assert tree.run("audit", "verify").returncode == 0

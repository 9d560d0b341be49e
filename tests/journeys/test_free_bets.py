"""A trader grants a free bet; its holder bets with it over HTTP and by the command line, and what a win pays is without the stake."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from infra.clock import Clock
from tests.journeys.process_tree import PASSWORD, Person, Tree, approved, end_match, open_match, problem_of, until


def granted(trader: Person, person: Person, key: str, amount_minor: int = 10_00, **changed: Any) -> httpx.Response:
    expires_at = changed.pop("expires_at", (Clock().now() + timedelta(days=1)).replace(microsecond=0).isoformat())
    body = {"amount_minor": amount_minor, "currency": "EUR", "expires_at": expires_at, "reason": "welcome", **changed}
    return trader.post(f"/v1/trading/accounts/{person.account_id}/free-bets", body, idempotency_key=key)


def bet(person: Person, market: dict[str, Any], free_bet_id: str, key: str, stake_minor: int = 10_00) -> httpx.Response:
    return person.bet(market, "home", stake_minor, key, free_bet_id=free_bet_id)


def shown(person: Person) -> list[tuple[str, int]]:
    return [(each["status"], each["amount_minor"]) for each in person.get("/v1/free-bets").json()["items"]]


def test_a_free_bet_is_granted_used_and_paid_without_its_stake(tree: Tree, trader: Person, second_trader: Person):
    person, other = tree.bettor("freely", funds_minor=5_00), tree.bettor("not_freely")
    market = open_match(trader, "free bets")
    assert problem_of(granted(person, person, "mine")) == "role-missing"
    assert problem_of(granted(trader, person, "wrong", amount_minor=0)) == "free-bet-amount-out-of-range"
    assert problem_of(granted(trader, person, "wrong", currency="GBP")) == "currency-mismatch"
    assert problem_of(granted(trader, person, "wrong", expires_at="2020-01-01T00:00:00Z")) == "free-bet-expiry-out-of-range"
    expires_at = (Clock().now() + timedelta(days=1)).replace(microsecond=0).isoformat()
    first = granted(trader, person, "one", expires_at=expires_at)
    assert first.status_code == 201, first.text
    assert granted(second_trader, person, "one", expires_at=expires_at).json() == first.json()
    assert problem_of(granted(trader, person, "one", amount_minor=11_00, expires_at=expires_at)) == "free-bet-id-reused"
    free_bet_id = first.json()["free_bet_id"]
    assert until(lambda: shown(person) == [("available", 10_00)], "the free bet is listed")

    assert problem_of(bet(person, market, free_bet_id, "less", 9_00)) == "free-bet-stake-differs"
    assert problem_of(bet(other, market, free_bet_id, "another's")) == "free-bet-unknown"
    assert problem_of(bet(person, market, "nothing", "malformed")) == "id-malformed"
    placed = bet(person, market, free_bet_id, "used")
    assert placed.status_code == 201, placed.text
    assert bet(person, market, free_bet_id, "used").content == placed.content
    assert problem_of(bet(person, market, free_bet_id, "again")) == "free-bet-already-used"
    receipt = placed.json()
    whole_minor = round(float(receipt["odds"]) * 10_00)
    assert (receipt["free_bet_id"], receipt["potential_returns_minor"]) == (free_bet_id, whole_minor - 10_00)

    held = person.get("/v1/portfolio").json()
    assert (held["available_minor"], held["at_risk_minor"]) == (5_00, 0)
    assert [each["free_bet_id"] for each in held["open"]["items"]] == [free_bet_id]
    assert shown(person) == [("used", 10_00)]
    assert problem_of(person.get(f"/v1/bets/{receipt['bet_id']}/cash-out")) == "free-bet-not-cashed-out"
    slip = {"bet_id": receipt["bet_id"], "caption": "", "visibility": "public", "stake_shown": "amount"}
    assert problem_of(person.post("/v1/slips", slip, idempotency_key="shown")) == "free-bet-not-shared"

    assert trader.put(f"/v1/trading/markets/{market['market_id']}/closure").is_success
    end_match(trader, market, 1, 0)
    result = {"results": {"home": "won", "draw": "lost", "away": "lost"}, "home": 1, "away": 0}
    approved(second_trader, trader.put(f"/v1/trading/markets/{market['market_id']}/result", result))
    until(lambda: person.get(f"/v1/bets/{receipt['bet_id']}").json()["status"] == "won", "it is settled")
    until(lambda: person.available_minor() == 5_00 + whole_minor - 10_00, "the winnings are there")
    (line,) = [each for each in person.get("/v1/wallet/statement").json()["items"] if each["kind"] == "returns"]
    assert line["amount_minor"] == whole_minor - 10_00
    assert tree.run("audit", "verify").returncode == 0


def test_who_is_excluded_is_granted_no_free_bet_and_uses_none(tree: Tree, trader: Person):
    person, market = tree.bettor("excluded_freely"), open_match(trader, "free and excluded")
    free_bet_id = granted(trader, person, "before").json()["free_bet_id"]
    assert person.put("/v1/account/exclusion", {"until": None}).is_success
    assert problem_of(granted(trader, person, "after")) == "self-excluded-now"
    assert problem_of(bet(person, market, free_bet_id, "never")) == "self-excluded-now"


def proposed_for(trader: Person, person: Person) -> list[dict[str, Any]]:
    """What is proposed to be given to somebody; nothing while the list is not there yet."""
    items = trader.get("/v1/trading/proposals").json().get("items", [])
    return [each for each in items if each["account_id"] == person.account_id]


def test_more_than_one_trader_gives_alone_waits_for_another(tree: Tree, trader: Person, second_trader: Person):
    person, expires_at = tree.bettor("given_much"), (Clock().now() + timedelta(days=1)).isoformat()
    assert granted(trader, person, "small", 60_00).status_code == 201
    proposed = granted(trader, person, "large", 40_01, expires_at=expires_at)
    told = proposed.json()
    assert (proposed.status_code, told["action"], told["account_id"]) == (202, "grant_free_bet", person.account_id)
    path = f"/v1/trading/proposals/{told['proposal_id']}"
    assert problem_of(trader.put(f"{path}/approval")) == "approval-by-proposer"
    (listed,) = until(lambda: proposed_for(trader, person), "it waits for another trader")
    assert (listed["details"]["amount_minor"], listed["proposed_by"]) == (40_01, trader.account_id)
    until(lambda: shown(person) == [("available", 60_00)], "what one gave alone is there, and the rest is not")
    assert approved(second_trader, proposed).json()["status"] == "approved"
    until(lambda: ("available", 40_01) in shown(person), "it is given once another trader approved it")
    assert granted(trader, person, "large", 40_01, expires_at=expires_at).status_code == 201


def test_free_bets_are_granted_listed_and_used_on_the_command_line(tree: Tree, trader: Person, tmp_path: Path):
    person, password = tree.bettor("freely_typed"), tmp_path / "password"
    password.write_text(PASSWORD)
    as_trader = ("--as", trader.handle, "--password-file", str(password))
    as_person = ("--as", person.handle, "--password-file", str(password))
    until_then = (Clock().now() + timedelta(days=1)).isoformat()
    grant = ("free-bet", "grant", person.account_id, "500", "--reason", "sorry", *as_trader)
    done = tree.run(*grant, "--until", until_then, "--key", "once", "--json")
    assert done.returncode == 0, done.stderr
    free_bet_id = json.loads(done.stdout)["free_bet_id"]
    assert json.loads(tree.run(*grant, "--until", until_then, "--key", "once", "--json").stdout) == json.loads(done.stdout)
    wrong = tree.run(*grant, "--until", (Clock().now() + timedelta(days=400)).isoformat())
    assert wrong.returncode == 1
    assert "within 366 days" in wrong.stderr
    much = tree.run("free-bet", "grant", person.account_id, "10000", *grant[4:], "--until", until_then)
    assert much.stdout.endswith("another trader has to approve it.\n")
    until(lambda: shown(person) == [("available", 5_00)], "it is listed")
    listed = tree.run("free-bet", "list", *as_person).stdout
    assert listed.startswith(f"available  {free_bet_id}  5.00 EUR until ")
    open_match(trader, "typed freely")
    placed = tree.run("bet", "typed freely", "home", "500", "--free-bet", free_bet_id, *as_person)
    assert placed.returncode == 0, placed.stderr
    assert "A free bet of 5.00 EUR returns" in placed.stdout
    again = tree.run("bet", "typed freely", "home", "500", "--free-bet", free_bet_id, *as_person)
    assert again.returncode == 1
    assert "already" in again.stderr


def credited(trader: Person, person: Person, key: str, **changed: Any) -> httpx.Response:
    expires_at = changed.pop("expires_at", (Clock().now() + timedelta(days=1)).isoformat())
    terms = {"amount_minor": 10_00, "currency": "EUR", "times": 1, "odds_min": "1.5", "stake_minor_max": 10_00}
    body = {**terms, "expires_at": expires_at, "reason": "welcome", **changed}
    return trader.post(f"/v1/trading/accounts/{person.account_id}/bonuses", body, idempotency_key=key)


def bonuses(person: Person) -> list[tuple[str, int, int, int]]:
    found = person.get("/v1/bonuses").json()["items"]
    return [(each["status"], each["available_minor"], each["at_risk_minor"], each["wagered_minor"]) for each in found]


def test_a_bonus_is_credited_staked_and_becomes_cash_or_expires(tree: Tree, trader: Person, second_trader: Person, tmp_path: Path):
    person, password = tree.bettor("bonused", funds_minor=5_00), tmp_path / "password"
    password.write_text(PASSWORD)
    as_person = ("--as", person.handle, "--password-file", str(password))
    market = open_match(trader, "bonus money")
    assert problem_of(credited(person, person, "mine")) == "role-missing"
    assert problem_of(credited(trader, person, "much", times=11)) == "bonus-times-out-of-range"
    assert problem_of(credited(trader, person, "odds", odds_min="1.2345")) == "odds-too-fine"
    gone = credited(trader, person, "gone", expires_at=(Clock().now() + timedelta(seconds=2)).isoformat())
    assert gone.status_code == 201, gone.text
    credit = ("bonus", "credit", person.account_id, "1000", "--reason", "welcome", "--times", "1", "--until", "2026-01-01T00:00:00Z")
    assert tree.run(*credit, "--as", trader.handle, "--password-file", str(password)).returncode == 1
    bonus_id = credited(trader, person, "one").json()["bonus_id"]
    until(lambda: [each[:2] for each in bonuses(person)] == [("active", 10_00), ("expired", 0)], "what expired is taken off")
    assert problem_of(person.bet(market, "home", 1_00, "late", bonus_id=gone.json()["bonus_id"])) == "bonus-is-over"
    assert problem_of(person.bet(market, "home", 1_00, "malformed", bonus_id="nothing")) == "id-malformed"
    placed = tree.run("bet", "bonus money", "home", "1000", "--bonus", bonus_id, "--json", *as_person)
    assert placed.returncode == 0, placed.stderr
    receipt = json.loads(placed.stdout)
    assert receipt["bonus_id"] == bonus_id
    wallet = until(lambda: (found := person.get("/v1/wallet").json())["bonus_at_risk_minor"] and found, "the stake is reserved")
    assert (wallet["available_minor"], wallet["at_risk_minor"], wallet["bonus_minor"], wallet["bonus_at_risk_minor"]) == (5_00, 0, 0, 10_00)
    assert person.get(f"/v1/bets/{receipt['bet_id']}").json()["bonus_id"] == bonus_id
    assert trader.put(f"/v1/trading/markets/{market['market_id']}/closure").is_success
    end_match(trader, market, 1, 0)
    result = {"results": {"home": "won", "draw": "lost", "away": "lost"}, "home": 1, "away": 0}
    approved(second_trader, trader.put(f"/v1/trading/markets/{market['market_id']}/result", result))
    until(lambda: person.available_minor() == 5_00 + receipt["potential_returns_minor"], "the bonus became cash")
    assert bonuses(person)[0] == ("converted", 0, 0, 10_00)
    assert person.get("/v1/wallet/statement").json()["items"][0]["kind"] == "bonus"
    listed = tree.run("bonus", "list", *as_person).stdout
    assert listed.startswith(f"converted  0.00 left, 10.00 of 10.00 staked  {bonus_id}")
    assert tree.run("audit", "verify").returncode == 0

"""Whoever has an account gets all that is kept of them, as JSON lines, and nothing of anybody else."""

import json
from typing import Any

import pytest

from tests.journeys.process_tree import PASSWORD, Person, Tree, grade, open_match, problem_of, until


def exported(person: Person) -> list[dict[str, Any]]:
    with person.client.stream("GET", "/v1/account/export") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.headers["cache-control"] == "no-store"
        return [json.loads(line) for line in answer.iter_lines()]


@pytest.fixture(scope="module")
def history(tree: Tree, trader: Person, second_trader: Person, ada: Person) -> str:
    """A bet of Ada's and one of Bob's on the same market, settled; returns the id of Ada's."""
    bob = tree.bettor("bob", funds_minor=50_00)
    market = open_match(trader, "exported")
    struck = ada.bet(market, "home", 10_00, "hers")
    assert struck.status_code == 201
    assert bob.bet(market, "away", 5_00, "his").status_code == 201
    grade(trader, second_trader, market, 1, 0)
    bet_id = str(struck.json()["bet_id"])
    until(lambda: ada.get(f"/v1/bets/{bet_id}").json().get("status") == "won", "the bet is settled")
    return bet_id


def test_all_that_is_kept_of_a_person_is_exported_and_its_end_is_told(tree: Tree, ada: Person, history: str):
    ada.sign_in("ada")
    *facts, end = exported(ada)
    assert end == {"end": {"facts": len(facts)}}
    kinds = {fact["fact"].rsplit(".", 1)[0] for fact in facts}
    assert {
        *("account.registered", "account.handle_claimed", "account.email_claimed", "sign_ins.session_opened", "wallet.opened"),
        *("wallet.funds_deposited", "wallet.transfer_recorded", "wallet.stake_reserved", "wallet.returns_paid"),
        *("bet.placed", "bet.settled"),
    } <= kinds
    assert {fact["stream_id"] for fact in facts if fact["fact"].startswith("bet.")} == {history}
    assert all(fact["committed_at"].endswith("Z") for fact in facts)
    registered = next(fact for fact in facts if fact["fact"].startswith("account.registered"))
    assert registered["email"].startswith("ada"), "the address is opened for its owner"
    kept = json.loads(tree.run("replay", "--stream", registered["stream_id"], "--json").stdout.splitlines()[0])
    assert kept["email"].startswith("s1."), "and sealed in the log"
    replayed = [json.loads(line) for line in tree.run("replay", "--stream", history, "--json").stdout.splitlines()]
    assert [{**fact, "committed_at": ""} for fact in facts if fact["stream_id"] == history] == [
        {**fact, "committed_at": ""} for fact in replayed
    ]


def test_who_of_the_staff_decided_on_an_account_is_not_told(trader: Person, ada: Person):
    limited = trader.put(f"/v1/trading/accounts/{ada.account_id}/stake-factor", {"factor": "0.5", "reason": "arbitrage"})
    assert limited.status_code == 200
    *told, _ = exported(ada)
    assert [fact["actor"] for fact in told if fact["fact"].startswith("account_gate.stake_factor_set")] == ["staff"]
    assert trader.account_id not in json.dumps(told)


@pytest.mark.usefixtures("history")
def test_nothing_of_another_person_and_no_password_is_in_it(ada: Person):
    text = json.dumps(exported(ada))
    assert "bob" not in text
    assert "argon2" not in text
    assert PASSWORD not in text
    positions = [fact["position"] for fact in exported(ada)[:-1]]
    assert len(set(positions)) == len(positions)


def test_only_who_is_signed_in_is_told(tree: Tree):
    refused = tree.visitor().get("/v1/account/export")
    assert (refused.status_code, problem_of(refused)) == (401, "token-missing")

"""Slips over HTTP, with no projector running: shared, tailed, changed, held and removed by what streams say alone."""

from typing import Any

import httpx
import pytest

from tests.journeys.process_tree import Person, Tree, open_match, problem_of

NOBODY = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"


@pytest.fixture(scope="module")
def market(tree: Tree, trader: Person) -> dict[str, Any]:
    """A market that the board shows; from then on nothing projects."""
    market = open_match(trader, "slips")
    market["to come"] = open_match(trader, "to come", live=False)
    tree.end("project")
    return market


@pytest.fixture(scope="module")
def ben(tree: Tree) -> Person:
    return tree.bettor("ben", funds_minor=100_00)


def share(person: Person, bet_id: str, **said: Any) -> httpx.Response:
    return person.post("/v1/slips", {"bet_id": bet_id, **said})


def tail(person: Person, slip_id: str, key: str, **said: Any) -> httpx.Response:
    return person.post(f"/v1/slips/{slip_id}/tail", {"stake_minor": 2_00, **said}, idempotency_key=key)


def test_a_bet_is_shared_as_it_was_placed_and_tailed_at_todays_odds(market: dict[str, Any], ada: Person, ben: Person, trader: Person):
    bet = ada.bet(market, "home", 10_00, "to be shared").json()
    said = {"caption": "Home all the way \N{SMILING FACE WITH SUNGLASSES}", "stake_shown": "units", "unit_minor": 5_00, "tags": ["derby"]}
    shared = share(ada, bet["bet_id"], **said, mentions=[ben.account_id])
    assert shared.status_code == 201, shared.text
    slip = shared.json()
    assert (slip["verified"], slip["author"]) == (True, {"account_id": ada.account_id, "handle": "ada"})
    assert (slip["caption"], slip["tags"], slip["mentions"]) == (said["caption"], ["derby"], [ben.account_id])
    leg = {"fixture_id": market["fixture_id"], "market_id": market["market_id"], "selection": "home", "odds": "2.35", "version": 1}
    assert slip["bet"]["legs"] == [leg]
    assert (slip["bet"]["odds"], slip["bet"]["stake_minor"], slip["bet"]["unit_minor"]) == ("2.35", 10_00, 5_00)
    assert share(ada, bet["bet_id"], **said, mentions=[ben.account_id]).content == shared.content
    assert problem_of(share(ada, bet["bet_id"], **{**said, "caption": "Away."}, mentions=[ben.account_id])) == "slip-key-reused"

    prices = {"prices": {"home": "2.3", "draw": "3.4", "away": "2.0"}}
    assert trader.put(f"/v1/trading/markets/{market['market_id']}/prices", prices).status_code == 200
    worse = tail(ben, slip["slip_id"], "worse", worst_odds="2.35")
    assert (problem_of(worse), worse.json()["current"]) == ("odds-below-worst", "2.30")
    tailed = tail(ben, slip["slip_id"], "tail", worst_odds="2.3")
    assert tailed.status_code == 201, tailed.text
    assert (tailed.json()["odds"], tailed.json()["stake_minor"], tailed.json()["legs"][0]["version"]) == ("2.30", 2_00, 2)
    assert tail(ben, slip["slip_id"], "tail", worst_odds="2.3").content == tailed.content
    assert problem_of(tail(ada, slip["slip_id"], "own")) == "own-slip-tailed"

    path = f"/v1/slips/{slip['slip_id']}"
    removed = ada.delete(path)
    assert (removed.status_code, removed.json()["removed"]) == (200, True)
    assert ada.delete(path).content == removed.content
    assert problem_of(tail(ben, slip["slip_id"], "too late")) == "slip-unknown"
    assert problem_of(share(ada, bet["bet_id"])) == "slip-taken-down"


def test_a_pick_is_unverified_and_a_hidden_slip_is_answered_as_a_missing_one(market: dict[str, Any], ada: Person, ben: Person):
    pick = {"type": "single", "legs": [{"market_id": market["market_id"], "selection": "draw", "odds": "9/1"}]}
    body = {"pick": pick, "stake_shown": "amount", "visibility": "followers"}
    shared = ada.post("/v1/slips", body, idempotency_key="a pick")
    assert shared.status_code == 201, shared.text
    slip = shared.json()
    assert (slip["verified"], slip["bet"]["odds"], slip["bet"]["stake_minor"], slip["bet"]["stake_shown"]) == (
        False,
        "10.00",
        None,
        "hidden",
    )
    assert ada.post("/v1/slips", body, idempotency_key="a pick").content == shared.content
    assert ada.post("/v1/slips", body).json()["slip_id"] == ada.post("/v1/slips", body).json()["slip_id"] != slip["slip_id"]

    hidden, missing = tail(ben, slip["slip_id"], "hidden"), tail(ben, NOBODY, "hidden")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.replace(slip["slip_id"], NOBODY) == missing.text
    path = f"/v1/slips/{slip['slip_id']}"
    assert problem_of(ben.client.patch(path, json={"visibility": "public"})) == "slip-unknown"
    changed = ada.client.patch(path, json={"visibility": "public"})
    assert (changed.json()["visibility"], changed.json()["replies_closed"]) == ("public", False)
    assert problem_of(tail(ben, slip["slip_id"], "fade", side="fade")) == "fade-impossible"
    assert tail(ben, slip["slip_id"], "now", stake_minor=None, percent_of_balance=5).json()["odds"] == "3.40"


def test_a_moderator_holds_a_slip_and_releases_it(tree: Tree, market: dict[str, Any], ada: Person, ben: Person):
    moderator = tree.bettor("moderator", role="moderator")
    bet = ada.bet({**market, "version": 2}, "away", 1_00, "to be held", accept="any").json()
    slip_id = share(ada, bet["bet_id"]).json()["slip_id"]
    path = f"/v1/moderation/slips/{slip_id}/hold"
    why = {"rule": "spam", "reason": "The same link again."}
    assert problem_of(ben.put(path, why)) == "role-missing"
    held = moderator.put(path, why)
    assert (held.status_code, held.json()["held_rule"]) == (200, "spam")
    assert problem_of(tail(ben, slip_id, "held")) == "slip-unknown"
    assert moderator.delete(path).json()["held_rule"] is None
    assert tail(ben, slip_id, "released").status_code == 201


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, "body-malformed"),
        ({"bet_id": NOBODY, "pick": {"legs": []}}, "body-malformed"),
        ({"bet_id": NOBODY}, "bet-unknown"),
        ({"pick": {"legs": []}}, "slip-legs-malformed"),
        ({"pick": {"legs": [{"market_id": NOBODY, "selection": "home", "odds": "2"}]}}, "market-unknown"),
        ({"bet_id": NOBODY, "caption": "x" * 501}, "text-too-long"),
        ({"bet_id": NOBODY, "caption": "a\u202eb"}, "text-malformed"),
    ],
)
def test_what_cannot_be_shared_is_refused_by_name(market: dict[str, Any], ada: Person, said: dict[str, Any], problem: str):
    assert market
    assert problem_of(ada.post("/v1/slips", said)) == problem


def test_a_draft_is_handed_on_as_a_code_and_placed_from_it(market: dict[str, Any], ada: Person, ben: Person):
    market = market["to come"]
    body = {"legs": [{"market_id": market["market_id"], "selection": "away"}]}
    assert problem_of(ada.post("/v1/drafts", body)) == "key-missing"
    kept = ada.post("/v1/drafts", body, idempotency_key="1")
    assert kept.status_code == 201, kept.text
    assert ada.post("/v1/drafts", body, idempotency_key="1").content == kept.content
    code = kept.json()["code"]
    assert code != ben.post("/v1/drafts", body, idempotency_key="1").json()["code"]
    assert len(code) == 10
    stake = {"units": "1.5", "unit_minor": 2_00}
    secret, none = [
        [
            ben.post(f"/v1/codes/{named}/bet", stake, idempotency_key="code"),
            ben.put(f"/v1/drafts/{named}/published"),
            ben.put(f"/v1/drafts/{named}", body),
            ben.delete(f"/v1/drafts/{named}"),
        ]
        for named in (code, "0000000000")
    ]
    assert [problem_of(answer) for answer in secret] == ["draft-unknown"] * 4
    assert [answer.text.replace(code, "0000000000") for answer in secret] == [answer.text for answer in none]
    replaced = ada.put(f"/v1/drafts/{code}", {"legs": [{"market_id": market["market_id"], "selection": "draw"}]})
    assert (replaced.status_code, replaced.json()["legs"][0]["selection"]) == (200, "draw")
    published = ada.put(f"/v1/drafts/{code}/published")
    assert ada.put(f"/v1/drafts/{code}/published").content == published.content
    placed = ben.post(f"/v1/codes/{code[:5].lower()}-{code[5:]}/bet", stake, idempotency_key="code")
    assert placed.status_code == 201, placed.text
    assert (placed.json()["stake_minor"], placed.json()["legs"][0]["selection"]) == (3_00, "draw")
    gone = ada.delete(f"/v1/drafts/{code}")
    assert ada.delete(f"/v1/drafts/{code}").content == gone.content
    assert ben.post(f"/v1/codes/{code}/bet", stake, idempotency_key="code").content == placed.content
    assert problem_of(ben.post(f"/v1/codes/{code}/bet", stake, idempotency_key="other")) == "draft-unknown"


def test_what_was_shared_and_tailed_is_proved_from_the_log(tree: Tree):
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr

"""Whoever pauses, excludes themselves, is closed or becomes staff neither bets nor deposits from that moment on, and can take money out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.process_tree import Person, Tree, open_match, problem_of, until


@pytest.fixture(scope="module")
def support(tree: Tree) -> Person:
    return tree.bettor("support", role="support")


def in_future(**units: float) -> str:
    return (datetime.now(UTC) + timedelta(**units)).isoformat()  # noqa: TID251  (a person looks at a clock)


def deposit(person: Person, reference: str) -> Any:
    return person.post("/v1/wallet/deposits", {"amount_minor": 1_00, "currency": "EUR", "reference": reference})


def withdraw(person: Person, reference: str) -> Any:
    return person.post("/v1/wallet/withdrawals", {"amount_minor": 1_00, "currency": "EUR", "reference": reference})


@pytest.fixture(scope="module")
def market(trader: Person) -> dict[str, Any]:
    return open_match(trader, "exclusion")


def barred(person: Person, market: dict[str, Any], problem: str) -> None:
    """No bet is struck and nothing comes in, everything may go out."""
    for refused in (deposit(person, f"while {problem}"), person.bet(market, "home", 1_00, f"while {problem}")):
        assert (refused.status_code, problem_of(refused)) == (403, problem)
    assert withdraw(person, f"while {problem}").status_code == 201


def test_a_time_out_stops_bets_and_deposits_at_once_can_be_lengthened_not_shortened_and_ends_by_itself(tree: Tree, market: dict[str, Any]):
    person = tree.bettor("pausing", funds_minor=50_00)
    assert person.get("/v1/account").json()["betting"] == "active"
    short = in_future(seconds=2)
    taken = person.put("/v1/account/time-out", {"until": short})
    assert (taken.status_code, taken.json()["betting"]) == (200, "timed_out"), taken.text
    assert datetime.fromisoformat(taken.json()["timed_out_until"]) == datetime.fromisoformat(short)
    barred(person, market, "timed-out-now")
    again = person.put("/v1/account/time-out", {"until": short})
    assert again.json() == taken.json()
    assert problem_of(person.put("/v1/account/time-out", {"until": in_future(seconds=0)})) == "time-out-not-shortened"
    assert until(lambda: deposit(person, f"after {person.position}").status_code == 201, "the time-out is over")
    assert person.bet(market, "home", 1_00, "after the time-out").status_code == 201
    assert person.get("/v1/account").json()["betting"] == "active"
    week = person.put("/v1/account/time-out", {"until": in_future(days=7)})
    assert week.json()["betting"] == "timed_out"
    assert person.put("/v1/account/time-out", {"until": in_future(days=8)}).status_code == 200
    assert problem_of(person.put("/v1/account/time-out", {"until": in_future(days=400)})) == "time-out-out-of-range"


def test_an_exclusion_lasts_six_months_at_least_and_is_not_shortened(tree: Tree, market: dict[str, Any]):
    person = tree.bettor("excluded", funds_minor=50_00)
    assert problem_of(person.put("/v1/account/return")) == "not-self-excluded"
    assert problem_of(person.put("/v1/account/exclusion", {"until": in_future(days=150)})) == "exclusion-too-short"
    shut = person.put("/v1/account/exclusion", {"until": in_future(days=200)})
    assert (shut.status_code, shut.json()["betting"], shut.json()["excluded"]) == (200, "self_excluded", True)
    barred(person, market, "self-excluded-now")
    assert problem_of(person.put("/v1/account/exclusion", {"until": in_future(days=190)})) == "exclusion-not-shortened"
    assert problem_of(person.put("/v1/account/return")) == "exclusion-not-over"
    for body in ({}, {"until": None}):
        for_ever = person.put("/v1/account/exclusion", body)
        assert (for_ever.json()["excluded"], for_ever.json()["excluded_until"]) == (True, None)
    assert problem_of(person.put("/v1/account/exclusion", {"until": in_future(days=900)})) == "exclusion-not-shortened"
    assert person.get("/v1/account").json()["betting"] == "self_excluded"


def test_support_closes_an_account_and_opens_it_again(tree: Tree, support: Person, market: dict[str, Any]):
    person = tree.bettor("closed", funds_minor=50_00)
    path = f"/v1/accounts/{person.account_id}/closure"
    assert problem_of(person.put(path, {"reason": "mine"})) == "role-missing"
    assert problem_of(support.put(path, {"reason": "\u202e"})) == "reason-malformed"
    closed = support.put(path, {"reason": "fraud"})
    assert (closed.status_code, closed.json()["betting"]) == (200, "closed")
    assert support.put(path, {"reason": "fraud"}).json() == closed.json()
    assert problem_of(support.put(path, {"reason": "age"})) == "already-closed"
    barred(person, market, "account-is-closed")
    assert support.delete(path).json()["betting"] == "active"
    assert deposit(person, "open again").status_code == 201
    nobody = "/v1/accounts/00000000-0000-7000-8000-000000000000/closure"
    assert problem_of(support.put(nobody, {"reason": "fraud"})) == "account-unknown"
    assert problem_of(support.put("/v1/accounts/x/closure", {"reason": "fraud"})) == "id-malformed"


def test_staff_neither_bets_nor_deposits_from_the_moment_of_the_grant_until_the_role_is_revoked(tree: Tree, market: dict[str, Any]):
    person = tree.bettor("becoming_staff", funds_minor=50_00)
    assert tree.run("accounts", "grant", "becoming_staff", "trader").returncode == 0
    barred(person, market, "staff-do-not-bet")
    assert person.get("/v1/account").json()["betting"] == "staff"
    assert tree.run("accounts", "revoke", "becoming_staff", "trader").returncode == 0
    assert deposit(person, "a bettor again").status_code == 201
    assert tree.run("accounts", "revoke", "becoming_staff", "king").returncode == 1


def test_a_revoked_role_counts_no_more_within_a_second_whatever_the_session_says(tree: Tree):
    person = tree.bettor("short_career", role="trader")
    path = "/v1/trading/fixtures/00000000-0000-7000-8000-000000000000/kick-off"
    assert problem_of(person.put(path)) == "fixture-unknown"
    assert tree.run("accounts", "revoke", "short_career", "trader").returncode == 0
    assert until(lambda: problem_of(person.put(path)) == "role-missing", "the role counts no more")


@pytest.mark.parametrize("told", ["20991231", 20991231, 4_000_000_000, "2099-12-31", "2099-12-31T12:00:00", "tomorrow", None, ""])
def test_only_a_moment_with_its_offset_is_a_moment(tree: Tree, told: Any):
    person = tree.visitor()
    person.client.headers.update(tree.people[-2].client.headers)
    for path in ("/v1/account/time-out", *(["/v1/account/exclusion"] if told is not None else [])):
        refused = person.put(path, {"until": told})
        assert (refused.status_code, problem_of(refused)) == (422, "body-malformed")

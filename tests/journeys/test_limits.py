"""A bettor's own limits over HTTP and the command line: tightened at once, loosened a day later, and held by every bet and deposit."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, problem_of, until


def deposit(person: Person, amount_minor: int, reference: str) -> Any:
    return person.post("/v1/wallet/deposits", {"amount_minor": amount_minor, "currency": "EUR", "reference": reference})


def put(person: Person, limit: str, amount_minor: int) -> Any:
    return person.put(f"/v1/account/limits/{limit}", {"amount_minor": amount_minor})


def one(answer: Any, kind: str, period: str) -> dict[str, Any]:
    (found,) = [each for each in answer.json()["limits"] if (each["kind"], each["period"]) == (kind, period)]
    return dict(found)


def test_limits_hold_bets_and_deposits_and_are_told_with_what_is_left(tree: Tree, trader: Person):
    person = tree.bettor("limiting", funds_minor=50_00)
    market = open_match(trader, "limits")
    none = person.get("/v1/account/limits").json()
    assert (none["limits"], none["zone"], none["stake_left_minor"], none["deposited"]) == ([], "UTC", None, True)
    assert put(person, "stake/month", 10_00).status_code == 200
    assert person.bet(market, "home", 6_00, "first").status_code == 201
    refused = person.bet(market, "home", 4_01, "second")
    assert (refused.status_code, problem_of(refused)) == (409, "stake-limit-reached")
    told = refused.json()
    assert (told["period"], told["limit_minor"], told["used_minor"], told["left_minor"]) == ("month", 10_00, 6_00, 4_00)
    set_ = put(person, "deposit/month", 60_00)
    assert one(set_, "deposit", "month")["left_minor"] == set_.json()["deposit_left_minor"] == 10_00
    over = deposit(person, 10_01, "over")
    assert (over.status_code, problem_of(over)) == (409, "deposit-limit-reached")
    assert deposit(person, 10_00, "just").status_code == 201
    stands = one(person.get("/v1/account/limits"), "stake", "month")
    starts, resets = (datetime.fromisoformat(stands[name]) for name in ("starts_at", "resets_at"))
    assert (starts.day, resets.day, stands["resets_at"]) == (1, 1, told["resets_at"])
    assert tree.run("audit", "verify").returncode == 0


def test_before_the_first_deposit_a_limit_is_set_or_declined_for_certain(tree: Tree):
    person = tree.bettor("asked")
    assert person.get("/v1/account/limits").json()["first_deposit_waits"]
    refused = deposit(person, 1_00, "unasked")
    assert (refused.status_code, problem_of(refused)) == (409, "deposit-limit-unanswered")
    decline = "/v1/account/limits/deposit/decline"
    assert problem_of(person.post(decline, {"confirmed": False})) == "decline-not-confirmed"
    assert deposit(person, 1_00, "unasked").status_code == 409
    declined = person.post(decline, {"confirmed": True})
    assert (declined.status_code, declined.json()["first_deposit_waits"]) == (200, False)
    assert person.post(decline, {"confirmed": True}).json()["position"] == declined.json()["position"], "a repeat changes nothing"
    assert deposit(person, 1_00, "unasked").status_code == 201
    other = tree.bettor("asked_too")
    assert put(other, "deposit/week", 5_00).json()["first_deposit_waits"] is False
    assert problem_of(deposit(other, 5_01, "first")) == "deposit-limit-reached"
    assert deposit(other, 5_00, "first").status_code == 201
    assert tree.run("audit", "verify", "--log-only").returncode == 0


def test_a_limit_is_loosened_a_day_later_and_that_is_taken_back_by_setting_it_again(tree: Tree):
    person = tree.bettor("loosening", funds_minor=50_00)
    put(person, "loss/day", 10_00)
    raised = one(put(person, "loss/day", 30_00), "loss", "day")
    assert (raised["amount_minor"], raised["pending"]["amount_minor"]) == (10_00, 30_00)
    removed = one(person.delete("/v1/account/limits/loss/day"), "loss", "day")
    assert (removed["amount_minor"], removed["pending"]["amount_minor"]) == (10_00, None)
    assert datetime.fromisoformat(removed["pending"]["effective_from"]) > datetime.fromisoformat(removed["starts_at"]) + timedelta(days=1)
    assert one(put(person, "loss/day", 10_00), "loss", "day")["pending"] is None
    assert one(put(person, "loss/day", 5_00), "loss", "day")["amount_minor"] == 5_00
    assert problem_of(person.delete("/v1/account/limits/stake/day")) == "limit-not-set"
    assert problem_of(put(person, "stake/year", 1)) == problem_of(put(person, "wins/day", 1)) == "limit-unknown"
    assert problem_of(put(person, "stake/day", 0)) == "limit-out-of-range"
    says = [
        "Your loss limit by the day was set and counts from now on",
        "Your loss limit by the day was set and counts from now on",
        "Your loss limit by the day will end on",
        "Your loss limit by the day will be higher from",
        "Your loss limit by the day was set and counts from now on",
    ]

    def are_told() -> bool:
        told = [item["text"] for item in person.get("/v1/notifications").json()["items"]]
        return len(told) >= len(says) and all(text.startswith(start) for text, start in zip(told, says, strict=False))

    assert until(are_told, "every change is in the inbox")


def test_limits_on_the_command_line(tree: Tree, tmp_path: Path):
    person = tree.bettor("typing_limits")
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    as_one = ("--as", person.handle, "--password-file", str(password), "--url", tree.url)
    assert tree.run("limits", "list", *as_one).stdout.strip() == "No limits."
    assert "50.00" in tree.run("limits", "set", "deposit", "week", "50.00", *as_one).stdout
    removed = tree.run("limits", "remove", "deposit", "week", *as_one)
    assert "no limit from" in removed.stdout
    assert tree.run("limits", "set", "deposit", "year", "50.00", *as_one).returncode == 1

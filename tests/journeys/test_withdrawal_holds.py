"""Compliance holds withdrawals: the bettor is refused by name and told why, bets go on, and a release lets the money go.

A large transfer raises an alert, which compliance alone is told of.
"""

from pathlib import Path
from typing import Any

from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, problem_of, until

WHY = "We are checking where a deposit came from."


def inbox_says(person: Person, text: str) -> bool:
    return text in [item["text"] for item in person.get("/v1/notifications").json()["items"]]


def withdraws(person: Person, reference: str):
    return person.post("/v1/wallet/withdrawals", {"amount_minor": 1_00, "currency": "EUR", "reference": reference})


def test_withdrawals_are_held_and_released_by_compliance_and_the_holder_is_told(tree: Tree, trader: Person):
    officer, person = tree.bettor("officer", role="compliance"), tree.bettor("checked", funds_minor=500_00)
    path = f"/v1/compliance/accounts/{person.account_id}/withdrawal-hold"
    for nobody in (person, trader):
        assert problem_of(nobody.put(path, {"reason": WHY})) == "role-missing"
    assert officer.get(path).json()["hold"] is None
    held = officer.put(path, {"reason": WHY})
    assert (held.status_code, held.json()["hold"]["reason"]) == (200, WHY)
    assert problem_of(officer.put(path, {"reason": "Another."})) == "held-for-another-reason"
    refused = withdraws(person, "while held")
    assert (refused.status_code, problem_of(refused), refused.json()["reason"]) == (403, "withdrawals-held", WHY)
    assert refused.json()["since"] == held.json()["hold"]["since"]
    assert person.bet(open_match(trader, "goes on"), "home", 5_00, "while held").status_code == 201
    told = person.get("/v1/account/restrictions").json()["restrictions"]
    assert [(each["kind"], each["reason"], each["factor"]) for each in told] == [("withdrawal_hold", WHY, None)]
    assert until(lambda: inbox_says(person, "Withdrawals are held, your wallet says why; bets and deposits go on"), "the inbox says so")
    assert officer.delete(path).json()["hold"] is None
    assert withdraws(person, "while held").status_code == 201
    exported = person.get("/v1/account/export").text
    assert "account_gate.withdrawal_hold_placed.v1" in exported
    assert "account_gate.withdrawal_hold_released.v1" in exported
    assert tree.run("audit", "verify").returncode == 0


def test_withdrawals_are_held_shown_and_released_on_the_command_line(tree: Tree, tmp_path: Path):
    officer, person, password = tree.bettor("officer_2", role="compliance"), tree.bettor("checked_2"), tmp_path / "password"
    password.write_text(PASSWORD)
    as_officer = ("--as", officer.handle, "--password-file", str(password))
    held = tree.run("compliance", "hold", person.account_id, "--reason", WHY, *as_officer)
    assert (held.returncode, held.stdout.startswith("Withdrawals are held since "), WHY in held.stdout) == (0, True, True), held.stderr
    assert tree.run("compliance", "show", person.account_id, *as_officer).stdout == held.stdout
    assert tree.run("compliance", "release", person.account_id, *as_officer).stdout == "Withdrawals go out.\n"


def listed(officer: Person) -> dict[str, dict[str, Any]]:
    return {each["account_id"]: each for each in officer.get("/v1/compliance/alerts").json()["items"]}


def test_an_alert_of_a_large_deposit_is_listed_and_closed_by_compliance_and_its_holder_learns_nothing(
    tree: Tree, trader: Person, tmp_path: Path
):
    officer, person, other = tree.bettor("officer_3", role="compliance"), tree.bettor("large", 12_000_00), tree.bettor("small", 120_00)
    alert = until(lambda: listed(officer).get(person.account_id), "the alert is listed")
    assert [each["rule"] for each in alert["findings"]] == ["large", "sum"]
    assert (alert["number"], alert["direction"], alert["amount_minor"], alert["currency"]) == (1, "deposit", 12_000_00, "EUR")
    assert other.account_id not in listed(officer)
    closure = f"/v1/compliance/accounts/{person.account_id}/alerts/1/closure"
    for nobody in (person, trader):
        assert problem_of(nobody.get("/v1/compliance/alerts")) == "role-missing"
        assert problem_of(nobody.put(closure, {"reason": "none"})) == "role-missing"
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    as_officer = ("--as", officer.handle, "--password-file", str(password))
    assert person.account_id in tree.run("compliance", "alerts", *as_officer).stdout
    said = tree.run("compliance", "close", person.account_id, "1", "--reason", "A flat was sold.", *as_officer)
    assert said.stdout == "Alerts are closed up to 1; open: 0.\n", said.stderr
    assert until(lambda: person.account_id not in listed(officer), "it is listed no more")
    assert problem_of(officer.put(closure.replace("/1/", "/2/"), {"reason": "none"})) == "alert-unknown"
    for path in ("account/export", "account/restrictions", "account", "portfolio", "wallet/statement", "notifications"):
        told, as_others = person.get(f"/v1/{path}"), other.get(f"/v1/{path}")
        assert told.status_code == as_others.status_code
        assert not {word for word in ("monitoring", "alert", "unplayed", "assessed", "A flat") if word in told.text}, path
    kinds = [
        sorted(line.split('"fact":"')[1].split('"')[0] for line in each.get("/v1/account/export").text.splitlines()[:-1])
        for each in (person, other)
    ]
    assert kinds[0] == kinds[1]

"""Compliance holds withdrawals: the bettor is refused by name and told why, bets go on, and a release lets the money go."""

from pathlib import Path

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

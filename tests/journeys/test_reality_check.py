"""Reality checks over HTTP and the command line: chosen, told with what the session cost, and acknowledged."""

from datetime import datetime, timedelta
from typing import Any

from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, problem_of

HERE = "/v1/account/reality-check"


def told(person: Person) -> dict[str, Any]:
    found, costs = person.get(HERE), person.get("/v1/sessions/current/costs")
    assert (found.status_code, costs.status_code) == (200, 200), (found.text, costs.text)
    return {**found.json(), **costs.json()}


def test_a_reality_check_tells_what_the_session_cost_and_counts_anew_once_it_is_read(tree: Tree, trader: Person):
    person = tree.bettor("checking", funds_minor=50_00)
    person.sign_in("checking")
    market = open_match(trader, "reality")
    first = told(person)
    assert (first["interval_minutes"], first["chosen"], first["net_minor"], first["complete"]) == (60, False, 0, True)
    assert first["counted_from"] == first["session_began_at"]
    assert datetime.fromisoformat(first["session_began_at"]) <= datetime.fromisoformat(first["now"])
    assert person.bet(market, "home", 6_00, "first").status_code == 201
    assert person.put(HERE, {"interval_minutes": 15}).status_code == 204
    assert problem_of(person.put(HERE, {"interval_minutes": 7})) == "reality-check-interval-unknown"
    due = told(person)
    assert (due["interval_minutes"], due["chosen"]) == (15, True)
    assert (due["staked_minor"], due["returned_minor"], due["net_minor"]) == (6_00, 0, -6_00)
    began, due_at = (datetime.fromisoformat(due[name]) for name in ("session_began_at", "due_at"))
    assert due_at == began + timedelta(minutes=15)
    for _ in range(2):
        assert person.put(f"{HERE}/acknowledgement", {"counted_from": due["counted_from"]}).status_code == 204
    read = told(person)
    assert datetime.fromisoformat(read["counted_from"]) > datetime.fromisoformat(due["counted_from"])
    assert read["session_began_at"] == due["session_began_at"]
    assert read["staked_minor"] == 6_00
    facts = [each for each in person.get("/v1/account/export").text.splitlines() if "account.reality_check" in each]
    assert ["reality_check_set" in each for each in facts] == [True, False]
    assert person.put(HERE, {"interval_minutes": 0}).status_code == 204
    assert told(person)["due_at"] is None
    assert tree.run("audit", "verify").returncode == 0


def test_an_interval_is_chosen_on_the_command_line(tree: Tree, tmp_path: Any):
    person, password = tree.bettor("checking_cli"), tmp_path / "password"
    password.write_text(PASSWORD)
    signed_in = ("--as", "checking_cli", "--password-file", str(password), "--url", tree.url)
    chosen = tree.run("limits", "reality-check", "--every", "30", *signed_in)
    assert chosen.returncode == 0, chosen.stderr
    assert "every 30 minutes" in chosen.stdout
    assert told(person)["interval_minutes"] == 30
    assert "off" in tree.run("limits", "reality-check", "--every", "0", *signed_in).stdout
    refused = tree.run("limits", "reality-check", "--every", "31", *signed_in)
    assert (refused.returncode, "never (0)" in refused.stderr) == (1, True)

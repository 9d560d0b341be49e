"""A bet delay as a trader sets it and a bettor meets it: over HTTP, at the command line, in the inbox, and in the audit."""

import json
import signal
from typing import Any

from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, problem_of, until


def delayed(trader: Person, key: str, delay_s: int) -> dict[str, Any]:
    market = open_match(trader, key)
    answer = trader.put(f"/v1/trading/markets/{market['market_id']}/bet-delay", {"delay_s": delay_s})
    assert (answer.status_code, answer.json()["status"]) == (200, "open")
    return market


def decided(person: Person, bet_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        bet = person.get(f"/v1/bets/{bet_id}").json()
        return bet if bet["status"] != "pending" else None

    return dict(until(look, "the bet is decided") or {})


def test_a_bet_in_play_is_pending_with_its_stake_at_risk_then_open_and_a_repeat_gets_the_first_answer(tree: Tree, trader: Person):
    person, market = tree.bettor("delay_ann", funds_minor=100_00), delayed(trader, "delay match 1", 2)
    assert trader.get(f"/v1/markets/{market['market_id']}").json()["bet_delay_s"] == 2
    answer = person.bet(market, "home", 10_00, "delay bet 1")
    told = answer.json()
    assert (answer.status_code, told["status"], told["delay_s"], told["stake_minor"]) == (202, "pending", 2, 10_00)
    held = person.get("/v1/portfolio").json()
    assert (held["available_minor"], held["at_risk_minor"]) == (90_00, 10_00)
    assert [bet["bet_id"] for bet in held["open"]["items"]] == [told["bet_id"]]
    bet = decided(person, told["bet_id"])
    assert (bet["status"], bet["pending_until"], bet["odds"]) == ("open", None, told["odds"])
    again = person.bet(market, "home", 10_00, "delay bet 1")
    assert (again.status_code, again.content) == (202, answer.content)
    assert person.available_minor() == 90_00


def test_a_bet_whose_market_is_suspended_meanwhile_is_refused_with_the_reason_a_notice_and_its_stake_back(tree: Tree, trader: Person):
    person, market = tree.bettor("delay_ben", funds_minor=100_00), delayed(trader, "delay match 2", 1)
    tree.running["settle"].send_signal(signal.SIGSTOP)
    told = person.bet(market, "home", 10_00, "delay bet 2").json()
    assert problem_of(person.get(f"/v1/bets/{told['bet_id']}/cash-out")) == "bet-is-pending"
    trader.put(f"/v1/trading/markets/{market['market_id']}/suspension", {"reason": "possible goal"})
    tree.running["settle"].send_signal(signal.SIGCONT)
    bet = decided(person, told["bet_id"])
    assert (bet["status"], bet["reason"], bet["returns_minor"]) == ("refused", "market-suspended-now", 10_00)
    assert bet["reason_title"].startswith("The market is suspended")
    assert person.available_minor() == 100_00
    kinds = [line["kind"] for line in person.get("/v1/wallet/statement").json()["items"]]
    assert kinds == ["released", "stake", "deposit"]
    (notice,) = [each for each in person.get("/v1/notifications").json()["items"] if each["kind"] == "bet_refused"]
    assert "betting on it was suspended" in json.dumps(notice)


def test_a_delay_is_set_by_a_trader_within_bounds_and_by_nobody_else(tree: Tree, trader: Person):
    market = open_match(trader, "delay match 3")
    path = f"/v1/trading/markets/{market['market_id']}/bet-delay"
    assert problem_of(trader.put(path, {"delay_s": 13})) == "bet-delay-out-of-range"
    assert problem_of(tree.bettor("delay_cleo").put(path, {"delay_s": 5})) == "role-missing"
    assert trader.put(path, {"delay_s": 12}).json()["version"] == trader.put(path, {"delay_s": 12}).json()["version"]


def test_the_command_line_sets_a_delay_and_waits_for_a_bet_or_shows_it_pending(tree: Tree, trader: Person):
    person, market = tree.bettor("delay_dan", funds_minor=100_00), open_match(trader, "delay match 4")
    name = person.get(f"/v1/fixtures/{market['fixture_id']}").json()["home"]
    password = tree.folder / "password"
    password.write_text(PASSWORD)
    site = ("--password-file", str(password), "--url", tree.url)
    said = tree.run("trade", "delay", name, "1", "--as", "trader", *site)
    assert "bets in play wait 1 s" in said.stdout, said
    shown = tree.run("bet", name, "home", "500", "--no-wait", "--as", "delay_dan", *site)
    assert "Pending for 1 s" in shown.stdout, shown
    placed = tree.run("bet", name, "home", "500", "--as", "delay_dan", *site)
    assert "Placed: " in placed.stdout, placed
    assert tree.run("audit", "verify").returncode == 0

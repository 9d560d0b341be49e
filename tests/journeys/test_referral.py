"""A bet over its limit that is put to a trader, who answers: over HTTP, at the command line, in the inbox, and in the audit."""

import json
from typing import Any

from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, problem_of, until

QUEUE = "/v1/trading/referrals"


def limited(trader: Person, key: str, referral_s: int = 300) -> dict[str, Any]:
    """A match to come with a market that pays 20.00 on a bet, and up to 500.00 if a trader agrees."""
    market = open_match(trader, key, live=False)
    body = {"payout_minor_max": 20_00, "reason": "few know it", "referral_minor_max": 500_00, "referral_s": referral_s}
    told = trader.put(f"/v1/trading/markets/{market['market_id']}/payout-limit", body)
    assert (told.status_code, told.json()["referral_minor_max"], told.json()["referral_s"]) == (200, 500_00, referral_s)
    return market


def refer(person: Person, market: dict[str, Any], key: str, stake_minor: int = 40_00) -> dict[str, Any]:
    answer = person.bet(market, "home", stake_minor, key, refer=True)
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["status"], told["stake_minor"]) == (202, "pending", stake_minor), told
    return told


def queued(trader: Person, bet_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        items = trader.get(QUEUE, limit=100).json()["items"]
        return next((each for each in items if each["bet_id"] == bet_id), None)

    return dict(until(look, "the bet is in the queue") or {})


def decided(person: Person, bet_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        bet = person.get(f"/v1/bets/{bet_id}").json()
        return bet if bet["status"] != "pending" else None

    return dict(until(look, "the bet is decided") or {})


def notices(person: Person, kind: str) -> list[dict[str, Any]]:
    return [each for each in person.get("/v1/notifications").json()["items"] if each["kind"] == kind]


def test_a_bet_over_its_limit_waits_for_a_trader_who_takes_a_part_and_its_bettor_is_told(tree: Tree, trader: Person):
    person, market = tree.bettor("refer_ann", funds_minor=100_00), limited(trader, "refer match 1")
    refused = person.bet(market, "home", 40_00, "refer bet 0")
    assert (problem_of(refused), refused.json()["may_refer"]) == ("stake-over-limit", True)
    told = refer(person, market, "refer bet 1")
    held = person.get("/v1/portfolio").json()
    assert (held["available_minor"], held["at_risk_minor"]) == (60_00, 40_00)
    (shown,) = held["open"]["items"]
    assert (shown["status"], shown["referred"], shown["pending_until"] is None) == ("pending", True, False)
    waiting = queued(trader, told["bet_id"])
    assert (waiting["account_id"], waiting["stake_minor"], waiting["legs"][0]["selection"]) == (person.account_id, 40_00, "home")
    assert problem_of(person.get(QUEUE)) == "role-missing"
    path = f"{QUEUE}/{told['bet_id']}/approval"
    assert problem_of(person.put(path, {"stake_minor": None})) == "role-missing"
    assert problem_of(trader.put(path, {"stake_minor": 40_01})) == "stake-over-asked"
    for _ in range(2):
        taken = trader.put(path, {"stake_minor": 15_00})
        body = taken.json()
        assert (taken.status_code, body["status"], body["stake_minor"], body["reason"]) == (200, "open", 15_00, None)
    assert problem_of(trader.put(f"{QUEUE}/{told['bet_id']}/refusal")) == "referral-over"
    person.position = trader.position
    bet = decided(person, told["bet_id"])
    assert (bet["status"], bet["stake_minor"], bet["referred"], person.available_minor()) == ("open", 15_00, False, 85_00)
    assert person.bet(market, "home", 40_00, "refer bet 1", refer=True).json() == told
    kinds = [line["kind"] for line in person.get("/v1/wallet/statement").json()["items"]]
    assert kinds == ["released", "stake", "deposit"]
    (notice,) = until(lambda: notices(person, "bet_taken"), "the bettor is told")
    assert "15.00" in json.dumps(notice, ensure_ascii=False)


def test_a_bet_that_a_trader_declines_or_nobody_answers_is_refused_with_its_stake_back(tree: Tree, trader: Person):
    person, market = tree.bettor("refer_ben", funds_minor=100_00), limited(trader, "refer match 2")
    declined, alone = refer(person, market, "refer bet 2"), refer(person, limited(trader, "refer match 3", 10), "refer bet 3")
    answer = trader.put(f"{QUEUE}/{declined['bet_id']}/refusal").json()
    assert (answer["status"], answer["reason"]) == ("refused", "referral-declined")
    person.position = trader.position
    assert decided(person, declined["bet_id"])["reason_title"] == "The trader did not take the bet."
    assert decided(person, alone["bet_id"])["reason"] == "referral-expired"
    assert person.available_minor() == 100_00
    told = until(lambda: len(found := notices(person, "bet_refused")) == 2 and found, "both are told")
    assert {"the trader did not take it" in json.dumps(each) for each in told} == {True, False}


def test_the_command_line_refers_a_bet_lists_it_and_answers(tree: Tree, trader: Person):
    person, market = tree.bettor("refer_cleo", funds_minor=100_00), open_match(trader, "refer match 4", live=False)
    name = person.get(f"/v1/fixtures/{market['fixture_id']}").json()["home"]
    password = tree.folder / "password"
    password.write_text(PASSWORD)
    site = ("--password-file", str(password), "--url", tree.url)
    as_trader = ("--as", "trader", *site)
    limit = ("trade", "limit", market["market_id"], "20.00", "--refer-up-to", "500.00", "--refer-s", "300", "--reason", "few know it")
    assert "Up to 500.00 a trader may be asked, for 300 s." in tree.run(*limit, *as_trader).stdout
    shown = tree.run("bet", name, "home", "4000", "--refer", "--no-wait", "--as", "refer_cleo", *site)
    assert "With a trader for 300 s" in shown.stdout, shown
    bet_id = shown.stdout.rsplit("Bet ", 1)[1].strip()
    queued(trader, bet_id)
    assert bet_id in tree.run("trade", "referrals", "--json", *as_trader).stdout
    taken = tree.run("trade", "refer", "approve", bet_id, "10.00", *as_trader)
    assert taken.stdout == "Struck for 10.00.\n", taken
    second = json.loads(tree.run("bet", name, "home", "4000", "--refer", "--no-wait", "--json", "--as", "refer_cleo", *site).stdout)
    declined = tree.run("trade", "refer", "decline", second["bet_id"], *as_trader)
    assert declined.stdout == "Not struck: referral declined. The stake is back.\n", declined
    assert tree.run("audit", "verify").returncode == 0

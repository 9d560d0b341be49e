"""Four eyes: one trader alone can neither price beyond all bounds, nor result, nor void; nobody who acts for the bookmaker bets."""

from datetime import timedelta
from typing import Any

from infra.clock import Clock
from tests.journeys.process_tree import PASSWORD, Person, Tree, approved, approved_now, end_match, grade, open_match, problem_of, until

WIDE = {"prices": {"home": "1000", "draw": "1000", "away": "1000"}}
BOOK = {"prices": {"home": "2.3", "draw": "3.4", "away": "2.0"}}


def listed(trader: Person) -> dict[str, dict[str, Any]]:
    return {one["proposal_id"]: one for one in trader.get("/v1/trading/proposals").json()["items"]}


def test_one_trader_who_prices_bets_and_grades_their_own_market_comes_away_with_nothing(trader: Person):
    market = open_match(trader, "greedy")
    path = f"/v1/trading/markets/{market['market_id']}"
    assert trader.put(f"{path}/prices", WIDE).status_code == 202
    assert trader.get(f"/v1/markets/{market['market_id']}").json()["version"] == 1
    assert problem_of(trader.bet(market, "home", 1_00, "my own market")) == "staff-do-not-bet"
    assert problem_of(trader.put(f"{path}/result", {"home": 0, "away": 0})) == "result-not-decided"
    void = trader.put(f"{path}/result", {"void_reason": "I say so"})
    assert void.status_code == 202
    assert problem_of(trader.put(f"/v1/trading/proposals/{void.json()['proposal_id']}/approval")) == "approval-by-proposer"


def test_open_proposals_are_listed_oldest_first_with_age_and_expiry_until_another_trader_approves(trader: Person, second_trader: Person):
    market = open_match(trader, "wide")
    path = f"/v1/trading/markets/{market['market_id']}"
    first = trader.put(f"{path}/prices", WIDE).json()
    again = trader.put(f"{path}/prices", WIDE).json()
    assert again == first
    second_trader.position = trader.position
    shown = listed(second_trader)[first["proposal_id"]]
    assert shown["details"]["prices"] == {"home": [1_000_000, 1000], "draw": [1_000_000, 1000], "away": [1_000_000, 1000]}
    assert (shown["action"], shown["proposed_by"], shown["expires_at"]) == ("price_market", trader.account_id, first["expires_at"])
    assert 0 <= shown["age_s"] < 60
    answer = approved(second_trader, trader.put(f"{path}/prices", WIDE)).json()
    assert (answer["status"], answer["market_status"], answer["market_version"]) == ("approved", "open", 2)
    assert first["proposal_id"] not in listed(second_trader)
    assert trader.put(f"{path}/prices", WIDE).status_code == 200
    repeated = second_trader.put(f"/v1/trading/proposals/{first['proposal_id']}/approval")
    assert (repeated.status_code, repeated.json()["status"]) == (200, "approved")


def test_a_rejected_proposal_changes_nothing_and_is_gone(trader: Person, second_trader: Person):
    market = open_match(trader, "rejected")
    proposed = trader.put(f"/v1/trading/markets/{market['market_id']}/prices", WIDE).json()
    rejection = f"/v1/trading/proposals/{proposed['proposal_id']}/rejection"
    rejected = second_trader.put(rejection, {"reason": "far too long"})
    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    assert second_trader.put(rejection, {"reason": "far too long"}).json()["status"] == "rejected"
    assert problem_of(second_trader.put(f"/v1/trading/proposals/{proposed['proposal_id']}/approval")) == "proposal-closed"
    assert proposed["proposal_id"] not in listed(second_trader)
    assert trader.get(f"/v1/markets/{market['market_id']}").json()["version"] == 1


def test_a_result_is_what_the_score_says_and_needs_two_traders(trader: Person, second_trader: Person, ada: Person):
    market = open_match(trader, "graded")
    path = f"/v1/trading/markets/{market['market_id']}/result"
    score = {"home": 2, "away": 1, "minute": 80, "period": "second_half"}
    assert trader.put(f"/v1/trading/fixtures/{market['fixture_id']}/score", score).status_code == 200
    won = {"results": {"home": "won", "draw": "lost", "away": "lost"}, "home": 2, "away": 1}
    assert problem_of(trader.put(path, won)) == "result-not-decided"
    end_match(trader, market, 3, 0)
    assert problem_of(trader.put(path, won)) == "result-contradicts-fixture"
    assert problem_of(trader.put(path, {"results": {"home": "lost", "draw": "won", "away": "lost"}})) == "result-contradicts-score"
    approved(second_trader, trader.put(path, {**won, "home": 3, "away": 0}))
    ada.position = second_trader.position
    assert ada.get(f"/v1/markets/{market['market_id']}").json()["status"] == "resulted"
    assert trader.put(path, {}).json()["status"] == "resulted"


def test_a_wrong_result_is_corrected_by_two_traders_and_its_bets_are_settled_anew(trader: Person, second_trader: Person, ada: Person):
    market = open_match(trader, "corrected")
    path = f"/v1/trading/markets/{market['market_id']}/correction"
    bet_id = ada.bet(market, "home", 1_00, "told wrong").json()["bet_id"]
    correction = {"home": 1, "away": 2, "reason": "two goals were missing"}
    assert problem_of(trader.put(path, correction)) == "nothing-to-correct"
    grade(trader, second_trader, market, 1, 0)
    first = until(lambda: (found := ada.get(f"/v1/bets/{bet_id}").json())["status"] == "won" and found, "the bet is won")
    had_minor = ada.get("/v1/wallet").json()["available_minor"]
    assert (first["settlement"], problem_of(trader.put(path, {**correction, "home": -1}))) == (1, "score-impossible")
    proposed = trader.put(path, correction)
    approval = f"/v1/trading/proposals/{proposed.json()['proposal_id']}"
    assert second_trader.put(f"{approval}/approval").json()["preview"]["money"][0]["bets"] == 1
    (money,) = second_trader.get(f"{approval}/preview").json()["preview"]["money"]
    assert (money["stake_minor"], money["settled"], money["change_minor"], money["below_zero"]) == (1_00, 1, -first["returns_minor"], 0)
    outdated = {"version": 1, "upto": 1, "money": [money]}
    assert problem_of(second_trader.put(f"{approval}/approval", {"preview": outdated})) == "preview-outdated"
    approved(second_trader, proposed)
    second = until(lambda: (found := ada.get(f"/v1/bets/{bet_id}").json())["status"] == "lost" and found, "the bet is lost")
    assert (second["settlement"], second["returns_minor"], second["legs"][0]["result"]) == (2, 0, "lost")
    held = ada.get("/v1/wallet").json()
    assert (held["available_minor"], held["owed_minor"]) == (had_minor - first["returns_minor"], 0)
    kinds = [line["kind"] for line in ada.get("/v1/wallet/statement").json()["items"]]
    assert kinds[:2] == ["lost", "reversal"]
    shown = {one["selection"]: one["result"] for one in ada.get(f"/v1/markets/{market['market_id']}").json()["selections"]}
    assert shown == {"home": "lost", "draw": "lost", "away": "won"}
    approved(second_trader, trader.put(path.replace("correction", "taking-back"), {"reason": "it was right"}))
    until(lambda: ada.get(f"/v1/bets/{bet_id}").json()["settlement"] == 3, "the bet is won again")
    assert ada.get("/v1/wallet").json()["available_minor"] == had_minor


def test_bets_of_a_window_are_void_by_two_traders_until_two_restore_them(tree: Tree, trader: Person, second_trader: Person, ada: Person):
    market = open_match(trader, "windowed")
    path = f"/v1/trading/markets/{market['market_id']}/void-window"
    within = ada.bet(market, "home", 1_00, "while it was unseen").json()["bet_id"]
    end = Clock().now()
    after = ada.bet(market, "home", 2_00, "once it was seen").json()["bet_id"]
    window = {"start": (end - timedelta(hours=1)).isoformat(), "end": end.isoformat()}
    body = {**window, "reason": "a goal nobody saw"}
    assert problem_of(trader.put(path, {**body, "end": (end + timedelta(hours=1)).isoformat()})) == "window-malformed"
    assert trader.put(f"{path}/reversal", body).json()["windows"] == []
    proposed = trader.put(path, body)
    second_trader.position = trader.position
    assert listed(second_trader)[proposed.json()["proposal_id"]]["action"] == "void_bets"
    (money,) = second_trader.get(f"/v1/trading/proposals/{proposed.json()['proposal_id']}/preview").json()["preview"]["money"]
    assert (money["bets"], money["stake_minor"], money["settled"]) == (1, 1_00, 0)
    approved(second_trader, proposed)
    ada.position = second_trader.position
    assert problem_of(ada.get(f"/v1/bets/{within}/cash-out")) == "cash-out-leg-void"
    assert "cash-out-leg-void" not in ada.get(f"/v1/bets/{after}/cash-out").text
    had_minor = ada.get("/v1/wallet").json()["available_minor"]
    grade(trader, second_trader, market, 1, 0)
    void = until(lambda: (found := ada.get(f"/v1/bets/{within}").json())["status"] == "void" and found, "the bet is void")
    assert (void["returns_minor"], void["legs"][0]["result"]) == (1_00, "void")
    won = until(lambda: (found := ada.get(f"/v1/bets/{after}").json())["status"] == "won" and found, "the other is won")
    until(lambda: "Your bet is void, back came 1.00 EUR" in ada.get("/v1/notifications").text, "ada is told")
    restore_typed(tree, market["market_id"], window)
    again = until(lambda: (found := ada.get(f"/v1/bets/{within}").json())["status"] == "won" and found, "the bet is won")
    assert (again["settlement"], again["returns_minor"]) == (2, 2_35)
    until(lambda: ada.get("/v1/wallet").json()["available_minor"] == had_minor + 2_35 + won["returns_minor"], "both are paid once")
    assert ada.get(f"/v1/bets/{after}").json()["settlement"] == 1
    until(lambda: "Your bet is void" not in ada.get("/v1/notifications").text, "ada is told again")


def restore_typed(tree: Tree, market_id: str, window: dict[str, str]) -> None:
    """Restore the bets of a window at the command line: by one trader, and another."""
    password = tree.folder / "password"
    password.write_text(PASSWORD)
    site = ("--password-file", str(password), "--url", tree.url)
    times = ("--from", window["start"], "--to", window["end"])
    proposed = tree.run("trade", "restore", market_id, *times, "--reason", "it was seen", "--as", "trader", *site)
    assert proposed.stdout.endswith(": another trader has to approve it.\n"), proposed
    waiting = tree.run("trade", "proposals", "--as", "second_trader", *site).stdout
    assert "restore bets struck from" in waiting
    approval = tree.run("trade", "approve", proposed.stdout.split()[1].rstrip(":"), "--yes", "--as", "second_trader", *site)
    told = "1 bets of 1.00 EUR in all, 1 are settled by it. Wallets hold 1.35 EUR more."
    at_most = "At most 1.35 EUR are paid and 0.00 EUR taken back, whatever other legs do."
    assert approval.stdout == f"{told} {at_most}\nApproved.\n", approval


def test_a_price_that_was_an_obvious_error_is_corrected_by_two_traders(tree: Tree, trader: Person, second_trader: Person, ada: Person):
    market = open_match(trader, "mispriced")
    path = f"/v1/trading/markets/{market['market_id']}/price-error"
    bet_id = ada.bet(market, "home", 1_00, "at the wrong price").json()["bet_id"]
    body = {"selection": "home", "odds": "2.35", "right_odds": "1.5", "first_version": 1, "reason": "three others stood at 1.50"}
    assert problem_of(trader.put(path, {**body, "right_odds": "2"})) == "price-not-obvious"
    assert problem_of(trader.put(f"{path}/reversal", body)) == "price-error-unknown"
    correct_typed(tree, market["market_id"], body)
    assert problem_of(ada.bet(market, "home", 1_00, "too late")) == "market-suspended-now"
    had_minor = ada.get("/v1/wallet").json()["available_minor"]
    grade(trader, second_trader, market, 1, 0)
    won = until(lambda: (found := ada.get(f"/v1/bets/{bet_id}").json())["status"] == "won" and found, "the bet is won")
    assert (won["returns_minor"], won["odds"], won["legs"][0]["struck_odds"]) == (1_50, "1.50", "2.35")
    until(lambda: "its price was an obvious error" in ada.get("/v1/notifications").text, "ada is told")
    what = ("home", "2.35", "1.5", "--version", "1", "--reason", "it was right")
    restored = typed(tree, "trader", "restore-price", market["market_id"], *what).split()[1].rstrip(":")
    until(lambda: approved_now(second_trader, restored), "what was shown is what would be done")
    again = until(lambda: (found := ada.get(f"/v1/bets/{bet_id}").json())["settlement"] == 2 and found, "it is settled anew")
    assert (again["returns_minor"], again["legs"][0]["struck_odds"]) == (2_35, None)
    until(lambda: ada.get("/v1/wallet").json()["available_minor"] == had_minor + 2_35, "it is paid once")


def correct_typed(tree: Tree, market_id: str, body: dict[str, Any]) -> None:
    """Correct a price at the command line, by one trader and another, who is shown how it stood."""
    what = (body["selection"], body["odds"], body["right_odds"], "--version", str(body["first_version"]), "--reason", body["reason"])
    proposed = typed(tree, "trader", "correct-price", market_id, *what)
    assert proposed.endswith(": another trader has to approve it.\n"), proposed
    shown, told, done = typed(tree, "second_trader", "approve", proposed.split()[1].rstrip(":"), "--yes").rsplit("\n", 3)[:3]
    assert ": home 2.35, said to be wrong.\n" in shown, shown
    assert told.startswith("1 bets of 1.00 EUR in all, 0 are settled by it. Wallets hold 0.00 EUR more."), told
    assert done == "Approved."


def typed(tree: Tree, handle: str, *words: str) -> str:
    """Return what a command of a trader prints."""
    password = tree.folder / "password"
    password.write_text(PASSWORD)
    return tree.run("trade", *words, "--as", handle, "--password-file", str(password), "--url", tree.url).stdout


def test_prices_within_the_bounds_act_at_once(trader: Person):
    market = open_match(trader, "usual")
    answer = trader.put(f"/v1/trading/markets/{market['market_id']}/prices", BOOK)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_only_traders_see_and_decide_proposals(tree: Tree, ada: Person):
    some_id = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"
    assert problem_of(ada.get("/v1/trading/proposals")) == "role-missing"
    assert problem_of(ada.put(f"/v1/trading/proposals/{some_id}/approval")) == "role-missing"
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr

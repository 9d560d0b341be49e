"""The main job: register, pay in, see live odds, bet, see it in the portfolio, be paid at the whistle, and prove it all."""

import json
import re

from api.positions import Positions
from domain.ids import derived
from tests.journeys.process_tree import PASSWORD, Person, Tree, approved, end_match, number_of, open_match, problem_of, until, verified


def test_a_bet_is_struck_at_the_odds_on_the_screen_and_paid_at_the_whistle(tree: Tree, trader: Person, second_trader: Person):
    grace = tree.bettor("grace", funds_minor=50_00)
    market = open_match(trader, "first")
    home = market["selections"][0]
    assert (home["odds"], home["fractional"], home["american"]) == ("2.35", "27/20", "+135")

    struck = grace.bet(market, "home", 10_00, "my first bet")
    assert struck.status_code == 201, struck.text
    bet = struck.json()
    assert (bet["odds"], bet["stake_minor"], bet["potential_returns_minor"], bet["status"]) == ("2.35", 10_00, 23_50, "open")
    assert number_of(struck.headers["slipstream-position"]) == bet["position"]

    portfolio = grace.get("/v1/portfolio").json()
    assert (portfolio["available_minor"], portfolio["at_risk_minor"]) == (40_00, 10_00)
    assert [open_bet["bet_id"] for open_bet in portfolio["open"]["items"]] == [bet["bet_id"]]

    fixture_id, market_id = market["fixture_id"], market["market_id"]
    assert trader.put(f"/v1/trading/fixtures/{fixture_id}/score", {"home": 1, "away": 0, "minute": 77, "period": "second_half"}).is_success
    assert trader.put(f"/v1/trading/markets/{market_id}/closure").is_success
    end_match(trader, market, 1, 0)
    result = {"results": {"home": "won", "draw": "lost", "away": "lost"}, "home": 1, "away": 0}
    approved(second_trader, trader.put(f"/v1/trading/markets/{market_id}/result", result))

    settled = until(lambda: (found := grace.get(f"/v1/bets/{bet['bet_id']}").json())["status"] != "open" and found, "the bet is settled")
    assert (settled["status"], settled["returns_minor"]) == ("won", 23_50)
    assert until(lambda: grace.available_minor() == 63_50, "the returns are paid")
    kinds = [line["kind"] for line in grace.get("/v1/wallet/statement").json()["items"]]
    assert kinds == ["returns", "stake", "deposit"]

    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert "Clean" in audited.stdout


def test_real_matches_come_alive_and_a_bet_on_them_is_settled(tree: Tree):
    grace = tree.bettor("hopper", funds_minor=50_00)
    tree.start("feed", "replay", "--speed", "900", "--matches", "3")

    def struck() -> dict[str, str] | None:
        for fixture in grace.get("/v1/fixtures", status="live", include="markets").json()["items"]:
            for market in fixture["markets"]:
                if market["status"] == "open" and market["type"] == "match_result":
                    answer = grace.bet(
                        market, market["selections"][0]["selection"], 1_00, f"live {market['version']} {market['market_id']}"
                    )
                    return answer.json() if answer.status_code == 201 else None
        return None

    bet = until(struck, "a bet on a live match is struck")
    settled = until(lambda: (found := grace.get(f"/v1/bets/{bet['bet_id']}").json())["status"] != "open" and found, "it is settled")
    assert settled["status"] in ("won", "lost")
    assert settled["returns_minor"] == (settled["potential_returns_minor"] if settled["status"] == "won" else 0)
    assert tree.end("feed") == 0
    assert tree.run("audit", "verify").returncode == 0


def test_a_live_board_is_watched_in_the_terminal_with_teams_score_and_odds(tree: Tree):
    tree.start("feed", "replay", "--speed", "10", "--matches", "3")

    def watched() -> str:
        """The line of a match that shows what the board says of it, unless it moved between the two looks."""
        before = json.loads(tree.run("watch", "--json", "--url", tree.url).stdout)["items"]
        shown = tree.run("watch", "--once", "--url", tree.url, env={"COLUMNS": "160"}).stdout.splitlines()
        after = tree.visitor().get("/v1/fixtures", status="live", include="markets").json()["items"]
        for fixture in (*before, *after):
            open_now = [market for market in fixture["markets"] if (market["type"], market["status"]) == ("match_result", "open")]
            odds = {selection["odds"] for market in open_now for selection in market["selections"]} - {None}
            score = f"{fixture['score']['home']}:{fixture['score']['away']}"
            for line in shown:
                if fixture["home"] in line and score in line.split() and odds & set(line.split()):
                    return line
        return ""

    until(watched, "a match with its score and its odds")
    assert tree.end("feed") == 0


def test_what_was_written_is_read_back_at_once(ada: Person):
    for amount_minor in (1, 2, 3):
        before_minor = ada.available_minor()
        paid = ada.post("/v1/wallet/deposits", {"amount_minor": amount_minor, "currency": "EUR", "reference": f"read {amount_minor}"})
        assert paid.status_code == 201
        assert ada.available_minor() == before_minor + amount_minor


def test_the_auditor_sees_any_balance_at_any_moment_and_any_stream(tree: Tree):
    grace = tree.bettor("lovelace", funds_minor=7_00)
    first = number_of(grace.position)
    grace.post("/v1/wallet/withdrawals", {"amount_minor": 2_00, "currency": "EUR", "reference": "out"})
    auditor = tree.bettor("auditor", role="auditor")
    path = f"/v1/audit/accounts/{grace.account_id}/balance"
    assert auditor.get(path).json()["available_minor"] == 5_00
    assert auditor.get(path, at=first).json()["available_minor"] == 7_00
    assert auditor.get(f"/v1/audit/streams/{grace.account_id}").json()["items"][0]["fact"] == "account.registered.v2"
    found = verified(auditor)
    assert found["status"] == "clean", found


def test_the_first_page_is_served_with_everything_it_needs(tree: Tree):
    visitor = tree.visitor()
    page = visitor.get("/")
    assert "Slipstream" in page.text
    files = set(re.findall(r"/web/[a-z_/]+\.[a-z]+", page.text))
    assert {"/web/icon.svg", "/web/css/tokens.css", "/web/js/main.js"} <= files
    modules = {f"/web/js/{found}" for found in re.findall(r'from "\./([a-z_]+\.js)"', visitor.get("/web/js/main.js").text)}
    for file in files | modules:
        assert visitor.get(file).status_code == 200, file


def test_every_address_of_the_page_opens_the_page_and_every_other_one_is_refused_in_words(tree: Tree):
    visitor = tree.visitor()
    some_id = "01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11"
    for address in ("/", f"/match/{some_id}", "/bets", f"/bets/{some_id}", "/wallet", "/account", "/sign-in", "/sign-up"):
        page = visitor.get(address)
        assert (page.status_code, page.headers["content-security-policy"].split(";")[0]) == (200, "default-src 'self'")
    assert problem_of(visitor.get("/match")) == "route-unknown"


def test_a_wrong_password_and_an_unknown_handle_look_the_same(tree: Tree, ada: Person):
    visitor = tree.visitor()
    wrong = visitor.post("/v1/sessions", {"handle": "ada", "password": PASSWORD + "!"})
    unknown = visitor.post("/v1/sessions", {"handle": "nobody_at_all", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert ada.account_id


def test_a_position_of_another_log_is_not_waited_for_and_its_cursor_is_refused_by_name(ada: Person):
    other = Positions(derived("log", "another"))
    assert ada.available_minor()
    until(lambda: ada.get("/v1/fixtures").status_code == 200, "the board is shown")
    for path in ("/v1/portfolio", "/v1/wallet", "/v1/fixtures"):
        shown = ada.client.get(path, headers={"slipstream-after": other.text(1 << 40)})
        assert shown.status_code == 200
        assert number_of(shown.headers["slipstream-position"]) < 1 << 40
    for path in ("/v1/wallet/statement", "/v1/bets", "/v1/fixtures"):
        assert problem_of(ada.client.get(path, params={"cursor": other.cursor_text("AAAA")})) == "cursor-of-another-log"


def test_a_list_goes_on_from_the_cursor_that_it_gave(ada: Person):
    for number in range(3):
        ada.post("/v1/wallet/deposits", {"amount_minor": 1_00, "currency": "EUR", "reference": f"a page {number}"})
    until(lambda: len(ada.get("/v1/wallet/statement").json().get("items", ())) >= 4, "the statement shows them")
    first = ada.get("/v1/wallet/statement", limit=2).json()
    second = ada.get("/v1/wallet/statement", limit=2, cursor=first["next_cursor"]).json()
    positions = [line["position"] for page in (first, second) for line in page["items"]]
    assert positions == sorted(positions, reverse=True)
    assert len(set(positions)) == len(positions) > 2


def test_of_several_positions_the_latest_is_read(ada: Person):
    older = ada.post("/v1/wallet/deposits", {"amount_minor": 1_00, "currency": "EUR", "reference": "several 1"}).headers
    newer = ada.post("/v1/wallet/deposits", {"amount_minor": 1_00, "currency": "EUR", "reference": "several 2"}).headers
    several = f"{newer['slipstream-position']}, {older['slipstream-position']}"
    latest = number_of(newer["slipstream-position"])
    shown = until(
        lambda: (
            (seen := ada.client.get("/v1/wallet", headers={"slipstream-after": several})).status_code == 200
            and number_of(seen.headers["slipstream-position"]) >= latest
            and seen
        ),
        "the view has come there",
    )
    assert number_of(shown.headers["slipstream-position"]) >= number_of(newer["slipstream-position"])

"""The commands of whoever runs it and of whoever bets from a terminal: status, doctor, settings, accounts, bet, deposit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import Settings
from projections.registry import VIEWS as REGISTERED
from tests.journeys.process_tree import PASSWORD, Person, Tree, open_match, until

VIEWS = {view.name for view in REGISTERED}


def typed(tree: Tree, standard_input: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with something on its standard input."""
    command = [sys.executable, "-m", "infra", *words]
    return subprocess.run(command, env=tree.env, input=standard_input, capture_output=True, text=True, timeout=120, check=False)


def test_status_tells_each_role_how_far_behind_things_are_and_what_is_wrong(tree: Tree, ada: Person):
    assert ada.account_id
    tree.start("search")
    tree.start("stream")
    tree.start("notify")
    asked = until(lambda: len((told := json.loads(tree.run("status", "--json").stdout))["wrong"]) == 1 and told, "all but the feed is well")
    answers = {role["role"]: role["answers"] for role in asked["roles"]}
    assert answers == {"api": True, "project": True, "settle": True, "search": True, "stream": True, "notify": True, "feed": False}
    assert all(role["memory_bytes"] > 10_000_000 and role["version"] == asked["version"] for role in asked["roles"] if role["answers"])
    assert asked["log_position"] > 0
    assert set(asked["view_lag_s"]) >= {*VIEWS, "search"}
    assert asked["manager_lag_s"]["settlement"] >= 0
    assert asked["commands_waiting"]["bets"] == 0
    assert asked["wrong"][0].startswith("feed does not answer at http://")
    shown = tree.run("status")
    assert shown.returncode == 1
    for words in ("view portfolio", "settlement", "project", "does not answer", "WRONG: feed"):
        assert words in shown.stdout, shown.stdout


def test_doctor_finds_nothing_wrong_where_nothing_is(tree: Tree):
    examined = tree.run("doctor", "--json")
    found = {each["name"]: each for each in json.loads(examined.stdout)}
    assert examined.returncode == 0, examined.stdout
    assert set(found) == {"python", "settings", "data folder", "open files", "database", "views' server", "address"}
    assert found["database"]["found"].startswith("PostgreSQL ")
    assert found["address"]["found"] == f"the API answers at {tree.url}"
    assert "Nothing is wrong." in tree.run("doctor").stdout


@pytest.mark.parametrize(
    ("env", "name", "advice"),
    [
        ({"SLIPSTREAM_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "database", "SLIPSTREAM_DATABASE_URL"),
        ({"SLIPSTREAM_REDIS_URL": "redis://127.0.0.1:1"}, "views' server", "SLIPSTREAM_REDIS_URL"),
        ({"SLIPSTREAM_DATA_DIR": __file__}, "data folder", "SLIPSTREAM_DATA_DIR"),
        ({"SLIPSTREAM_HTTP_PROT": "1"}, "settings", "SLIPSTREAM_HTTP_PORT"),
    ],
)
def test_doctor_names_what_is_wrong_and_what_to_do(tree: Tree, env: dict[str, str], name: str, advice: str):
    examined = tree.run("doctor", "--json", env=env)
    assert examined.returncode == 1
    (wrong,) = [each for each in json.loads(examined.stdout) if not each["ok"]]
    assert wrong["name"] == name
    assert advice in wrong["found"] + wrong["advice"]
    assert "1 of 7 are wrong." in tree.run("doctor", env=env).stdout


def test_doctor_sees_that_another_program_has_the_port(tree: Tree):
    examined = tree.run("doctor", "--json", env={"SLIPSTREAM_HTTP_PORT": str(tree.metrics_port), "SLIPSTREAM_METRICS_PORT": "0"})
    (wrong,) = [each for each in json.loads(examined.stdout) if not each["ok"]]
    assert (wrong["name"], "another program" in wrong["found"]) == ("address", True)


def test_settings_lists_each_with_its_meaning_default_and_source_and_no_secret(tree: Tree):
    told = {each["variable"]: each for each in json.loads(tree.run("settings", "--json").stdout)}
    assert set(told) == {f"SLIPSTREAM_{name.upper()}" for name in Settings.model_fields}
    assert all(each["meaning"] for each in told.values())
    port = told["SLIPSTREAM_HTTP_PORT"]
    assert (port["value"], port["default"], port["source"]) == (str(tree.port), "8000", "environment")
    assert (told["SLIPSTREAM_LEASE_MS"]["value"], told["SLIPSTREAM_LEASE_MS"]["source"]) == ("10000", "default")
    shown = tree.run("settings").stdout
    for secret in (tree.env["SLIPSTREAM_TOKEN_SECRET"], tree.env["SLIPSTREAM_DATABASE_URL"]):
        assert secret not in json.dumps(told)
        assert secret not in shown
    assert told["SLIPSTREAM_TOKEN_SECRET"]["value"] == "(set)"


def test_an_account_is_opened_at_the_console_and_its_roles_are_listed_until_they_are_revoked(tree: Tree):
    opened = typed(tree, f"{PASSWORD}\n", "accounts", "open", "carol", "carol@example.com", "--json")
    assert opened.returncode == 0, opened.stderr
    account_id = json.loads(opened.stdout)["account_id"]
    carol = tree.visitor()
    carol.sign_in("carol")
    assert carol.get("/v1/account").json()["account_id"] == account_id
    again = typed(tree, f"{PASSWORD}\n", "accounts", "open", "carol", "other@example.com")
    assert (again.returncode, len(again.stderr.strip().splitlines())) == (1, 1)
    assert tree.run("accounts", "grant", "carol", "support").returncode == 0
    granted = [each for each in json.loads(tree.run("accounts", "grants", "--json").stdout) if each["handle"] == "carol"]
    assert [(each["role"], each["account_id"]) for each in granted] == [("support", account_id)]
    assert "carol" in tree.run("accounts", "grants").stdout
    assert tree.run("accounts", "revoke", "carol", "support").returncode == 0
    assert "carol" not in tree.run("accounts", "grants").stdout


def test_a_password_that_is_too_short_opens_no_account(tree: Tree):
    refused = typed(tree, "short\n", "accounts", "open", "dora", "dora@example.com")
    assert (refused.returncode, len(refused.stderr.strip().splitlines())) == (1, 1)


def test_a_bettor_deposits_and_bets_from_the_terminal(tree: Tree, trader: Person, tmp_path: Path):
    market = open_match(trader, "typed")
    until(
        lambda: market["market_id"] in tree.visitor().get("/v1/fixtures", status="live", include="markets").text,
        "the board shows the market",
    )
    tree.bettor("eve")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    who = ["--as", "eve", "--password-file", str(tmp_path / "password")]
    asked = tree.run("deposit", "20.00", *who)
    assert (asked.returncode, "The first deposit waits" in asked.stderr) == (1, True), asked.stderr
    unanswered = tree.run("limits", "decline", *who)
    assert (unanswered.returncode, unanswered.stderr.splitlines()[-1]) == (1, "Nothing was answered, so nothing was done.")
    assert tree.run("limits", "decline", "--yes", *who).stdout == "No limits.\n"
    paid = tree.run("deposit", "20.00", *who)
    assert (paid.returncode, paid.stdout) == (0, "Deposited 20.00 EUR.\n"), paid.stderr
    struck = tree.run("bet", "home typed", "home", "5.00", *who)
    assert struck.returncode == 0, struck.stderr
    assert "Placed: Home typed - Away, match result: home at 2.35. A stake of 5.00 EUR returns 11.75 if it wins." in struck.stdout
    told = json.loads(tree.run("bet", "Home typed", "away", "100", *who, "--json").stdout)
    assert (told["stake_minor"], told["legs"][0]["odds"]) == (100, "10/11")
    for other in ("typed too", "typed as well"):
        open_match(trader, other)
    legs = ["--leg", "Home typed too:home", "--leg", "Home typed as well:home:match_result"]
    until(
        lambda: "Home typed as well" in tree.visitor().get("/v1/fixtures", status="live", include="markets").text,
        "the board shows the other matches",
    )
    system = tree.run("bet", "Home typed - Away", "home", "4.00", *legs, "--type", "trixie", *who)
    assert system.returncode == 0, system.stderr
    assert system.stdout.count("match result: home at 2.35.\n") == 3
    assert "A stake of 4.00 EUR, 4 lines of 1.00, returns 29.55 if all legs win." in system.stdout
    for line, odds in (("2.5", "1.9"), ("3.5", "2.2")):
        total = {"fixture_id": market["fixture_id"], "type": "total_goals", "specifiers": {"total": line}}
        total["selections"] = [
            {"selection": one, "name": f"{one} {line}", "odds": odds} for one, odds in (("over", odds), ("under", "1.7"))
        ]
        assert trader.post("/v1/trading/markets", total, idempotency_key=f"typed {line}").status_code == 201
    until(lambda: "under 3.5" in tree.visitor().get("/v1/fixtures", status="live", include="markets").text, "the board shows both lines")
    lined = tree.run("bet", "Home typed - Away", "over", "1.00", "--market", "total_goals=3.5", *who)
    assert "total goals 3.5: over at 2.20." in lined.stdout, lined.stderr
    no_line = tree.run("bet", "Home typed - Away", "over", "1.00", "--market", "total_goals=9.5", *who)
    assert "there are match_result, total_goals=2.5, total_goals=3.5" in no_line.stderr
    no_leg = tree.run("bet", "Home typed - Away", "home", "4.00", "--leg", "Home typed too", *who)
    assert (no_leg.returncode, "write MATCH:SELECTION" in no_leg.stderr) == (2, True)
    piped = typed(tree, f"{PASSWORD}\n", "bet", "Home typed - Away", "draw", "1.00", "--as", "eve")
    assert piped.returncode == 0, piped.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody plays", "home", "1.00"), "No live match"),
        (("Home refused", "sideways", "1.00"), "there are home, draw, away"),
        (("Home refused", "home", "1.00", "--market", "corners"), "no market corners: there are match_result"),
        (("Home refused", "home", "999.00"), "funds"),
    ],
)
def test_a_bet_that_cannot_be_placed_is_refused_in_one_line(tree: Tree, trader: Person, ada: Person, words: tuple[str, ...], said: str):
    assert ada.account_id
    open_match(trader, "refused")
    until(lambda: "Home refused" in tree.visitor().get("/v1/fixtures", status="live", include="markets").text, "the board shows the match")
    refused = typed(tree, f"{PASSWORD}\n", "bet", *words, "--as", "ada")
    assert refused.returncode == 1
    assert said in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr

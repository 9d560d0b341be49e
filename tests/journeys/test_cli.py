"""The command line: what it lists, what it says, and how it fails, in one line."""

import json
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.journeys.process_tree import Person, Tree, open_match


def test_help_lists_every_command(tree: Tree):
    shown = tree.run("--help")
    assert shown.returncode == 0
    for command in ("up", "api", "project", "settle", "search", "notify", "feed", "audit", "replay", "bench", "calc", "watch", "accounts"):
        assert f" {command} " in shown.stdout
    for command in ("up", "api", "project", "settle", "search", "notify", "feed", "audit", "replay", "bench", "calc", "watch", "accounts"):
        assert tree.run(command, "--help").returncode == 0, command


def test_the_calculator_is_exact_in_all_three_forms(tree: Tree):
    told = json.loads(tree.run("calc", "2.35", "10/11", "--stake", "1000", "--json").stdout)
    assert told["returns_minor"] == 44_86
    assert [leg["american"] for leg in told["legs"]] == ["+135", "-110"]
    for words in (
        ["--stake", "1100", "--json", "--", "-110"],
        ["-110", "--stake", "1100", "--json"],
        ["--stake", "1100", "-110", "--json"],
    ):
        assert json.loads(tree.run("calc", *words).stdout)["returns_minor"] == 21_00
    for stake in ("500", "5.00"):
        assert json.loads(tree.run("calc", "--stake", stake, "2.35", "10/11", "-110", "--json").stdout)["returns_minor"] == 42_82
    assert "returns 44.86" in tree.run("calc", "2.35", "10/11").stdout


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (("calc", "2.3555"), {}, "at most three places"),
        (("project", "rebuild", "nothing"), {}, "the views are"),
        (("replay", "--stream", "x"), {}, "UUID"),
        (("replay", "--stream", "00000000-0000-7000-8000-000000000000"), {}, "no stream"),
        (("accounts", "grant", "nobody_here", "trader"), {}, "no such account"),
        (("accounts", "grant", "trader", "king"), {}, "no such role"),
        (("audit", "balance", "nobody_here"), {}, "no such account"),
        (("audit", "balance", "trader", "--at", "yesterday"), {}, "ISO 8601"),
        (("audit", "balance", "trader", "--at", "20261126"), {}, "has not reached that position yet. (position=20261126, head="),
        (("audit", "balance", "trader", "--at", "2999-01-01T00:00:00Z"), {}, "has not come yet"),
        (("audit", "balance", "trader", "--at", "2001-01-01T00:00:00Z"), {}, "had no wallet yet"),
        (("settle",), {"SLIPSTREAM_DATABASE_URL": "mysql://127.0.0.1/x"}, "SLIPSTREAM_DATABASE_URL: is no URL of a PostgreSQL"),
        (("project",), {"SLIPSTREAM_REDIS_URL": "127.0.0.1:6379"}, "SLIPSTREAM_REDIS_URL: is no URL of a Redis or Valkey"),
        (("api",), {"SLIPSTREAM_DEPOSITS": "webhook"}, "SLIPSTREAM_PAYMENT_WEBHOOK_KEY: is needed"),
        (("api",), {"SLIPSTREAM_DATA_DIR": __file__}, "SLIPSTREAM_DATA_DIR: "),
        (("bench", "nothing"), {}, "benchmark"),
        (("bench", "push", "--rows", "idle,nothing"), {}, "nothing is no row of push"),
        (("bench", "append", "--rows", "idle"), {}, "idle is no row of append"),
        (("feed", "replay", "--season", "/nowhere/season.csv"), {}, "season.csv"),
        (("watch", "--once", "--url", "http://127.0.0.1:1"), {}, "slipstream up"),
        (("settle",), {"SLIPSTREAM_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "SLIPSTREAM_DATABASE_URL"),
        (("project", "rebuild", "board"), {"SLIPSTREAM_REDIS_URL": "redis://127.0.0.1:1"}, "SLIPSTREAM_REDIS_URL"),
        (("api",), {"SLIPSTREAM_HTTP_PORT": "a lot"}, "SLIPSTREAM_HTTP_PORT"),
        (("api",), {}, "SLIPSTREAM_HTTP_PORT"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_what_goes_wrong_is_one_line_that_says_what_to_do(
    tree: Tree, trader: Person, words: tuple[str, ...], env: dict[str, str], said: str
):
    assert trader.account_id
    failed = tree.run(*words, env=env)
    assert failed.returncode == 1
    assert said in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1, failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nonsense", "No such command 'nonsense': see `slipstream --help`."),
        ("feed nonsense", "see `slipstream feed --help`."),
        ("feed replay --speed 0", "'--speed'"),
        ("feed replay --from tomorrow", "'tomorrow' does not match"),
        ("watch --evry 2", "--evry"),
        ("calc", "see `slipstream calc --help`."),
        ("calc 2.35 --stake 5.0", "5.00 with two places"),
        ("calc 2.35 --stake 5,00", "5.00 with two places"),
        ("calc 2.35 --stake 0.00", "between 1 and"),
        ("calc 2.35 --stake 0", "between 1 and"),
        ("calc 2.35 --stake 99999999999999999999999", "between 1 and"),
    ],
)
def test_a_command_that_is_called_wrongly_is_told_so_in_one_line(tree: Tree, words: str, said: str):
    failed = tree.run(*words.split())
    assert failed.returncode == 2
    assert said in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1, failed.stderr
    assert not failed.stdout


def test_a_variable_that_is_no_setting_is_named_with_the_one_that_was_meant(tree: Tree):
    told = tree.run("watch", "--once", env={"SLIPSTREAM_HTTP_PROT": "80"})
    assert told.returncode == 0
    assert "SLIPSTREAM_HTTP_PROT" in told.stderr
    assert "SLIPSTREAM_HTTP_PORT" in told.stderr


def test_a_group_alone_shows_its_help(tree: Tree):
    for words in ([], ["feed"], ["accounts"]):
        shown = tree.run(*words)
        assert shown.returncode in (0, 2)
        assert "Commands" in shown.stdout
        assert not shown.stderr.strip()


def test_a_stream_and_a_balance_are_told_from_the_log(tree: Tree, ada: Person):
    facts = [json.loads(line) for line in tree.run("replay", "--stream", ada.account_id, "--json").stdout.splitlines()]
    assert [fact["fact"] for fact in facts] == ["account.registered.v2", "account.place_seen.v1"]
    assert facts[0]["password_hash"] == "(not shown)"
    held = json.loads(tree.run("audit", "balance", "ada", "--json").stdout)
    assert (held["account_id"], held["available_minor"]) == (ada.account_id, 100_00)
    assert "100" in tree.run("audit", "balance", ada.account_id).stdout


def test_the_audit_tells_a_script_that_all_is_well(tree: Tree, ada: Person):
    assert ada.account_id
    audited = tree.run("audit", "verify", "--json")
    assert audited.returncode == 0, audited.stderr
    assert json.loads(audited.stdout)["wrong"] == ""


def test_an_audit_whose_output_is_cut_off_still_says_what_it_found(tree: Tree, ada: Person):
    assert ada.account_id
    reading, writing = os.pipe()
    os.close(reading)
    audited = subprocess.run([sys.executable, "-m", "infra", "audit", "verify"], env=tree.env, stdout=writing, timeout=120, check=False)
    os.close(writing)
    assert audited.returncode == 0


def test_a_view_is_rebuilt_while_it_is_read(tree: Tree, ada: Person):
    before = ada.get("/v1/portfolio").json()
    rebuilt = tree.run("project", "rebuild", "portfolio")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert ada.get("/v1/portfolio").json() == before


def test_the_board_can_be_watched_by_a_script(tree: Tree):
    assert json.loads(tree.run("watch", "--json", "--url", tree.url).stdout) == {"items": [], "next_cursor": None}
    assert "Nothing is live" in tree.run("watch", "--once", "--url", tree.url).stdout


def test_the_board_is_watched_into_a_pipe_as_a_line_for_each_change_until_nobody_reads_it(tree: Tree, trader: Person):
    market = open_match(trader, "watched")
    words = [sys.executable, "-m", "infra", "watch", "--every", "0.1"]
    with subprocess.Popen(words, env=tree.env, stdout=subprocess.PIPE, text=True) as watching:
        try:
            assert watching.stdout is not None
            first = watching.stdout.readline().rstrip("\n").split("\t")
            assert first[1:6] == ["Home watched - Away", "0:0", "1 2.35", "X 3.40", "2 10/11"]
            assert priced(trader, market, "2.5").status_code == 200
            assert watching.stdout.readline().split("\t")[3] == "1 2.50"
            watching.stdout.close()
            assert priced(trader, market, "2.6").status_code == 200
            assert watching.wait(60) == 0
        finally:
            watching.kill()


def priced(trader: Person, market: dict[str, Any], home: str) -> httpx.Response:
    """A new price for home."""
    odds = {each["selection"]: each["odds"] for each in market["selections"]} | {"home": home}
    return trader.put(f"/v1/trading/markets/{market['market_id']}/prices", {"prices": odds})

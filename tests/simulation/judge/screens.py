"""The judge of the views: what people must see at a position of the log, from the judge's own picture of it."""

from fractions import Fraction
from typing import Any

from tests.simulation.judge.arithmetic import NAMES, odds_of, read_odds
from tests.simulation.judge.judge import Judge
from tests.simulation.judge.record import claim


def check_statement(judge: Judge, account_id: str, shown: list[list[Any]]) -> None:
    """Every movement of a wallet, newest first, with the balance after it."""
    expected = [tuple(line) for line in reversed(judge.money.lines.get(account_id, []))]
    seen = [(*line[:5], line[6] if len(line) > 6 else 0) for line in shown]
    claim(
        seen == expected[: len(seen)] and len(seen) == min(len(expected), 200),
        "a statement shows every movement once",
        account_id,
        seen[:3],
    )


def check_portfolio(judge: Judge, account_id: str, shown: dict[str, Any] | None) -> None:
    """What may be staked, what is at risk, the open and the settled bets."""
    if account_id not in judge.money.available:
        claim(shown is None, "who has no wallet has no portfolio", account_id, shown)
        return
    claim(shown is not None, "who has a wallet has a portfolio", account_id)
    assert shown is not None
    money = (judge.money.available[account_id], judge.money.held[account_id], judge.money.owed(account_id))
    seen = (shown["available_minor"], shown["at_risk_minor"], shown["owed_minor"])
    claim(seen == money, "a portfolio shows the wallet as it is", money, shown)
    bets, ends = judge.bets, judge.bets.settlements
    mine = {bet_id: bet for bet_id, bet in bets.placed.items() if bet.body["account_id"] == account_id}
    open_ids = [bet_id for bet_id in reversed(mine) if bet_id not in ends.settled and bet_id not in ends.reversed][:200]
    claim([bet["bet_id"] for bet in shown["open"]["items"]] == open_ids, "a portfolio shows every open bet once", open_ids, shown["open"])
    settled = [bet_id for bet_id in reversed(ends.settled) if bet_id in mine][:50]
    claim([bet["bet_id"] for bet in shown["settled"]["items"]] == settled, "a portfolio shows every settled bet once", settled)
    for bet in (*shown["open"]["items"], *shown["settled"]["items"]):
        end = ends.settled.get(bet["bet_id"])
        expected = ("open", None, 0) if end is None else (end.body["outcome"], end.body["returns_minor"], end.body["settlement"])
        claim((bet["status"], bet["returns_minor"], bet["settlement"]) == expected, "a bet is shown as it stands", expected, bet)
        for leg, struck, told in zip(bet["legs"], mine[bet["bet_id"]].body["legs"], ends.told[bet["bet_id"]], strict=True):
            result = "open" if told is None else NAMES[told.outcome]
            claim(leg["result"] == result, "a leg is shown as it came out", result, bet)
            right, odds = told and told.right, odds_of(struck["odds"])
            paid = (right or odds, odds if right else None)
            seen = (read_odds(leg["odds"]), read_odds(leg["struck_odds"]))
            claim(seen == paid, "a leg is shown at the odds that it pays", paid, bet)


def check_market(judge: Judge, market_id: str, shown: dict[str, Any] | None) -> None:
    """A market's status as its gates leave it, its version and its prices. `shown` knows of no silence of producers."""
    if market_id not in judge.trading.markets:
        claim(shown is None, "a market is shown once it is there", market_id, shown)
        return
    claim(shown is not None, "a market that is there is shown", market_id)
    assert shown is not None
    status, version, prices = judge.trading.shown(market_id)
    claim((shown["status"], shown["version"]) == (status, version), "a market is shown as it stands", status, version, shown)
    results = judge.trading.markets[market_id].results
    for selection in shown["selections"]:
        name, odds = selection["selection"], selection["odds"]
        if status != "resulted":
            seen = None if odds is None else Fraction(odds)
            claim(seen == prices.get(name), "prices are shown as they stand", prices, selection)
        expected = NAMES[results[name]] if results is not None else None
        claim(selection["result"] == expected, "a selection is shown as it came out", expected, selection)


def check_fixture(judge: Judge, fixture_id: str, shown: dict[str, Any] | None) -> None:
    """A match's status and score."""
    fixture = judge.trading.fixtures.get(fixture_id)
    if fixture is None or shown is None:
        claim(fixture is None and shown is None, "a match is shown once it is announced", fixture_id, shown)
        return
    seen = (shown["status"], shown["score"]["home"], shown["score"]["away"])
    claim(seen == (fixture.status, *fixture.score), "a match is shown as it stands", fixture.status, fixture.score, shown)

"""What is at risk, in tables for whoever trades on the command line."""

from typing import Any

from api.cli.calc import money
from domain.settling.racing import RACING

FIXTURE_HEADS = ("Worst case", "Stakes", "Bets", "Match", "Competition", "Fixture")
PRICE_HEADS = ("Since", "Version", "Status", "Odds", "By")
MARKET_HEADS = ("Result", "Paid at most", "Selection", "Odds", "Market", "Status")


def fixture_rows(told: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each match and currency, in the order that they were told."""
    return [
        (
            signed(of["worst_minor"], of["currency"]),
            money(of["stakes_minor"]),
            str(of["bets"]),
            f"{item['home']}{', ' if item['sport'] == RACING else ' v '}{item['away']}",
            item["competition"],
            item["fixture_id"],
        )
        for item in told["items"]
        for of in item["sums"]
    ]


def market_rows(told: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each selection of each market with open bets, by currency."""
    rows: list[tuple[str, ...]] = []
    for market in told["markets"]:
        named = {each["selection"]: each for each in market["selections"]}
        what = " ".join([market["type"], *market["specifiers"].values()])
        for of in market["sums"]:
            for each in of["selections"]:
                shown = named[each["selection"]]
                paid = money(each["payout_minor"])
                rows.append(
                    (signed(each["result_minor"], of["currency"]), paid, shown["name"], shown["odds"] or "-", what, market["status"])
                )
    return rows


def price_rows(told: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each version of a market, oldest first."""
    return [
        (
            item["at"],
            str(item["version"]),
            item["status"],
            " ".join(f"{selection} {odds}" for selection, odds in item["offered"].items()) or item["reason"] or "-",
            item["by"] or "-",
        )
        for item in told["items"]
    ]


def signed(amount_minor: int, currency: str) -> str:
    """Return a result with its sign and currency, e.g. `-12.50 EUR`."""
    return f"{'-' if amount_minor < 0 else '+'}{money(abs(amount_minor))} {currency}"

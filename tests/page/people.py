"""People who bet, share and follow over HTTP, for the tests of what the page shows of it."""

from itertools import count
from typing import Any

from tests.journeys.process_tree import Person, Tree, until

_numbers = count(1)


def person(tree: Tree, name: str, funds_minor: int = 100_00) -> Person:
    """A bettor with 100.00 EUR or so much, of this test or module alone, of its second try too."""
    return tree.bettor(f"{name}_{next(_numbers)}", funds_minor=funds_minor)


def staff(tree: Tree, name: str, role: str = "trader") -> Person:
    """Somebody who acts for the bookmaker, of this test or module alone, of its second try too."""
    return tree.bettor(f"{name}_{next(_numbers)}", role=role)


def bet(who: Person, *markets: dict[str, Any], stake_minor: int = 10_00) -> str:
    """Bet on the first selection of each market, all in one; return the bet's id."""
    legs = [
        {"market_id": market["market_id"], "selection": first["selection"], "odds": first["odds"], "version": market["version"]}
        for market in markets
        for first in market["selections"][:1]
    ]
    body = {
        "type": "single" if len(legs) == 1 else "multiple",
        "stake_minor": stake_minor,
        "currency": "EUR",
        "legs": legs,
        "accept": "any",
    }
    struck = who.post("/v1/bets", body, idempotency_key=f"shared {next(_numbers)}")
    assert struck.status_code == 201, struck.text
    return str(struck.json()["bet_id"])


def share(who: Person, *markets: dict[str, Any], caption: str = "Home all the way.", stake_minor: int = 10_00, **said: Any) -> str:
    """Bet and show the bet to others; return the slip's id."""
    body = {"bet_id": bet(who, *markets, stake_minor=stake_minor), "caption": caption, "stake_shown": "amount", **said}
    shared = who.post("/v1/slips", body)
    assert shared.status_code == 201, shared.text
    return str(shared.json()["slip_id"])


def follow(follower: Person, *followed: Person) -> None:
    """Follow people, and wait until the feed of each of them can be read after it."""
    for each in followed:
        assert follower.put(f"/v1/follows/{each.account_id}").status_code == 200


def sees(viewer: Person, path: str, author: Person, **asked: Any) -> dict[str, Any]:
    """What a viewer reads, once it shows what the author did."""
    viewer.position = author.position
    return dict(until(lambda: (seen := viewer.get(path, **asked)).is_success and seen.json(), f"{path} is shown"))

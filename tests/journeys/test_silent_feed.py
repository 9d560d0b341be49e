"""A feed that falls silent needs nobody to notice it: its prices hold until its lease ends, and not a bet longer."""

import signal
from typing import Any

import pytest

from tests.journeys.process_tree import Person, Tree, problem_of, until

LEASE_MS = 3_000


@pytest.fixture(scope="module")
def env() -> dict[str, str]:
    return {"SLIPSTREAM_LEASE_MS": str(LEASE_MS)}


def struck(ada: Person) -> dict[str, Any] | None:
    """A market on whose price a bet was struck just now."""
    board = ada.get("/v1/fixtures", status="scheduled", include="markets")
    for fixture in board.json()["items"] if board.status_code == 200 else ():
        for market in fixture["markets"]:
            if market["status"] == "open":
                key = f"{market['market_id']} {market['version']}"
                if ada.bet(market, market["selections"][0]["selection"], 1_00, key).status_code == 201:
                    return dict(market)
    return None


def test_no_bet_is_struck_at_the_frozen_prices_of_a_silent_feed_and_betting_goes_on_at_fresh_ones(tree: Tree, ada: Person):
    tree.start("feed", "replay", "--speed", "1", "--matches", "1")
    feed = tree.running["feed"]
    market = until(lambda: struck(ada), "a bet on a price of the feed is struck")
    feed.send_signal(signal.SIGSTOP)
    try:
        until(lambda: ada.get(f"/v1/markets/{market['market_id']}").json()["status"] == "suspended", "the board shows the silence")
        shown = ada.get(f"/v1/markets/{market['market_id']}").json()
        assert (shown["reason"], shown["version"]) == ("its price source is silent", market["version"])
        refused = ada.bet(market, market["selections"][0]["selection"], 1_00, "at a frozen price")
        assert (refused.status_code, problem_of(refused)) == (409, "prices-awaited")
    finally:
        feed.send_signal(signal.SIGCONT)
    fresh = until(lambda: struck(ada), "betting goes on")
    assert fresh["version"] > market["version"] or fresh["market_id"] != market["market_id"]
    assert tree.end("feed") == 0
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr

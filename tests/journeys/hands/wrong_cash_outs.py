"""Wrong stories about cash-out."""

from typing import Any

import httpx

from tests.journeys.hands.wrong import Actors, wrong
from tests.journeys.process_tree import problem_of

TRIES_MAX = 50
"""How often an offer is asked for anew that ran out, on a machine that does other things, before it was answered."""


def _offered(actors: Actors) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """A market, a bet of Ada's on it, and what it may be cashed out for."""
    market = actors.market()
    bet_id = str(actors.bet(actors.leg(market)).json()["bet_id"])
    actors.agree(market)
    return market, bet_id, actors.done("quoteCashOut", actors.ada, bet_id=bet_id)


def _taken(actors: Actors, bet_id: str, offer: dict[str, Any], more_minor: int = 0) -> httpx.Response:
    body = {"offer_minor": offer["offer_minor"] + more_minor, "version": offer["version"]}
    return actors.ask("cashOut", actors.ada, body, bet_id=bet_id)


@wrong("CashOutAmountWrong", "cash-out-moved")
def a_cash_out_for_more_than_was_offered(actors: Actors) -> httpx.Response:
    _, bet_id, offer = _offered(actors)
    for _ in range(TRIES_MAX):
        answer = _taken(actors, bet_id, offer, more_minor=1)
        if problem_of(answer) != "cash-out-expired":
            break
        offer = actors.done("quoteCashOut", actors.ada, bet_id=bet_id)
    return answer


@wrong("CashOutWithoutPrice", "market-suspended-now")
def a_cash_out_on_a_suspended_market(actors: Actors) -> httpx.Response:
    market, bet_id, offer = _offered(actors)
    actors.done("suspendMarket", actors.one_trader, {"reason": "doubt"}, market_id=market["market_id"])
    return _taken(actors, bet_id, offer)


@wrong("CashOutWithoutPrice", "cash-out-priced-by-hand")
def a_cash_out_at_a_price_that_one_trader_moved(actors: Actors) -> httpx.Response:
    market, bet_id, offer = _offered(actors)
    shorter = {"home": "2.05", "draw": "3.7", "away": "3.6"}
    actors.done("priceMarket", actors.one_trader, {"prices": shorter}, market_id=market["market_id"])
    return _taken(actors, bet_id, offer)


@wrong("CashOutWithoutPrice", "cash-out-would-wait")
def a_cash_out_in_play_where_bets_wait(actors: Actors) -> httpx.Response:
    market = actors.market(is_live=True)
    bet_id = str(actors.bet(actors.leg(market)).json()["bet_id"])
    actors.agree(market)
    offer = actors.done("quoteCashOut", actors.ada, bet_id=bet_id)
    actors.done("setBetDelay", actors.one_trader, {"delay_s": 5}, market_id=market["market_id"])
    return _taken(actors, bet_id, offer)


@wrong("CashOutTooLate", "cash-out-expired")
def a_cash_out_after_its_offer(actors: Actors) -> httpx.Response:
    _, bet_id, offer = _offered(actors)
    versions, _, _ = offer["version"].rpartition("-")
    return _taken(actors, bet_id, {**offer, "version": f"{versions}-1000"})

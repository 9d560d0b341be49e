"""What an account sees of its money and its bets."""

import asyncio

import pytest

from domain.bet.facts import BetLegResulted
from domain.fact import micros
from domain.ids import wallet_of
from domain.settling import LOST, VOID, WON
from domain.wallet.facts import FundsDeposited
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.betting import portfolio
from projections.ports import UnreadableCursor
from tests.bet_types import more_bet_types  # noqa: F401  (a fixture)
from tests.views.history import ANN, VIEWS, History, named, seen

BOB = named("account", 2)
MARKET = named("market", 1)
BET_1, BET_2, BET_3 = (named("bet", number) for number in (1, 2, 3))
LEG = (MARKET, "home", "2.35", 7)


def shown(history, account_id=ANN):
    return seen(history, lambda reads: portfolio.portfolio(reads, account_id))


def test_an_account_without_a_wallet_has_no_portfolio():
    assert shown(History()) is None


def test_a_new_wallet_is_empty():
    history = History()
    history.wallet(ANN)
    found = shown(history)
    assert (found.currency, found.available_minor, found.at_risk_minor) == ("EUR", 0, 0)
    assert (found.open.items, found.settled.items) == ([], [])


def test_a_stake_leaves_what_is_available_and_is_at_risk_with_the_bet_it_is_for():
    history = History()
    history.wallet(ANN, 50_00)
    position = history.bet(ANN, BET_1, 10_00, LEG)
    found = shown(history)
    assert (found.available_minor, found.at_risk_minor) == (40_00, 10_00)
    (bet,) = found.open.items
    assert (bet.bet_id, bet.status, bet.odds, bet.stake_minor, bet.currency) == (BET_1, "open", "2.35", 10_00, "EUR")
    assert (bet.potential_returns_minor, bet.returns_minor, bet.position, bet.settled_at) == (23_50, None, position, None)
    (leg,) = bet.legs
    assert (leg.market_id, leg.selection, leg.version, leg.result) == (MARKET, "home", 7, "open")
    assert (leg.odds, leg.fractional, leg.american) == ("2.35", "27/20", "+135")


@pytest.mark.usefixtures("more_bet_types")
def test_a_bet_of_several_lines_shows_what_its_whole_stake_would_return():
    history = History()
    history.wallet(ANN, 50_00)
    legs = [(named("market", number), "home", odds, 1) for number, odds in enumerate(("2", "3", "5"))]
    history.bet(ANN, BET_1, 4_00, *legs, bet_type="trixie")
    (bet,) = shown(history).open.items
    assert (bet.type, bet.odds, bet.stake_minor, bet.potential_returns_minor) == ("trixie", "15.25", 4_00, 61_00)
    history.add(BET_1, BetLegResulted(ANN, legs[1][0], LOST, (None, LOST, None), history.at(), 1))
    (bet,) = shown(history).open.items
    assert [leg.result for leg in bet.legs] == ["open", "lost", "open"]


def test_a_bet_that_waits_is_pending_among_the_open_ones_until_then_and_its_stake_is_at_risk():
    history = History()
    history.wallet(ANN, 50_00)
    history.pend(ANN, BET_1, 10_00, LEG, delay_s=5)
    asked_us = next(fact.committed_us for fact in history.log.read(0, 100) if fact.stream_id == BET_1)
    found = shown(history)
    (bet,) = found.open.items
    assert (found.available_minor, found.at_risk_minor, found.settled.items) == (40_00, 10_00, [])
    assert (bet.status, bet.odds, bet.stake_minor, bet.potential_returns_minor) == ("pending", "2.35", 10_00, 23_50)
    assert (micros(bet.pending_until) - asked_us, bet.reason, bet.returns_minor) == (5_000_000, None, None)


def test_a_bet_that_waited_is_open_once_struck_as_the_newest():
    history = History()
    history.wallet(ANN, 50_00)
    history.pend(ANN, BET_1, 10_00, LEG)
    history.bet(ANN, BET_2, 10_00, LEG)
    history.strike_pending(BET_1)
    found = shown(history)
    assert [(bet.bet_id, bet.status, bet.pending_until) for bet in found.open.items] == [(BET_1, "open", None), (BET_2, "open", None)]
    assert found.at_risk_minor == 20_00


def test_a_refused_bet_is_shown_among_the_settled_with_why_and_its_stake_is_back():
    history = History()
    history.wallet(ANN, 50_00)
    history.pend(ANN, BET_1, 10_00, LEG)
    history.refuse_pending(BET_1)
    found = shown(history)
    (bet,) = found.settled.items
    assert (found.available_minor, found.at_risk_minor, found.open.items) == (50_00, 0, [])
    assert (bet.status, bet.reason, bet.reason_title, bet.returns_minor, bet.settlement) == (
        "refused",
        "prices-moved",
        "A price moved.",
        10_00,
        0,
    )
    assert [leg.result for leg in bet.legs] == ["open"]


def test_a_bet_that_was_settled_anew_is_shown_once_as_it_stands_now_and_what_is_owed_until_it_is_repaid():
    history = History()
    history.wallet(ANN, 50_00)
    history.bet(ANN, BET_1, 10_00, LEG)
    history.bet(ANN, BET_2, 10_00, LEG)
    history.settle(ANN, BET_1, "won", 10_00, 23_50, WON)
    history.settle(ANN, BET_2, "won", 10_00, 23_50, WON)
    history.withdraw(ANN, 70_00)
    history.resettle_as_lost(ANN, BET_1, 10_00, 23_50)
    found = shown(history)
    assert [(bet.bet_id, bet.status, bet.returns_minor, bet.settlement) for bet in found.settled.items] == [
        (BET_1, "lost", 0, 2),
        (BET_2, "won", 23_50, 1),
    ]
    assert (found.available_minor, found.at_risk_minor, found.owed_minor, found.open.items) == (0, 0, 16_50, [])
    history.add(wallet_of(ANN), FundsDeposited(ANN, 20_00, "in", 3_50, history.at(), 16_50))
    found = shown(history)
    assert (found.available_minor, found.owed_minor) == (3_50, 0)


@pytest.mark.parametrize(
    ("outcome", "paid_minor", "result", "leg", "available_minor"),
    [("won", 23_50, WON, "won", 63_50), ("lost", 0, LOST, "lost", 40_00), ("void", 10_00, VOID, "void", 50_00)],
)
def test_a_settled_bet_moves_to_the_history_and_its_money_back(outcome, paid_minor, result, leg, available_minor):
    history = History()
    history.wallet(ANN, 50_00)
    history.bet(ANN, BET_1, 10_00, LEG)
    history.settle(ANN, BET_1, outcome, 10_00, paid_minor, result)
    found = shown(history)
    assert (found.available_minor, found.at_risk_minor, found.open.items) == (available_minor, 0, [])
    (bet,) = found.settled.items
    assert (bet.bet_id, bet.status, bet.returns_minor, bet.legs[0].result) == (BET_1, outcome, paid_minor, leg)
    assert bet.settled_at is not None


def test_the_odds_of_a_multiple_are_the_product_of_its_legs():
    history = History()
    history.wallet(ANN, 50_00)
    history.bet(ANN, BET_1, 10_00, LEG, (named("market", 2), "away", "10/11", 3))
    (bet,) = shown(history).open.items
    assert bet.type == "multiple"
    assert [leg.odds for leg in bet.legs] == ["2.35", "10/11"]
    assert bet.potential_returns_minor == 44_86


def test_an_open_multiple_shows_the_legs_that_came_out_already():
    history = History()
    history.wallet(ANN, 50_00)
    history.bet(ANN, BET_1, 10_00, LEG, (named("market", 2), "away", "10/11", 3))
    history.add(BET_1, BetLegResulted(ANN, named("market", 2), WON, (None, WON), history.at()))
    (bet,) = shown(history).open.items
    assert (bet.status, [leg.result for leg in bet.legs]) == ("open", ["open", "won"])


def test_a_bet_is_shown_to_its_own_account_only():
    history = History()
    history.wallet(ANN, 50_00)
    history.wallet(BOB, 50_00)
    history.bet(ANN, BET_1, 10_00, LEG)
    assert seen(history, lambda reads: portfolio.bet(reads, ANN, BET_1)).bet_id == BET_1
    assert seen(history, lambda reads: portfolio.bet(reads, BOB, BET_1)) is None
    assert seen(history, lambda reads: portfolio.bet(reads, ANN, BET_2)) is None


def test_pages_of_bets_show_each_bet_once_newest_first():
    history = History()
    history.wallet(ANN, 50_00)
    ids = [named("bet", number) for number in range(7)]
    for bet_id in ids:
        history.bet(ANN, bet_id, 1, LEG)

    async def all_pages(reads):
        found, cursor = [], None
        while True:
            page = await portfolio.bets(reads, ANN, settled=False, cursor=cursor, limit=3)
            found.append([bet.bet_id for bet in page.items])
            cursor = page.next_cursor
            if cursor is None:
                return found

    newest = ids[::-1]
    assert seen(history, all_pages) == [newest[:3], newest[3:6], newest[6:]]


def test_a_cursor_that_no_list_gave_is_refused():
    with pytest.raises(UnreadableCursor):
        seen(History(), lambda reads: portfolio.bets(reads, ANN, settled=True, cursor="not one"))


def test_the_history_keeps_the_newest_thousand_bets_and_open_ones_however_old():
    history = History()
    history.wallet(ANN, 50_00)
    history.bet(ANN, BET_1, 1, LEG)
    ids = [named("old", number) for number in range(portfolio.SETTLED_MAX + 5)]
    for bet_id in ids:
        history.bet(ANN, bet_id, 1, LEG)
        history.settle(ANN, bet_id, "lost", 1, 0, LOST)
    models = MemoryModels()
    Projector(history.log, models, VIEWS).catch_up()
    reads = MemoryReads(models)
    assert asyncio.run(portfolio.bet(reads, ANN, ids[4])) is None
    assert asyncio.run(portfolio.bet(reads, ANN, ids[5])).status == "lost"
    assert asyncio.run(portfolio.bet(reads, ANN, BET_1)).status == "open"

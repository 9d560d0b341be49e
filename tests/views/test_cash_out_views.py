"""What is shown of cash-outs: a part leaves less open, the whole ends the bet, and one reading of the log shows what another does."""

import pytest

from domain.bet.facts import BetCashedOut, BetSettled, CashOutLeg
from domain.ids import wallet_of
from domain.settling import LOST
from domain.wallet.facts import CashOutPaid, StakeLost
from projections.accounts import statement
from projections.betting import portfolio
from tests.views.history import ANN, History, named, seen
from tests.views.test_liability_view import shown

MARKET = named("market", 1)
BET, OTHER = named("bet", 1), named("bet", 2)
LEG = (MARKET, "home", "2.00", 7)


def cash_out(history: History, bet_id: str, closed_minor: int, left_minor: int, amount_minor: int, *, before_minor: int = 0) -> None:
    """Close a part of a bet of ten; `before_minor` is what was paid for other parts before."""
    at, available_minor = history.at(), history._move(ANN, amount_minor)
    fact = BetCashedOut(
        account_id=ANN,
        cash_out_id=named("cash-out", left_minor),
        number=2 if before_minor else 1,
        stake_minor=closed_minor,
        stake_left_minor=left_minor,
        amount_minor=amount_minor,
        stake_closed_minor=10_00 - left_minor,
        cashed_out_minor=before_minor + amount_minor,
        potential_returns_minor=2 * left_minor,
        share_percent=100,
        bet_version=1,
        legs=(CashOutLeg(MARKET, 7, 500_000),),
        results=(None,),
        rules=1,
        expires_at=at,
        asked_minor=amount_minor,
        asked_version="1-7-1",
        actor=ANN,
        at=at,
    )
    history.add(bet_id, fact)
    history.add(wallet_of(ANN), CashOutPaid(ANN, bet_id, closed_minor, amount_minor, available_minor, at, fact.number))


def two_bets() -> History:
    history = History()
    history.wallet(ANN, 100_00)
    history.bet(ANN, BET, 10_00, LEG)
    history.bet(ANN, OTHER, 10_00, LEG)
    cash_out(history, BET, 4_00, 6_00, 3_50)
    return history


def test_a_part_leaves_the_bet_open_with_less_to_return():
    history = two_bets()
    found = seen(history, lambda reads: portfolio.portfolio(reads, ANN))
    assert (found.available_minor, found.at_risk_minor) == (83_50, 16_00)
    part = next(bet for bet in found.open.items if bet.bet_id == BET)
    assert (part.status, part.stake_minor, part.stake_closed_minor, part.cashed_out_minor) == ("open", 10_00, 4_00, 3_50)
    assert (part.potential_returns_minor, part.returns_minor) == (12_00, None)
    assert shown(history) == {"EUR": 12_00 + 20_00}


def test_the_rest_that_loses_is_shown_with_what_was_cashed_out():
    history = two_bets()
    at = history.at()
    history.add(BET, BetSettled(ANN, "lost", 6_00, 0, (LOST,), 1, at, stake_closed_minor=4_00, cashed_out_minor=3_50))
    history.add(wallet_of(ANN), StakeLost(ANN, BET, 6_00, 83_50, at))
    (ended,) = seen(history, lambda reads: portfolio.portfolio(reads, ANN)).settled.items
    assert (ended.status, ended.returns_minor, ended.potential_returns_minor) == ("part_lost", 3_50, 20_00)
    assert shown(history) == {"EUR": 20_00}


@pytest.mark.parametrize("chunk_facts", [1, 3, 1_000])
def test_the_whole_ends_the_bet_however_the_log_is_read(chunk_facts: int):
    history = two_bets()
    cash_out(history, BET, 6_00, 0, 5_00, before_minor=3_50)
    found = seen(history, lambda reads: portfolio.portfolio(reads, ANN))
    assert [bet.bet_id for bet in found.open.items] == [OTHER]
    (ended,) = found.settled.items
    assert (ended.status, ended.returns_minor, ended.settlement, ended.legs[0].result) == ("cashed_out", 8_50, 0, "open")
    lines = seen(history, lambda reads: statement.statement(reads, ANN)).items
    assert [(line.kind, line.amount_minor) for line in lines[:2]] == [("cash_out", 5_00), ("cash_out", 3_50)]
    assert shown(history, chunk_facts) == {"EUR": 20_00}

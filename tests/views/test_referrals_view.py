"""What waits for a trader: bets over their limit, those whose time is up first on top, until they are answered or refused."""

from datetime import timedelta

from domain.fact import micros
from projections.betting import portfolio
from projections.trading import referrals
from tests.views.history import ANN, NOON, History, named, seen

MARKET, FIXTURE, OTHER = named("market", 1), named("fixture", 1), named("account", 7)
LEG = (MARKET, "home", "2.35", 7)


def begun() -> History:
    history = History()
    history.wallet(ANN, 500_00)
    history.wallet(OTHER, 500_00)
    return history


def asked(history, number, refer_s=60, delay_s=0, account_id=ANN):
    bet_id = named("bet", number)
    history.pend(account_id, bet_id, 40_00, LEG, delay_s, refer_s)
    return bet_id


def listed(history, now_us=0, **limits):
    async def all_pages(reads):
        found, cursor = [], None
        while True:
            page = await referrals.referrals(reads, now_us, cursor=cursor, **limits)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    return seen(history, all_pages)


def test_what_waits_is_listed_by_when_its_time_is_up_in_pages_of_any_size():
    history = begun()
    slow, quick, slower = asked(history, 1, 200), asked(history, 2, 30, account_id=OTHER), asked(history, 3, 300)
    asked(history, 4, refer_s=0, delay_s=5)
    for limit in (1, 2, 200):
        assert [one.bet_id for one in listed(history, limit=limit)] == [quick, slow, slower]


def test_a_bet_says_whose_it_is_what_for_and_from_when_until_when_it_may_be_taken():
    history = begun()
    bet_id = asked(history, 1, 38, delay_s=8)
    (one,) = listed(history)
    assert (one.bet_id, one.account_id, one.stake_minor, one.potential_returns_minor, one.odds) == (bet_id, ANN, 40_00, 94_00, "2.35")
    assert [(leg.market_id, leg.selection, leg.odds) for leg in one.legs] == [(MARKET, "home", "2.35")]
    assert (one.answer_from - one.asked_at, one.answer_until - one.asked_at) == (timedelta(seconds=8), timedelta(seconds=38))


def test_what_was_taken_refused_or_is_late_waits_no_more():
    history = begun()
    taken, refused, waiting = (asked(history, number) for number in range(3))
    history.take_pending(taken, 15_00)
    history.refuse_pending(refused, "referral-declined")
    assert [one.bet_id for one in listed(history)] == [waiting]
    assert listed(history, micros(NOON) + 3_600_000_000) == []


def test_the_bettor_sees_it_with_the_trader_and_then_the_stake_that_was_taken():
    history = begun()
    bet_id = asked(history, 1)
    found = seen(history, lambda reads: portfolio.portfolio(reads, ANN))
    (bet,) = found.open.items
    assert (bet.status, bet.referred, found.at_risk_minor, found.available_minor) == ("pending", True, 40_00, 460_00)
    history.take_pending(bet_id, 15_00)
    found = seen(history, lambda reads: portfolio.portfolio(reads, ANN))
    (bet,) = found.open.items
    assert (bet.status, bet.referred, bet.stake_minor, found.at_risk_minor, found.available_minor) == ("open", False, 15_00, 15_00, 485_00)

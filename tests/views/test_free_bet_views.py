"""What an account sees of its free bets: each with what became of it, the newest first; their bets are no money at risk."""

from datetime import datetime, timedelta

from domain.free_bet.facts import FreeBetTakenAgain
from domain.settling import LOST, VOID, WON
from projections.accounts import statement
from projections.betting import portfolio
from projections.betting.free_bets import FREE_BETS_MAX, FreeBetViews, free_bets_of_rows, free_bets_page
from projections.ports import ReadModels
from tests.views.history import ANN, NOON, History, named, seen
from tests.views.social_history import SocialHistory
from tests.views.test_inbox_view import says

FREE, OTHER = named("free bet", 1), named("free bet", 2)
BET, SECOND = named("bet", 1), named("bet", 2)
LEG = (named("market", 1), "home", "2", 7)


def shown(history: History, now: datetime = NOON) -> FreeBetViews:
    async def ask(reads: ReadModels) -> FreeBetViews:
        (entries,) = await reads.many(portfolio.VIEW, [free_bets_page(ANN)])
        return free_bets_of_rows(entries, now)

    return seen(history, ask)


def granted() -> History:
    history = History()
    history.wallet(ANN, 5_00)
    history.grant(ANN, FREE)
    return history


def test_a_free_bet_is_available_until_it_expires():
    history = granted()
    (found,) = shown(history).items
    assert (found.free_bet_id, found.status, found.amount_minor, found.currency, found.reason) == (
        FREE,
        "available",
        10_00,
        "EUR",
        "welcome",
    )
    assert found.bet_id is None
    assert shown(history, found.expires_at - timedelta(microseconds=1)).items[0].status == "available"
    assert shown(history, found.expires_at).items[0].status == "expired"


def test_a_bet_that_uses_it_puts_no_money_at_risk_and_says_so():
    history = granted()
    history.grant(ANN, OTHER)
    history.bet_freely(ANN, BET, FREE, LEG)
    assert [(each.free_bet_id, each.status, each.bet_id) for each in shown(history).items] == [
        (OTHER, "available", None),
        (FREE, "used", BET),
    ]
    found = seen(history, lambda reads: portfolio.portfolio(reads, ANN))
    assert (found.available_minor, found.at_risk_minor) == (5_00, 0)
    assert [(bet.free_bet_id, bet.stake_minor, bet.potential_returns_minor) for bet in found.open.items] == [(FREE, 10_00, 10_00)]


def test_a_win_is_a_line_of_the_statement_and_nothing_was_staked():
    history = granted()
    history.bet_freely(ANN, BET, FREE, LEG)
    history.settle_freely(ANN, BET, FREE, WON, 10_00)
    lines = seen(history, lambda reads: statement.statement(reads, ANN)).items
    assert [(line.kind, line.amount_minor, line.available_minor) for line in lines] == [("returns", 10_00, 15_00), ("deposit", 5_00, 5_00)]
    spent = seen(history, lambda reads: statement.spent_since(reads, ANN, NOON))
    assert (spent.staked_minor, spent.returned_minor) == (0, 10_00)
    assert seen(history, lambda reads: portfolio.portfolio(reads, ANN)).at_risk_minor == 0


def test_a_void_bet_gives_it_back_until_that_is_undone():
    history = granted()
    history.bet_freely(ANN, BET, FREE, LEG)
    history.settle_freely(ANN, BET, FREE, VOID)
    assert [each.status for each in shown(history).items] == ["available"]
    history.bet_freely(ANN, SECOND, FREE, LEG)
    history.settle_freely(ANN, SECOND, FREE, LOST)
    history.add(FREE, FreeBetTakenAgain(ANN, BET, 1, history.at()))
    assert [(each.status, each.bet_id) for each in shown(history).items] == [("used", SECOND)]


def test_the_notice_of_a_void_free_bet_says_that_it_may_be_used_again():
    history = SocialHistory()
    history.wallet(ANN)
    history.grant(ANN, FREE)
    history.bet_freely(ANN, BET, FREE, LEG)
    history.settle_freely(ANN, BET, FREE, VOID)
    assert says(history, ANN, group="bets") == ["Your free bet is void: you may use it again until it expires"]


def test_the_newest_are_kept():
    history = granted()
    for number in range(FREE_BETS_MAX):
        history.grant(ANN, named("free bet", 100 + number))
    assert len(shown(history).items) == FREE_BETS_MAX
    assert FREE not in {each.free_bet_id for each in shown(history).items}

"""Every movement of a wallet, with the balance after it."""

import itertools

from domain.fact import EPOCH
from domain.ids import wallet_of
from domain.settling import LOST, VOID, WON
from domain.wallet.facts import FundsDeposited
from projections.accounts import statement
from tests.views.history import ANN, History, named, seen

LEG = (named("market", 1), "home", "2.35", 7)


def shown(history, **asked):
    return seen(history, lambda reads: statement.statement(reads, ANN, **asked))


def test_a_wallet_that_never_moved_has_an_empty_statement():
    history = History()
    history.wallet(ANN)
    assert shown(history) == statement.Statement([], None)


def test_every_movement_is_a_line_with_the_balance_after_it_newest_first():
    history = History()
    history.wallet(ANN, 50_00)
    bets = [named("bet", number) for number in (1, 2, 3)]
    for bet_id in bets:
        history.bet(ANN, bet_id, 10_00, LEG)
    history.settle(ANN, bets[0], "won", 10_00, 23_50, WON)
    history.settle(ANN, bets[1], "lost", 10_00, 0, LOST)
    history.settle(ANN, bets[2], "void", 10_00, 10_00, VOID)
    history.withdraw(ANN, 3_50)
    lines = [(line.kind, line.amount_minor, line.available_minor) for line in shown(history).items]
    assert lines == [
        ("withdrawal", -3_50, 50_00),
        ("refund", 10_00, 53_50),
        ("lost", 0, 43_50),
        ("returns", 23_50, 43_50),
        ("stake", -10_00, 20_00),
        ("stake", -10_00, 30_00),
        ("stake", -10_00, 40_00),
        ("deposit", 50_00, 50_00),
    ]


def test_a_reversal_is_a_line_that_says_what_was_taken_and_what_is_owed_and_later_lines_what_repays_it():
    history, bet_id = History(), named("bet", 1)
    history.wallet(ANN, 10_00)
    history.bet(ANN, bet_id, 10_00, LEG)
    history.settle(ANN, bet_id, "won", 10_00, 23_50, WON)
    history.withdraw(ANN, 20_00)
    history.resettle_as_lost(ANN, bet_id, 10_00, 23_50)
    history.add(wallet_of(ANN), FundsDeposited(ANN, 30_00, "in", 10_00, history.at(), 20_00))
    lines = [(line.kind, line.amount_minor, line.owed_minor, line.available_minor) for line in shown(history).items[:3]]
    assert lines == [("deposit", 10_00, -20_00, 10_00), ("lost", 0, 0, 0), ("reversal", -3_50, 20_00, 0)]


def test_what_was_staked_and_returned_since_a_moment_is_summed_up_from_the_lines_over_all_pages():
    history, first, second = History(), named("bet", 1), named("bet", 2)
    history.wallet(ANN, 30_00 + statement.PAGE_MAX)
    history.bet(ANN, named("bet", 3), 5_00, LEG)
    for number in range(statement.PAGE_MAX):
        history.bet(ANN, named("bet", 10 + number), 1, LEG)
    since = history.at()
    history.bet(ANN, first, 10_00, LEG)
    history.settle(ANN, first, "won", 10_00, 23_50, WON)
    history.bet(ANN, second, 10_00, LEG)
    history.settle(ANN, second, "void", 10_00, 10_00, VOID)
    spent = seen(history, lambda reads: statement.spent_since(reads, ANN, since))
    assert spent == statement.Spent(20_00, 33_50, complete=True)
    history.withdraw(ANN, 20_00)
    history.resettle_as_lost(ANN, first, 10_00, 23_50)
    history.add(wallet_of(ANN), FundsDeposited(ANN, 30_00, "in", 10_00, history.at(), 20_00))
    spent = seen(history, lambda reads: statement.spent_since(reads, ANN, since))
    assert spent == statement.Spent(20_00, 10_00, complete=True)
    every = seen(history, lambda reads: statement.spent_since(reads, ANN, EPOCH))
    assert every == statement.Spent(25_00 + statement.PAGE_MAX, 10_00, complete=True)


def test_the_stake_of_a_refused_bet_was_never_staked():
    history, bet_id = History(), named("bet", 1)
    history.wallet(ANN, 30_00)
    history.pend(ANN, bet_id, 10_00, LEG)
    history.refuse_pending(bet_id)
    lines = [(line.kind, line.amount_minor, line.available_minor, line.reference) for line in shown(history).items[:2]]
    assert lines == [("released", 10_00, 30_00, bet_id), ("stake", -10_00, 20_00, bet_id)]
    spent = seen(history, lambda reads: statement.spent_since(reads, ANN, EPOCH))
    assert spent == statement.Spent(0, 0, complete=True)


def test_each_line_is_the_one_before_it_plus_its_amount_over_all_pages():
    history = History()
    history.wallet(ANN, 100_00)
    for number in range(25):
        history.bet(ANN, named("bet", number), 1 + number, LEG)
    lines, cursor = [], None
    while True:
        page = shown(history, cursor=cursor, limit=7)
        lines += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len({line.position for line in lines}) == len(lines) == 26
    for newer, older in itertools.pairwise(lines):
        assert older.available_minor + newer.amount_minor == newer.available_minor


def test_a_statement_keeps_its_newest_two_thousand_lines():
    history = History()
    history.wallet(ANN)
    for _ in range(statement.LINES_MAX + 2 * statement.LINES_SLACK):
        history.deposit(ANN, 1)
    cursor, lines = None, 0
    while True:
        page = shown(history, cursor=cursor, limit=statement.PAGE_MAX)
        lines += len(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert statement.LINES_MAX <= lines < statement.LINES_MAX + statement.LINES_SLACK + 1

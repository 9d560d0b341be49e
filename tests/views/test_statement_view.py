"""Every movement of a wallet, with the balance after it."""

import itertools

from domain.settling import LOST, VOID, WON
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

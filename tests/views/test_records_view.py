"""Records and leaderboards against a plain model, and against every other place that tells what a bet made."""

import asyncio
from datetime import timedelta

import pytest

from domain.fact import micros
from domain.odds import parse
from domain.settling import LOST, VOID, WON
from infra.audit.sums_compared import differing_sums
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.accounts import statement
from projections.betting import portfolio
from projections.ports import UnreadableCursor
from projections.social import leaderboards, record_pages
from projections.social.record_sums import day_of, figures_of
from tests.views.history import NOON, named
from tests.views.record_history import DAY_S, RecordHistory, RecordStory
from tests.views.social_history import EVERY_VIEW, LEG

ANN, BOB, CLEO = (named("account", number) for number in range(3))


def projected(history, chunk_facts=1_000, models=None):
    models = models or MemoryModels()
    Projector(history.log, models, EVERY_VIEW, chunk_facts=chunk_facts).catch_up()
    return MemoryReads(models)


def record(reads, history, account_id=ANN, window="all", currency=None):
    return asyncio.run(record_pages.record(reads, account_id, window, day_of(micros(history.now)), currency, "EUR"))


def ranked(reads, history, window="all", sport=None):
    return asyncio.run(leaderboards.ranked(reads, window, "EUR", sport, day_of(micros(history.now)))).standings


def expected_streaks(outcomes):
    run, best, longest = 0, {"won": 0, "lost": 0}, ""
    for outcome in outcomes:
        if outcome != "void":
            run, longest = (run + 1 if outcome == longest else 1), outcome
            best[outcome] = max(best[outcome], run)
    return run, longest == "won", best["won"], best["lost"]


def all_pages(ask):
    found, cursor = [], None
    while True:
        page = asyncio.run(ask(cursor))
        found, cursor = [*found, *page.items], page.next_cursor
        if cursor is None:
            return found


def profit_of(counted):
    return sum(end.returns_minor - bet.stake_minor for bet, end in counted)


def check_periods(story, reads, account_id):
    midnight = story.history.now.replace(hour=0, minute=0, second=0)
    for window, days in (("7d", 6), ("30d", 29)):
        found = record(reads, story.history, account_id, window)
        within = story.counted(account_id, midnight - timedelta(days=days))
        assert (found.bets, found.profit_minor) == (len(within), profit_of(within))
        assert sum(each.profit_minor for each in found.days) == found.profit_minor


def check_parts(story, found, counted):
    for kind, scoped in (("sport", found.by_sport), ("type", found.by_market_type)):
        names = {getattr(bet, kind) for bet, _ in counted}
        expected = {name: profit_of([(bet, end) for bet, end in counted if getattr(bet, kind) == name]) for name in names}
        assert {each.name: each.profit_minor for each in scoped} == expected
    streaks = (found.streaks.current, found.streaks.current_won, found.streaks.longest_won, found.streaks.longest_lost)
    assert streaks == expected_streaks(end.outcome for _, end in counted)
    tails = [(bet, story.ends[bet.bet_id]) for bet in story.bets if bet.author_id == found.account_id and bet.bet_id in story.ends]
    assert (found.tailed.bets, found.tailed.profit_minor) == (len(tails), profit_of(tails))


def check_elsewhere(reads, account_id, bet_ids, profit):
    bets = [asyncio.run(portfolio.bet(reads, account_id, bet_id)) for bet_id in bet_ids]
    assert sum(each.returns_minor - each.stake_minor for each in bets) == profit
    settled = all_pages(lambda cursor: portfolio.bets(reads, account_id, settled=True, cursor=cursor))
    assert sum(each.returns_minor - each.stake_minor for each in settled if each.bet_id in bet_ids) == profit
    lines = all_pages(lambda cursor: statement.statement(reads, account_id, cursor))
    assert sum(line.amount_minor for line in lines if line.reference in bet_ids) == profit


@pytest.mark.parametrize("seed", range(5))
def test_bet_profile_leaderboard_statement_and_portfolio_tell_the_same_profit_after_any_history(seed):
    """Random histories with corrections, voids and restarts, in batches of any size; and the same rows in one batch."""
    story, models = RecordStory(seed), MemoryModels()
    for chunk_facts in (1, 7, 400, 3):
        story.go_on(160)
        reads = projected(story.history, chunk_facts, models)
        board = {each.account_id: figures_of(each.sums) for each in ranked(reads, story.history)}
        for account_id in story.accounts:
            counted = story.counted(account_id)
            found, profit = record(reads, story.history, account_id), profit_of(counted)
            assert (found.bets, found.profit_minor) == (len(counted), profit)
            check_periods(story, reads, account_id)
            check_parts(story, found, counted)
            check_elsewhere(reads, account_id, {bet.bet_id for bet, _ in counted}, profit)
            assert (account_id in board) == (len(counted) >= 20)
            assert account_id not in board or board[account_id].profit_minor == profit
    projector = Projector(story.history.log, models, EVERY_VIEW)
    assert projector.compare("records").difference is None
    assert [list(differing_sums(*projector.parts_of(name))) for name in ("records", "engagement")] == [[], []]


@pytest.fixture
def history():
    history = RecordHistory()
    for account_id, handle in ((ANN, "Ann"), (BOB, "Bob"), (CLEO, "Cleo")):
        history.account(account_id, handle)
        history.wallet(account_id, 1_000_00)
    history.fixture(LEG.fixture_id)
    history.market_of(LEG.market_id, LEG.fixture_id, "match_result")
    return history


def won(history, account_id, first, bets=20, stake_minor=1_00):
    """Share so many bets and win them."""
    for number in range(first, first + bets):
        settled(history, account_id, number, stake_minor, "won", stake_minor * 235 // 100, WON)


def settled(history, account_id, number, stake_minor, outcome, paid_minor, result, shared=True, **share):
    bet_id = named("bet", number)
    history.bet(account_id, bet_id, stake_minor, (LEG.market_id, "home", "2.35", 1))
    if shared:
        history.share(account_id, bet_id, stake_minor, LEG, **share)
    history.settle(account_id, bet_id, outcome, stake_minor, paid_minor, result)
    return bet_id


def test_a_record_counts_bets_that_were_shared_before_they_were_settled_each_with_its_latest_result(history):
    for number, (outcome, paid_minor, result) in enumerate([("won", 23_50, WON), ("lost", 0, LOST), ("void", 10_00, VOID)], 1):
        settled(history, ANN, number, 10_00, outcome, paid_minor, result, shown="units", unit_minor=10_00)
    late = settled(history, ANN, 4, 50_00, "won", 117_50, WON, shared=False)
    found = record(projected(history), history)
    assert (found.bets, found.void, found.won, found.profit_minor) == (3, 1, 1, 3_50)
    assert (found.roi_bp, found.win_rate_bp, found.average_odds, found.unit_bets, found.units) == (1_750, 5_000, "2.350", 2, "0.35")
    assert [(each.name, each.bets) for each in (*found.by_sport, *found.by_market_type)] == [("football", 3), ("match_result", 3)]
    history.remove(ANN, history.share(ANN, late, 50_00, LEG))
    assert record(projected(history), history) == found, "what is shared after it was settled does not count"
    history.resettle_as_lost(ANN, late, 50_00, 117_50)
    assert record(projected(history), history) == found, "nor does it upon a correction"
    history.resettle_as_lost(ANN, named("bet", 1), 10_00, 23_50)
    again = record(projected(history), history)
    assert (again.bets, again.won, again.profit_minor, again.units, again.streaks.longest_lost) == (3, 0, -20_00, "-2.00", 2)
    assert record(projected(history, chunk_facts=1), history) == again
    empty = record(projected(history), history, BOB)
    assert (empty.bets, empty.roi_bp, empty.win_rate_bp, empty.average_odds, empty.units) == (0, None, None, None, "0.00")


def test_a_record_has_the_mean_closing_line_value_of_the_bets_that_have_one(history):
    for number, (outcome, result, closing) in enumerate(
        [("won", WON, "2.35"), ("lost", LOST, "2"), ("lost", LOST, "2.5"), ("void", VOID, "2"), ("lost", LOST, None)]
    ):
        bet_id = named("bet", number)
        history.bet(ANN, bet_id, 1_00, (LEG.market_id, "home", "2.35", 1))
        history.share(ANN, bet_id, 1_00, LEG)
        paid_minor = {"won": 2_35, "lost": 0, "void": 1_00}[outcome]
        history.settle(ANN, bet_id, outcome, 1_00, paid_minor, result, closing=(parse(closing),) if closing else ())
    found = record(projected(history), history)
    assert (found.bets, found.closing_line_bets, found.closing_line_beaten) == (5, 3, 1)
    assert found.closing_line_bp == (0 + 1_750 - 600) // 3
    assert found.by_sport[0].closing_line_bp == found.closing_line_bp


def test_a_correction_takes_a_bet_from_the_day_and_the_season_where_it_was(history):
    settled(history, ANN, 1, 10_00, "won", 23_50, WON)
    history.pass_days(31)
    before = record(projected(history), history, window="30d")
    assert (before.bets, record(projected(history), history, window="season").bets, before.days) == (0, 0, [])
    history.resettle_as_lost(ANN, named("bet", 1), 10_00, 23_50)
    reads = projected(history)
    for window in ("7d", "30d", "season", "all"):
        found = record(reads, history, window=window)
        assert (window, found.bets, found.profit_minor, [each.bets for each in found.days]) == (window, 1, -10_00, [1])
    history._seconds -= 31 * DAY_S
    assert record(reads, history, window="7d").bets == 0, "the day that it was taken from"


def test_a_record_is_in_the_currency_of_the_wallet_of_its_account(history):
    settled(history, ANN, 1, 10_00, "won", 23_50, WON)
    found = asyncio.run(record_pages.record(projected(history), ANN, "all", day_of(micros(history.now)), None, "USD"))
    assert (found.currency, found.bets) == ("EUR", 1)
    assert record(projected(history), history, currency="USD").bets == 0


def test_a_leaderboard_has_those_with_20_bets_whom_the_viewer_may_see(history):
    now_us = micros(NOON)
    won(history, ANN, 0)
    won(history, BOB, 100, bets=19)

    def board(viewer, limit=50, cursor=None, among=None):
        async def ask(reads):
            today = day_of(micros(history.now))
            standings = (await leaderboards.ranked(reads, "7d", "EUR", "football", today)).standings
            if among == "following":
                standings = await leaderboards.ranked_among(reads, await leaderboards.friends(reads, viewer), "7d", "EUR", None, today)
            return await leaderboards.page_of(reads, viewer, standings, cursor, limit, now_us)

        items, more = asyncio.run(ask(projected(history)))
        return [(each.rank, each.handle) for each in items], more

    assert board(CLEO)[0] == [(1, "Ann")], "nobody with fewer than 20 bets is ranked"
    won(history, BOB, 200, bets=1)
    won(history, CLEO, 300, bets=21)
    assert board(CLEO)[0] == [(1, "Cleo"), (2, "Bob" if BOB < ANN else "Ann"), (3, "Ann" if BOB < ANN else "Bob")], (
        "of equal ones, more bets first"
    )
    first, more = board(CLEO, limit=2)
    assert board(CLEO, limit=2, cursor=more) == ([(3, "Ann" if BOB < ANN else "Bob")], None)
    assert len(first) == 2
    history.profile(ANN, private=True)
    assert board(CLEO)[0] == [(1, "Cleo"), (2, "Bob")], "a private account is shown to its followers"
    assert ("Ann" in dict(map(reversed, board(ANN)[0]))) is True
    assert board(ANN, among="following")[0] == [(1, "Ann")]
    history.follow(CLEO, ANN)
    assert {handle for _, handle in board(CLEO, among="following")[0]} == {"Cleo", "Ann"}
    history.block(CLEO, BOB)
    assert [handle for _, handle in board(CLEO)[0]] == ["Cleo", "Ann"]
    assert [handle for _, handle in board(BOB)[0]] == ["Bob"]
    history.pass_days(7)
    assert board(CLEO)[0] == [], "what is older than the period counts no more"
    with pytest.raises(UnreadableCursor):
        board(CLEO, cursor="AAAA")

"""A leg that was struck at an obvious price error: its bet, its slip, its author's record and a tail of it show the odds that it pays."""

import asyncio

from domain.bet.facts import BetLegResulted, BetSettled
from domain.ids import slip_of, wallet_of
from domain.odds import Odds, parse
from domain.settling import WON, LegResult
from domain.slip.facts import SlipLeg
from domain.wallet.facts import ReturnsPaid
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.betting import portfolio
from projections.notifications.kinds import bet_settled
from projections.social import cards
from tests.views.history import named
from tests.views.record_history import RecordHistory
from tests.views.social_history import EVERY_VIEW
from tests.views.test_records_view import record

ANN, BOB = named("account", 0), named("account", 1)
SINGLE, DOUBLE, TAIL = (named("bet", number) for number in range(3))
FIXTURE, OTHER = named("fixture", 0), named("fixture", 1)
MARKET, SECOND = named("market", 0), named("market", 1)
LEGS = (SlipLeg(FIXTURE, MARKET, "home", parse("2.35"), 1), SlipLeg(OTHER, SECOND, "draw", parse("3.4"), 1))
RIGHT = parse("1.5")


def told() -> RecordHistory:
    """Ann shares a single and a double at 2.35, and Bob tails the single."""
    history = RecordHistory()
    for number, account_id in enumerate((ANN, BOB)):
        history.account(account_id, f"Player{number}")
        history.wallet(account_id, 1_000_00)
    for fixture_id, market_id in ((FIXTURE, MARKET), (OTHER, SECOND)):
        history.fixture(fixture_id)
        history.market_of(market_id, fixture_id, "match_result")
    home, draw = (MARKET, "home", "2.35", 1), (SECOND, "draw", "3.4", 1)
    history.bet(ANN, SINGLE, 10_00, home)
    history.bet(ANN, DOUBLE, 10_00, home, draw)
    history.share(ANN, SINGLE, 10_00, LEGS[0])
    history.share(ANN, DOUBLE, 10_00, *LEGS)
    history.bet(BOB, TAIL, 20_00, home)
    history.tail(BOB, TAIL, slip_of(SINGLE), ANN)
    return history


def settle(history: RecordHistory, account_id: str, bet_id: str, stake_minor: int, paid_minor: int, *repriced: Odds | None) -> None:
    at, left = history.at(), history._move(account_id, paid_minor)
    results: tuple[LegResult, ...] = (WON,) * len(repriced)
    history.add(bet_id, BetSettled(account_id, "won", stake_minor, paid_minor, results, 1, at, repriced=repriced))
    history.add(wallet_of(account_id), ReturnsPaid(account_id, bet_id, stake_minor, paid_minor, left, at))


def read(history: RecordHistory) -> MemoryReads:
    models = MemoryModels()
    Projector(history.log, models, EVERY_VIEW).catch_up()
    return MemoryReads(models)


def bet_of(reads: MemoryReads, account_id: str, bet_id: str) -> portfolio.BetView:
    found = asyncio.run(portfolio.bet(reads, account_id, bet_id))
    assert found is not None
    return found


def slip_odds(reads: MemoryReads, bet_id: str) -> tuple[str, list[str]]:
    found = asyncio.run(cards.cards(reads, [(slip_of(bet_id), ANN)]))
    (shown,) = asyncio.run(cards.shown(reads, list(found.values()), BOB, 0))
    return shown.bet.odds, [leg.odds for leg in shown.bet.legs]


def test_a_bet_its_slip_its_record_and_a_tail_show_the_odds_that_are_paid():
    history = told()
    settle(history, ANN, SINGLE, 10_00, 15_00, RIGHT)
    settle(history, BOB, TAIL, 20_00, 30_00, RIGHT)
    reads = read(history)
    bet = bet_of(reads, ANN, SINGLE)
    (leg,) = bet.legs
    assert (bet.odds, bet.returns_minor, bet.potential_returns_minor, leg.odds, leg.struck_odds) == ("1.50", 15_00, 15_00, "1.50", "2.35")
    assert slip_odds(reads, SINGLE) == ("1.50", ["1.50"])
    made = record(reads, history)
    assert (made.profit_minor, made.average_odds) == (5_00, "1.500")
    assert (made.tailed.bets, made.tailed.profit_minor) == (1, 10_00)
    assert bet_of(reads, BOB, TAIL).odds == "1.50"


def test_an_open_multiple_shows_what_it_may_return_at_the_right_odds_of_the_leg_that_came_out():
    history = told()
    history.add(DOUBLE, BetLegResulted(ANN, MARKET, WON, (WON, None), history.at(), 0, repriced=(RIGHT, None)))
    reads = read(history)
    bet = bet_of(reads, ANN, DOUBLE)
    assert (bet.status, bet.odds, bet.potential_returns_minor) == ("open", "5.10", 51_00)
    assert [(leg.odds, leg.struck_odds) for leg in bet.legs] == [("1.50", "2.35"), ("3.40", None)]
    assert slip_odds(reads, DOUBLE) == ("5.10", ["1.50", "3.40"])


def test_the_holder_is_told_that_the_right_odds_were_paid():
    history = told()
    settle(history, ANN, SINGLE, 10_00, 15_00, RIGHT)
    recorded = [fact for fact in history.log.load({SINGLE: 0})[SINGLE] if isinstance(fact.body, BetSettled)][-1]
    (notice,) = bet_settled.TELLING.tells[BetSettled](recorded, recorded.body)
    assert (notice.account_id, notice.row.what, notice.row.amount_minor) == (ANN, "repriced", 15_00)

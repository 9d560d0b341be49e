"""What an account sees of its bonuses: what they hold, what is done of their requirements, and what became of them; never cash."""

import msgspec

from domain.bonus.facts import BonusCashOutPaid, BonusSettlementReversed
from domain.settling import LOST, VOID, WON
from projections.accounts import statement
from projections.betting import portfolio
from projections.betting.bonuses import BonusView, bonuses_of_rows, bonuses_page
from projections.ports import ReadModels
from tests.views.history import ANN, NOON, History, named, seen

GIFT, OTHER = named("bonus", 1), named("bonus", 2)
BET, MARKET = named("bet", 1), named("market", 1)


def shown(history: History) -> list[BonusView]:
    async def ask(reads: ReadModels) -> list[BonusView]:
        (entries,) = await reads.many(portfolio.VIEW, [bonuses_page(ANN)])
        return bonuses_of_rows(entries).items

    return seen(history, ask)


def money(history: History) -> tuple[int, int, int, int]:
    found = seen(history, lambda reads: portfolio.portfolio(reads, ANN))
    return found.available_minor, found.at_risk_minor, found.bonus_minor, found.bonus_at_risk_minor


def staked() -> History:
    history = History()
    history.wallet(ANN, 5_00)
    history.credit(ANN, GIFT)
    history.bet_of_bonus(ANN, BET, GIFT, MARKET)
    return history


def holds(bonus: BonusView) -> tuple[str, int, int, int, int]:
    return bonus.status, bonus.available_minor, bonus.at_risk_minor, bonus.owed_minor, bonus.wagered_minor


def test_a_bonus_is_shown_with_its_terms_and_what_it_holds_and_its_bet_says_so():
    history = staked()
    history.credit(ANN, OTHER, 3_00, times=5)
    other, gift = shown(history)
    assert (gift.bonus_id, *holds(gift)) == (GIFT, "active", 6_00, 4_00, 0, 0)
    terms = (other.amount_minor, other.times, other.wager_minor, other.odds_min, other.stake_minor_max, other.reason)
    assert terms == (3_00, 5, 15_00, "1.50", 3_00, "welcome")
    assert money(history) == (5_00, 0, 9_00, 4_00)
    (bet,) = seen(history, lambda reads: portfolio.portfolio(reads, ANN)).open.items
    assert (bet.bonus_id, bet.stake_minor, bet.free_bet_id) == (GIFT, 4_00, None)


def test_a_bonus_that_became_cash_is_in_the_statement_as_that_and_counts_as_nothing_staked_or_returned():
    history = staked()
    history.settle_of_bonus(ANN, BET, GIFT, WON)
    assert holds(shown(history)[0]) == ("converted", 0, 0, 0, 4_00)
    assert money(history) == (19_00, 0, 0, 0)
    lines = seen(history, lambda reads: statement.statement(reads, ANN)).items
    assert (lines[0].kind, lines[0].amount_minor, lines[0].reference) == ("bonus", 14_00, GIFT)
    assert msgspec.structs.astuple(seen(history, lambda reads: statement.spent_since(reads, ANN, NOON))) == (0, 0, True)


def test_what_is_left_of_a_bonus_goes_when_it_expires_and_a_void_stake_comes_back_to_it():
    history = staked()
    history.settle_of_bonus(ANN, BET, GIFT, VOID)
    assert (holds(shown(history)[0]), money(history)) == (("active", 10_00, 0, 0, 0), (5_00, 0, 10_00, 0))
    history = staked()
    history.settle_of_bonus(ANN, BET, GIFT, LOST)
    assert (holds(shown(history)[0]), money(history)) == (("expired", 0, 0, 0, 4_00), (5_00, 0, 0, 0))


def test_what_is_cashed_out_comes_to_the_bonus_and_what_is_reversed_is_taken_from_it_and_owed():
    history = staked()
    history.add(GIFT, BonusCashOutPaid(ANN, BET, 1, 1_00, 90, "bonus", 6_90, history.at()))
    assert (holds(shown(history)[0]), money(history)) == (("active", 6_90, 3_00, 0, 0), (5_00, 0, 6_90, 3_00))
    history = staked()
    history.settle_of_bonus(ANN, BET, GIFT, VOID)
    history.add(GIFT, BonusSettlementReversed(ANN, BET, 1, 4_00, 12_00, "bonus", 0, 0, 0, history.at(), 2_00))
    assert (holds(shown(history)[0]), money(history)) == (("active", 0, 4_00, 2_00, 0), (5_00, 0, 0, 4_00))

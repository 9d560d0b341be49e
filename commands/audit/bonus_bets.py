"""Bets that were staked from a bonus: nothing of their stake is cash, and each step of theirs moves their bonus in the same append."""

from typing import Any

from commands.audit.promotion_streams import AuditedBonus
from commands.audit.same_game import odds_of_line
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet
from commands.audit.violation import ViolationFound
from commands.audit.violations import BonusMixedWithCash, BonusNotPaid, BonusStakeDiffers
from domain.bet.facts import BetPlaced
from domain.bet.lines import folds_of
from domain.bonus.facts import BonusBetSettled, BonusCashOutPaid, BonusSettlementReversed, BonusStakeReserved
from domain.fact import Recorded
from domain.ids import wallet_of
from domain.odds import Odds
from domain.settling import odds_of_folds
from domain.settling.each_way import each_way_odds
from domain.wallet.facts import CashOutPaid, ReturnsPaid, SettlementReversed, StakeLost, StakeRefunded, StakeReserved

PAID = (ReturnsPaid, StakeRefunded, StakeLost, CashOutPaid)


def check_stake(state: AuditState, recorded: Recorded[Any], fact: BetPlaced) -> str:
    """Check that a bet's stake is its bonus's, of the same account and currency, and no cash moved; return the account's wallet."""
    taken = state.about_bet(recorded.stream_id, BonusStakeReserved, StakeReserved)
    bonus = None if taken is None or taken.stream_id != fact.bonus_id else state.of(AuditedBonus, fact.bonus_id)
    if bonus is None:
        moved = "" if taken is None else type(taken.body).__name__
        raise ViolationFound(BonusMixedWithCash, recorded, bonus_id=fact.bonus_id[:60], expected="BonusStakeReserved", moved=moved)
    bet, credited = (fact.account_id, fact.stake_minor, fact.currency), (bonus.account_id, bonus.stake_max, bonus.currency)
    if (bet[0], bet[2]) != (credited[0], credited[2]) or fact.stake_minor > bonus.stake_max:
        raise ViolationFound(BonusStakeDiffers, recorded, bet=bet, credited=credited)
    return wallet_of(fact.account_id)


def check_settled(state: AuditState, recorded: Recorded[Any], bet: AuditedBet) -> None:
    """Check that the bonus of a bet that is settled was told of it; what it was told is checked there."""
    _check_told(state, recorded, bet, BonusBetSettled)


def check_undone(state: AuditState, recorded: Recorded[Any], bet: AuditedBet) -> None:
    """Check that the bonus of a bet whose settlement is reversed was told of it, and cash was taken back where that had been paid."""
    told = _check_told(state, recorded, bet, BonusSettlementReversed)
    taken_minor = told.returns_minor if told.taken_from == "cash" else 0
    found = [each for each in state.append if type(each.body) is SettlementReversed and each.body.bet_id == recorded.stream_id]
    moved = [(each.stream_id, each.body.settlement, each.body.stake_minor, each.body.returns_minor) for each in found]
    _check_moved(recorded, bet.bonus_id, moved, [(bet.wallet_id, bet.settlement, 0, taken_minor)] if taken_minor else [])


def check_cashed_out(state: AuditState, recorded: Recorded[Any], bet: AuditedBet) -> None:
    """Check that the bonus of a bet that is cashed out was told of it; what it was told is checked there."""
    _check_told(state, recorded, bet, BonusCashOutPaid)


def check_cash(state: AuditState, recorded: Recorded[Any], fact: BonusBetSettled | BonusCashOutPaid, minor: int) -> None:
    """Check that a payment of a bet was made in cash where its bonus says so, and that otherwise no cash moved for it."""
    found = [each for each in state.append if type(each.body) in PAID and each.body.bet_id == fact.bet_id]
    moved = [(type(each.body).__name__, each.stream_id, each.body.stake_minor, *_paid(each.body)) for each in found]
    if isinstance(fact, BonusBetSettled):
        wanted = ("ReturnsPaid", wallet_of(fact.account_id), 0, minor, fact.settlement)
    else:
        wanted = ("CashOutPaid", wallet_of(fact.account_id), 0, minor, fact.number)
    _check_moved(recorded, recorded.stream_id, moved, [wanted] if minor else [])


def has_a_market_each(bet: AuditedBet) -> bool:
    """Say whether no two legs of a bet are on one market: one that covers several outcomes of a market counts for no requirement."""
    return len({leg.market_id for leg in bet.legs}) == len(bet.legs)


def odds_of(bet: AuditedBet) -> Odds:
    """Return the odds that the whole bet was struck at: what a unit of its stake returns over all its lines if every leg wins."""
    sizes, odds = tuple(folds_of(bet.type, len(bet.legs))), [leg.odds for leg in bet.legs]
    if bet.each_way:
        return each_way_odds(sizes, odds, [leg.place_terms or (1, 1) for leg in bet.legs], bet.each_way)
    if bet.same_game:
        odds = odds_of_line(odds, bet.same_game)
        sizes = (len(odds),)
    return odds_of_folds(sizes, odds)


def _check_told(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, kind: type) -> Any:
    told = state.about_bet(recorded.stream_id, kind)
    if told is None or told.stream_id != bet.bonus_id:
        raise ViolationFound(BonusNotPaid, recorded, bonus_id=bet.bonus_id)
    return told.body


def _check_moved(recorded: Recorded[Any], bonus_id: str, moved: list[Any], wanted: list[Any]) -> None:
    if moved != wanted:
        raise ViolationFound(BonusMixedWithCash, recorded, bonus_id=bonus_id, expected=repr(wanted)[:200], moved=repr(moved)[:200])


def _paid(fact: Any) -> tuple[int, int]:
    if isinstance(fact, CashOutPaid):
        return fact.amount_minor, fact.number
    return fact.returns_minor if isinstance(fact, ReturnsPaid) else fact.stake_minor, fact.settlement

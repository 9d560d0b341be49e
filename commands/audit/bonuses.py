"""Bonuses: credited by staff on terms within the house's, staked in time, paid where they stand, cash once their requirement is met.

What counts, where returns go, when a bonus becomes cash and when it is taken off are written here once more.
"""

from typing import Any

from commands.audit.account_gates import check_open
from commands.audit.accounts import check_role
from commands.audit.actors import CONSOLES
from commands.audit.auditor import LATENESS_US, Auditor, check_text, check_value
from commands.audit.bonus_bets import check_cash, has_a_market_each, odds_of
from commands.audit.gifts import check_shared
from commands.audit.promotion_streams import AuditedBonus
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedBet, AuditedWallet
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AccountMissing,
    BonusBalanceWrong,
    BonusConvertedWrong,
    BonusCountWrong,
    BonusExpiredWrong,
    BonusPaidElsewhere,
    BonusTooLate,
    BonusWithoutBet,
)
from domain.bet.facts import BetCashedOut, BetPlaced, BetSettled, BetSettlementReversed
from domain.bonus.facts import (
    BonusBetSettled,
    BonusCashOutPaid,
    BonusConverted,
    BonusCredited,
    BonusExpired,
    BonusSettlementReversed,
    BonusStakeReserved,
)
from domain.fact import Recorded, micros
from domain.ids import wallet_of
from domain.odds import ODDS_MAX
from domain.wallet.facts import BonusReceived

AMOUNT_MINOR_MAX, TIMES_MAX, EXPIRY_US_MAX = {1: 1_000_000}, {1: 10}, {1: 366 * 24 * 3_600 * 1_000_000}
"""The house's terms by their version."""

REASON_CHARACTERS_MAX = 120
ACTOR_CHARACTERS_MAX = 100
STAFF = ("trader", "admin")
GOES_TO = {"active": "bonus", "converted": "cash", "expired": "nobody"}


def credited(state: AuditState, recorded: Recorded[Any], fact: BonusCredited) -> AuditedBonus:
    """Check BonusCredited: by staff, for a reason, on terms that the house allows, to an account that may bet; begin the bonus."""
    wallet = state.of(AuditedWallet, wallet_of(fact.account_id))
    if state.of(AuditedAccount, fact.account_id) is None or wallet is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id[:60])
    check_text(recorded, "actor", fact.actor, ACTOR_CHARACTERS_MAX)
    if fact.actor not in CONSOLES:
        check_role(state, recorded, fact.actor, STAFF)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    check_value(recorded, "terms", fact.terms, allowed=fact.terms in TIMES_MAX)
    odds, left_us = fact.odds_min, micros(fact.expires_at) - state.committed_us
    check_value(recorded, "amount_minor", fact.amount_minor, allowed=1 <= fact.amount_minor <= AMOUNT_MINOR_MAX[fact.terms])
    check_value(recorded, "currency", fact.currency, allowed=fact.currency == wallet.currency)
    check_value(recorded, "times", fact.times, allowed=1 <= fact.times <= TIMES_MAX[fact.terms])
    check_value(recorded, "wager_minor", fact.wager_minor, allowed=fact.wager_minor == fact.times * fact.amount_minor)
    check_value(recorded, "odds_min", str(odds), allowed=0 < odds.denominator < odds.numerator <= ODDS_MAX * odds.denominator)
    check_value(recorded, "stake_minor_max", fact.stake_minor_max, allowed=1 <= fact.stake_minor_max <= fact.amount_minor)
    check_value(recorded, "expires_at", fact.expires_at.isoformat(), allowed=0 < left_us <= EXPIRY_US_MAX[fact.terms] + LATENESS_US)
    check_open(state, recorded, fact.account_id)
    check_shared(state, recorded, fact)
    state.house[fact.currency] -= fact.amount_minor
    return AuditedBonus(
        1,
        account_id=fact.account_id,
        currency=fact.currency,
        wager=fact.wager_minor,
        odds_min=odds,
        stake_max=fact.stake_minor_max,
        expires_us=micros(fact.expires_at),
        position=recorded.position,
        available=fact.amount_minor,
    )


def stake_reserved(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus, fact: BonusStakeReserved) -> None:
    """Check BonusStakeReserved: in time, by a bet that names it in the same append, no more than there is; update the audit state."""
    late_us = state.committed_us - bonus.expires_us
    if bonus.status != "active" or late_us >= 0:
        raise ViolationFound(BonusTooLate, recorded, bet_id=fact.bet_id, status=bonus.status, late_ms=late_us // 1_000)
    placed = state.together(BetPlaced, fact.bet_id)
    if placed is None or (placed.body.bonus_id, placed.body.stake_minor) != (recorded.stream_id, fact.stake_minor):
        raise ViolationFound(BonusWithoutBet, recorded, bet_id=fact.bet_id)
    bonus.available -= fact.stake_minor
    bonus.reserved += fact.stake_minor
    _check(recorded, bonus, fact)


def bet_settled(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus, fact: BonusBetSettled) -> None:
    """Check BonusBetSettled: as its bet is settled in the same append, paid where the bonus stands, counted as its terms say."""
    settled, bet = state.together(BetSettled, fact.bet_id), state.known(fact.bet_id)
    told = (fact.settlement, fact.stake_minor, fact.returns_minor)
    body = None if settled is None else settled.body
    if body is None or type(bet) is not AuditedBet or (body.settlement, body.stake_minor, body.returns_minor) != told:
        raise ViolationFound(BonusWithoutBet, recorded, bet_id=fact.bet_id)
    counts = body.outcome != "void" and has_a_market_each(bet) and odds_of(bet) >= bonus.odds_min
    expected_minor = fact.stake_minor if counts else 0
    if fact.counted_minor != expected_minor:
        raise _count_wrong(recorded, fact, fact.counted_minor, expected_minor)
    bonus.counted[fact.bet_id] = expected_minor
    bonus.wagered += expected_minor
    if fact.wagered_minor != bonus.wagered:
        raise _count_wrong(recorded, fact, fact.wagered_minor, bonus.wagered)
    _paid(state, recorded, bonus, fact, fact.returns_minor)
    _check_converted_in_time(state, recorded, bonus)


def cash_out_paid(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus, fact: BonusCashOutPaid) -> None:
    """Check BonusCashOutPaid: as its bet was cashed out in the same append, paid where the bonus stands; update the audit state."""
    done = state.together(BetCashedOut, fact.bet_id)
    told = (fact.number, fact.stake_minor, fact.amount_minor)
    if done is None or (done.body.number, done.body.stake_minor, done.body.amount_minor) != told:
        raise ViolationFound(BonusWithoutBet, recorded, bet_id=fact.bet_id)
    _paid(state, recorded, bonus, fact, fact.amount_minor)
    _check_converted_in_time(state, recorded, bonus)


def settlement_reversed(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus, fact: BonusSettlementReversed) -> None:
    """Check BonusSettlementReversed: as its bet's settlement was, taken from where the bonus stands, counted no more; update the state."""
    undone = state.together(BetSettlementReversed, fact.bet_id)
    told = (fact.settlement, fact.stake_minor, fact.returns_minor)
    if undone is None or (undone.body.settlement, undone.body.stake_minor, undone.body.returns_minor) != told:
        raise ViolationFound(BonusWithoutBet, recorded, bet_id=fact.bet_id)
    _check_where(recorded, bonus, fact.taken_from)
    counted_minor = bonus.counted.pop(fact.bet_id, 0)
    if fact.counted_minor != counted_minor:
        raise _count_wrong(recorded, fact, fact.counted_minor, counted_minor)
    bonus.wagered -= counted_minor
    if fact.wagered_minor != bonus.wagered:
        raise _count_wrong(recorded, fact, fact.wagered_minor, bonus.wagered)
    taken_minor = min(bonus.available, fact.returns_minor) if bonus.status == "active" else 0
    owed_minor = fact.returns_minor - taken_minor if bonus.status == "active" else 0
    _check_same(recorded, "owed_minor", fact.owed_minor, owed_minor)
    bonus.available -= taken_minor
    bonus.owed += owed_minor
    bonus.reserved += fact.stake_minor
    state.house[bonus.currency] += taken_minor + owed_minor - fact.stake_minor
    _check(recorded, bonus, fact)


def converted(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus, fact: BonusConverted) -> None:
    """Check BonusConverted: its requirement is met, all of it becomes cash in the same append, once; update the audit state."""
    received = state.together(BonusReceived, wallet_of(bonus.account_id))
    is_whole = 0 < fact.amount_minor == bonus.available and fact.account_id == bonus.account_id
    cash = None if received is None else received.body
    is_cash = cash is not None and (cash.bonus_id, cash.bet_id, cash.amount_minor) == (recorded.stream_id, fact.bet_id, fact.amount_minor)
    moved = state.about_bet(fact.bet_id, BonusBetSettled, BonusCashOutPaid)
    follows = moved is not None and moved.stream_id == recorded.stream_id
    if bonus.status != "active" or bonus.wagered < bonus.wager or not (is_whole and is_cash and follows):
        raise _converted_wrong(recorded, bonus, fact.amount_minor)
    state.house[bonus.currency] += fact.amount_minor
    bonus.status, bonus.available, bonus.ended_at = "converted", 0, recorded.position


def expired(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus, fact: BonusExpired) -> None:
    """Check BonusExpired: its time is over, all that is left is taken off, once; update the audit state."""
    early_us = 0 if state.migrated else bonus.expires_us - state.committed_us
    is_whole = (fact.amount_minor, fact.owed_minor, fact.account_id) == (bonus.available, bonus.owed, bonus.account_id)
    if bonus.status != "active" or early_us > 0 or not is_whole:
        shown = {"status": bonus.status, "early_ms": early_us // 1_000, "amount_minor": fact.amount_minor}
        raise ViolationFound(BonusExpiredWrong, recorded, **shown)
    state.house[bonus.currency] += fact.amount_minor - fact.owed_minor
    bonus.status, bonus.available, bonus.owed, bonus.ended_at = "expired", 0, 0, recorded.position


def _paid(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus, fact: BonusBetSettled | BonusCashOutPaid, minor: int) -> None:
    """Check that a stake went to the book, and a payment to where the bonus stands, repaying first what that owes; update the state."""
    _check_where(recorded, bonus, fact.to)
    is_active = bonus.status == "active"
    repaid_minor = min(bonus.owed, minor) if is_active else 0
    _check_same(recorded, "repaid_minor", fact.repaid_minor, repaid_minor)
    bonus.reserved -= fact.stake_minor
    bonus.available += minor - repaid_minor if is_active else 0
    bonus.owed -= repaid_minor
    state.house[bonus.currency] += fact.stake_minor - (minor if is_active else 0)
    _check(recorded, bonus, fact)
    wanted_minor = minor if bonus.status == "converted" else 0
    check_cash(state, recorded, fact, wanted_minor)


def _check_where(recorded: Recorded[Any], bonus: AuditedBonus, where: str) -> None:
    if where != GOES_TO[bonus.status]:
        raise ViolationFound(BonusPaidElsewhere, recorded, recorded=where, expected=GOES_TO[bonus.status])


def _check(recorded: Recorded[Any], bonus: AuditedBonus, fact: Any) -> None:
    """Check what holds after every movement."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == bonus.account_id)
    _check_same(recorded, "available_minor", fact.available_minor, bonus.available)
    for field, minor in (("available_minor", bonus.available), ("reserved_minor", bonus.reserved)):
        if minor < 0:
            raise ViolationFound(BonusBalanceWrong, recorded, field=field, recorded_minor=minor, expected_minor=0)


def _check_same(recorded: Recorded[Any], field: str, recorded_minor: int, expected_minor: int) -> None:
    if recorded_minor != expected_minor:
        shown = {"recorded_minor": recorded_minor, "expected_minor": expected_minor}
        raise ViolationFound(BonusBalanceWrong, recorded, field=field, **shown)


def _check_converted_in_time(state: AuditState, recorded: Recorded[Any], bonus: AuditedBonus) -> None:
    """Check that a bonus whose requirement is met becomes cash in the same append, where it holds anything."""
    is_due = bonus.status == "active" and bonus.wagered >= bonus.wager and bonus.available > 0
    if is_due and state.together(BonusConverted, recorded.stream_id) is None:
        raise _converted_wrong(recorded, bonus, 0)


def _converted_wrong(recorded: Recorded[Any], bonus: AuditedBonus, amount_minor: int) -> ViolationFound:
    shown = {"wagered_minor": bonus.wagered, "wager_minor": bonus.wager, "amount_minor": amount_minor}
    return ViolationFound(BonusConvertedWrong, recorded, **shown)


def _count_wrong(recorded: Recorded[Any], fact: Any, recorded_minor: int, expected_minor: int) -> ViolationFound:
    shown = {"recorded_minor": recorded_minor, "expected_minor": expected_minor}
    return ViolationFound(BonusCountWrong, recorded, bet_id=fact.bet_id, **shown)


AUDITOR = Auditor(
    aggregate="bonus",
    holds=AuditedBonus,
    begins={BonusCredited: credited},
    follows={
        BonusStakeReserved: stake_reserved,
        BonusBetSettled: bet_settled,
        BonusCashOutPaid: cash_out_paid,
        BonusSettlementReversed: settlement_reversed,
        BonusConverted: converted,
        BonusExpired: expired,
    },
)

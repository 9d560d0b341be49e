"""Free bets: granted by staff to who may bet, used whole by one bet in time, paid without their stake, given back where it was void.

The formula is written here once more: what the lines return, less the whole stake, and never less than nothing.
"""

from typing import Any

from commands.audit.account_gates import check_open
from commands.audit.accounts import check_role
from commands.audit.actors import CONSOLES
from commands.audit.auditor import LATENESS_US, Auditor, check_text, check_value
from commands.audit.gifts import check_shared
from commands.audit.promotion_streams import AuditedFreeBet
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedBet, AuditedWallet
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AccountMissing,
    FreeBetDiffers,
    FreeBetGivenBackWrong,
    FreeBetMovedMoney,
    FreeBetTooLate,
    FreeBetUsedTwice,
    FreeBetWithoutBet,
    PaymentDiffers,
)
from domain.bet.facts import BetPlaced, BetSettled, BetSettlementReversed
from domain.fact import Recorded, micros
from domain.free_bet.facts import FreeBetGivenBack, FreeBetGranted, FreeBetTakenAgain, FreeBetUsed
from domain.ids import wallet_of
from domain.settling import VOID
from domain.wallet.facts import ReturnsPaid, SettlementReversed, StakeLost, StakeRefunded, StakeReserved

AMOUNT_MINOR_MAX = 1_000_000
EXPIRY_US_MAX = 366 * 24 * 3_600 * 1_000_000
REASON_CHARACTERS_MAX = 120
ACTOR_CHARACTERS_MAX = 100
STAFF = ("trader", "admin")
MONEY = (StakeReserved, StakeRefunded, StakeLost, ReturnsPaid)


def granted(state: AuditState, recorded: Recorded[Any], fact: FreeBetGranted) -> AuditedFreeBet:
    """Check FreeBetGranted: by staff, for a reason, within bounds, to an account that may bet, in its currency; begin the free bet."""
    wallet = state.of(AuditedWallet, wallet_of(fact.account_id))
    if state.of(AuditedAccount, fact.account_id) is None or wallet is None:
        raise ViolationFound(AccountMissing, recorded, account_id=fact.account_id[:60])
    check_text(recorded, "actor", fact.actor, ACTOR_CHARACTERS_MAX)
    if fact.actor not in CONSOLES:
        check_role(state, recorded, fact.actor, STAFF)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    check_value(recorded, "amount_minor", fact.amount_minor, allowed=1 <= fact.amount_minor <= AMOUNT_MINOR_MAX)
    check_value(recorded, "currency", fact.currency, allowed=fact.currency == wallet.currency)
    left_us = micros(fact.expires_at) - state.committed_us
    check_value(recorded, "expires_at", fact.expires_at.isoformat(), allowed=0 < left_us <= EXPIRY_US_MAX + LATENESS_US)
    check_open(state, recorded, fact.account_id)
    check_shared(state, recorded, fact)
    return AuditedFreeBet(
        1, account_id=fact.account_id, amount=fact.amount_minor, currency=fact.currency, expires_us=micros(fact.expires_at)
    )


def used(state: AuditState, recorded: Recorded[Any], free_bet: AuditedFreeBet, fact: FreeBetUsed) -> None:
    """Check FreeBetUsed: by nobody else, before it expired, by a bet that names it in the same append; update the audit state."""
    _check_account(recorded, free_bet, fact.account_id)
    if free_bet.held_by:
        raise ViolationFound(FreeBetUsedTwice, recorded, bet_id=fact.bet_id, used_by=free_bet.held_by[0])
    if (late_us := state.committed_us - free_bet.expires_us) >= 0:
        raise ViolationFound(FreeBetTooLate, recorded, bet_id=fact.bet_id, late_ms=late_us // 1_000)
    placed = state.together(BetPlaced, fact.bet_id)
    if placed is None or placed.body.free_bet_id != recorded.stream_id:
        raise ViolationFound(FreeBetWithoutBet, recorded, bet_id=fact.bet_id)
    free_bet.held_by = (fact.bet_id,)


def given_back(state: AuditState, recorded: Recorded[Any], free_bet: AuditedFreeBet, fact: FreeBetGivenBack) -> None:
    """Check FreeBetGivenBack: by a bet that held it, which is settled as void in the same append; update the audit state."""
    _check_account(recorded, free_bet, fact.account_id)
    settled = state.together(BetSettled, fact.bet_id)
    is_void = settled is not None and settled.body.outcome == "void" and settled.body.settlement == fact.settlement
    if fact.bet_id not in free_bet.held_by or not is_void:
        raise ViolationFound(FreeBetGivenBackWrong, recorded, bet_id=fact.bet_id)
    free_bet.held_by = tuple(bet_id for bet_id in free_bet.held_by if bet_id != fact.bet_id)
    free_bet.given_back = (*free_bet.given_back, fact.bet_id)


def taken_again(state: AuditState, recorded: Recorded[Any], free_bet: AuditedFreeBet, fact: FreeBetTakenAgain) -> None:
    """Check FreeBetTakenAgain: by a bet that had given it back, by a settlement that is undone in the same append; update the state."""
    _check_account(recorded, free_bet, fact.account_id)
    undone = state.together(BetSettlementReversed, fact.bet_id)
    if fact.bet_id not in free_bet.given_back or undone is None or undone.body.settlement != fact.settlement:
        raise ViolationFound(FreeBetGivenBackWrong, recorded, bet_id=fact.bet_id)
    free_bet.given_back = tuple(bet_id for bet_id in free_bet.given_back if bet_id != fact.bet_id)
    free_bet.held_by = (*free_bet.held_by, fact.bet_id)


def _check_account(recorded: Recorded[Any], free_bet: AuditedFreeBet, account_id: str) -> None:
    check_value(recorded, "account_id", account_id, allowed=account_id == free_bet.account_id)


def check_stake(state: AuditState, recorded: Recorded[Any], fact: BetPlaced) -> str:
    """Check that a bet's free bet was used in the same append, is its stake to the cent, and no money was; return the account's wallet."""
    taken = state.about_bet(recorded.stream_id, FreeBetUsed, StakeReserved)
    free_bet = None if taken is None or taken.stream_id != fact.free_bet_id else state.of(AuditedFreeBet, fact.free_bet_id)
    if free_bet is None:
        raise ViolationFound(FreeBetMovedMoney, recorded, free_bet_id=fact.free_bet_id[:60])
    bet, granted_as = (fact.account_id, fact.stake_minor, fact.currency), (free_bet.account_id, free_bet.amount, free_bet.currency)
    if bet != granted_as:
        raise ViolationFound(FreeBetDiffers, recorded, bet=bet, granted=granted_as)
    return wallet_of(fact.account_id)


def paid_minor(stake_minor: int, returns_minor: int) -> int:
    """Return what a free bet pays of what its lines return."""
    return returns_minor - stake_minor if returns_minor > stake_minor else 0


def check_settled(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, settlement: int, *, void: bool) -> None:
    """Check that the wallet got what a free bet pays, and nothing else, and that a void one was given back; all in the same append."""
    moved = [each for each in state.append if type(each.body) in MONEY and each.body.bet_id == recorded.stream_id]
    wanted = [(ReturnsPaid, bet.wallet_id, 0, bet.returns, settlement)] if bet.returns else []
    found = [(type(each.body), each.stream_id, each.body.stake_minor, _returns(each.body), each.body.settlement) for each in moved]
    if found != wanted:
        settled_as = ("ReturnsPaid" if bet.returns else "", bet.account_id, 0, bet.returns, settlement)
        paid_as = next(((kind.__name__, bet.account_id, *numbers) for kind, _, *numbers in found), ("", "", 0, 0, 0))
        raise ViolationFound(PaymentDiffers, recorded, settled=settled_as, paid=paid_as)
    if (state.about_bet(recorded.stream_id, FreeBetGivenBack) is not None) != void:
        raise ViolationFound(FreeBetGivenBackWrong, recorded, bet_id=recorded.stream_id)


def check_undone(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, *, void: bool) -> None:
    """Check that the reversal of a settlement of a free bet takes what was paid, once, and takes the free bet again where it was void."""
    moved = [each for each in state.append if type(each.body) is SettlementReversed and each.body.bet_id == recorded.stream_id]
    found = [(each.stream_id, each.body.settlement, each.body.stake_minor, each.body.returns_minor) for each in moved]
    if found != ([(bet.wallet_id, bet.settlement, 0, bet.returns)] if bet.returns else []):
        raise ViolationFound(FreeBetMovedMoney, recorded, free_bet_id=bet.free_bet_id)
    if (state.about_bet(recorded.stream_id, FreeBetTakenAgain) is not None) != void:
        raise ViolationFound(FreeBetGivenBackWrong, recorded, bet_id=recorded.stream_id)


def was_void(bet: AuditedBet) -> bool:
    """Whether every leg of a bet was told to be void."""
    return all(leg.told == VOID for leg in bet.legs)


def _returns(fact: Any) -> int:
    return fact.returns_minor if type(fact) is ReturnsPaid else 0


AUDITOR = Auditor(
    aggregate="free_bet",
    holds=AuditedFreeBet,
    begins={FreeBetGranted: granted},
    follows={FreeBetUsed: used, FreeBetGivenBack: given_back, FreeBetTakenAgain: taken_again},
)

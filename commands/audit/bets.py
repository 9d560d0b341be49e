"""Checks bets: placed on valid prices with the stake reserved, settled as the results give, settled again after a correction."""

from typing import Any

from commands.audit import bonus_bets, free_bets
from commands.audit.auditor import Auditor, check_value
from commands.audit.bet_delays import pending, placed_after_delay, refused
from commands.audit.bet_leg_checks import delay_s_of
from commands.audit.bet_striking import begun, check_standing, checked, stake_of
from commands.audit.cash_outs import cashed_out
from commands.audit.closing_odds import check_closing, odds_text
from commands.audit.each_way import pence_of, returns_of
from commands.audit.markets import forget_if_settled
from commands.audit.price_errors import right_of
from commands.audit.referrals import answered
from commands.audit.resettlements import reopened, settlement_reversed
from commands.audit.same_game import results_of_line
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedLeg, AuditedMarket, AuditedPendingBet
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    BetNotDelayed,
    LegMissing,
    LegNotTold,
    LegResultedTwice,
    LegResultWrong,
    MarketNotResulted,
    OutcomeWrong,
    PaymentDiffers,
    PaymentMissing,
    ResultsSoFarWrong,
    ReturnsWrong,
    SettledTwice,
    SettlementNumberWrong,
    SettlementOfAnother,
)
from commands.audit.void_windows import is_void, place_of, result_of
from domain.bet.facts import (
    BetCashedOut,
    BetLegResulted,
    BetPending,
    BetPlaced,
    BetRefused,
    BetSettled,
    BetSettlementReversed,
    ReferralAnswered,
)
from domain.fact import Recorded
from domain.settling import LOST, VOID, LegResult
from domain.wallet.facts import ReturnsPaid, StakeLost, StakeRefunded

PAYMENTS = (ReturnsPaid, StakeLost, StakeRefunded)


def placed(state: AuditState, recorded: Recorded[Any], fact: BetPlaced) -> AuditedBet:
    """Check BetPlaced that never waited: its stake reserved, no market in play that makes it wait, and all the rest; begin it."""
    bet, markets = checked(state, recorded, fact, _stake_of(state, recorded, fact))
    check_standing(recorded, fact, markets)
    if any(market.delay_s for market in markets) and (delay_s := delay_s_of(state, markets)):
        raise ViolationFound(BetNotDelayed, recorded, delay_s=delay_s)
    return begun(state, bet, markets)


def _stake_of(state: AuditState, recorded: Recorded[Any], fact: BetPlaced) -> str:
    """Check the stake of a bet that never waited, cash, a free bet or of a bonus; return the account's wallet."""
    if fact.bonus_id:
        check_value(recorded, "free_bet_id", fact.free_bet_id[:60], allowed=not fact.free_bet_id)
        return bonus_bets.check_stake(state, recorded, fact)
    return stake_of(state, recorded, fact) if not fact.free_bet_id else free_bets.check_stake(state, recorded, fact)


def leg_resulted(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, fact: BetLegResulted) -> None:
    """Check BetLegResulted: the leg's result is its market's and new to the bet, the others are as told before; update the audit state."""
    if fact.account_id != bet.account_id or len(fact.results) != len(bet.legs):
        struck_as = (bet.account_id, bet.stake, len(bet.legs))
        raise ViolationFound(SettlementOfAnother, recorded, bet=struck_as, settled=(fact.account_id, bet.stake, len(fact.results)))
    leg = _leg_of(recorded, bet, fact)
    before = (leg.told, leg.placed, leg.right)
    leg.told = _same_result(state, recorded, bet, leg, fact.result)
    _take_places(state, recorded, bet, leg, fact)
    if (leg.told, leg.placed, leg.right) == before:
        raise ViolationFound(LegResultedTwice, recorded, market_id=fact.market_id)
    expected = tuple([leg.told for leg in bet.legs])
    if fact.results != expected or None not in expected:
        raise ViolationFound(ResultsSoFarWrong, recorded, recorded=repr(fact.results), expected=repr(expected))
    _check_both(recorded, bet, fact)


def _take_places(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, leg: AuditedLeg, fact: BetLegResulted | BetSettled) -> None:
    """Check how a leg came out to be placed, in an each-way bet, and what Rule 4 takes off it, as the bet was told; keep both."""
    market: AuditedMarket = state.known(leg.market_id)
    index = next(index for index, each in enumerate(bet.legs) if each is leg)
    if bet.each_way:
        leg.placed, told = place_of(market, leg, bet.struck_us), fact.placed[index] if len(fact.placed) == len(bet.legs) else None
        if told is None or told != leg.placed:
            raise _wrong_result(recorded, leg, told or LOST, leg.placed)
    leg.pence = 0 if is_void(market, bet.struck_us) else pence_of(leg, market, bet.rules)
    leg.right = right_of(market, bet, leg)


def _check_both(recorded: Recorded[Any], bet: AuditedBet, fact: BetLegResulted | BetSettled) -> None:
    """Check that a bet was told of the places, deductions and right odds of its legs as far as they are known, and of no others."""
    placed = tuple([leg.placed for leg in bet.legs]) if bet.each_way else ()
    check_value(recorded, "placed", repr(fact.placed)[:60], allowed=fact.placed == placed)
    deductions = tuple([leg.pence for leg in bet.legs])
    check_value(recorded, "deductions", fact.deductions, allowed=fact.deductions == (deductions if any(deductions) else ()))
    repriced = tuple([leg.right for leg in bet.legs])
    check_value(recorded, "repriced", repr(fact.repriced)[:60], allowed=fact.repriced == (repriced if any(repriced) else ()))


def _leg_of(recorded: Recorded[Any], bet: AuditedBet, fact: BetLegResulted) -> AuditedLeg:
    """Return the leg that has a result; in older logs it is named by its market alone."""
    named = [leg for index, leg in enumerate(bet.legs) if leg.market_id == fact.market_id and fact.leg in (None, index)]
    if len(named) != 1:
        raise ViolationFound(LegMissing, recorded, market_id=fact.market_id)
    return named[0]


def settled(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, fact: BetSettled) -> None:
    """Check BetSettled: results are the markets', returns follow from them, the wallet was paid that in the same append; end the bet."""
    legs, stake_minor = bet.legs, bet.stake
    if fact.account_id != bet.account_id or fact.stake_minor != stake_minor or len(fact.results) != len(legs):
        struck_as = (bet.account_id, stake_minor, len(legs))
        raise ViolationFound(SettlementOfAnother, recorded, bet=struck_as, settled=(fact.account_id, fact.stake_minor, len(fact.results)))
    for field, minor in (("stake_closed_minor", bet.closed), ("cashed_out_minor", bet.cashed_out)):
        check_value(recorded, field, getattr(fact, field), allowed=getattr(fact, field) == minor)
    if fact.settlement != bet.settlement + 1:
        raise ViolationFound(SettlementNumberWrong, recorded, settlement=fact.settlement)
    waiting, void = set(), True
    for leg, result in zip(legs, fact.results, strict=True):
        same = leg.told
        if same is None:
            waiting.add(leg.market_id)
            same = leg.told = _same_result(state, recorded, bet, leg, result)
            _take_places(state, recorded, bet, leg, fact)
        elif same != result:
            raise _wrong_result(recorded, leg, result, same)
        void = void and same == VOID
    if len(waiting) != 1:
        raise ViolationFound(LegNotTold, recorded, legs=len(legs), told=sum(leg.market_id not in waiting for leg in legs))
    _check_both(recorded, bet, fact)
    if bet.same_game:
        void = all(result == VOID for result in results_of_line(fact.results, bet.same_game))
        check_value(recorded, "closing", odds_text(fact.closing), allowed=not fact.closing)
    expected_minor, won_from = returns_of(bet, fact.results, fact.placed, fact.deductions), stake_minor
    if bet.free_bet_id:
        expected_minor, won_from = free_bets.paid_minor(stake_minor, expected_minor), 1
    if fact.returns_minor != expected_minor:
        raise ViolationFound(ReturnsWrong, recorded, recorded_minor=fact.returns_minor, expected_minor=expected_minor)
    outcome = _outcome(won_from, expected_minor, void=void)
    if fact.outcome != outcome:
        raise ViolationFound(OutcomeWrong, recorded, recorded=fact.outcome, expected=outcome)
    check_closing(state, recorded, bet, fact)
    bet.settlement, bet.returns, bet.closing = fact.settlement, expected_minor, fact.closing
    if bet.free_bet_id:
        free_bets.check_settled(state, recorded, bet, fact.settlement, void=void)
    elif bet.bonus_id:
        bonus_bets.check_settled(state, recorded, bet)
    else:
        _check_payment(state, recorded, bet, expected_minor, void=void)
    for leg in legs:
        market = state.known(leg.market_id)
        market.bets -= 1
        if not market.bets:
            forget_if_settled(state, market)
    state.bets_settled += 1
    state.end(recorded.stream_id)


def _same_result(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, leg: AuditedLeg, result: LegResult) -> LegResult:
    """Return a leg's result as its market has it; the market of an open bet is never forgotten, and that of a reopened one recalled."""
    market: AuditedMarket = state.known(leg.market_id)
    if market.results is None:
        raise ViolationFound(MarketNotResulted, recorded, market_id=leg.market_id)
    resulted = result_of(market, leg, bet.struck_us)
    if resulted is None or resulted != result:
        raise _wrong_result(recorded, leg, result, resulted)
    return resulted


def _wrong_result(recorded: Recorded[Any], leg: AuditedLeg, settled: LegResult, resulted: LegResult | None) -> ViolationFound:
    shown = {"settled": repr(settled), "resulted": repr(resulted)}
    return ViolationFound(LegResultWrong, recorded, market_id=leg.market_id, selection=leg.selection, **shown)


def _outcome(stake_minor: int, paid_minor: int, *, void: bool) -> str:
    if void:
        return "void"
    if paid_minor >= stake_minor:
        return "won"
    return "part_lost" if paid_minor else "lost"


def _check_payment(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, paid_minor: int, *, void: bool) -> None:
    """Check that the wallet moved as the settlement asks for, once: refund, payment, or the stake to the house."""
    wanted = StakeRefunded if void else ReturnsPaid if paid_minor else StakeLost
    paid = state.about_bet(recorded.stream_id, *PAYMENTS)
    if paid is None:
        raise ViolationFound(PaymentMissing, recorded)
    payment, wallet_id = paid.body, paid.stream_id
    kind = type(payment)
    found_minor = payment.returns_minor if kind is ReturnsPaid else payment.stake_minor if kind is StakeRefunded else 0
    wanted_as = (wanted, bet.wallet_id, bet.stake, paid_minor, bet.settlement)
    if (kind, wallet_id, payment.stake_minor, found_minor, payment.settlement) != wanted_as:
        settled_as = (wanted.__name__, bet.account_id, bet.stake, paid_minor, bet.settlement)
        paid_as = (kind.__name__, payment.account_id, payment.stake_minor, found_minor, payment.settlement)
        raise ViolationFound(PaymentDiffers, recorded, settled=settled_as, paid=paid_as)


AUDITOR = Auditor(
    aggregate="bet",
    holds=AuditedBet,
    begins={BetPlaced: placed, BetPending: pending},
    follows={
        ReferralAnswered: answered,
        BetPlaced: placed_after_delay,
        BetRefused: refused,
        BetLegResulted: leg_resulted,
        BetCashedOut: cashed_out,
        BetSettled: settled,
        BetSettlementReversed: settlement_reversed,
    },
    also_holds={ReferralAnswered: AuditedPendingBet, BetPlaced: AuditedPendingBet, BetRefused: AuditedPendingBet},
    over=SettledTwice,
    reopens={BetSettlementReversed: reopened},
)

"""Checks how a bet is struck, at once or after a delay, and begins to count it as open."""

from collections.abc import Sequence
from typing import Any

from commands.audit import free_bets
from commands.audit.account_gates import check_open
from commands.audit.auditor import check_value
from commands.audit.bet_leg_checks import check_unrelated, struck
from commands.audit.closing_odds import odds_text
from commands.audit.each_way import are_terms_right, lines_of, returns_of
from commands.audit.same_game import check_group, numbers_together
from commands.audit.stake_limits import check_limit
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedLeg, AuditedMarket, AuditedWallet
from commands.audit.violation import ViolationFound
from commands.audit.violations import PotentialReturnsWrong, StakeDiffers, StakeNotReserved, ValueNotAllowed
from commands.audit.ways import best, groups_of
from domain.bet.facts import BetPending, BetPlaced
from domain.fact import Recorded
from domain.settling import HOUSE_RULES, WON
from domain.wallet.facts import StakeReserved

LEGS_MAX = 25
STAKE_MINOR_MAX = 100_000_000
STANDING_NAMED = 4
"""From this version of the house rules on, bets at replaced prices say what stood."""
ACCEPTS = frozenset({"exact", "better", "any"})


def begun(state: AuditState, bet: AuditedBet, markets: Sequence[AuditedMarket], version: int = 1) -> AuditedBet:
    """Count a bet that was checked as open, its stream being at a version."""
    for market in markets:
        market.bets += 1
    bet.version = version
    state.bets_placed += 1
    return bet


def checked(
    state: AuditState, recorded: Recorded[Any], fact: BetPlaced, wallet_id: str, *, graced: bool = True, is_referred: bool = False
) -> tuple[AuditedBet, list[AuditedMarket]]:
    """Check a bet as it is struck: within bounds, account open, legs valid, returns right and within the limit; return it and its markets.

    Unless it is `graced`, it waited: it may be struck at prices that stand alone, and in a time-out that began meanwhile. One that
    `is_referred` to a trader may be over the limit.
    """
    stake_minor, legs = fact.stake_minor, fact.legs
    lines = lines_of(fact)
    if (
        (not lines or fact.lines != lines or stake_minor % fact.lines)
        or (fact.accept not in ACCEPTS or fact.rules not in HOUSE_RULES)
        or not (0 < stake_minor <= STAKE_MINOR_MAX and 0 < len(legs) <= LEGS_MAX)
    ):
        raise _out_of_bounds(recorded, fact)
    if not state.migrated:
        check_open(state, recorded, fact.account_id, asked_now=graced)
    together = numbers_together(recorded, fact) if fact.same_game else ()
    numerator, denominator = stake_minor, 1
    audited, markets = [], []
    for number, leg in enumerate(legs):
        market, odds = struck(state, recorded, fact, leg, is_alone=(is_alone := number not in together), graced=graced)
        markets.append(market)
        if is_alone:
            numerator *= odds.numerator
            denominator *= odds.denominator
        standing = fact.standing[number] if number < len(fact.standing) else None
        what = (market.market_id, leg.selection, odds)
        audited.append(AuditedLeg(*what, version=leg.version, place_terms=leg.place_terms, standing=standing))
    for group in fact.same_game:
        check_group(state, recorded, fact, group, markets)
        numerator *= group.odds.numerator
        denominator *= group.odds.denominator
    if len(legs) > 1:
        again = {number for group in fact.same_game for number in group.legs[1:]}
        check_unrelated(state, recorded, [leg for number, leg in enumerate(audited) if number not in again] if again else audited)
    check_value(recorded, "legs.place_terms", len(legs), allowed=are_terms_right(fact, markets))
    bet = AuditedBet(
        1,
        account_id=fact.account_id,
        wallet_id=wallet_id,
        type=fact.type,
        stake=stake_minor,
        legs=audited,
        position=recorded.position,
        struck_us=state.committed_us,
        rules=fact.rules,
        each_way=fact.each_way,
        free_bet_id=fact.free_bet_id,
        same_game=fact.same_game,
        bonus_id=fact.bonus_id,
    )
    potential_minor = HOUSE_RULES[fact.rules].rounding(numerator, denominator) if lines == 1 else _at_best(fact, bet, markets)
    promised_minor = potential_minor if not fact.free_bet_id else free_bets.paid_minor(stake_minor, potential_minor)
    if promised_minor != fact.potential_returns_minor:
        raise ViolationFound(PotentialReturnsWrong, recorded, recorded_minor=fact.potential_returns_minor, expected_minor=promised_minor)
    check_limit(state, recorded, fact, potential_minor, markets, is_referred=is_referred)
    return bet, markets


def check_standing(recorded: Recorded[Any], fact: BetPlaced, markets: Sequence[AuditedMarket]) -> None:
    """Check that the bet says what stood where it was struck at more, which the house rules of its time may not have asked for."""
    stood = [market.offers[-1].prices.get(leg.selection) for leg, market in zip(fact.legs, markets, strict=True)]
    lower = tuple([odds if odds is not None and odds < leg.odds else None for leg, odds in zip(fact.legs, stood, strict=True)])
    expected = lower if fact.rules >= STANDING_NAMED and any(lower) else ()
    check_value(recorded, "standing", odds_text(fact.standing), allowed=fact.standing == expected)


def _at_best(fact: BetPlaced, bet: AuditedBet, markets: Sequence[AuditedMarket]) -> int:
    """Return what a bet of several lines returns if every leg wins, and one of those on a market that pays one selection alone."""
    groups, all_won = groups_of(fact.legs), [WON] * len(fact.legs)
    if not groups or fact.each_way:
        return returns_of(bet, all_won, all_won, ())
    paid = fact.stake_minor // fact.lines * best(fact.type, groups, [leg.odds for leg in bet.legs], markets)
    return HOUSE_RULES[fact.rules].rounding(paid.numerator, paid.denominator)


def _out_of_bounds(recorded: Recorded[Any], fact: BetPlaced) -> ViolationFound:
    """Return which value of a bet is out of bounds: its stake, its legs, its type, its lines, its rules or what it agreed to."""
    lines = lines_of(fact)
    if not 0 < fact.stake_minor <= STAKE_MINOR_MAX:
        field, value = "stake_minor", str(fact.stake_minor)
    elif not 0 < len(fact.legs) <= LEGS_MAX:
        field, value = "legs", str(len(fact.legs))
    elif not lines:
        field, value = "type", fact.type
    elif fact.lines != lines:
        field, value = "lines", str(fact.lines)
    elif fact.rules not in HOUSE_RULES:
        field, value = "rules", str(fact.rules)
    else:
        field, value = ("stake_minor", str(fact.stake_minor)) if fact.stake_minor % lines else ("accept", fact.accept)
    return ViolationFound(ValueNotAllowed, recorded, field=field, value=value[:60])


def stake_of(state: AuditState, recorded: Recorded[Any], fact: BetPlaced | BetPending) -> str:
    """Check that the stake was reserved in the same append, and return the wallet that it was taken from."""
    reserved = state.about_bet(recorded.stream_id, StakeReserved)
    wallet = None if reserved is None else state.live.get(reserved.stream_id)
    if reserved is None or type(wallet) is not AuditedWallet:
        raise ViolationFound(StakeNotReserved, recorded)
    stake_minor = reserved.body.stake_minor
    if stake_minor != fact.stake_minor or wallet.account_id != fact.account_id or wallet.currency != fact.currency:
        bet = (fact.account_id, fact.stake_minor, fact.currency)
        raise ViolationFound(StakeDiffers, recorded, bet=bet, reserved=(wallet.account_id, stake_minor, wallet.currency))
    return reserved.stream_id

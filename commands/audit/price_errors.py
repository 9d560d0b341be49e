"""Prices that were obvious errors: agreed to by two traders, one at a time, gone by then, and obvious; what they make of a leg.

What is obvious is written here once more.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec

from commands.audit.actors import check_trading
from commands.audit.auditor import check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedLeg, AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import PriceErrorNotApproved, ResultNumberWrong
from commands.audit.void_windows import is_void
from domain.fact import Recorded
from domain.market.facts import MarketPriceErrorsSet, PriceError
from domain.odds import ODDS_MAX, Odds
from domain.proposal.facts import ProposalApproved

REASON_CHARACTERS_MAX = 120
ERRORS_MAX = 20
OBVIOUS: dict[int, tuple[Fraction, Fraction]] = {1: (Fraction(3, 2), Fraction(3, 20))}
"""By version of the rules: so many times the right odds, or by so much below their implied chance."""


def errors_set(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketPriceErrorsSet) -> None:
    """Check MarketPriceErrorsSet: one price more or less, obvious, taken no more, agreed to; have bets settled by it."""
    check_trading(state, recorded, fact.actor)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    check_value(recorded, "rules", fact.rules, allowed=fact.rules in OBVIOUS)
    expected = market.number + 1 if market.results is not None else 0
    if fact.number != expected:
        raise ViolationFound(ResultNumberWrong, recorded, number=fact.number, expected=expected)
    error = moved(market.errors, fact.errors)
    check_value(recorded, "errors", repr(fact.errors), allowed=error is not None and len(fact.errors) <= ERRORS_MAX)
    if error in fact.errors:
        _check_error(recorded, market, fact.errors, error, fact.rules)
    if state.together(ProposalApproved) is None:
        raise ViolationFound(PriceErrorNotApproved, recorded)
    market.errors, market.is_windowed = fact.errors, True
    if fact.number:
        market.number, market.resulted_us, market.resulted_at = fact.number, state.committed_us, recorded.position
        state.corrected[recorded.stream_id] = state.committed_us


def _check_error(recorded: Recorded[Any], market: AuditedMarket, errors: Sequence[PriceError], error: PriceError, rules: int) -> None:
    odds, right = (Fraction(each.numerator, max(each.denominator, 1)) for each in (error.odds, error.right))
    times, chance = OBVIOUS[rules]
    are_odds = all(0 < each.denominator < each.numerator <= ODDS_MAX * each.denominator for each in (error.odds, error.right))
    is_obvious = are_odds and right < odds and (odds / right >= times or 1 / right - 1 / odds >= chance)
    is_there = error.selection in market.selections and 1 <= error.first <= error.last < recorded.version
    is_gone = market.status != "open" or not any(
        error.first <= offer.version <= error.last and offer.prices.get(error.selection) == error.odds for offer in market.offers
    )
    others = [each for each in errors if each != error and (each.selection, each.odds) == (error.selection, error.odds)]
    is_alone = all(each.last < error.first or error.last < each.first for each in others)
    check_value(recorded, "errors", repr(error), allowed=is_obvious and is_there and is_gone and is_alone)


def moved(before: Sequence[PriceError], after: Sequence[PriceError]) -> PriceError | None:
    """Return the one price that was added at the end, or taken out; None where the difference is another one."""
    if len(after) == len(before) + 1 and tuple(after[:-1]) == tuple(before):
        return after[-1]
    gone = [each for each in before if each not in after]
    return gone[0] if len(gone) == 1 and tuple(each for each in before if each != gone[0]) == tuple(after) else None


def does(details: dict[str, Any], market: AuditedMarket | None, fact: MarketPriceErrorsSet, *, corrects: bool) -> bool:
    """Say whether a fact sets the errors as it was proposed: with the price more, or less."""
    if market is None or details.get("reason") != fact.reason or (len(fact.errors) > len(market.errors)) != corrects:
        return False
    error = moved(market.errors, fact.errors)
    return error is not None and error == error_of(details)


def error_of(details: dict[str, Any]) -> PriceError:
    """Return the price that a proposal is about."""
    return msgspec.convert(details.get("error"), PriceError)


def is_at(error: PriceError, leg: Any) -> bool:
    """Say whether a leg was struck at a price."""
    return bool(leg.selection == error.selection and error.first <= leg.version <= error.last and leg.odds == error.odds)


def right_of(market: AuditedMarket, bet: AuditedBet, leg: AuditedLeg) -> Odds | None:
    """Return the odds that a leg pays which was struck at an error, None for any other, a void one and those of bets struck together."""
    if not market.errors or bet.same_game or is_void(market, bet.struck_us):
        return None
    found = [error.right for error in market.errors if is_at(error, leg)]
    return found[0] if found else None

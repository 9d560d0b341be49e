"""Prices that were obvious errors: legs that were struck at one pay the odds that were right then, whatever they were struck at."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.market.commands import CorrectPrice, MarketContext, RestorePrice
from domain.market.facts import MarketPriceErrorsSet, PriceError
from domain.market.outcomes import ApprovalNeeded
from domain.market.state import Market, SelectionUnknown
from domain.odds import Odds, check_odds
from domain.refused import Refused
from domain.text import check_reason

ERRORS_MAX = 20


class PriceErrorRules(NamedTuple):
    """One version: from what on a price is an obvious error.

    That is where it returns at least `times_percent` of what the right odds return, or where its implied chance, one by its odds, is at
    least `chance_percent` below that of the right odds, as a part of one hundred.
    """

    times_percent: int
    chance_percent: int


PRICE_ERROR_RULES = {1: PriceErrorRules(times_percent=150, chance_percent=15)}
"""Version -> the rules. Bookmakers pay the right odds where a price was "materially different" (Coral) or an "obvious error" (bet365), and
name no figures; both numbers are this book's own choice."""

PRICE_ERROR_RULES_CURRENT = 1


class PriceErrorMalformed(Refused):
    """A wrong price stood from a version of the market to the same or a later one, and is longer than the right odds."""

    market_id: str


class PriceNotObvious(Refused):
    """The price is not so far from the right odds that anybody had to see the error: bets stand at what they were struck at."""

    odds: str
    right_odds: str
    times_percent: int
    chance_percent: int


class PriceStillOffered(Refused):
    """Bets are still taken at that price: suspend the market first."""

    market_id: str
    version: int


class PriceCorrectedAlready(Refused):
    """Legs at that price pay other odds already: take that back first."""

    market_id: str
    right_odds: str


class TooManyPriceErrors(Refused):
    """The market has as many corrected prices as it may have."""

    market_id: str
    errors_max: int


class PriceErrorUnknown(Refused):
    """That price is not among those that were corrected."""

    market_id: str
    errors: list[str]


class PriceErrorNeedsApproval(ApprovalNeeded):
    """That a price was an obvious error is decided by two traders."""


def errors_set(command: CorrectPrice | RestorePrice, market: Market, context: MarketContext) -> Sequence[MarketPriceErrorsSet]:
    """Return the errors with one more or one less; none where that is so already.

    Raises:
        SelectionUnknown, OddsOutOfRange, PriceErrorMalformed, PriceNotObvious, PriceStillOffered, PriceCorrectedAlready,
            TooManyPriceErrors: from `CorrectPrice`. PriceErrorUnknown: from `RestorePrice`. ReasonMalformed, PriceErrorNeedsApproval: from
            both. In this order.

    """
    error, errors = command.error, market.errors
    if isinstance(command, CorrectPrice):
        if error in errors:
            return ()
        _check_error(command.market_id, error, market)
        if len(errors) == ERRORS_MAX:
            raise TooManyPriceErrors(command.market_id, ERRORS_MAX)
        errors = (*errors, error)
    else:
        if error not in errors:
            raise PriceErrorUnknown(command.market_id, [_text(each) for each in errors])
        errors = tuple([each for each in errors if each != error])
    check_reason(command.reason)
    if not context.is_approved:
        raise PriceErrorNeedsApproval(command.market_id)
    number = market.number + 1 if market.resulted is not None else 0
    return (MarketPriceErrorsSet(errors, number, PRICE_ERROR_RULES_CURRENT, command.reason, command.at, command.actor),)


def _check_error(market_id: str, error: PriceError, market: Market) -> None:
    if error.selection not in market.selections:
        raise SelectionUnknown(market_id, error.selection[:60])
    check_odds(error.odds)
    check_odds(error.right)
    are_versions = type(error.first) is int and type(error.last) is int and 1 <= error.first <= error.last <= market.version
    if not are_versions or not error.right < error.odds:
        raise PriceErrorMalformed(market_id)
    rules = PRICE_ERROR_RULES[PRICE_ERROR_RULES_CURRENT]
    if not is_obvious(rules, error.odds, error.right):
        raise PriceNotObvious(error.odds.text, error.right.text, rules.times_percent, rules.chance_percent)
    if is_offered(market, error):
        raise PriceStillOffered(market_id, market.version)
    for other in market.errors:
        if other.has(error.selection, max(error.first, other.first), error.odds) and other.first <= error.last:
            raise PriceCorrectedAlready(market_id, other.right.text)


def is_offered(market: Market, error: PriceError) -> bool:
    """Tell whether bets may still be struck at a price."""
    return any(error.first <= offer.version <= error.last and offer.prices.get(error.selection) == error.odds for offer in market.offers)


def is_obvious(rules: PriceErrorRules, odds: Odds, right: Odds) -> bool:
    """Tell whether a price is so much longer than the right odds that it is an obvious error; exactly, in whole numbers."""
    returned, due = odds.numerator * right.denominator, right.numerator * odds.denominator
    if returned * 100 >= due * rules.times_percent:
        return True
    less, of = right.denominator * odds.numerator - odds.denominator * right.numerator, right.numerator * odds.numerator
    return less * 100 >= of * rules.chance_percent


def right_odds(errors: Sequence[PriceError], selection: str, version: int, odds: Odds) -> Odds | None:
    """Return the right odds of a leg that was struck at a price which was an error, None for any other."""
    return next((error.right for error in errors if error.has(selection, version, odds)), None)


def _text(error: PriceError) -> str:
    return f"{error.selection} {error.odds.text} from version {error.first} to {error.last}, right {error.right.text}"

"""Checks cash-outs: offered for an open bet on prices that stood, worth what the formula says of them, in time, and paid once.

The formula, the margins and how the chances follow from prices are written here once more; only a leg's factor is shared with what is
audited.
"""

from fractions import Fraction
from typing import Any

import msgspec

from commands.audit import bonus_bets
from commands.audit.auditor import check_value
from commands.audit.bet_leg_checks import check_lease, delay_s_of, look_around
from commands.audit.each_way import pence_of
from commands.audit.markets import forget_if_settled
from commands.audit.price_errors import right_of
from commands.audit.rules import HALF_TIME_FULL_TIME, has_one_winner
from commands.audit.score_grid import chance_of_all
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedBet, AuditedLeg, AuditedMarket, AuditedOffer
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    AccountShut,
    CashOutAmountWrong,
    CashOutChanceWrong,
    CashOutDiffers,
    CashOutPaymentDiffers,
    CashOutTooLate,
    CashOutWithoutPrice,
)
from commands.audit.void_windows import is_void
from commands.audit.ways import groups_of
from domain.bet.facts import BetCashedOut, CashOutLeg
from domain.bet.lines import line_count
from domain.fact import Recorded, micros
from domain.ids import ID_REGEX
from domain.settling import potential_returns_minor
from domain.settling.returns import factor
from domain.settling.rule4 import reduced
from domain.wallet.facts import CashOutPaid

MARGIN_PERCENT, LIFETIME_US = {1: 5, 2: 5}, {1: 10_000_000, 2: 10_000_000}
GUARDED = 2
"""From this version of the rules on there is none on one trader's prices or where bets wait, and replaced prices count as what stood."""
MILLION = 1_000_000
CASH_OUTS_MAX = 20
ROUNDING = 1
"""By how many millionths a chance may differ: floating-point numbers are not the same to the last digit on every processor."""


def cashed_out(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, fact: BetCashedOut) -> None:
    """Check BetCashedOut: what was closed, what it is worth by the prices, in time, and paid in the same append; end the bet if all is."""
    _check_closed(recorded, bet, fact)
    account = state.live.get(fact.account_id)
    if type(account) is AuditedAccount and account.offices:
        raise ViolationFound(AccountShut, recorded, account_id=fact.account_id, standing=f"acting as {', '.join(account.offices)}")
    if bet.free_bet_id:
        raise _differs(recorded, "free_bet_id", bet.free_bet_id, "")
    if bet.each_way or bet.same_game or groups_of(bet.legs) or line_count(bet.type, len(bet.legs)) != 1:
        raise ViolationFound(CashOutDiffers, recorded, field="type", recorded=bet.type, expected="one line")
    awaited = [leg for leg in bet.legs if leg.told is None]
    if [leg.market_id for leg in awaited] != [worth.market_id for worth in fact.legs]:
        raise _differs(recorded, "legs", [worth.market_id for worth in fact.legs], [leg.market_id for leg in awaited])
    markets = [_check_price(state, recorded, bet, leg, worth) for leg, worth in zip(awaited, fact.legs, strict=True)]
    if fact.rules >= GUARDED:
        _check_guarded(state, recorded, awaited, markets)
    fixtures = [market.fixture_id for market in markets]
    if len(set(fixtures)) < len(fixtures):
        raise _differs(recorded, "legs", fixtures, "a match each")
    expected_minor = _worth_minor(bet, fact)
    if fact.amount_minor != expected_minor or not expected_minor:
        raise ViolationFound(CashOutAmountWrong, recorded, recorded_minor=fact.amount_minor, expected_minor=expected_minor)
    _check_asked(state, recorded, fact)
    if bet.bonus_id:
        bonus_bets.check_cashed_out(state, recorded, bet)
    else:
        _check_payment(state, recorded, bet, fact)
    bet.stake, bet.closed, bet.cashed_out, bet.cash_outs = (
        fact.stake_left_minor,
        fact.stake_closed_minor,
        fact.cashed_out_minor,
        fact.number,
    )
    if not fact.stake_left_minor:
        _end(state, recorded, bet)


def _check_closed(recorded: Recorded[Any], bet: AuditedBet, fact: BetCashedOut) -> None:
    """Check whose it is, and how much of the stake is closed and left, with the sums so far."""
    closed_minor = bet.stake * fact.share_percent // 100
    left_minor = bet.stake - closed_minor
    expected = {
        "account_id": bet.account_id,
        "actor": bet.account_id,
        "number": bet.cash_outs + 1,
        "stake_minor": closed_minor,
        "stake_left_minor": left_minor,
        "stake_closed_minor": bet.closed + closed_minor,
        "cashed_out_minor": bet.cashed_out + fact.amount_minor,
        "potential_returns_minor": potential_returns_minor(left_minor, [leg.pays for leg in bet.legs], bet.rules),
        "bet_version": recorded.version - 1,
        "results": tuple([leg.told for leg in bet.legs]),
    }
    for field, value in expected.items():
        if getattr(fact, field) != value:
            raise _differs(recorded, field, getattr(fact, field), value)
    bounds = {
        "share_percent": 1 <= fact.share_percent <= 100 and closed_minor > 0,
        "number": fact.number <= CASH_OUTS_MAX,
        "rules": fact.rules in MARGIN_PERCENT,
        "cash_out_id": bool(ID_REGEX.fullmatch(fact.cash_out_id)),
    }
    for field, is_within in bounds.items():
        if not is_within:
            raise _differs(recorded, field, getattr(fact, field), "within its bounds")


def _check_price(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, leg: AuditedLeg, worth: CashOutLeg) -> AuditedMarket:
    """Check that a leg was priced from what its market showed at the commit, where a bet could have been struck; return the market."""
    market = state.live.get(leg.market_id)
    if type(market) is not AuditedMarket or market.status != "open" or worth.version != market.version:
        status, version = ("over", 0) if type(market) is not AuditedMarket else (market.status, market.version)
        raise _without_price(recorded, leg, f"the market is {status} at version {version}, not {worth.version}")
    check_value(recorded, "legs", leg.market_id, allowed=not is_void(market, bet.struck_us) and right_of(market, bet, leg) is None)
    offer = market.offers[-1]
    look_around(state, market)
    if leg.selection not in offer.prices or market.shut_by or offer.marks != market.marks:
        raise _without_price(recorded, leg, f"its prices are void or it is withdrawn; {market.shut_by or 'no gate'} keeps bets away")
    if offer.producer:
        check_lease(state, recorded, market, offer)
    if not has_one_winner(market.type, market.specifiers):
        raise _without_price(recorded, leg, f"{market.type} may give a stake back")
    if worth.pence != pence_of(leg, market, bet.rules):
        raise _differs(recorded, "legs.pence", worth.pence, pence_of(leg, market, bet.rules))
    expected = min(_chance_millionths(market, leg.selection), _unshaded_millionths(market, offer, leg.selection))
    if abs(worth.chance_millionths - expected) > ROUNDING:
        raise ViolationFound(
            CashOutChanceWrong, recorded, market_id=leg.market_id, recorded_millionths=worth.chance_millionths, expected_millionths=expected
        )
    return market


def _check_guarded(state: AuditState, recorded: Recorded[Any], awaited: list[AuditedLeg], markets: list[AuditedMarket]) -> None:
    """Check that no open leg was priced by one trader alone, and that none is on a match in play where bets wait."""
    for leg, market in zip(awaited, markets, strict=True):
        if market.alone:
            raise _without_price(recorded, leg, f"one trader alone set its prices: {market.alone}")
        if delay_s := delay_s_of(state, [market]):
            raise _without_price(recorded, leg, f"bets on it wait {delay_s} s in play")


def _chance_millionths(market: AuditedMarket, selection: str) -> int:
    """Return the chance that the prices of all runners give one of them, by the power method: implied = chance ** exponent."""
    runners = sorted(market.runners)
    if any(runner not in market.book for runner in runners):
        return -ROUNDING - 1
    implied = {runner: market.book[runner].denominator / market.book[runner].numerator for runner in runners}
    low, high = 0.05, 20.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(chance ** (1 / middle) for chance in implied.values()) < 1 else (low, middle)
    chances = {runner: chance ** (1 / low) for runner, chance in implied.items()}
    return int(min(chances[selection] / sum(chances.values()), implied[selection]) * MILLION)


def _unshaded_millionths(market: AuditedMarket, offer: AuditedOffer, selection: str) -> int:
    """Return the chance before open bets shaded the price, all there is where they did not."""
    model = offer.model
    if model is None or not model.tilt_thousandths or market.type == HALF_TIME_FULL_TIME:
        return MILLION
    plain = msgspec.structs.replace(model, tilt_thousandths=())
    return int(chance_of_all(plain, [(market.type, tuple(market.specifiers.items()), selection)]) * MILLION)


def _worth_minor(bet: AuditedBet, fact: BetCashedOut) -> int:
    """Return what the closed stake is worth, less the margin, rounded down."""
    value, worths = Fraction(fact.stake_minor), iter(fact.legs)
    for leg in bet.legs:
        if leg.told is None:
            worth = next(worths)
            counted = leg.standing if leg.standing is not None and fact.rules >= GUARDED else leg.odds
            odds = reduced(counted, worth.pence)
            value *= Fraction(odds.numerator, odds.denominator) * Fraction(worth.chance_millionths, MILLION)
        else:
            value *= Fraction(*factor(reduced(leg.pays, leg.pence), leg.told))
    return int(value * (100 - MARGIN_PERCENT[fact.rules]) / 100)


def _check_asked(state: AuditState, recorded: Recorded[Any], fact: BetCashedOut) -> None:
    """Check that the bettor agreed to no more than was paid, on an offer of this version of the bet, within its lifetime."""
    if not 1 <= fact.asked_minor <= fact.amount_minor:
        raise _differs(recorded, "asked_minor", fact.asked_minor, f"at most {fact.amount_minor}")
    versions = [leg.version for leg in fact.legs]
    asked = fact.asked_version.split("-")
    is_text = len(asked) == len(versions) + 2 and all(part.isascii() and part.isdigit() for part in asked)
    bet_version, *seen, expires_ms = map(int, asked) if is_text else (0, 0)
    if not is_text or bet_version != fact.bet_version or any(one > now for one, now in zip(seen, versions, strict=True)):
        raise _differs(recorded, "asked_version", fact.asked_version, f"{fact.bet_version}-{versions}")
    if expires_ms * 1_000 != micros(fact.expires_at):
        raise _differs(recorded, "expires_at", fact.expires_at, f"as {fact.asked_version} says")
    late_us = state.committed_us - micros(fact.expires_at)
    if not -LIFETIME_US[fact.rules] <= late_us <= 0:
        raise ViolationFound(CashOutTooLate, recorded, expires_at=fact.expires_at.isoformat(), late_ms=late_us // 1_000)


def _check_payment(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, fact: BetCashedOut) -> None:
    """Check that the wallet released what was closed and got the amount, once, in the same append."""
    paid = state.about_bet(recorded.stream_id, CashOutPaid)
    closed_as = (bet.wallet_id, fact.stake_minor, fact.amount_minor, fact.number)
    paid_as = None if paid is None else (paid.stream_id, paid.body.stake_minor, paid.body.amount_minor, paid.body.number)
    if closed_as != paid_as:
        raise ViolationFound(CashOutPaymentDiffers, recorded, closed=repr(closed_as), paid=repr(paid_as))


def _end(state: AuditState, recorded: Recorded[Any], bet: AuditedBet) -> None:
    """End a bet of which nothing is open any more: no result concerns it."""
    for leg in bet.legs:
        market = state.known(leg.market_id)
        market.bets -= 1
        if not market.bets:
            forget_if_settled(state, market)
    state.bets_settled += 1
    state.end(recorded.stream_id)


def _without_price(recorded: Recorded[Any], leg: AuditedLeg, why: str) -> ViolationFound:
    return ViolationFound(CashOutWithoutPrice, recorded, market_id=leg.market_id, why=why)


def _differs(recorded: Recorded[Any], field: str, found: object, expected: object) -> ViolationFound:
    return ViolationFound(CashOutDiffers, recorded, field=field, recorded=repr(found)[:120], expected=repr(expected)[:120])

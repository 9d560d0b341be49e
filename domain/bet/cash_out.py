"""Cash-out: what the book pays to close a bet, or a share of its stake, before it is settled, and who may have it.

The fair value of an open bet of one line is what it is expected to return: the stake, times what each leg that came out makes of a unit
(`domain.settling.returns.factor`), times odds and chance to win of each open leg. It is what hedging makes certain: exchanges lay
stake * odds / lay odds against a bet to have the same whatever happens, which at the fair lay odds 1 / chance is stake * odds * chance.
The offer is that less the book's margin, rounded down to the minor unit, once.
A chance is a whole number of millionths, rounded down, so that an offer is exact and can be worked out again from its fact.
An open leg that was struck at a replaced price counts at the odds that stood then: the difference is won or lost, never cashed out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from domain.bet.commands import CashOutBet, PricedLeg
from domain.bet.facts import CASHED_OUT, BetCashedOut, BetPlaced, CashOutLeg
from domain.bet.settlement import at_right_odds
from domain.bet.state import Bet, struck_of
from domain.fact import micros, moment
from domain.refused import Refused
from domain.settling import potential_returns_minor
from domain.settling.returns import factor
from domain.settling.rule4 import reduced

MILLION = 1_000_000
CASH_OUTS_MAX = 20
"""How often one bet may be cashed out in part."""

VERSION_CHARACTERS_MAX = 600


class CashOutRules(NamedTuple):
    """One version: the margin that an offer is less than the fair value by, and for how long it may be accepted.

    From version 2 on none is made on prices of one trader alone, nor where bets wait, and replaced prices count as what stood.
    """

    margin_percent: int
    lifetime_ms: int


CASH_OUT_RULES = {1: CashOutRules(margin_percent=5, lifetime_ms=10_000), 2: CashOutRules(margin_percent=5, lifetime_ms=10_000)}
"""Version -> the rules. A version is never changed: facts name the one that their offer was made by."""

CASH_OUT_RULES_CURRENT = 2


class CashOutMoved(Refused):
    """The offer is another one now."""

    bet_id: str
    asked_minor: int
    offer_minor: int
    version: str
    expires_at: datetime


class CashOutExpired(CashOutMoved):
    """The offer was not accepted in time; there is another one now."""


class CashOutVersionMalformed(Refused):
    """An offer's version is the text that the offer came with."""

    version: str


class CashOutShareMalformed(Refused):
    """A share of a bet is 1 to 100 percent, and at least one minor unit of its open stake."""

    share_percent: int


class CashOutKeyReused(Refused):
    """The key was used before, for another cash-out of the same bet."""

    bet_id: str


class BetIsSettled(Refused):
    """The bet is settled: there is nothing to cash out."""

    bet_id: str
    status: str
    returns_minor: int


class BetIsCashedOut(Refused):
    """The whole bet was cashed out already."""

    bet_id: str
    cashed_out_minor: int


class CashOutNotOffered(Refused):
    """Bets of several lines are not cashed out."""

    bet_id: str
    type: str


class FreeBetNotCashedOut(Refused):
    """Free bets are not cashed out: there is no stake of the account's own in them."""

    bet_id: str


class CashOutRelatedLegs(Refused):
    """Two open legs are on the same fixture: their chances cannot be multiplied, so there is no offer."""

    bet_id: str
    fixture_id: str


class CashOutWorthless(Refused):
    """What the bet is worth now is less than the smallest amount that is paid."""

    bet_id: str


class TooManyCashOuts(Refused):
    """The bet was cashed out in part as often as one bet may be."""

    bet_id: str
    cash_outs_max: int


class CashOutOffer(msgspec.Struct, frozen=True, gc=False):
    """What may be taken now for a share of a bet's open stake, under which version, and until when.

    With it `stake_closed_minor` of the whole stake are closed, by this and by the cash-outs before.
    """

    bet_id: str
    share_percent: int
    stake_minor: int
    stake_left_minor: int
    stake_closed_minor: int
    offer_minor: int
    currency: str
    potential_returns_minor: int
    version: str
    expires_at: datetime


def check_cashable(bet: Bet, bet_id: str, account_id: str, share_percent: int) -> BetPlaced:
    """Refuse what no price could save; return the bet as it was struck.

    Raises:
        Refused: what is raised below, in this order.

    """
    placed = struck_of(bet, bet_id, account_id)
    if type(share_percent) is not int or not 1 <= share_percent <= 100:
        raise CashOutShareMalformed(share_percent)
    if bet.status == CASHED_OUT:
        raise BetIsCashedOut(bet_id, bet.cashed_out_minor)
    if bet.status != "open":
        raise BetIsSettled(bet_id, bet.status, bet.returns_minor)
    if placed.free_bet_id:
        raise FreeBetNotCashedOut(bet_id)
    if placed.lines != 1:
        raise CashOutNotOffered(bet_id, f"{placed.type}, each way" if placed.each_way else placed.type)
    if placed.same_game:
        raise CashOutRelatedLegs(bet_id, placed.legs[placed.same_game[0].legs[0]].fixture_id)
    if len(bet.cash_outs) >= CASH_OUTS_MAX:
        raise TooManyCashOuts(bet_id, CASH_OUTS_MAX)
    return placed


def offer_of(
    bet: Bet, placed: BetPlaced, bet_id: str, bet_version: int, priced: Sequence[PricedLeg | None], share_percent: int, at: datetime
) -> CashOutOffer:
    """Return what a share of an open bet may be closed for at a moment of the log's time.

    Raises:
        CashOutRelatedLegs, CashOutShareMalformed, CashOutWorthless: in this order.

    """
    rules, placed = CASH_OUT_RULES[CASH_OUT_RULES_CURRENT], at_right_odds(placed, bet.repriced)
    fixtures = [leg.fixture_id for leg in priced if leg is not None]
    for fixture_id in fixtures:
        if fixtures.count(fixture_id) > 1:
            raise CashOutRelatedLegs(bet_id, fixture_id)
    closed_minor = bet.open_stake_minor * share_percent // 100
    if not closed_minor:
        raise CashOutShareMalformed(share_percent)
    offer_minor = value_minor(bet, placed, priced, closed_minor, rules.margin_percent)
    if not offer_minor:
        raise CashOutWorthless(bet_id)
    left_minor = bet.open_stake_minor - closed_minor
    expires_us = (micros(at) + rules.lifetime_ms * 1_000) // 1_000 * 1_000
    return CashOutOffer(
        bet_id=bet_id,
        share_percent=share_percent,
        stake_minor=closed_minor,
        stake_left_minor=left_minor,
        stake_closed_minor=placed.stake_minor - left_minor,
        offer_minor=offer_minor,
        currency=placed.currency,
        potential_returns_minor=potential_returns_minor(left_minor, [leg.odds for leg in placed.legs], placed.rules),
        version=version_text(bet_version, [leg.worth.version for leg in priced if leg is not None], expires_us),
        expires_at=moment(expires_us),
    )


def value_minor(bet: Bet, placed: BetPlaced, priced: Sequence[PricedLeg | None], stake_minor: int, margin_percent: int) -> int:
    """Return what is offered for so much of the stake: its fair value less the margin, rounded down."""
    numerator, denominator = stake_minor * (100 - margin_percent), 100
    for number, (leg, worth) in enumerate(zip(placed.legs, priced, strict=True)):
        result = bet.results[number]
        if result is None:
            assert worth is not None, "an open leg is priced"
            stood = (placed.standing[number] if placed.standing else None) or leg.odds
            odds = reduced(stood, worth.worth.pence) if worth.worth.pence else stood
            of_leg, out_of = odds.numerator * worth.worth.chance_millionths, odds.denominator * MILLION
        else:
            pence = bet.deductions[number] if bet.deductions else 0
            of_leg, out_of = factor(reduced(leg.odds, pence) if pence else leg.odds, result)
        numerator, denominator = numerator * of_leg, denominator * out_of
    return numerator // denominator


def version_text(bet_version: int, market_versions: Sequence[int], expires_us: int) -> str:
    """Return an offer's version: those of the bet and of the open legs' markets, and when it ends in milliseconds since 1970."""
    return "-".join(map(str, (bet_version, *market_versions, expires_us // 1_000)))


def cashed_out(bet: Bet, command: CashOutBet) -> Sequence[BetCashedOut]:
    """Close a share of a bet for what is offered now, if that is no less than what was asked for, and the offer is neither moved nor over.

    An offer that was made from older prices stands as long as it is not less now; one of another version of the bet does not.

    Raises:
        CashOutKeyReused, CashOutVersionMalformed, CashOutExpired, CashOutMoved, and what `check_cashable` and `offer_of` raise.

    """
    bet_id, at = command.bet_id, command.at
    for done in bet.cash_outs:
        if done.cash_out_id == command.cash_out_id and done.account_id == command.account_id:
            same = (command.share_percent, command.asked_minor, command.asked_version)
            if (done.share_percent, done.asked_minor, done.asked_version) != same:
                raise CashOutKeyReused(bet_id)
            return ()
    placed = check_cashable(bet, bet_id, command.account_id, command.share_percent)
    asked = command.asked_version.split("-")
    is_one = len(asked) > 1 and all(part.isascii() and part.isdigit() for part in asked)
    if len(command.asked_version) > VERSION_CHARACTERS_MAX or not is_one:
        raise CashOutVersionMalformed(command.asked_version[:60])
    offer = offer_of(bet, placed, bet_id, command.bet_version, command.priced, command.share_percent, at)
    now = (bet_id, command.asked_minor, offer.offer_minor, offer.version, offer.expires_at)
    legs = tuple([leg.worth for leg in command.priced if leg is not None])
    bet_version, *market_versions, expires_ms = map(int, asked)
    is_of_now = bet_version == command.bet_version and len(market_versions) == len(legs)
    if not is_of_now or any(version > leg.version for version, leg in zip(market_versions, legs, strict=True)):
        raise CashOutMoved(*now)
    if not micros(at) <= expires_ms * 1_000 <= micros(offer.expires_at):
        raise CashOutExpired(*now)
    if not 1 <= command.asked_minor <= offer.offer_minor:
        raise CashOutMoved(*now)
    return (_fact(bet, command, offer, legs, moment(expires_ms * 1_000)),)


def _fact(bet: Bet, command: CashOutBet, offer: CashOutOffer, legs: tuple[CashOutLeg, ...], expires_at: datetime) -> BetCashedOut:
    return BetCashedOut(
        account_id=command.account_id,
        cash_out_id=command.cash_out_id,
        number=len(bet.cash_outs) + 1,
        stake_minor=offer.stake_minor,
        stake_left_minor=offer.stake_left_minor,
        amount_minor=offer.offer_minor,
        stake_closed_minor=offer.stake_closed_minor,
        cashed_out_minor=bet.cashed_out_minor + offer.offer_minor,
        potential_returns_minor=offer.potential_returns_minor,
        share_percent=command.share_percent,
        bet_version=command.bet_version,
        legs=legs,
        results=bet.results,
        rules=CASH_OUT_RULES_CURRENT,
        expires_at=expires_at,
        asked_minor=command.asked_minor,
        asked_version=command.asked_version,
        actor=command.account_id,
        at=command.at,
    )


def after_cash_out(bet: Bet, fact: BetCashedOut) -> Bet:
    """Return the bet with one more cash-out: over where nothing is left of its stake."""
    is_over = not fact.stake_left_minor
    return msgspec.structs.replace(
        bet,
        status=CASHED_OUT if is_over else bet.status,
        returns_minor=fact.cashed_out_minor if is_over else bet.returns_minor,
        cash_outs=(*bet.cash_outs, fact),
    )

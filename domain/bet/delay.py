"""A bet in play that waits: pending for some seconds of the log's time, and then struck or refused by what holds at their end."""

import msgspec

from domain.bet.commands import AskedLeg, RefuseDelayed, StrikeBet, StrikeDelayed
from domain.bet.facts import BetPending, BetPlaced, BetRefused, Leg
from domain.bet.striking import struck
from domain.quote import Quote


def asked_of(leg: Leg) -> AskedLeg:
    """Return a struck leg as its bettor had asked for it."""
    asked_version = leg.version if leg.asked_version is None else leg.asked_version
    return AskedLeg(leg.market_id, leg.selection, leg.asked or leg.odds, asked_version)


def pending_of(placed: BetPlaced, delay_s: int, refer_s: int = 0) -> BetPending:
    """Return the bet as pending that would be struck as this at once, put to a trader where these have some seconds to answer."""
    return BetPending(
        account_id=placed.account_id,
        stake_minor=placed.stake_minor,
        currency=placed.currency,
        type=placed.type,
        legs=placed.legs,
        accept=placed.accept,
        potential_returns_minor=placed.potential_returns_minor,
        delay_s=delay_s,
        at=placed.at,
        lines=placed.lines,
        rules=placed.rules,
        each_way=placed.each_way,
        refer_s=refer_s,
    )


def struck_after_delay(bet_id: str, pending: BetPending, command: StrikeDelayed, stake_minor: int) -> BetPlaced:
    """Return the pending bet as it is struck for a stake at what is offered at the end of its delay, where its bettor agreed to that.

    Raises:
        PricesMoved, StakeOverLimit: as `struck`.

    """
    what = (bet_id, pending.account_id, stake_minor, pending.currency, pending.type)
    asked = tuple([asked_of(leg) for leg in pending.legs])
    how = (pending.accept, command.at, pending.each_way, command.place_terms, command.limit)
    return struck(StrikeBet(*what, asked, command.offered, *how, exclusive=command.exclusive))


def refused_after_delay(pending: BetPending, command: RefuseDelayed) -> BetRefused:
    """Return the refusal of the pending bet, named as its bettor would have been told at once."""
    refusal = command.refusal
    evidence = {name: str(value) for name, value in refusal.evidence().items()}
    return BetRefused(pending.account_id, pending.stake_minor, refusal.slug, refusal.title, evidence, command.at)


def without_grace(offered: Quote) -> Quote:
    """Return what may be struck at the end of a delay: only the price that stands, whatever was replaced a moment before."""
    return msgspec.structs.replace(offered, shown=None, replaced_by=0) if offered.replaced_by else offered

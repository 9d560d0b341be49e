"""Share a slip: a bet's placement as it stands in the bet's stream, or a pick that was typed in by hand.

A mentioned account must exist and neither may block the other; that no block exists becomes a condition of the append.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from commands.social.mentions import mentioned, owners_of, streams_of_mentions
from commands.social.visibility import case_streams, check_may_share, check_reach, reach_streams
from commands.social.word_filter import hold_marked_slip, streams_of_marked
from domain.bet.decider import BET, BetTypeUnknown
from domain.bet.facts import BetPlaced
from domain.bet.lines import folds_of
from domain.bet.state import struck_of
from domain.bet.ways import ways_of
from domain.gate.decider import GATE, BettingOver
from domain.ids import gate_of, slip_of
from domain.market.decider import MARKET
from domain.market.state import MarketNotOpen, MarketUnknown, SelectionUnknown
from domain.odds import Odds
from domain.refused import Refused
from domain.settling.same_game import SameGame
from domain.slip.commands import ShareSlip
from domain.slip.decider import LEGS_MAX, MENTIONS_MAX, SLIP, Slip, SlipLegsMalformed
from domain.slip.facts import SlipLeg, SlipShared


class PickLeg(msgspec.Struct, frozen=True, gc=False):
    """A leg of a pick, with the odds that its author typed in."""

    market_id: str
    selection: str
    odds: Odds


class ShareBet(msgspec.Struct, frozen=True, gc=False):
    """Share one's bet. `caption` is sealed text, empty where there is none; `handles` are those that it mentions beside `mentions`.

    `marked` says that the word filter marked the caption.
    """

    bet_id: str
    author_id: str
    visibility: str
    stake_shown: str
    unit_minor: int
    caption: str
    mentions: tuple[str, ...]
    tags: tuple[str, ...]
    at: datetime
    handles: tuple[str, ...] = ()
    marked: bool = False


class SharePick(msgspec.Struct, frozen=True, gc=False):
    """Share a pick. It has no stake that could be shown. `slip_id` follows from the idempotency key."""

    slip_id: str
    author_id: str
    type: str
    legs: tuple[PickLeg, ...]
    visibility: str
    caption: str
    mentions: tuple[str, ...]
    tags: tuple[str, ...]
    at: datetime
    handles: tuple[str, ...] = ()
    marked: bool = False


class BonusBetNotShared(Refused):
    """Bets from a bonus are not shared: a record tells what somebody made with money of their own at risk."""

    bet_id: str


class EachWayNotShared(Refused):
    """Each-way bets are not shared yet: a slip says nothing of places."""

    bet_id: str


class WaysNotShared(Refused):
    """Bets with several selections of one market are not shared: a slip has one pick of a match."""

    bet_id: str


class FreeBetNotShared(Refused):
    """Free bets are not shared: a record is of money that was at risk."""

    bet_id: str


class SharedSlip(msgspec.Struct, frozen=True, gc=False):
    """What an author is told: the slip as it was shared, whatever became of it since; `marked` says that the word filter held it."""

    slip_id: str
    shared: SlipShared
    marked: bool = False


def streams_of_bet(ask: ShareBet) -> Sequence[StreamRef]:
    """Name the slip, the bet and the accounts mentioned; the markets follow from the bet."""
    slip_id = slip_of(ask.bet_id)
    marked = streams_of_marked("slip", slip_id, marked=ask.marked)
    return (StreamRef(SLIP, slip_id), StreamRef(BET, ask.bet_id), *marked, *_mentioned(ask))


def share_bet(ask: ShareBet, streams: UnitOfWork) -> Outcome:
    """Share a bet as it was placed: its type, legs, odds, versions, stake and currency are read from its stream.

    Raises:
        BetUnknown: for a bet of another account as for none. FreeBetNotShared: for a free bet.
            BonusBetNotShared: for a bet from a bonus. EachWayNotShared: for an each-way bet.
            WaysNotShared: for one with several selections of a market.
        BetIsPending, BetIsRefused: for one that is not struck.
        MentionUnknown, AccountUnknown: from the mentions of a slip that is new. SharingSuspended: when its author is suspended.
        Refused: what the slip's rules refuse. A repeat with the same body is none of them.

    """
    placed = struck_of(streams.look(BET, ask.bet_id).state, ask.bet_id, ask.author_id)
    if placed.free_bet_id:
        raise FreeBetNotShared(ask.bet_id)
    if placed.bonus_id:
        raise BonusBetNotShared(ask.bet_id)
    if placed.each_way:
        raise EachWayNotShared(ask.bet_id)
    if ways_of(placed.legs):
        raise WaysNotShared(ask.bet_id)
    slip = streams.load(SLIP, slip_of(ask.bet_id))
    command = ShareSlip(
        slip_id=slip.stream_id,
        author_id=ask.author_id,
        type=placed.type,
        legs=_legs_of(placed, streams),
        visibility=ask.visibility,
        stake_shown=ask.stake_shown,
        at=ask.at,
        bet_id=ask.bet_id,
        stake_minor=placed.stake_minor,
        currency=placed.currency,
        unit_minor=ask.unit_minor,
        caption=ask.caption,
        mentions=_mentions(ask, slip, streams),
        tags=ask.tags,
        same_game=tuple([SameGame(group.legs, group.odds) for group in placed.same_game]),
    )
    return _share(slip, command, streams, marked=ask.marked)


def _legs_of(placed: BetPlaced, streams: UnitOfWork) -> tuple[SlipLeg, ...]:
    streams.need([(MARKET, leg.market_id) for leg in placed.legs])
    return tuple(
        SlipLeg(streams.look(MARKET, leg.market_id).state.fixture_id, leg.market_id, leg.selection, leg.odds, leg.version)
        for leg in placed.legs
    )


def streams_of_pick(ask: SharePick) -> Sequence[StreamRef]:
    """Name the slip, the markets and the accounts mentioned."""
    marked = streams_of_marked("slip", ask.slip_id, marked=ask.marked)
    markets = [StreamRef(MARKET, leg.market_id) for leg in ask.legs[:LEGS_MAX]]
    return (StreamRef(SLIP, ask.slip_id), *marked, *markets, *_mentioned(ask))


def share_pick(ask: SharePick, streams: UnitOfWork) -> Outcome:
    """Share a pick on markets whose results are not known yet, at whatever odds its author says.

    Raises:
        SlipLegsMalformed, MarketUnknown: from its legs.
        BetTypeUnknown, SelectionUnknown, MarketNotOpen, BettingOver: from those of a slip that is new.
        MentionUnknown, AccountUnknown: from the mentions of a slip that is new. SharingSuspended: when its author is suspended.
        Refused: what the slip's rules refuse. A repeat with the same body is none of them.

    """
    slip = streams.load(SLIP, ask.slip_id)
    if not 1 <= len(ask.legs) <= LEGS_MAX:
        raise SlipLegsMalformed(len(ask.legs), LEGS_MAX)
    streams.need([(MARKET, leg.market_id) for leg in ask.legs])
    if slip.state.shared is None and not folds_of(ask.type, len(ask.legs)):
        raise BetTypeUnknown(ask.type[:60], len(ask.legs))
    fixtures = [streams.look(MARKET, leg.market_id).state.fixture_id for leg in ask.legs]
    streams.need([(GATE, gate_of("fixture", fixture_id)) for fixture_id in fixtures if fixture_id])
    command = ShareSlip(
        slip_id=ask.slip_id,
        author_id=ask.author_id,
        type=ask.type,
        legs=tuple([_leg_of(leg, streams, is_new=slip.state.shared is None) for leg in ask.legs]),
        visibility=ask.visibility,
        stake_shown="hidden",
        at=ask.at,
        caption=ask.caption,
        mentions=_mentions(ask, slip, streams),
        tags=ask.tags,
    )
    return _share(slip, command, streams, marked=ask.marked)


def _leg_of(leg: PickLeg, streams: UnitOfWork, *, is_new: bool) -> SlipLeg:
    """Return a leg with its fixture; a pick on what is over already would be no pick. That betting has not ended is a condition."""
    market = streams.look(MARKET, leg.market_id).state
    if not market.status:
        raise MarketUnknown(leg.market_id)
    if is_new:
        if leg.selection not in market.selections:
            raise SelectionUnknown(leg.market_id, leg.selection[:60])
        if streams.read(MARKET, leg.market_id).status not in ("open", "suspended"):
            raise MarketNotOpen(leg.market_id, market.status)
        gate = streams.read(GATE, gate_of("fixture", market.fixture_id))
        if gate.status == "over":
            raise BettingOver("fixture", gate.reason)
    return SlipLeg(market.fixture_id, leg.market_id, leg.selection, leg.odds)


def _share(slip: Stream[Slip], command: ShareSlip, streams: UnitOfWork, *, marked: bool) -> Outcome:
    if slip.state.shared is None:
        check_may_share(streams, command.author_id)
    if slip.decide(command):
        for account_id in command.mentions:
            check_reach(streams, command.author_id, account_id)
        if marked:
            hold_marked_slip(streams, slip, command.at)
    shared = slip.state.shared
    assert shared is not None, "a slip that was decided on is shared"
    return Outcome(SharedSlip(slip.stream_id, shared, marked), slip, creates=True)


def _mentioned(ask: ShareBet | SharePick) -> Sequence[StreamRef]:
    named = [stream for account_id in ask.mentions[:MENTIONS_MAX] for stream in reach_streams(ask.author_id, account_id)]
    return (*named, case_streams(ask.author_id), *streams_of_mentions(ask.handles))


def _mentions(ask: ShareBet | SharePick, slip: Stream[Slip], streams: UnitOfWork) -> tuple[str, ...]:
    """Return the accounts that a slip mentions; of a slip that was shared before, whatever they are to its author by now.

    Raises:
        MentionUnknown: for a handle in the caption of a slip that is new, as of a comment.

    """
    is_new, handles = slip.state.shared is None, ask.handles
    named = mentioned(streams, ask.author_id, handles) if is_new else owners_of(streams, handles)
    return (*ask.mentions, *[account_id for account_id in dict.fromkeys(named) if account_id not in ask.mentions])

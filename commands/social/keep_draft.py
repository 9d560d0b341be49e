"""Save a bet that was not placed as a draft, publish it by its code, delete it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.bet.decider import BetTypeUnknown
from domain.bet.lines import LEGS_MAX, folds_of
from domain.draft.commands import DeleteDraft, MakeDraft, PublishDraft, ReplaceDraft
from domain.draft.decider import DRAFT, Draft, DraftKeyReused, DraftLegsMalformed, DraftUnknown
from domain.draft.facts import DraftLeg
from domain.ids import draft_of
from domain.market.decider import MARKET
from domain.market.state import MarketUnknown, SelectionUnknown


class ChosenLeg(msgspec.Struct, frozen=True, gc=False):
    """A selection of a market."""

    market_id: str
    selection: str


class KeepDraft(msgspec.Struct, frozen=True, gc=False):
    """Keep a bet; `code` follows from the idempotency key. With `replaces`, it takes the place of what the code stood for."""

    code: str
    account_id: str
    type: str
    legs: tuple[ChosenLeg, ...]
    at: datetime
    replaces: bool = False


class DraftReceipt(msgspec.Struct, frozen=True, gc=False):
    """A draft as it stands; its maker is told it as it was made."""

    code: str
    type: str
    legs: tuple[DraftLeg, ...]
    published: bool
    deleted: bool


def streams_of_keeping(ask: KeepDraft) -> Sequence[StreamRef]:
    """Name the draft and the markets."""
    return (StreamRef(DRAFT, draft_of(ask.code)), *[StreamRef(MARKET, leg.market_id) for leg in ask.legs[:LEGS_MAX]])


def keep(ask: KeepDraft, streams: UnitOfWork) -> Outcome:
    """Keep a bet on markets that exist, whether they take bets now or not.

    Raises:
        DraftUnknown: for another's draft as for none. DraftLegsMalformed, BetTypeUnknown, MarketUnknown, SelectionUnknown: from the legs.
        Refused: what the draft's rules refuse. A repeat with the same body is none of them.

    """
    draft = streams.load(DRAFT, draft_of(ask.code))
    made = draft.state.made
    if made is not None and made.account_id != ask.account_id:
        raise DraftUnknown(ask.code) if ask.replaces else DraftKeyReused(ask.code)
    if ask.replaces and (made is None or draft.state.deleted):
        raise DraftUnknown(ask.code)
    if not 1 <= len(ask.legs) <= LEGS_MAX:
        raise DraftLegsMalformed(len(ask.legs), LEGS_MAX)
    if not folds_of(ask.type, len(ask.legs)):
        raise BetTypeUnknown(ask.type[:60], len(ask.legs))
    streams.need([(MARKET, leg.market_id) for leg in ask.legs])
    legs = tuple([_leg_of(leg, streams) for leg in ask.legs])
    kind = ReplaceDraft if ask.replaces else MakeDraft
    draft.decide(kind(ask.code, ask.account_id, ask.type, legs, ask.at))
    if ask.replaces:
        return _told(ask.code, draft)
    made = draft.state.made
    assert made is not None, "a draft that was decided on is made"
    receipt = DraftReceipt(ask.code, made.type, made.legs, published=False, deleted=False)
    return Outcome(receipt, draft, creates=True)


def _leg_of(leg: ChosenLeg, streams: UnitOfWork) -> DraftLeg:
    market = streams.look(MARKET, leg.market_id).state
    if not market.status:
        raise MarketUnknown(leg.market_id)
    if leg.selection not in market.selections:
        raise SelectionUnknown(leg.market_id, leg.selection[:60])
    return DraftLeg(market.fixture_id, leg.market_id, leg.selection)


def streams_of_change(ask: PublishDraft | DeleteDraft) -> Sequence[StreamRef]:
    """Name the draft."""
    return (StreamRef(DRAFT, draft_of(ask.code)),)


def change(ask: PublishDraft | DeleteDraft, streams: UnitOfWork) -> Outcome:
    """Publish or delete a draft. A repeat gets the same answer.

    Raises:
        DraftUnknown: for another's draft as for none.

    """
    draft = streams.load(DRAFT, draft_of(ask.code))
    draft.decide(ask)
    return _told(ask.code, draft)


def _told(code: str, draft: Stream[Draft]) -> Outcome:
    state = draft.state
    return Outcome(DraftReceipt(code, state.type, state.legs, state.published, state.deleted), draft)

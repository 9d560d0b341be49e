"""Slips: share, change, remove, tail. How they are read is in routes of their own."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api import word_filter
from api.auth.tokens import Session
from api.bet_messages import parse_odds
from api.http.betting.answers import BetReceiptShape
from api.http.betting.bets import REFUSALS as BETTING
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import IdempotencyKey, acting_as, answered, checked_id, signed_in, social_writer
from api.http.social.own_stake import bet_placed, hundredths_of
from api.http.social.slip_answers import SharedSlipShape, SlipReceiptShape
from api.http.social.slip_bodies import HoldBody, SlipBody, SlipChangesBody, TailBody
from api.idempotency import checked_key, new_id
from commands.social import own_stake, tail_slip, worst_odds
from commands.social.mentions import MentionUnknown
from commands.social.share_slip import (
    BonusBetNotShared,
    EachWayNotShared,
    FreeBetNotShared,
    PickLeg,
    ShareBet,
    SharedSlip,
    SharePick,
    WaysNotShared,
)
from commands.social.tail_slip import TailSlip
from commands.social.visibility import SharingSuspended
from domain import odds, prose, text
from domain.account.decider import ActorWithoutRole
from domain.bet import decider as bet
from domain.bet.lines import folds_of
from domain.bet.state import BetIsPending, BetIsRefused, BetUnknown
from domain.gate import decider as gate
from domain.ids import pick_of, slip_of
from domain.market import state as market
from domain.moderation.state import WORDS_RULE, HeldByAnotherRule
from domain.odds import Odds
from domain.settling import odds_of_folds
from domain.settling.same_game import odds_of_line
from domain.slip import decider as slip
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip
from domain.slip.facts import SlipShared
from domain.tail import decider as tail
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, http_refusals.IdMalformed)
SHARING = (
    http_refusals.KeyMalformed,
    http_refusals.AccountErased,
    odds.OddsMalformed,
    odds.OddsTooFine,
    odds.OddsOutOfRange,
    prose.TextTooLong,
    prose.TextMalformed,
    BetUnknown,
    BetIsPending,
    BetIsRefused,
    bet.BetTypeUnknown,
    market.MarketUnknown,
    market.SelectionUnknown,
    market.MarketNotOpen,
    gate.BettingOver,
    AccountUnknown,
    MentionUnknown,
    SharingSuspended,
    slip.SlipTakenDown,
    slip.SlipKeyReused,
    slip.VisibilityUnknown,
    slip.StakeShownUnknown,
    slip.UnitMalformed,
    slip.SlipLegsMalformed,
    EachWayNotShared,
    WaysNotShared,
    FreeBetNotShared,
    BonusBetNotShared,
    slip.TagsMalformed,
    slip.MentionsMalformed,
)
TAILING = (
    *BETTING,
    tail.SideUnknown,
    tail.OwnSlipTailed,
    tail.TailKeyReused,
    tail.DailyCapReached,
    own_stake.TailStakeMalformed,
    tail_slip.SlipSettled,
    tail_slip.TailWouldWait,
    tail_slip.FadeImpossible,
    worst_odds.OddsBelowWorst,
    slip.SlipUnknown,
)


def slips(deps: RouteDependencies) -> APIRouter:
    """Return the routes of authors and tailers."""
    router = APIRouter(prefix="/v1/slips", tags=["slips"])
    session, writer = Depends(signed_in(deps)), Depends(social_writer(deps))
    _sharing(router, deps, writer)
    _own(router, deps, writer)
    _tailing(router, deps, session)
    return router


def _sharing(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.post(
        "",
        status_code=201,
        operation_id="shareSlip",
        response_model=SharedSlipShape,
        responses=problems(*EVERYWHERE, *SHARING),
    )
    async def share(body: SlipBody, who: Annotated[Session, session], idempotency_key: IdempotencyKey = None) -> Response:
        """Show a bet of one's own, or a pick, to others.

        A slip with `bet_id` is verified: legs, odds, versions and stake are those of the bet's placement, whatever became of the bet since.
        A bet is shared once, so its id is the key. For a pick the `Idempotency-Key` is; without one, the same pick again is a repeat.
        Where the word filter marks the caption, the slip is shown to its author alone until a moderator has looked at it.
        """
        caption = prose.checked_prose(body.caption, field="caption", characters_max=slip.CAPTION_CHARACTERS_MAX, may_be_empty=True)
        body = body.model_copy(update={"caption": caption})
        key = None if idempotency_key is None else checked_key(idempotency_key)
        slip_id = _slip_id_of(body, who, key)
        sealed = await deps.texts.seal(who.account_id, slip_id, caption)
        marked = await word_filter.marks(deps.words, caption)
        answer = await deps.queue.submit(_asked(body, who, slip_id, sealed, deps, marked=marked))
        return answered(_shared_body(answer.receipt, who, caption, answer.position), answer.position, 201)


def _slip_id_of(body: SlipBody, who: Session, key: str | None) -> str:
    if body.bet_id is not None:
        return slip_of(body.bet_id)
    assert body.pick is not None, "a slip shows a bet or a pick"
    return pick_of(who.account_id, key or body.pick.model_dump_json())


def _asked(body: SlipBody, who: Session, slip_id: str, caption: str, deps: RouteDependencies, *, marked: bool) -> ShareBet | SharePick:
    mentions, tags, handles, now = tuple(body.mentions), tuple(body.tags), prose.handles_in(body.caption), deps.clock.now()
    if body.bet_id is not None:
        return ShareBet(
            bet_id=body.bet_id,
            author_id=who.account_id,
            visibility=body.visibility,
            stake_shown=body.stake_shown,
            unit_minor=body.unit_minor or 0,
            caption=caption,
            mentions=mentions,
            tags=tags,
            at=now,
            handles=handles,
            marked=marked,
        )
    assert body.pick is not None, "a slip shows a bet or a pick"
    return SharePick(
        slip_id=slip_id,
        author_id=who.account_id,
        type=body.pick.type,
        legs=tuple([PickLeg(leg.market_id, leg.selection, parse_odds(leg.odds)) for leg in body.pick.legs]),
        visibility=body.visibility,
        caption=caption,
        mentions=mentions,
        tags=tags,
        at=now,
        handles=handles,
        marked=marked,
    )


def _shared_body(receipt: SharedSlip, who: Session, caption: str, position: int) -> dict[str, Any]:
    shared = receipt.shared
    legs, is_verified = shared.legs, bool(shared.bet_id)
    shown = {
        "bet_id": shared.bet_id or None,
        "type": shared.type,
        "odds": _odds_of(shared).text,
        "stake_shown": shared.stake_shown,
        "stake_minor": shared.stake_minor if is_verified else None,
        "currency": shared.currency or None,
        "unit_minor": shared.unit_minor or None,
        "legs": [{**msgspec.structs.asdict(leg), "odds": leg.odds.text} for leg in legs],
        "same_game": [{"legs": group.legs, "odds": group.odds.text} for group in shared.same_game],
    }
    return {
        "slip_id": receipt.slip_id,
        "author": {"account_id": shared.author_id, "handle": who.handle},
        "verified": is_verified,
        "visibility": shared.visibility,
        "caption": caption,
        "tags": shared.tags,
        "mentions": shared.mentions,
        "shared_at": shared.at,
        "bet": shown,
        "held_rule": WORDS_RULE if receipt.marked else None,
        "position": position,
    }


def _odds_of(shared: SlipShared) -> Odds:
    odds = [leg.odds for leg in shared.legs]
    return odds_of_line(odds, shared.same_game) if shared.same_game else odds_of_folds(folds_of(shared.type, len(odds)), odds)


def _own(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.patch(
        "/{slip_id}",
        operation_id="changeSlip",
        response_model=SlipReceiptShape,
        responses=problems(*EVERYWHERE, slip.SlipUnknown, slip.VisibilityUnknown, slip.ClosingTimeOutOfRange),
    )
    async def change(slip_id: str, body: SlipChangesBody, who: Annotated[Session, session]) -> Response:
        """Change who sees one's slip, or whether it takes comments, from now on or from a moment to come."""
        checked_id(slip_id, "slip_id")
        ask = ChangeSlip(slip_id, who.account_id, body.visibility, body.replies_closed, deps.clock.now(), body.replies_close_at)
        return await _changed(deps, ask)

    @router.delete(
        "/{slip_id}",
        operation_id="removeSlip",
        response_model=SlipReceiptShape,
        responses=problems(*EVERYWHERE, slip.SlipUnknown),
    )
    async def remove(slip_id: str, who: Annotated[Session, session]) -> Response:
        """Take one's slip off every list, for good. What its bet made stays in the record. A repeat is answered alike."""
        checked_id(slip_id, "slip_id")
        return await _changed(deps, RemoveSlip(slip_id, who.account_id, deps.clock.now()))


def _tailing(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.post(
        "/{slip_id}/tail",
        status_code=201,
        operation_id="tailSlip",
        response_model=BetReceiptShape,
        responses=problems(*EVERYWHERE, *TAILING),
    )
    async def tailed(slip_id: str, body: TailBody, who: Annotated[Session, session], idempotency_key: IdempotencyKey = None) -> Response:
        """Bet what a slip shows, or its opposite, at the odds of this moment, with a stake of one's own.

        The answer is that of `POST /v1/bets`, and the `Idempotency-Key` names the bet as it does there. Every leg has to take bets now.
        With `daily_cap_minor` it is refused where the account would stake more than that by tails on one day (UTC); what was staked today
        counts whether or not it was capped, and whatever became of those bets.
        """
        checked_id(slip_id, "slip_id")
        ask = TailSlip(
            bet_id=new_id("bet", who, idempotency_key),
            account_id=who.account_id,
            slip_id=slip_id,
            side=body.side,
            stake_minor=body.stake_minor,
            percent_of_balance=body.percent_of_balance,
            worst_odds=None if body.worst_odds is None else parse_odds(body.worst_odds),
            at=deps.clock.now(),
            units_hundredths=hundredths_of(body.units),
            unit_minor=body.unit_minor,
            daily_cap_minor=body.daily_cap_minor,
        )
        return bet_placed(await deps.queue.submit(ask))


def held_slips(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which moderators hold slips and let them go."""
    router = APIRouter(prefix="/v1/moderation/slips", tags=["moderation"])
    moderator = Depends(acting_as(deps, "moderator"))
    everywhere = (*EVERYWHERE, http_refusals.RoleMissing, ActorWithoutRole, slip.SlipUnknown)

    @router.put(
        "/{slip_id}/hold",
        operation_id="holdSlip",
        response_model=SlipReceiptShape,
        responses=problems(*everywhere, slip.SlipHeldAlready, HeldByAnotherRule, text.ReasonMalformed),
    )
    async def hold(slip_id: str, body: HoldBody, who: Annotated[Session, moderator]) -> Response:
        """Show a slip to nobody but its author, by a rule and for a reason."""
        checked_id(slip_id, "slip_id")
        return await _changed(deps, HoldSlip(slip_id, body.rule, body.reason, who.account_id, deps.clock.now()))

    @router.delete("/{slip_id}/hold", operation_id="releaseSlip", response_model=SlipReceiptShape, responses=problems(*everywhere))
    async def release(slip_id: str, who: Annotated[Session, moderator]) -> Response:
        """Let a held slip be seen again. A repeat is answered alike."""
        checked_id(slip_id, "slip_id")
        return await _changed(deps, ReleaseSlip(slip_id, who.account_id, deps.clock.now()))

    return router


async def _changed(deps: RouteDependencies, ask: ChangeSlip | RemoveSlip | HoldSlip | ReleaseSlip) -> Response:
    answer = await deps.queue.submit(ask)
    receipt = answer.receipt
    body = {**msgspec.structs.asdict(receipt), "held_rule": receipt.held_rule or None, "position": answer.position}
    return answered(body, answer.position)

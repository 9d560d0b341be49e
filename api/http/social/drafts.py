"""Drafts: bets that are kept without being placed, handed on as a code, and placed from it. How they are read is in routes of their own."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.bet_messages import parse_odds
from api.http.betting.answers import BetReceiptShape
from api.http.betting.bets import REFUSALS as BETTING
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import IdempotencyKey, answered, signed_in, social_writer
from api.http.social.draft_bodies import DraftBody, DraftChangedShape, KeptDraftShape, OwnStakeBody
from api.http.social.own_stake import bet_placed, hundredths_of
from api.idempotency import checked_key, new_id
from commands.social import bet_on_code, own_stake, worst_odds
from commands.social.bet_on_code import BetOnCode
from commands.social.keep_draft import ChosenLeg, DraftReceipt, KeepDraft
from domain.bet import decider as bet
from domain.draft import decider as draft
from domain.draft.code import code_as_kept, code_of
from domain.draft.commands import DeleteDraft, PublishDraft
from domain.ids import derived
from domain.market import state as market

EVERYWHERE = (*SIGNED_IN, *COMMANDED, draft.DraftUnknown)
KEEPING = (draft.DraftLegsMalformed, bet.BetTypeUnknown, market.MarketUnknown, market.SelectionUnknown)
MAKING = (http_refusals.KeyMissing, http_refusals.KeyMalformed, http_refusals.AccountErased, draft.DraftKeyReused)
PLACING = (*BETTING, own_stake.TailStakeMalformed, worst_odds.OddsBelowWorst, bet_on_code.DraftOver)
SHOWN_CHARACTERS_MAX = 60


def checked_code(typed: str) -> str:
    """Return the code that somebody typed.

    Raises:
        DraftUnknown: for what is none, as for one that stands for nothing.

    """
    code = code_as_kept(typed)
    if not code:
        raise draft.DraftUnknown(typed[:SHOWN_CHARACTERS_MAX])
    return code


def drafts(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which drafts are kept and placed."""
    router = APIRouter(prefix="/v1", tags=["drafts"])
    _keeping(router, deps, Depends(social_writer(deps)))
    _changing(router, deps, Depends(social_writer(deps)))
    _placing(router, deps, Depends(signed_in(deps)))
    return router


def _keeping(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    async def kept(body: DraftBody, who: Session, code: str, *, replaces: bool) -> Response:
        legs = tuple([ChosenLeg(leg.market_id, leg.selection) for leg in body.legs])
        answer = await deps.queue.submit(KeepDraft(code, who.account_id, body.type, legs, deps.clock.now(), replaces))
        receipt: DraftReceipt = answer.receipt
        told = {name: value for name, value in msgspec.structs.asdict(receipt).items() if name != "deleted"}
        return answered({**told, "position": answer.position}, answer.position, 200 if replaces else 201)

    @router.post(
        "/drafts",
        status_code=201,
        operation_id="makeDraft",
        response_model=KeptDraftShape,
        responses=problems(*EVERYWHERE, *KEEPING, *MAKING),
    )
    async def make(body: DraftBody, who: Annotated[Session, writer], idempotency_key: IdempotencyKey = None) -> Response:
        """Keep a bet without placing it. Nobody else can open it until it is published.

        The code follows from the `Idempotency-Key` and a secret of the account's, so that a retry gets the same one.
        """
        if idempotency_key is None:
            raise http_refusals.KeyMissing
        key = checked_key(idempotency_key)
        secret = await deps.texts.seal(who.account_id, derived("draft codes", who.account_id), key)
        return await kept(body, who, code_of(secret), replaces=False)

    @router.put("/drafts/{code}", operation_id="replaceDraft", response_model=KeptDraftShape, responses=problems(*EVERYWHERE, *KEEPING))
    async def replace(code: str, body: DraftBody, who: Annotated[Session, writer]) -> Response:
        """Keep another bet under the same code. A repeat is answered alike."""
        return await kept(body, who, checked_code(code), replaces=True)


def _changing(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    async def changed(command: PublishDraft | DeleteDraft) -> Response:
        answer = await deps.queue.submit(command)
        receipt: DraftReceipt = answer.receipt
        told = {"code": receipt.code, "published": receipt.published, "deleted": receipt.deleted, "position": answer.position}
        return answered(told, answer.position)

    @router.put("/drafts/{code}/published", operation_id="publishDraft", response_model=DraftChangedShape, responses=problems(*EVERYWHERE))
    async def publish(code: str, who: Annotated[Session, writer]) -> Response:
        """Let whoever has the code open the draft. A repeat is answered alike."""
        return await changed(PublishDraft(checked_code(code), who.account_id, deps.clock.now()))

    @router.delete("/drafts/{code}", operation_id="deleteDraft", response_model=DraftChangedShape, responses=problems(*EVERYWHERE))
    async def delete(code: str, who: Annotated[Session, writer]) -> Response:
        """Keep a draft no more; its code opens nothing from now on. A repeat is answered alike."""
        return await changed(DeleteDraft(checked_code(code), who.account_id, deps.clock.now()))


def _placing(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.post(
        "/codes/{code}/bet",
        status_code=201,
        operation_id="betOnCode",
        response_model=BetReceiptShape,
        responses=problems(*EVERYWHERE, *PLACING),
    )
    async def place(code: str, body: OwnStakeBody, who: Annotated[Session, session], idempotency_key: IdempotencyKey = None) -> Response:
        """Bet what a code stands for at the odds of this moment, with a stake of one's own; legs whose matches have begun are left out.

        The answer is that of `POST /v1/bets`, and the `Idempotency-Key` names the bet as there. Every leg left has to take bets now.
        """
        ask = BetOnCode(
            bet_id=new_id("bet", who, idempotency_key),
            account_id=who.account_id,
            code=checked_code(code),
            stake_minor=body.stake_minor,
            percent_of_balance=body.percent_of_balance,
            worst_odds=None if body.worst_odds is None else parse_odds(body.worst_odds),
            at=deps.clock.now(),
            units_hundredths=hundredths_of(body.units),
            unit_minor=body.unit_minor,
        )
        return bet_placed(await deps.queue.submit(ask))

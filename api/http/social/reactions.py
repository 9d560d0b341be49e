"""Reactions to slips: like, repost, save. How they are counted and listed is in routes of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, checked_id, social_writer
from api.http.social.reaction_answers import ReactionShape
from commands.social.react import React, ReactionReceipt
from commands.social.visibility import SharingSuspended
from domain.reaction.commands import WithdrawReaction
from domain.reaction.decider import SlipForFollowers
from domain.slip.decider import SlipUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, http_refusals.IdMalformed)


def reactions(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which people like, repost and save slips, and take that back."""
    router = APIRouter(prefix="/v1/slips", tags=["reactions"])
    session = Depends(social_writer(deps))
    _likes(router, deps, session)
    _reposts(router, deps, session)
    _saves(router, deps, session)
    return router


def _likes(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.put("/{slip_id}/like", operation_id="likeSlip", response_model=ReactionShape, responses=problems(*EVERYWHERE, SlipUnknown))
    async def like(slip_id: str, who: Annotated[Session, session]) -> Response:
        """Like a slip. A repeat is answered alike."""
        return await _given(deps, "like", slip_id, who)

    @router.delete("/{slip_id}/like", operation_id="unlikeSlip", response_model=ReactionShape, responses=problems(*EVERYWHERE))
    async def unlike(slip_id: str, who: Annotated[Session, session]) -> Response:
        """Take a like back, also of a slip that one no longer sees. A repeat is answered alike."""
        return await _withdrawn(deps, "like", slip_id, who)


def _reposts(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.put(
        "/{slip_id}/repost",
        operation_id="repostSlip",
        response_model=ReactionShape,
        responses=problems(*EVERYWHERE, SlipUnknown, SlipForFollowers, SharingSuspended),
    )
    async def repost(slip_id: str, who: Annotated[Session, session]) -> Response:
        """Show a slip to one's own followers; not one that is for its author's followers alone. A repeat is answered alike."""
        return await _given(deps, "repost", slip_id, who)

    @router.delete("/{slip_id}/repost", operation_id="withdrawRepost", response_model=ReactionShape, responses=problems(*EVERYWHERE))
    async def withdraw(slip_id: str, who: Annotated[Session, session]) -> Response:
        """Take a repost back, also of a slip that one no longer sees. A repeat is answered alike."""
        return await _withdrawn(deps, "repost", slip_id, who)


def _saves(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.put("/{slip_id}/save", operation_id="saveSlip", response_model=ReactionShape, responses=problems(*EVERYWHERE, SlipUnknown))
    async def save(slip_id: str, who: Annotated[Session, session]) -> Response:
        """Keep a slip among one's own saved ones, which nobody else sees. A repeat is answered alike."""
        return await _given(deps, "save", slip_id, who)

    @router.delete("/{slip_id}/save", operation_id="unsaveSlip", response_model=ReactionShape, responses=problems(*EVERYWHERE))
    async def unsave(slip_id: str, who: Annotated[Session, session]) -> Response:
        """Keep a slip no more, also one that one no longer sees. A repeat is answered alike."""
        return await _withdrawn(deps, "save", slip_id, who)


async def _given(deps: RouteDependencies, kind: str, slip_id: str, who: Session) -> Response:
    return await _answer(deps, React(kind, who.account_id, checked_id(slip_id, "slip_id"), deps.clock.now()))


async def _withdrawn(deps: RouteDependencies, kind: str, slip_id: str, who: Session) -> Response:
    return await _answer(deps, WithdrawReaction(kind, who.account_id, checked_id(slip_id, "slip_id"), deps.clock.now()))


async def _answer(deps: RouteDependencies, ask: React | WithdrawReaction) -> Response:
    answer = await deps.queue.submit(ask)
    receipt: ReactionReceipt = answer.receipt
    body = {"slip_id": receipt.slip_id, "reaction": receipt.kind, "given": receipt.given, "position": answer.position}
    return answered(body, answer.position)

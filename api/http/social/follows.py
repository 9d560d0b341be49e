"""Follows, follow requests, blocks and mutes. PUT and DELETE that are repeated answer as the first did.

An account that blocks the caller is answered as one that does not exist. Nothing is said of what the other did: taking something back is
answered alike whether there was anything, and whoever the account is.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, checked_id, social_writer
from api.http.social.follow_answers import BlockShape, FollowerShape, FollowShape, MuteShape
from api.http.social.follow_bodies import MuteBody
from commands.social.follow import FollowReceipt
from domain.follow import decider as follow
from domain.follow.commands import (
    AcceptRequest,
    Block,
    BlockCommand,
    DeclineRequest,
    Follow,
    FollowingCommand,
    Mute,
    MuteCommand,
    RemoveFollower,
    Unblock,
    Unfollow,
    Unmute,
)
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, http_refusals.IdMalformed, follow.OwnAccount)


def follows(deps: RouteDependencies) -> APIRouter:
    """Return the routes between two accounts."""
    router = APIRouter(prefix="/v1", tags=["people"])
    writer = Depends(social_writer(deps))
    _follows(router, deps, writer)
    _followers(router, deps, writer)
    _blocks(router, deps, writer)
    _mutes(router, deps, writer)
    return router


def told(model: Any, *refusals: Any) -> dict[str, Any]:
    """Return what the document says of a route: its answer and its refusals."""
    return {"response_model": model, "responses": problems(*refusals, *EVERYWHERE)}


async def _followed(deps: RouteDependencies, command: FollowingCommand) -> tuple[FollowReceipt, int]:
    checked_id(command.follower_id, "account_id")
    checked_id(command.followed_id, "account_id")
    answer = await deps.queue.submit(command)
    return answer.receipt, answer.position


def _follows(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    async def follow_or_not(command: Follow | Unfollow) -> Response:
        receipt, position = await _followed(deps, command)
        told_of = {"account_id": receipt.followed_id, "following": receipt.following, "requested": receipt.requested}
        return answered(told_of, position)

    @router.put("/follows/{account_id}", operation_id="followAccount", **told(FollowShape, AccountUnknown, follow.BlockedByCaller))
    async def follow_account(account_id: str, who: Annotated[Session, writer]) -> Response:
        """Follow an account. A private one is asked first: `requested` is true until it answers."""
        return await follow_or_not(Follow(who.account_id, account_id, deps.clock.now()))

    @router.delete("/follows/{account_id}", operation_id="unfollowAccount", **told(FollowShape))
    async def unfollow_account(account_id: str, who: Annotated[Session, writer]) -> Response:
        """Follow an account no more, or withdraw the request to."""
        return await follow_or_not(Unfollow(who.account_id, account_id, deps.clock.now()))


def _followers(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    async def follower_of(command: AcceptRequest | DeclineRequest | RemoveFollower) -> Response:
        receipt, position = await _followed(deps, command)
        return answered({"account_id": receipt.follower_id, "follower": receipt.following}, position)

    @router.put("/follow-requests/{account_id}", operation_id="acceptFollowRequest", **told(FollowerShape, follow.FollowRequestUnknown))
    async def accept(account_id: str, who: Annotated[Session, writer]) -> Response:
        """Let an account follow that asked to."""
        return await follower_of(AcceptRequest(account_id, who.account_id, deps.clock.now()))

    @router.delete("/follow-requests/{account_id}", operation_id="declineFollowRequest", **told(FollowerShape))
    async def decline(account_id: str, who: Annotated[Session, writer]) -> Response:
        """Do not let an account follow that asked to. It may ask again; block it to prevent that."""
        return await follower_of(DeclineRequest(account_id, who.account_id, deps.clock.now()))

    @router.delete("/followers/{account_id}", operation_id="removeFollower", **told(FollowerShape))
    async def remove(account_id: str, who: Annotated[Session, writer]) -> Response:
        """Let an account follow no more. It is not told, and may follow again, or ask to; block it to prevent that."""
        return await follower_of(RemoveFollower(account_id, who.account_id, deps.clock.now()))


def _blocks(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    async def block_or_not(command: BlockCommand) -> Response:
        checked_id(command.blocked_id, "account_id")
        answer = await deps.queue.submit(command)
        return answered(answer.receipt, answer.position)

    @router.put("/blocks/{account_id}", operation_id="blockAccount", **told(BlockShape, AccountUnknown))
    async def block_account(account_id: str, who: Annotated[Session, writer]) -> Response:
        """Block an account: neither sees or reaches the other from now on, and following and requests end both ways. It is not told."""
        return await block_or_not(Block(who.account_id, account_id, deps.clock.now()))

    @router.delete("/blocks/{account_id}", operation_id="unblockAccount", **told(BlockShape))
    async def unblock_account(account_id: str, who: Annotated[Session, writer]) -> Response:
        """Lift a block. Following does not come back by itself."""
        return await block_or_not(Unblock(who.account_id, account_id, deps.clock.now()))


def _mutes(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    async def mute_or_not(command: MuteCommand) -> Response:
        checked_id(command.muted_id, "account_id")
        answer = await deps.queue.submit(command)
        return answered(answer.receipt, answer.position)

    @router.put(
        "/mutes/{account_id}",
        operation_id="muteAccount",
        **told(MuteShape, AccountUnknown, follow.MuteMalformed, follow.MuteOutOfRange),
    )
    async def mute_account(account_id: str, who: Annotated[Session, writer], body: MuteBody | None = None) -> Response:
        """Do not see what an account shares, or reposts; without a body all of it, for good. Replaces an earlier mute. It is not told."""
        mute = MuteBody(what="all") if body is None else body
        return await mute_or_not(Mute(who.account_id, account_id, mute.what, mute.until, deps.clock.now()))

    @router.delete("/mutes/{account_id}", operation_id="unmuteAccount", **told(MuteShape))
    async def unmute_account(account_id: str, who: Annotated[Session, writer]) -> Response:
        """See everything of an account again."""
        return await mute_or_not(Unmute(who.account_id, account_id, deps.clock.now()))

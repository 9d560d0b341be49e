"""One's own profile: what the account shows of itself."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, social_writer
from api.http.social.follow_answers import OwnProfileShape
from api.http.social.follow_bodies import ProfileBody
from domain.profile.commands import ChangeProfile
from domain.unknown import AccountUnknown


def own_profile(deps: RouteDependencies) -> APIRouter:
    """Return the route that changes one's own profile."""
    router = APIRouter(prefix="/v1", tags=["people"])

    @router.patch(
        "/account",
        operation_id="changeProfile",
        response_model=OwnProfileShape,
        responses=problems(*SIGNED_IN, *COMMANDED, AccountUnknown),
    )
    async def change_profile(body: ProfileBody, who: Annotated[Session, Depends(social_writer(deps))]) -> Response:
        """Change what the account shows of itself.

        When it becomes private, only those who follow it already see its slips, earlier ones too, and others have to ask. When it becomes
        public, requests that stand wait for an answer all the same.
        """
        answer = await deps.queue.submit(ChangeProfile(who.account_id, None, None, body.private, deps.clock.now()))
        return answered({"account_id": who.account_id, "private": answer.receipt.private}, answer.position)

    return router

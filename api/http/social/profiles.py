"""One's own profile: what the account shows of itself."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api import word_filter
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, social_writer
from api.http.social.follow_answers import OwnProfileShape
from api.http.social.follow_bodies import ProfileBody
from api.sealed_text import SealedText
from commands.social.change_profile import ProfileReceipt
from domain import prose
from domain.ids import profile_of
from domain.profile.commands import ChangeProfile
from domain.profile.decider import BIO_CHARACTERS_MAX, DISPLAY_NAME_CHARACTERS_MAX
from domain.unknown import AccountUnknown

TEXTS = (http_refusals.AccountErased, http_refusals.ProfileMarked, prose.TextTooLong, prose.TextMalformed)


def own_profile(deps: RouteDependencies) -> APIRouter:
    """Return the route that changes one's own profile."""
    router = APIRouter(prefix="/v1", tags=["people"])

    async def sealed(account_id: str, text: str | None) -> str | None:
        return None if text is None else await deps.texts.seal(account_id, profile_of(account_id), text)

    @router.patch(
        "/account",
        operation_id="changeProfile",
        response_model=OwnProfileShape,
        responses=problems(*SIGNED_IN, *COMMANDED, AccountUnknown, *TEXTS),
    )
    async def change_profile(body: ProfileBody, who: Annotated[Session, Depends(social_writer(deps))]) -> Response:
        """Change what the account shows of itself.

        When it becomes private, only those who follow it already see its slips, earlier ones too, and others have to ask. When it becomes
        public, requests that stand wait for an answer all the same. A display name or a bio that the word filter marks is refused.
        """
        account_id = who.account_id
        display_name = _checked(body.display_name, "display_name", DISPLAY_NAME_CHARACTERS_MAX, lines=False)
        bio = _checked(body.bio, "bio", BIO_CHARACTERS_MAX, lines=True)
        if await word_filter.marks(deps.words, display_name or "", bio or ""):
            raise http_refusals.ProfileMarked
        ask = ChangeProfile(
            account_id=account_id,
            display_name=await sealed(account_id, display_name),
            bio=await sealed(account_id, bio),
            private=body.private,
            at=deps.clock.now(),
        )
        answer = await deps.queue.submit(ask)
        profile: ProfileReceipt = answer.receipt
        shown = await deps.texts.open_many([SealedText(account_id, profile.display_name), SealedText(account_id, profile.bio)])
        told = {"account_id": account_id, "display_name": shown[0] or "", "bio": shown[1] or "", "private": profile.private}
        return answered(told, answer.position)

    return router


def _checked(text: str | None, field: str, characters_max: int, *, lines: bool) -> str | None:
    if text is None:
        return None
    return prose.checked_prose(text, field=field, characters_max=characters_max, lines=lines, may_be_empty=True)

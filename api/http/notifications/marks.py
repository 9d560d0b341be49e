"""Marking notices, setting preferences and removing addresses. What is repeated answers as the first did."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.bodies import AddressReceiptShape, MarkBody, MarkShape, PreferenceBody, PreferenceShape
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, checked_id, signed_in, social_writer
from domain.fixture.decider import FixtureUnknown
from domain.notification import decider as rules
from domain.notification.commands import MarkNotices, RemoveAddress, SetPreference
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED)
SETTING = (rules.PreferenceMalformed, rules.KindAlwaysTold, rules.TooManyPreferences, AccountUnknown, FixtureUnknown)
MARKING = (rules.MarkMalformed,)


def marks(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which people mark notices, set preferences and remove addresses."""
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"])
    session, writer = Depends(signed_in(deps)), Depends(social_writer(deps))

    async def marked(who: Session, mark: str, body: MarkBody) -> Response:
        command = MarkNotices(who.account_id, mark, body.upto, deps.clock.now(), body.notice_id)
        answer = await deps.queue.submit(command)
        return answered(answer.receipt, answer.position)

    @router.put("/seen", operation_id="markNoticesSeen", response_model=MarkShape, responses=problems(*EVERYWHERE, *MARKING))
    async def seen(body: MarkBody, who: Annotated[Session, session]) -> Response:
        """Say that the inbox was looked at, up to a notice: what is older is no news any more, read or not."""
        return await marked(who, "seen", body)

    @router.put("/read", operation_id="markNoticesRead", response_model=MarkShape, responses=problems(*EVERYWHERE, *MARKING))
    async def read(body: MarkBody, who: Annotated[Session, session]) -> Response:
        """Mark notices as read: all up to a position, or one. A later mark replaces an earlier one, so a lower one makes notices unread."""
        return await marked(who, "read", body)

    @router.put("/archived", operation_id="archiveNotices", response_model=MarkShape, responses=problems(*EVERYWHERE, *MARKING))
    async def archive(body: MarkBody, who: Annotated[Session, session]) -> Response:
        """Take notices out of the inbox: all up to a position, or one. One that grows afterwards comes back."""
        return await marked(who, "archived", body)

    @router.put("/preferences", operation_id="setPreference", response_model=PreferenceShape, responses=problems(*EVERYWHERE, *SETTING))
    async def prefer(body: PreferenceBody, who: Annotated[Session, writer]) -> Response:
        """Say whether to be told something: everything, a channel, a kind, a match or a person; `inherit` takes it back.

        The bell on a person is the level `author`: all slips, highlights (verified ones), off (nothing of that person) or inherit, which is
        no bell. Who is not followed rings no bell. What concerns money, security and protection is always told.
        """
        command = SetPreference(who.account_id, body.level, body.channel, body.subject, body.setting, deps.clock.now())
        answer = await deps.queue.submit(command)
        return answered(answer.receipt, answer.position)

    @router.delete(
        "/addresses/{address_id}",
        operation_id="removeAddress",
        response_model=AddressReceiptShape,
        responses=problems(*EVERYWHERE, http_refusals.IdMalformed),
    )
    async def remove_address(address_id: str, who: Annotated[Session, session]) -> Response:
        """Be told at an address no more. What is not there is answered as what was removed."""
        command = RemoveAddress(who.account_id, checked_id(address_id, "address_id"), "person", deps.clock.now())
        answer = await deps.queue.submit(command)
        return answered(answer.receipt, answer.position)

    return router

"""When one is told outside the page: time zone and quiet hours, digests, and the language. What is repeated answers as the first did."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.notifications.bodies import DigestBody, DigestShape, LanguageBody, LanguageShape, ScheduleBody, ScheduleShape
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, signed_in
from domain.notification import schedule_rules as rules
from domain.notification.commands import ScheduleCommand, SetDigest, SetLanguage, SetSchedule

EVERYWHERE = (*SIGNED_IN, *COMMANDED)
SPOKEN = (*EVERYWHERE, rules.LanguageUnknown)
HOURS = (rules.TimeZoneUnknown, rules.QuietHoursMalformed)


def schedules(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which people say when they want to be told."""
    router = APIRouter(prefix="/v1/notifications", tags=["notifications"])
    session = Depends(signed_in(deps))

    async def done(command: ScheduleCommand) -> Response:
        answer = await deps.queue.submit(command)
        return answered(answer.receipt, answer.position)

    @router.put("/schedule", operation_id="setSchedule", response_model=ScheduleShape, responses=problems(*EVERYWHERE, *HOURS))
    async def hours(body: ScheduleBody, who: Annotated[Session, session]) -> Response:
        """Set the time zone and the quiet hours, from a minute of the day until another, over midnight where that is not later.

        Outside the page nothing is sent in them but what is urgent. Where clocks change, a time that does not exist is the moment of the
        change, and one that comes twice is the first.
        """
        hours = body.quiet_from_minute, body.quiet_until_minute
        return await done(SetSchedule(who.account_id, body.time_zone, *hours, body.meanwhile, deps.clock.now()))

    @router.put("/digest", operation_id="setDigest", response_model=DigestShape, responses=problems(*EVERYWHERE, rules.DigestMalformed))
    async def digest(body: DigestBody, who: Annotated[Session, session]) -> Response:
        """Set how often a channel outside the page sends: each notice at once, or in one what came within an hour or until a local hour."""
        return await done(SetDigest(who.account_id, body.channel, body.digest, body.hour, deps.clock.now()))

    @router.put("/language", operation_id="setLanguage", response_model=LanguageShape, responses=problems(*SPOKEN))
    async def language(body: LanguageBody, who: Annotated[Session, session]) -> Response:
        """Set the language in which one is told: notices in the inbox, mails, pushes, and the page that ends mails."""
        return await done(SetLanguage(who.account_id, body.language, deps.clock.now()))

    return router

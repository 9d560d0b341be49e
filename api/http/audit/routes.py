"""What the auditor asks over HTTP: a balance at any moment, the facts of a stream, and a verification of the whole log."""

import asyncio
from typing import Annotated, Any

import msgspec
import structlog
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import refusals as http_refusals
from api.audit_report import ANCHOR_CHARACTERS_MAX, Verified, anchor_in, told
from api.http.audit.answers import AnchorShape, BalanceShape, FactPage, VerificationShape
from api.http.dependencies import Auditing, RouteDependencies
from api.http.openapi.document import SIGNED_IN, problems
from api.http.request_parameters import Cursor, acting_as, answered, checked_id
from api.moments import MOMENT_CHARACTERS_MAX, position_or_moment
from domain.wallet.decider import WalletUnknown
from projections import ports as views

VERIFICATIONS_KEPT_MAX = 16
FACTS_PER_PAGE_MAX = 1_000
EVERYWHERE = (*SIGNED_IN, http_refusals.RoleMissing, http_refusals.IdMalformed, http_refusals.StoreAway)

NOT_YET = (http_refusals.PositionNotReached, http_refusals.MomentNotReached, http_refusals.WalletNotYetOpened)

logger = structlog.get_logger()


class VerificationJob(msgspec.Struct):
    """A verification under way or done; see `answers.VerificationShape`.

    `clean` speaks of the log and of every view; `log_clean` of the log and of the views that `figures` names as `views_compared`: of those
    in `views_not_compared` nothing is known.
    """

    verification_id: str
    status: str = "running"
    facts: int | None = None
    seconds: float | None = None
    wrong: str | None = None
    figures: dict[str, Any] | None = None
    anchor: str | None = None
    since: int | None = None


class VerificationJobs:
    """Runs one verification at a time, and remembers the last few."""

    def __init__(self, auditing: Auditing) -> None:
        self._auditing = auditing
        self._kept: dict[str, VerificationJob] = {}
        self._running: asyncio.Task[None] | None = None

    def begin(self, verification_id: str, since: str = "", *, go_on: bool = False) -> VerificationJob:
        """Begin one.

        Raises:
            VerificationRunning: when one is running.

        """
        if self._running is not None and not self._running.done():
            raise http_refusals.VerificationRunning(next(reversed(self._kept)))
        while len(self._kept) >= VERIFICATIONS_KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        begun = self._kept[verification_id] = VerificationJob(verification_id)
        self._running = asyncio.get_running_loop().create_task(self._run(begun, since, go_on=go_on))
        return begun

    def find(self, verification_id: str) -> VerificationJob:
        """Return one.

        Raises:
            VerificationUnknown: when it is not remembered.

        """
        found = self._kept.get(verification_id)
        if found is None:
            raise http_refusals.VerificationUnknown(verification_id)
        return found

    async def _run(self, begun: VerificationJob, since: str, *, go_on: bool) -> None:
        try:
            found = await self._auditing.verify(since, go_on=go_on)
        except Exception:
            logger.exception("a verification failed")
            begun.status = "failed"
            return
        begun.facts, begun.seconds, begun.wrong, begun.figures = found.facts, found.seconds, found.wrong, found.figures
        begun.anchor, begun.since = found.anchor, found.since
        begun.status = outcome(found)


def outcome(found: Verified) -> str:
    """Return what a verification that came to its end is called."""
    if found.wrong:
        return "wrong"
    return "log_clean" if found.views_not_compared else "clean"


def audits(deps: RouteDependencies, auditing: Auditing) -> APIRouter:
    """Return the routes of the role auditor."""
    router = APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[Depends(acting_as(deps, "auditor"))])
    _balances(router, auditing)
    _streams(router, deps, auditing)
    _verifications(router, deps, VerificationJobs(auditing))
    _anchors(router, auditing)
    return router


def _balances(router: APIRouter, auditing: Auditing) -> None:
    @router.get(
        "/accounts/{account_id}/balance",
        operation_id="auditBalance",
        response_model=BalanceShape,
        responses=problems(*EVERYWHERE, WalletUnknown, http_refusals.MomentMalformed, *NOT_YET),
    )
    async def balance(
        account_id: str, at: Annotated[str | None, Query(max_length=MOMENT_CHARACTERS_MAX, examples=["2026-06-11T19:00:00Z"])] = None
    ) -> Response:
        """Tell what an account's wallet held at a position or a time, from the log alone. A time is judged by when facts were committed."""
        checked_id(account_id, "account_id")
        held = await auditing.balance(account_id, position_or_moment(at))
        if held is None:
            raise WalletUnknown(account_id)
        return answered(held, held.position)


def _streams(router: APIRouter, deps: RouteDependencies, auditing: Auditing) -> None:
    @router.get(
        "/streams/{stream_id}",
        operation_id="auditStream",
        response_model=FactPage,
        responses=problems(*EVERYWHERE, http_refusals.CursorMalformed, http_refusals.CursorOfAnotherLog),
    )
    async def stream(stream_id: str, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=FACTS_PER_PAGE_MAX)] = 200) -> Response:
        """Replay the facts of a stream, oldest first."""
        checked_id(stream_id, "stream_id")
        last = views.Cursor.read(deps.positions.cursor(cursor))
        facts = [fact for fact in await auditing.facts_of(stream_id) if last is None or fact.version > last.score]
        shown = [told(fact) for fact in facts[:limit]]
        more = views.Cursor(facts[limit - 1].version, "").text if len(facts) > limit else None
        return answered({"items": shown, "next_cursor": deps.positions.cursor_text(more)}, facts[-1].position if facts else 0)


def _verifications(router: APIRouter, deps: RouteDependencies, verifications: VerificationJobs) -> None:
    @router.post(
        "/verifications",
        status_code=202,
        operation_id="beginVerification",
        response_model=VerificationShape,
        responses=problems(*EVERYWHERE, http_refusals.VerificationRunning, http_refusals.AnchorMalformed),
    )
    async def begin(
        since: Annotated[
            str | None, Query(max_length=ANCHOR_CHARACTERS_MAX, description="An anchor: prove history unchanged up to it.")
        ] = None,
        *,
        go_on: Annotated[bool, Query(description="Go on from what the last one that went on had proved.")] = False,
    ) -> Response:
        """Begin to verify the log; one runs at a time."""
        if since is not None:
            anchor_in(since)
        return answered(verifications.begin(deps.clock.new_id(), since or "", go_on=go_on), 0, 202)

    @router.get(
        "/verifications/{verification_id}",
        operation_id="readVerification",
        response_model=VerificationShape,
        responses=problems(*EVERYWHERE, http_refusals.VerificationUnknown),
    )
    async def read(verification_id: str) -> Response:
        """Tell how a verification goes, and what it found."""
        return answered(verifications.find(checked_id(verification_id, "verification_id")), 0)


def _anchors(router: APIRouter, auditing: Auditing) -> None:
    @router.get("/anchor", operation_id="readAnchor", response_model=AnchorShape, responses=problems(*EVERYWHERE))
    async def anchor() -> Response:
        """Tell the anchor of the log's head, to be kept outside: a verification since it proves later that history is unchanged."""
        return answered({"anchor": await auditing.anchor()}, 0)

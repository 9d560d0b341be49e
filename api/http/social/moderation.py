"""Reports, what moderators decide, and appeals. What waits and what was decided is read by routes of their own."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, VIEWED, problems
from api.http.request_parameters import acting_as, answered, checked_id, signed_in, social_writer
from api.http.social.moderation_answers import AppealShape, CaseShape, ReportShape
from api.http.social.moderation_bodies import AppealAnswerBody, AppealBody, DecisionBody, ReportBody
from commands.social.moderate import CaseReceipt, CaseUnknown
from commands.social.report import ReportSeenItem
from domain import prose
from domain.account.decider import ActorWithoutRole
from domain.comment.decider import CommentUnknown
from domain.ids import case_of
from domain.moderation import state as moderation
from domain.moderation.commands import (
    AppealDecision,
    DecideAppeal,
    DismissReports,
    HoldItem,
    ModeratorCommand,
    ReleaseItem,
    RemoveItem,
    ShadowAccount,
    UnshadowAccount,
)
from domain.moderation.facts import ModeratedItem
from domain.slip.decider import SlipUnknown
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, http_refusals.IdMalformed)
PAGED = (*SIGNED_IN, *VIEWED, http_refusals.CursorMalformed, http_refusals.CursorOfAnotherLog)
UNKNOWN = (SlipUnknown, CommentUnknown, AccountUnknown)
MODERATING = (*EVERYWHERE, http_refusals.RoleMissing, ActorWithoutRole, *UNKNOWN, ReasonMalformed)

Kind = Literal["slip", "comment", "account"]
Limit = Annotated[int, Query(ge=1, le=100, description="Cases a page.")]


def reports(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which people report and appeal."""
    router = APIRouter(prefix="/v1", tags=["moderation"])
    writer, session = Depends(social_writer(deps)), Depends(signed_in(deps))

    @router.post(
        "/reports",
        status_code=201,
        operation_id="report",
        response_model=ReportShape,
        responses=problems(*EVERYWHERE, *UNKNOWN, moderation.OwnItemReported, moderation.ReportReasonUnknown, moderation.ReportedEnough),
    )
    async def report(body: ReportBody, who: Annotated[Session, writer]) -> Response:
        """Report a slip, a comment or an account that one sees. An account reports one thing once: a repeat is answered alike."""
        named = {"slip": body.slip_id, "comment": body.comment_id, "account": body.account_id}
        kind, item_id = next((kind, each) for kind, each in named.items() if each is not None)
        answer = await deps.queue.submit(ReportSeenItem(kind, item_id, who.account_id, body.reason, deps.hold_at_reports, deps.clock.now()))
        return answered({**msgspec.structs.asdict(answer.receipt), "position": answer.position}, answer.position, 201)

    @router.put(
        "/account/moderation/{kind}/{item_id}/appeal",
        operation_id="appeal",
        response_model=AppealShape,
        responses=problems(
            *EVERYWHERE,
            http_refusals.AccountErased,
            prose.TextEmpty,
            prose.TextTooLong,
            prose.TextMalformed,
            CaseUnknown,
            moderation.NothingToAppeal,
            moderation.AppealedBefore,
        ),
    )
    async def appeal(kind: Kind, item_id: str, body: AppealBody, who: Annotated[Session, session]) -> Response:
        """Ask for another look at what was held or removed; another moderator decides. One may do so while suspended from sharing."""
        checked_id(item_id, "item_id")
        text = prose.checked_prose(body.text, field="text", characters_max=moderation.APPEAL_CHARACTERS_MAX)
        sealed = await deps.texts.seal(who.account_id, case_of(kind, item_id), text)
        answer = await deps.queue.submit(AppealDecision(ModeratedItem(kind, item_id, who.account_id), sealed, deps.clock.now()))
        told = _told(answer.receipt, answer.position)
        del told["author_id"], told["shadowed"]
        return answered(told, answer.position)

    return router


def decisions(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which moderators decide."""
    router = APIRouter(prefix="/v1/moderation", tags=["moderation"])
    moderator = Depends(acting_as(deps, "moderator"))

    @router.put(
        "/cases/{kind}/{item_id}/decision",
        operation_id="decideCase",
        response_model=CaseShape,
        responses=problems(*MODERATING, moderation.HeldByAnotherRule, moderation.SuspensionOutOfRange, moderation.AccountNotRemoved),
    )
    async def decide(kind: Kind, item_id: str, body: DecisionBody, who: Annotated[Session, moderator]) -> Response:
        """Hold, remove or release a slip or a comment; dismiss reports; suspend an account from sharing (hold it `until`), or shadow it.

        What is shadowed is shown to its author alone. A repeat is answered alike.
        """
        item = ModeratedItem(kind, checked_id(item_id, "item_id"), "")
        answer = await deps.queue.submit(_decided(body, item, who, deps))
        return answered(_told(answer.receipt, answer.position), answer.position)

    @router.put(
        "/cases/{kind}/{item_id}/appeal",
        operation_id="decideAppeal",
        response_model=CaseShape,
        responses=problems(*MODERATING, moderation.AppealUnknown, moderation.AppealOfOwnDecision),
    )
    async def decide_appeal(kind: Kind, item_id: str, body: AppealAnswerBody, who: Annotated[Session, moderator]) -> Response:
        """Grant an appeal, which releases the item, or decline it. Whoever decided first does not decide here."""
        item = ModeratedItem(kind, checked_id(item_id, "item_id"), "")
        command = DecideAppeal(item, granted=body.granted, reason=body.reason, actor=who.account_id, at=deps.clock.now())
        answer = await deps.queue.submit(command)
        return answered(_told(answer.receipt, answer.position), answer.position)

    return router


def _decided(body: DecisionBody, item: ModeratedItem, who: Session, deps: RouteDependencies) -> ModeratorCommand:
    rule, reason, actor, now = body.rule or "", body.reason, who.account_id, deps.clock.now()
    match body.action:
        case "hold":
            return HoldItem(item, rule, reason, actor, now, body.until)
        case "remove":
            return RemoveItem(item, rule, reason, actor, now)
        case "release":
            return ReleaseItem(item, reason, actor, now)
        case "dismiss":
            return DismissReports(item, reason, actor, now)
        case "shadow":
            return ShadowAccount(item, rule, reason, actor, now)
        case "unshadow":
            return UnshadowAccount(item, reason, actor, now)


def _told(receipt: CaseReceipt, position: int) -> dict[str, Any]:
    told = {name: value or None for name, value in msgspec.structs.asdict(receipt).items()}
    return {**told, "shadowed": receipt.shadowed, "position": position}

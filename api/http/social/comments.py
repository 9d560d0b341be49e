"""Comments on slips: post, reply, edit, delete. How they are read is in routes of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api import word_filter
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import IdempotencyKey, answered, checked_id, social_writer
from api.http.social.comment_answers import CommentDeletedShape, CommentShape
from api.http.social.comment_bodies import CommentBody, CommentEditBody
from api.idempotency import checked_key
from commands.social.comment import CommentOnSlip, CommentReceipt, RewriteComment
from commands.social.mentions import MentionUnknown
from commands.social.visibility import SharingSuspended
from domain import prose
from domain.comment import decider as comment
from domain.comment.commands import DeleteComment
from domain.ids import comment_of
from domain.moderation.state import WORDS_RULE
from domain.slip.decider import SlipUnknown

EVERYWHERE = (*SIGNED_IN, *COMMANDED, http_refusals.IdMalformed)
WRITING = (
    http_refusals.AccountErased,
    prose.TextEmpty,
    prose.TextTooLong,
    prose.TextMalformed,
    comment.TooManyMentions,
    MentionUnknown,
    SharingSuspended,
    SlipUnknown,
)
POSTING = (
    http_refusals.KeyMissing,
    http_refusals.KeyMalformed,
    comment.CommentUnknown,
    comment.CommentKeyReused,
    comment.RepliesClosed,
    comment.ReplyToReply,
)
EDITING = (comment.CommentUnknown, comment.EditTooLate, comment.EditedTooOften)


def comments(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which people comment."""
    router = APIRouter(prefix="/v1", tags=["comments"])
    session = Depends(social_writer(deps))
    _posting(router, deps, session)
    _changing(router, deps, session)
    return router


def _posting(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.post(
        "/slips/{slip_id}/comments",
        status_code=201,
        operation_id="postComment",
        response_model=CommentShape,
        responses=problems(*EVERYWHERE, *WRITING, *POSTING),
    )
    async def post(slip_id: str, body: CommentBody, who: Annotated[Session, session], idempotency_key: IdempotencyKey = None) -> Response:
        """Comment on a slip, or reply to a comment on it. A retry gets the first answer, whatever became of the comment since.

        An account that one blocks, or that blocks one, cannot be mentioned, nor replied to: both are answered as if it were not there.
        Where the word filter marks the text, its author alone sees the comment until a moderator has looked at it.
        """
        checked_id(slip_id, "slip_id")
        if idempotency_key is None:
            raise http_refusals.KeyMissing
        comment_id = comment_of(who.account_id, checked_key(idempotency_key))
        text, sealed, marked = await _sealed(deps, who, comment_id, body.text)
        ask = CommentOnSlip(
            comment_id=comment_id,
            author_id=who.account_id,
            slip_id=slip_id,
            parent_id=body.parent_id or "",
            text=sealed,
            handles=prose.handles_in(text),
            at=deps.clock.now(),
            marked=marked,
        )
        answer = await deps.queue.submit(ask)
        return answered(_comment_body(answer.receipt, who, text, answer.position), answer.position, 201)


def _changing(router: APIRouter, deps: RouteDependencies, session: Any) -> None:
    @router.patch(
        "/comments/{comment_id}",
        operation_id="editComment",
        response_model=CommentShape,
        responses=problems(*EVERYWHERE, *WRITING, *EDITING),
    )
    async def edit(comment_id: str, body: CommentEditBody, who: Annotated[Session, session]) -> Response:
        """Edit a comment of one's own, within 15 minutes. A repeat is answered alike, also later."""
        checked_id(comment_id, "comment_id")
        text, sealed, marked = await _sealed(deps, who, comment_id, body.text)
        ask = RewriteComment(comment_id, who.account_id, sealed, prose.handles_in(text), deps.clock.now(), marked)
        answer = await deps.queue.submit(ask)
        return answered(_comment_body(answer.receipt, who, text, answer.position), answer.position)

    @router.delete(
        "/comments/{comment_id}",
        operation_id="deleteComment",
        response_model=CommentDeletedShape,
        responses=problems(*EVERYWHERE, comment.CommentUnknown),
    )
    async def delete(comment_id: str, who: Annotated[Session, session]) -> Response:
        """Delete a comment of one's own, or one below a slip of one's own. A repeat is answered alike."""
        checked_id(comment_id, "comment_id")
        answer = await deps.queue.submit(DeleteComment(comment_id, who.account_id, deps.clock.now()))
        body = {"comment_id": comment_id, "slip_id": answer.receipt.posted.slip_id, "deleted": True, "position": answer.position}
        return answered(body, answer.position)


async def _sealed(deps: RouteDependencies, who: Session, comment_id: str, written: str) -> tuple[str, str, bool]:
    """Return what was written as it is kept, in the clear and sealed, and whether the word filter marks it."""
    text = prose.checked_prose(written, field="text", characters_max=comment.COMMENT_CHARACTERS_MAX)
    sealed = await deps.texts.seal(who.account_id, comment_id, text)
    return text, sealed, await word_filter.marks(deps.words, text)


def _comment_body(receipt: CommentReceipt, who: Session, text: str, position: int) -> dict[str, Any]:
    posted = receipt.posted
    return {
        "comment_id": receipt.comment_id,
        "slip_id": posted.slip_id,
        "parent_id": posted.parent_id or None,
        "author": {"account_id": posted.author_id, "handle": who.handle},
        "text": text,
        "mentions": receipt.mentions,
        "posted_at": posted.at,
        "edited": receipt.edited,
        "held_rule": WORDS_RULE if receipt.marked else None,
        "position": position,
    }

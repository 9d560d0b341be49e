"""Muting threads and words. PUT and DELETE that are repeated answer as the first did. What is muted is listed by routes of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import refusals as http_refusals
from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.openapi.document import COMMANDED, SIGNED_IN, problems
from api.http.request_parameters import answered, checked_id, social_writer
from api.http.social.mute_bodies import MutedThreadShape, MutedUntilBody, MutedWordBody, MutedWordShape
from domain import prose
from domain.ids import mutes_of
from domain.mutes import decider as mutes_rules
from domain.mutes.commands import MutesCommand, MuteThread, MuteWord, UnmuteThread, UnmuteWord
from domain.slip.decider import SlipUnknown
from domain.whole_words import folded

EVERYWHERE = (*SIGNED_IN, *COMMANDED)
BY_ID = (*EVERYWHERE, http_refusals.IdMalformed)
MUTING = (mutes_rules.MutedUntilOutOfRange, mutes_rules.TooManyMutes)
WRITING = (http_refusals.AccountErased, prose.TextEmpty, prose.TextTooLong, prose.TextMalformed)


def mutes(deps: RouteDependencies) -> APIRouter:
    """Return the routes by which people mute threads and words."""
    router = APIRouter(prefix="/v1", tags=["people"])
    writer = Depends(social_writer(deps))
    _threads(router, deps, writer)
    _words(router, deps, writer)
    return router


async def _muted(deps: RouteDependencies, command: MutesCommand) -> Response:
    answer = await deps.queue.submit(command)
    return answered(answer.receipt, answer.position)


def _threads(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    @router.put(
        "/slips/{slip_id}/mute",
        operation_id="muteThread",
        response_model=MutedThreadShape,
        responses=problems(*BY_ID, *MUTING, SlipUnknown),
    )
    async def mute(slip_id: str, who: Annotated[Session, writer], body: MutedUntilBody | None = None) -> Response:
        """Do not see a slip and its discussion in lists, without a body for good. Whoever opens it still sees it."""
        until = None if body is None else body.until
        return await _muted(deps, MuteThread(who.account_id, checked_id(slip_id, "slip_id"), until, deps.clock.now()))

    @router.delete("/slips/{slip_id}/mute", operation_id="unmuteThread", response_model=MutedThreadShape, responses=problems(*BY_ID))
    async def unmute(slip_id: str, who: Annotated[Session, writer]) -> Response:
        """See a slip and its discussion again."""
        return await _muted(deps, UnmuteThread(who.account_id, checked_id(slip_id, "slip_id"), deps.clock.now()))


def _words(router: APIRouter, deps: RouteDependencies, writer: Any) -> None:
    @router.put("/muted-words", operation_id="muteWord", response_model=MutedWordShape, responses=problems(*EVERYWHERE, *MUTING, *WRITING))
    async def mute_word(body: MutedWordBody, who: Annotated[Session, writer]) -> Response:
        """Do not see slips and comments in which a word stands, whole and in whatever case, in a text or as a tag."""
        word = prose.checked_prose(body.word, field="word", characters_max=mutes_rules.WORD_CHARACTERS_MAX, lines=False)
        word = prose.checked_prose(folded(word).lstrip("#"), field="word", characters_max=mutes_rules.WORD_CHARACTERS_MAX, lines=False)
        sealed = await deps.texts.seal(who.account_id, mutes_of(who.account_id), word)
        return await _muted(deps, MuteWord(who.account_id, sealed, body.until, deps.clock.now()))

    @router.delete("/muted-words/{word_id}", operation_id="unmuteWord", response_model=MutedWordShape, responses=problems(*BY_ID))
    async def unmute_word(word_id: str, who: Annotated[Session, writer]) -> Response:
        """See texts with a word again."""
        return await _muted(deps, UnmuteWord(who.account_id, checked_id(word_id, "word_id"), deps.clock.now()))

"""Likes, answered without the framework: a slip that everybody likes at once gets as many of them as there are bets.

What the OpenAPI document says of them is in `social/reactions.py`, whose routes answer what is not plain.
"""

from collections.abc import Callable
from functools import partial

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.http.direct.routes import Answer, DirectRequest, Reply, Routes, problem_reply
from api.http.direct.sessions import PERSONAL_JSON, refusal_of, token_in
from api.http.request_parameters import encode
from commands.dispatch import batch
from commands.social.react import React, ReactionReceipt
from domain.reaction.commands import WithdrawReaction

SLIPS, LIKE = "/v1/slips/", "/like"
KIND = "like"


class DirectLikes:
    """Likes slips, and takes that back."""

    def __init__(self, deps: RouteDependencies) -> None:
        self._deps = deps

    def install(self, routes: Routes) -> None:
        """Take the requests."""
        routes.add_inside("PUT", SLIPS, LIKE, partial(self._take, self._like))
        routes.add_inside("DELETE", SLIPS, LIKE, partial(self._take, self._unlike))

    def _take(self, asked: Callable[[Session, str], React | WithdrawReaction], request: DirectRequest, answer: Answer) -> None:
        deps = self._deps

        def told(found: batch.Answer | BaseException) -> None:
            answer(self._reply(found, request))

        def submit() -> None:
            deps.social_writes.take(session.account_id, deps.clock.monotonic_s())
            deps.queue.call(asked(session, request.path[len(SLIPS) : -len(LIKE)].decode()), told)

        try:
            session = deps.admission.session_of(token_in(request.fields.get(b"authorization")), deps.clock.now(), request.client)
            deps.admission.let_in(session, submit, told)
        except Exception as error:  # noqa: BLE001  (whatever it was, the client is told by name)
            told(error)

    def _like(self, session: Session, slip_id: str) -> React:
        return React(KIND, session.account_id, slip_id, self._deps.clock.now())

    def _unlike(self, session: Session, slip_id: str) -> WithdrawReaction:
        return WithdrawReaction(KIND, session.account_id, slip_id, self._deps.clock.now())

    def _reply(self, found: batch.Answer | BaseException, request: DirectRequest) -> Reply:
        if isinstance(found, BaseException):
            return problem_reply(refusal_of(found, request), request.path, self._deps.positions)
        receipt: ReactionReceipt = found.receipt
        body = {"slip_id": receipt.slip_id, "reaction": receipt.kind, "given": receipt.given, "position": found.position}
        return Reply(200, PERSONAL_JSON + self._deps.positions.header(found.position), encode(body))

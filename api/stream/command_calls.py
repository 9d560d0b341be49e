"""A call on the socket that is one command: who asks is checked, the command submitted, and its receipt told."""

from collections.abc import Callable
from typing import Any

import msgspec

from api import refusals as http_refusals
from api.async_command_queue import AsyncCommandQueue
from api.auth.admission import Admission
from api.auth.tokens import Session
from api.stream.call_answers import CallAnswers, Told
from commands.dispatch.batch import Answer

encode = msgspec.json.Encoder().encode


class CommandCalls:
    """Submits commands that calls stand for. For one event loop."""

    def __init__(self, queue: AsyncCommandQueue, admission: Admission, answers: CallAnswers) -> None:
        self._queue = queue
        self._admission = admission
        self._answers = answers

    def ask(
        self,
        session: Session | None,
        method: str,
        command_of: Callable[[Session], Any],
        status: int,
        shown: Callable[[Any], dict[str, Any]],
        told: Told,
    ) -> None:
        """Submit the command that a session's call stands for, and tell its receipt as `shown` makes it, or why there is none."""

        def refuse(error: BaseException) -> None:
            told(self._answers.refusal(error, method))

        def answered(answer: Answer | BaseException) -> None:
            if isinstance(answer, Answer):
                told(self._answers.answer(status, answer.position, encode(shown(answer.receipt))))
            else:
                refuse(answer)

        try:
            if session is None:
                raise http_refusals.TokenMissing  # noqa: TRY301  (refused like all else)
            who = session
            self._admission.count(who)
            self._admission.let_in(who, lambda: self._queue.call(command_of(who), answered), refuse)
        except Exception as error:  # noqa: BLE001  (whatever it was, the bettor is told by name)
            refuse(error)

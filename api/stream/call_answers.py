"""Answers to calls on the socket, as HTTP would give them: the status, the body byte for byte, and the position as text."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
import structlog

from api import refusals as http_refusals
from api.positions import Positions
from api.problems import Problems

Told = Callable[[bytes], None]
DecodedT = TypeVar("DecodedT")
logger = structlog.get_logger()


class CallAnswers:
    """Writes answers to calls: `positions` of this log, `problems` as HTTP has them."""

    def __init__(self, positions: Positions, problems: Problems) -> None:
        self._positions = positions
        self._problems = problems

    def answer(self, status: int, position: int, body: bytes) -> bytes:
        """Return the answer to a call."""
        return b'{"status":%d,"position":"%s","body":%s}' % (status, self._positions.text(position).encode(), body)

    def refusal(self, error: BaseException, method: str) -> bytes:
        """Return why a call was refused, with the position that it is true at where something was looked at; or that something broke."""
        refusal = http_refusals.refusal_for(error)
        if refusal is None:
            logger.error("a call could not be answered", exc_info=error, method=method)
            refusal = http_refusals.SomethingBroke()
        body, status = self._problems.encoded(refusal, f"rpc:{method}"), self._problems.status_of(refusal)
        if refusal.log_position:
            return self.answer(status, refusal.log_position, body)
        return b'{"status":%d,"body":%s}' % (status, body)


def decoded(decode: Callable[[bytes], DecodedT], argument: bytes) -> DecodedT:
    """Return the argument of a call.

    Raises:
        BodyMalformed: with where and what.

    """
    try:
        return decode(argument)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what, _, where = str(error).partition(" - at `$")
        raise http_refusals.BodyMalformed(({"where": "data" + where.rstrip("`"), "what": what},)) from None

"""Answers to calls on the socket, as HTTP would give them: the status, the body byte for byte, and the position as text."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
import structlog

from api import refusals as http_refusals
from api.http.problems import STATUSES, problem_bytes
from api.positions import Positions

Told = Callable[[bytes], None]
DecodedT = TypeVar("DecodedT")
logger = structlog.get_logger()


def answer_frame(positions: Positions, status: int, position: int, body: bytes) -> bytes:
    """Return the answer to a call."""
    return b'{"status":%d,"position":"%s","body":%s}' % (status, positions.text(position).encode(), body)


def problem_frame(error: BaseException, method: str) -> bytes:
    """Return a refusal of a call, or that something broke."""
    refusal = http_refusals.refusal_for(error)
    if refusal is None:
        logger.error("a call could not be answered", exc_info=error, method=method)
        refusal = http_refusals.SomethingBroke()
    return b'{"status":%d,"body":%s}' % (STATUSES[type(refusal)], problem_bytes(refusal, f"rpc:{method}"))


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

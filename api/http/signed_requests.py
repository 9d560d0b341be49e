"""Requests that another party signs with a key it shares with us: a payment provider's, a mail provider's."""

import hashlib
import hmac
import re
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api import refusals as http_refusals

Body = TypeVar("Body", bound=BaseModel)

SIGNATURE_HEADER = "Slipstream-Signature"
SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
REPLAY_WINDOW_S = 300


def signature_of(key: bytes, body: bytes, at_s: int) -> str:
    """Return the header that signs a body at a Unix time: HMAC-SHA256 over the time, a dot and the body."""
    digest = hmac.new(key, b"%d.%s" % (at_s, body), hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"


def check_signature(key: bytes, header: str | None, body: bytes, now_s: float) -> None:
    """Refuse a body that was not signed with the key, or not within the replay window around now.

    Raises:
        SignatureWrong, SignatureTooOld: in this order.

    """
    told = SIGNATURE.fullmatch(header or "")
    if told is None or not hmac.compare_digest(signature_of(key, body, int(told[1])), header or ""):
        raise http_refusals.SignatureWrong
    if abs(now_s - int(told[1])) > REPLAY_WINDOW_S:
        raise http_refusals.SignatureTooOld(REPLAY_WINDOW_S)


async def signed_body(request: Request, key: bytes, body_type: type[Body], now_s: float) -> Body:
    """Return the body of a request that was signed with the key, read as its type.

    Raises:
        SignatureWrong, SignatureTooOld: before anything is read.
        RequestValidationError: as for every other body.

    """
    body = await request.body()
    check_signature(key, request.headers.get(SIGNATURE_HEADER), body, now_s)
    try:
        return body_type.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**found, "loc": ("body", *found["loc"])} for found in error.errors()]) from None


def documented(body_type: type[BaseModel]) -> dict[str, Any]:
    """Return what the OpenAPI document says of such a request: its body and the signature."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body_type.model_json_schema()}}},
        "parameters": [
            {
                "name": SIGNATURE_HEADER,
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "example": signature_of(b"an example", b"{}", 1_781_204_400),
            }
        ],
    }

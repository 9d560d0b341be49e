"""What handlers of hot routes share: the token of a request, and which problem an error is."""

import structlog

from api import refusals as http_refusals
from api.http.direct.routes import DirectRequest
from api.http.headers import NO_STORE, encoded
from domain.refused import Refused

PERSONAL_JSON = encoded([(b"content-type", b"application/json"), NO_STORE])

logger = structlog.get_logger()


def token_in(authorization: bytes | None) -> str | None:
    """Return the token of an `Authorization` field, None where there is none."""
    if authorization is None or authorization[:7].lower() != b"bearer ":
        return None
    return authorization[7:].decode("latin-1")


def refusal_of(error: BaseException, request: DirectRequest) -> Refused:
    """Return what a caller is told about an error; a bug is logged with the request that met it."""
    refusal = http_refusals.refusal_for(error)
    if refusal is not None:
        return refusal
    logger.error(
        "a request could not be answered",
        exc_info=error,
        path=request.path.decode("latin-1")[:200],
        client=request.client,
        request_id=request.request_id.decode(),
    )
    return http_refusals.SomethingBroke()

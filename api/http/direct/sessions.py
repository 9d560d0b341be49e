"""What handlers of hot routes share: whose session it is, and which problem an error is."""

from datetime import datetime

import structlog

from api import refusals as refused
from api.auth.tokens import Session
from api.http.client_address import address_of
from api.http.dependencies import Desk
from api.http.direct.routes import DirectRequest
from api.http.headers import NO_STORE, encoded
from commands.ports import StoreUnavailable
from domain.refused import Refused
from projections.ports import CursorMalformed, ReadModelsAway

PERSONAL_JSON = encoded([(b"content-type", b"application/json"), NO_STORE])

log = structlog.get_logger()


def session_of(desk: Desk, authorization: bytes | None, now: datetime, client: str) -> Session:
    """Return the session that a request is made in, and count the request as its account's.

    Raises:
        TokenMissing, TokenInvalid, TokenExpired: when there is none. TooManyRequests: for the account, or for an address whose tokens
            are not ours too often.

    """
    if authorization is None or authorization[:7].lower() != b"bearer ":
        raise refused.TokenMissing
    try:
        session = desk.tokens.session(authorization[7:].decode("latin-1"), now)
    except (refused.TokenInvalid, refused.TokenExpired):
        desk.addresses.take(address_of(client), desk.clock.monotonic_s())
        raise
    desk.accounts.take(session.account_id, desk.clock.monotonic_s())
    return session


def refusal_of(error: BaseException, request: DirectRequest) -> Refused:
    """Return what a caller is told about an error; a bug is logged with the request that met it."""
    match error:
        case Refused():
            return error
        case StoreUnavailable():
            return refused.StoreAway()
        case ReadModelsAway():
            return refused.ViewUnavailable()
        case CursorMalformed():
            return refused.CursorMalformed()
        case _:
            log.error(
                "a request could not be answered",
                exc_info=error,
                path=request.path.decode("latin-1")[:200],
                client=request.client,
                request_id=request.request_id.decode(),
            )
            return refused.SomethingBroke()

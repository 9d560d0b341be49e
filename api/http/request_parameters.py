"""Parameters of requests: the session, the idempotency key, the position to wait for."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from api.auth.tokens import Session
from api.http.dependencies import RouteDependencies
from api.positions import EXAMPLE
from api.refusals import IdMalformed, PositionMalformed, RoleMissing
from domain.ids import ID_REGEX
from domain.odds import Odds, parse

POSITION_MAX = 9_007_199_254_740_991
CURSOR_CHARACTERS_MAX = 400

JSON = "application/json"
POSITION_HEADER = "Slipstream-Position"
encode = msgspec.json.Encoder().encode

BEARER = HTTPBearer(auto_error=False, description="The token from POST /v1/sessions.")
After = Annotated[
    str | None,
    Header(alias="Slipstream-After", description="Wait at most 500 ms until the view has reached this position.", examples=[EXAMPLE]),
]
Cursor = Annotated[str | None, Query(max_length=CURSOR_CHARACTERS_MAX, description="From `next_cursor`; none begins with the first page.")]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="1 to 255 printable characters; a UUIDv7 becomes the id.", examples=["order-1"])
]


class NameConvertor(StringConvertor):
    """A name in a path: slashes and line ends too, so that a malformed one is refused by name and not as an unknown path."""

    regex = "(?s:.*)"


register_url_convertor("name", NameConvertor())


def own_token(deps: RouteDependencies) -> Callable[..., Awaitable[Session]]:
    """Return the dependency that gives a route the session of its token, whether that still counts or not."""

    async def session(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Session:
        return deps.admission.session_of(credentials.credentials if credentials is not None else None, deps.clock.now())

    return session


def signed_in(deps: RouteDependencies) -> Callable[..., Awaitable[Session]]:
    """Return the dependency that gives a route its session, which still counts."""

    async def session(found: Annotated[Session, Depends(own_token(deps))]) -> Session:
        await deps.admission.require(found)
        return found

    return session


def social_writer(deps: RouteDependencies) -> Callable[..., Awaitable[Session]]:
    """Return the dependency that gives a route its session and counts what the account does among people, which has a limit of its own."""

    async def session(found: Annotated[Session, Depends(signed_in(deps))]) -> Session:
        deps.social_writes.take(found.account_id, deps.clock.monotonic_s())
        return found

    return session


def acting_as(deps: RouteDependencies, role: str) -> Callable[..., Awaitable[Session]]:
    """Return the dependency that gives a route its session if it has a role, now as at its sign-in; an admin has every role."""

    async def session(found: Annotated[Session, Depends(own_token(deps))]) -> Session:
        access = await deps.admission.require(found)
        if not {role, "admin"} & set(found.roles) & set(access.roles):
            raise RoleMissing(role)
        return found

    return session


def checked_id(text: str, where: str) -> str:
    """Return an id if it is one.

    Raises:
        IdMalformed: naming where it came from.

    """
    if not ID_REGEX.fullmatch(text):
        raise IdMalformed(where)
    return text


def position_of(text: str | None) -> int:
    """Return the position that a header names, 0 for none.

    Raises:
        PositionMalformed: with what was sent.

    """
    if text is None:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 16 or int(text) > POSITION_MAX:
        raise PositionMalformed(text[:40])
    return int(text)


def prices_of(prices: dict[str, str]) -> dict[str, Odds]:
    """Return prices read from text.

    Raises:
        OddsMalformed, OddsTooFine, OddsOutOfRange: for the first that cannot be read.

    """
    return {selection: parse(odds) for selection, odds in prices.items()}


def answered(body: Any, position: int, status: int = 200) -> Response:
    """Return a body as JSON, with the position it is true at."""
    return Response(encode(body), status, {POSITION_HEADER: str(position)}, media_type=JSON)

"""RFC 9457 problems: the status of every refusal, and how a problem looks on the wire.

`type` is `urn:slipstream:problem:` and the refusal's slug, `title` its docstring; its evidence are further members. Evidence called
like a member of the standard is carried as `bet_type` and `current_status`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from api import refusals as http_refusals
from api.http.accounts import registry as accounts
from api.http.audit import registry as audit
from api.http.betting import registry as betting
from api.http.social import registry as social
from api.http.trading import registry as trading
from commands.dispatch import batch, stream
from domain import money, prose, sealed_text, text
from domain.refused import Refused

PROBLEM_JSON = "application/problem+json"
URN = "urn:slipstream:problem:"

STATUSES: dict[type[Refused], int] = {
    http_refusals.RequestMalformed: 400,
    http_refusals.HostMissing: 400,
    http_refusals.FieldRepeated: 400,
    http_refusals.TokenMissing: 401,
    http_refusals.TokenInvalid: 401,
    http_refusals.TokenExpired: 401,
    http_refusals.CredentialsWrong: 401,
    http_refusals.SecondFactorNeeded: 401,
    http_refusals.SecondFactorWrong: 403,
    http_refusals.SecondFactorRequired: 403,
    http_refusals.OldPasswordWrong: 403,
    http_refusals.RoleMissing: 403,
    http_refusals.DepositsComeOtherwise: 403,
    http_refusals.SignatureWrong: 403,
    http_refusals.SignatureTooOld: 403,
    http_refusals.RouteUnknown: 404,
    http_refusals.ChannelUnknown: 404,
    http_refusals.PositionNotReached: 404,
    http_refusals.WalletNotYetOpened: 404,
    http_refusals.MethodNotAllowed: 405,
    http_refusals.RequestTooSlow: 408,
    http_refusals.BodyTooLarge: 413,
    http_refusals.BodyMalformed: 422,
    http_refusals.AccountErased: 409,
    http_refusals.KeyMissing: 422,
    http_refusals.KeyMalformed: 422,
    http_refusals.IdMalformed: 422,
    http_refusals.CursorMalformed: 422,
    http_refusals.CursorOfAnotherLog: 422,
    http_refusals.PositionMalformed: 422,
    http_refusals.PasswordMalformed: 422,
    money.AmountOutOfRange: 422,
    money.CurrencyUnknown: 422,
    text.ReasonMalformed: 422,
    prose.TextEmpty: 422,
    prose.TextTooLong: 422,
    prose.TextMalformed: 422,
    sealed_text.TextNotSealed: 422,
    stream.NotOfThatKind: 422,
    http_refusals.TooManyRequests: 429,
    http_refusals.HeadTooLarge: 431,
    http_refusals.SomethingBroke: 500,
    batch.Contended: 503,
    batch.LogClockBehind: 503,
    batch.Overloaded: 503,
    batch.Stopping: 503,
    http_refusals.SignInsWaiting: 503,
    http_refusals.ViewUnavailable: 503,
    http_refusals.ClockSkewed: 503,
    http_refusals.NotMoving: 503,
    http_refusals.ReadsWaiting: 503,
    http_refusals.ServerBusy: 503,
    http_refusals.StoreAway: 503,
    http_refusals.ConnectionsFull: 503,
    **accounts.STATUSES,
    **betting.STATUSES,
    **trading.STATUSES,
    **social.STATUSES,
    **audit.STATUSES,
}
"""What each refusal is in HTTP: 403 the account may not do this, 404 what is named does not exist (in the address or in a body), 409 the
world is not as the request assumed and asking again may help, 422 the request itself is wrong and asking again never helps, 503 nothing is
wrong with it."""

RENAMED = {"type": "bet_type", "status": "current_status", "title": "given_title", "detail": "given_detail", "instance": "given_instance"}
RETRY_AFTER_S = 1

encode = msgspec.json.Encoder().encode


def problem_of(refusal: Refused, instance: str) -> dict[str, Any]:
    """Return the members of a refusal's problem; `instance` is the path that was asked."""
    evidence = {RENAMED.get(name, name): value for name, value in refusal.evidence().items()}
    return {
        "type": URN + refusal.slug,
        "title": refusal.title,
        "status": STATUSES[type(refusal)],
        "detail": detail_of(refusal),
        "instance": instance,
        **evidence,
    }


def detail_of(refusal: Refused) -> str:
    """Return the title, followed by the evidence in words."""
    shown = "; ".join(f"{name.replace('_', ' ')}: {worded(value)}" for name, value in refusal.evidence().items())
    return f"{refusal.title} ({shown})" if shown else refusal.title


def worded(value: Any) -> str:
    """Return a value as people write it: no brackets, quotes or names of a programming language."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{name} {worded(inner)}" for name, inner in value.items()) or "none"
        case list() | tuple() | set() | frozenset():
            return ", ".join(worded(inner) for inner in value) or "none"
        case _:
            return str(value)


def problem_bytes(refusal: Refused, instance: str) -> bytes:
    """Return the problem as UTF-8 JSON. Text that is no Unicode (a lone surrogate) is shown with question marks."""
    problem = problem_of(refusal, instance)
    try:
        return encode(problem)
    except UnicodeEncodeError:
        return encode(_clean(problem))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_clean(name): _clean(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case _:
            return value


def extra_headers(refusal: Refused) -> dict[str, str]:
    """Return the headers that a refusal brings: when to come back, and how to sign in."""
    status = STATUSES[type(refusal)]
    if isinstance(refusal, http_refusals.TooManyRequests):
        return {"Retry-After": str(refusal.retry_after_s)}
    if status == 503:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {}


def problem_response(refusal: Refused, instance: str, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal as a response; `headers` are further ones."""
    return Response(
        problem_bytes(refusal, instance),
        STATUSES[type(refusal)],
        {**extra_headers(refusal), **(headers or {})},
        media_type=PROBLEM_JSON,
    )

"""Problems in HTTP: the status of every refusal, the headers that one brings, and the response. `api.problems` writes them."""

from starlette.responses import Response

from api import refusals as http_refusals
from api.http.accounts import registry as accounts
from api.http.audit import registry as audit
from api.http.betting import registry as betting
from api.http.notifications import registry as notifications
from api.http.request_parameters import POSITION_HEADER
from api.http.social import registry as social
from api.http.trading import registry as trading
from api.problems import Problems
from commands.dispatch import batch, stream
from domain import money, prose, sealed_text, text
from domain.refused import Refused

PROBLEM_JSON = "application/problem+json"

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
    http_refusals.MailReportsNotTaken: 403,
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
    http_refusals.ProfileMarked: 422,
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
    http_refusals.FeatureOff: 503,
    http_refusals.StoreAway: 503,
    http_refusals.ConnectionsFull: 503,
    **accounts.STATUSES,
    **betting.STATUSES,
    **trading.STATUSES,
    **social.STATUSES,
    **notifications.STATUSES,
    **audit.STATUSES,
}
"""What each refusal is in HTTP: 403 the account may not do this, 404 what is named does not exist (in the address or in a body), 409 the
world is not as the request assumed and asking again may help, 422 the request itself is wrong and asking again never helps, 503 nothing is
wrong with it."""

RETRY_AFTER_S = 1
PROBLEMS = Problems(STATUSES)


def extra_headers(refusal: Refused) -> dict[str, str]:
    """Return the headers that a refusal brings: when to come back, and how to sign in."""
    status = PROBLEMS.status_of(refusal)
    if isinstance(refusal, http_refusals.TooManyRequests | http_refusals.FeatureOff):
        return {"Retry-After": str(refusal.retry_after_s)}
    if status == 503:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {}


def problem_response(refusal: Refused, instance: str, headers: dict[str, str] | None = None) -> Response:
    """Return a refusal as a response, with the position that it is true at where something was looked at; `headers` are further ones."""
    at = {POSITION_HEADER: str(refusal.log_position)} if refusal.log_position else {}
    return Response(
        PROBLEMS.encoded(refusal, instance),
        PROBLEMS.status_of(refusal),
        {**extra_headers(refusal), **at, **(headers or {})},
        media_type=PROBLEM_JSON,
    )

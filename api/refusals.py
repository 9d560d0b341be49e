"""Refusals of the API itself, raised before any rule of the domain applies, and those that errors of the log and the views become."""

from datetime import datetime

from commands.ports import StoreUnavailable
from domain.refused import Refused
from projections.ports import ReadModelsUnavailable, UnreadableCursor


class RouteUnknown(Refused):
    """There is nothing at this address."""

    path: str


class MethodNotAllowed(Refused):
    """The address does not take that method."""

    method: str


class RequestMalformed(Refused):
    """The request is not valid HTTP."""

    why: str


class HostMissing(Refused):
    """A request names its host once, in the Host field."""


class FieldRepeated(Refused):
    """A header field that may be sent only once was repeated, and two readers could understand it differently."""

    field: str


class HeadTooLarge(Refused):
    """The address and the header fields are larger than the limit."""

    head_bytes_max: int
    fields_max: int


class RequestTooSlow(Refused):
    """The request did not arrive in time. Nothing was done; send it again."""

    part: str


class ConnectionsFull(Refused):
    """Too many connections are open. Nothing was done; retry later."""


class BodyTooLarge(Refused):
    """The body is larger than the limit."""

    body_bytes_max: int


class BodyMalformed(Refused):
    """The body, the address or a header is not what this route accepts; `errors` says where and why."""

    errors: tuple[dict[str, str], ...]


class KeyMissing(Refused):
    """Creating something needs an Idempotency-Key header, so that a retry gives the first answer."""


class KeyMalformed(Refused):
    """An Idempotency-Key is 1 to 255 printable ASCII characters."""

    key_characters_max: int


class AccountErased(Refused):
    """The account was erased: nothing is written in its name any more."""


class ProfileMarked(Refused):
    """The word filter marks the display name or the bio: everybody would see it, so nothing was changed. Choose other words."""


class IdMalformed(Refused):
    """An id is a UUID in lowercase."""

    where: str


class ChannelUnknown(Refused):
    """There is no such channel."""

    channel: str


class CursorMalformed(Refused):
    """The cursor is not one that this API returned."""


class CursorOfAnotherLog(Refused):
    """The cursor belongs to another log: start with the first page."""


class PositionMalformed(Refused):
    """A position in the log is text that an answer gave in `Slipstream-Position`; send it back as it came, several separated by commas."""

    position: str


class MomentMalformed(Refused):
    """A moment is a position in the log, or an ISO 8601 time with its offset."""

    at: str


class AnchorMalformed(Refused):
    """An anchor is one line of text, `slipstream:LOG:POSITION:DIGEST`, as it was given."""

    anchor: str


class PositionNotReached(Refused):
    """The log has not reached that position yet."""

    position: int
    head: int


class MomentNotReached(Refused):
    """That moment has not come yet."""

    at: datetime
    now: datetime


class WalletNotYetOpened(Refused):
    """The account had no wallet yet at that moment; it was opened later."""

    account_id: str
    opened_at: datetime
    opened_position: int


class TokenMissing(Refused):
    """A session is needed: send `Authorization: Bearer <token>`, from POST /v1/sessions."""


class TokenInvalid(Refused):
    """The token was not signed by this service."""


class TokenExpired(Refused):
    """The session has ended: sign in again."""


class CredentialsWrong(Refused):
    """The handle or the password is wrong."""


class SecondFactorNeeded(Refused):
    """The password is right, and the account has a second factor: send its `code` too."""


class SecondFactorWrong(Refused):
    """The code is not valid now, or was used before: take the next one."""


class SecondFactorRequired(Refused):
    """Staff needs a second factor: enrol one at `/v1/account/second-factor`; nothing else is allowed until then."""

    roles: tuple[str, ...]


class OldPasswordWrong(Refused):
    """The old password is not the account's."""


class PasswordMalformed(Refused):
    """A password is 8 to 200 visible characters."""

    password_characters_min: int
    password_characters_max: int


class RoleMissing(Refused):
    """The account does not have the role that this needs."""

    role: str


class DepositsComeOtherwise(Refused):
    """Deposits are not taken on this route: they are off, or come from the demo or from the payment provider's webhook."""

    deposits: str


class MailReportsNotTaken(Refused):
    """Reports of bounced mails and of complaints are not taken here: no key is set that they would be signed with."""


class SignatureWrong(Refused):
    """The body is not signed with our key: `Slipstream-Signature: t=<Unix seconds>,v1=<HMAC-SHA256 of time, dot and body in hex>`."""


class SignatureTooOld(Refused):
    """The body was signed too long ago, or too far ahead: sign it again."""

    replay_window_s: int


class TooManyRequests(Refused):
    """There are too many requests. Nothing was done; retry later."""

    retry_after_s: int


class SignInsWaiting(Refused):
    """Too many people are signing in at once. Nothing was done; retry."""

    waiting_max: int


class ClockSkewed(Refused):
    """The clocks of this process and of the database are too far apart: nothing is served until they agree. Nothing happened; ask again."""

    skew_s: float
    skew_s_max: float


class NotMoving(Refused):
    """Something does not work as it should; `wrong` says what."""


class ViewUnavailable(Refused):
    """What you asked for cannot be read at the moment; bets are still taken."""


class ReadsWaiting(Refused):
    """Too many reads are waiting; bets are still taken. Retry."""

    waiting: int


class ServerBusy(Refused):
    """There are more requests than can be answered in time. Nothing was done; retry later."""


class FeatureOff(Refused):
    """The feature is switched off while there is more to do than can be done in time; bets are still taken. Retry later."""

    feature: str
    retry_after_s: int


class StoreAway(Refused):
    """The log cannot be reached at the moment. Retry with the same key: the answer will be the true one."""


class SomethingBroke(Refused):
    """An unexpected error occurred; nothing was done by halves. A request with a key may be repeated."""


class VerificationUnknown(Refused):
    """There is no such verification, or it is too old and was removed."""

    verification_id: str


class VerificationRunning(Refused):
    """A verification is running already; wait for that one."""

    verification_id: str


def refusal_for(error: BaseException) -> Refused | None:
    """Return what a caller is told about an error, whatever the request came by; None for one that nobody expected: a bug."""
    match error:
        case Refused():
            return error
        case UnreadableCursor():
            return CursorMalformed()
        case StoreUnavailable():
            return StoreAway()
        case ReadModelsUnavailable():
            return ViewUnavailable()
        case _:
            return None

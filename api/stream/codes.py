"""The error and disconnect codes of the Centrifugo client protocol that this gateway uses; clients know them by number."""

from typing import NamedTuple


class ErrorCode(NamedTuple):
    """Why a command failed; the connection stays. A client repeats by itself what failed with a `temporary` one."""

    code: int
    message: str
    temporary: bool = False


class DisconnectCode(NamedTuple):
    """Why a connection was closed. Clients connect again by themselves after codes below 3500, and after those from 4000 to 4499."""

    code: int
    reason: str


INTERNAL = ErrorCode(100, "internal server error", temporary=True)
UNKNOWN_CHANNEL = ErrorCode(102, "unknown channel")
PERMISSION_DENIED = ErrorCode(103, "permission denied")
METHOD_NOT_FOUND = ErrorCode(104, "method not found")
ALREADY_SUBSCRIBED = ErrorCode(105, "already subscribed")
LIMIT_EXCEEDED = ErrorCode(106, "limit exceeded")
BAD_REQUEST = ErrorCode(107, "bad request")
NOT_AVAILABLE = ErrorCode(108, "not available")
TOKEN_EXPIRED = ErrorCode(109, "token expired")
EXPIRED_SUBSCRIPTION = ErrorCode(110, "expired")
UNRECOVERABLE_POSITION = ErrorCode(112, "unrecoverable position")

SHUTDOWN = DisconnectCode(3001, "shutdown")
SERVER_ERROR = DisconnectCode(3004, "internal server error")
EXPIRED = DisconnectCode(3005, "connection expired")
SLOW = DisconnectCode(3008, "slow")
INSUFFICIENT_STATE = DisconnectCode(3010, "insufficient state")
NO_PONG = DisconnectCode(3012, "no pong")
TOO_MANY_REQUESTS = DisconnectCode(3013, "too many requests")
INVALID_TOKEN = DisconnectCode(3500, "invalid token")
BAD_COMMAND = DisconnectCode(3501, "bad request")
STALE = DisconnectCode(3502, "stale")
SIGNED_OUT = DisconnectCode(3503, "force disconnect")
CONNECTION_LIMIT = DisconnectCode(3504, "connection limit")
NO_MESSAGES = DisconnectCode(3508, "not available")
TOO_MANY_ERRORS = DisconnectCode(3509, "too many errors")

SUBSCRIPTION_EXPIRED = DisconnectCode(2501, "subscription expired")
SUBSCRIBE_AGAIN = DisconnectCode(2500, "insufficient state")
"""Of an unsubscription after which the client subscribes again by itself."""
NO_LONGER_ALLOWED = DisconnectCode(2000, "unsubscribed by server")
"""Of an unsubscription for good: the channel may no longer be seen."""

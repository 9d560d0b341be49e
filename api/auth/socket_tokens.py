"""Tokens of the socket: JWT (HS256) that say who connects, or that an account may subscribe to a channel.

They are signed with the key of the sessions and name the session that they were issued for, so that a sign-out ends the connection too.
Their audience (`aud`) is their purpose; no session is ever read from one. A Centrifugo keeps `meta` with the connection, and says it with
what it asks. A token that the site's own program signs with that key needs
`sub` and, where it shall end, `exp`; `channels` are subscribed to as it connects.
"""

from typing import Any, Literal

import jwt
import msgspec

from api.auth.tokens import ALGORITHM, TOKEN_CHARACTERS_MAX, ProcessClock, Session

TOKEN_TTL_S = 600
CHANNELS_MAX = 16
EDGE_TTL_S = 60
CONNECTION, SUBSCRIPTION, EDGE = "connection", "subscription", "edge"


class SocketTokenInvalid(Exception):  # noqa: N818  (named for what happened)
    """The token was not signed with this key, or says something else than is needed here."""


class SocketTokenExpired(Exception):  # noqa: N818  (named for what happened)
    """The token ran out: bring another."""


class SocketClaims(msgspec.Struct, frozen=True):
    """What a token says: for whom, until when in Unix seconds (0: without end), which channels, and the session that it stands on."""

    sub: str = ""
    exp: int = 0
    channels: tuple[str, ...] = ()
    channel: str = ""
    aud: str = ""
    log: str = ""
    sid: str = ""
    ver: int = 0

    @property
    def session(self) -> Session:
        """Return the session that the token stands on."""
        return Session(account_id=self.sub, handle="", currency="", roles=(), expires_at_s=self.exp, session_id=self.sid, version=self.ver)


class SocketTokens:
    """Signs and verifies tokens of one log's accounts."""

    def __init__(self, key: str, clock: ProcessClock, log_id: str) -> None:
        self._key = key
        self._clock = clock
        self.log_id = log_id

    def connection(self, session: Session, channels: tuple[str, ...] = ()) -> tuple[str, int]:
        """Return a token to connect with, and when it expires, in Unix seconds: with the session at the latest."""
        meta = {"log": self.log_id, "sid": session.session_id, "ver": session.version}
        return self._sign(session, {"aud": CONNECTION, "channels": list(channels), "meta": meta})

    def subscription(self, session: Session, channel: str) -> tuple[str, int]:
        """Return a token to subscribe to a channel with, and when it expires, likewise."""
        return self._sign(session, {"aud": SUBSCRIPTION, "channel": channel})

    def edge(self) -> str:
        """Return a token with which a gateway of the same key connects to another one as its edge: it is told of every channel."""
        expires_at_s = int(self._clock.now().timestamp()) + EDGE_TTL_S
        return jwt.encode({"aud": EDGE, "exp": expires_at_s}, self._key, algorithm=ALGORITHM)

    def verify(self, token: str, purpose: Literal["connection", "subscription"]) -> SocketClaims:
        """Return what a token says; an edge connects with one of its own.

        Raises:
            SocketTokenInvalid, SocketTokenExpired: in this order.

        """
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
        try:
            if len(token) > TOKEN_CHARACTERS_MAX:
                raise SocketTokenInvalid
            said = jwt.decode(token, self._key, algorithms=[ALGORITHM], options=options)
            if isinstance(said.get("exp"), float):
                said["exp"] = int(said["exp"])
            claims = msgspec.convert(said, SocketClaims)
        except (jwt.InvalidTokenError, msgspec.ValidationError, OverflowError, ValueError):
            raise SocketTokenInvalid from None
        is_for_this = claims.aud == purpose or (claims.aud in ("", EDGE) and purpose == CONNECTION)
        if not is_for_this or claims.log not in ("", self.log_id) or len(claims.channels) > CHANNELS_MAX:
            raise SocketTokenInvalid
        if claims.exp and claims.exp <= self._clock.now().timestamp():
            raise SocketTokenExpired
        return claims

    def _sign(self, session: Session, claims: dict[str, Any]) -> tuple[str, int]:
        now_s = int(self._clock.now().timestamp())
        expires_at_s = min(session.expires_at_s, now_s + TOKEN_TTL_S)
        said = {
            "sub": session.account_id,
            "iat": now_s,
            "exp": expires_at_s,
            "log": self.log_id,
            "sid": session.session_id,
            "ver": session.version,
            **claims,
        }
        return jwt.encode(said, self._key, algorithm=ALGORITHM), expires_at_s

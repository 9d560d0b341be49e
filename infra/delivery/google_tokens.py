"""How Google knows who sends: the key of a service account signs for an access token (RFC 7523), which is kept until it is about to end."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from domain.notification.push_subscription import PushEndpoint, PushEndpointMalformed, parse_endpoint
from infra.delivery.provider_connection import MaybeSent, NotSent, ProviderAnswer
from infra.delivery.provider_connections import ProviderConnections
from infra.delivery.retry_after import retry_after_s

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SIGNED_FOR_S = 3_600
HAD_WITHIN_S = 20.0
"""Whatever happens, so long it takes at most to have a token."""
RENEWED_BEFORE_S = 300.0
"""So long before its end a token is renewed; halfway, where it lasts less than twice as long."""
ASKED_AGAIN_S = 5.0
"""After a refusal nobody asks for so long: what is sent meanwhile is for later."""
KEY_FILE_BYTES_MAX = 64 * 1024
PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]{0,99}")
TOKEN = re.compile(r"[!-~]{1,4096}")
ERROR = re.compile(r"[a-z_]{1,60}")


class ServiceAccount(NamedTuple):
    """A service account as its key file tells of it: its project, its address, its key with the key's id, and where tokens are had."""

    project: str
    email: str
    key: RSAPrivateKey
    key_id: str
    token_endpoint: PushEndpoint


class _KeyFile(msgspec.Struct):
    type: str
    project_id: str
    client_email: str
    private_key: str
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  (where tokens are had)


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: int = SIGNED_FOR_S


class _Refused(msgspec.Struct):
    error: str = ""


def read_service_account(path: Path) -> ServiceAccount:
    """Return the service account of a key file.

    Raises:
        ValueError: saying what is wrong, and nothing of what is in it.

    """
    try:
        told = msgspec.json.decode(path.read_bytes()[:KEY_FILE_BYTES_MAX], type=_KeyFile)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ValueError(f"{path} is no key file of a Google service account") from None
    if told.type != "service_account" or not PROJECT.fullmatch(told.project_id) or not TOKEN.fullmatch(told.client_email):
        raise ValueError(f"{path} is no key file of a Google service account")
    try:
        key = load_pem_private_key(told.private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(f"{path} has no private RSA key that can be read")  # noqa: TRY004  (a setting is wrong)
    try:
        endpoint = parse_endpoint(told.token_uri)
    except PushEndpointMalformed:
        raise ValueError(f"the token_uri of {path} is no address") from None
    return ServiceAccount(told.project_id, told.client_email, key, told.private_key_id, endpoint)


class GoogleTokens:
    """The access token of a service account. For one event loop; of many who need one at once, one asks."""

    def __init__(self, account: ServiceAccount, connections: ProviderConnections, now_s: Callable[[], float]) -> None:
        """`now_s` returns seconds since 1970."""
        self._account, self._connections, self._now_s = account, connections, now_s
        self._token, self._until_s = "", 0.0
        self._refused, self._refused_until_s = "", 0.0
        self._one_asks = asyncio.Lock()

    async def current(self) -> str:
        """Return a token that holds.

        Raises:
            NotSent: where there is none for now, with why. PushEndpointNotAllowed: where it may not be asked for at that address.

        """
        try:
            async with asyncio.timeout(HAD_WITHIN_S), self._one_asks:
                return await self._asked()
        except TimeoutError:
            raise NotSent(f"no access token within {HAD_WITHIN_S:g} s", ASKED_AGAIN_S) from None

    def drop(self, token: str) -> None:
        """Give up a token that was not taken, unless it was renewed meanwhile."""
        if token == self._token:
            self._token = ""

    async def _asked(self) -> str:
        now_s = self._now_s()
        if self._token and now_s < self._until_s:
            return self._token
        if now_s < self._refused_until_s:
            raise NotSent(self._refused, self._refused_until_s - now_s)
        try:
            answer = await self._connections.post(self._account.token_endpoint, *self._request(int(now_s)))
            self._token, self._until_s = self._granted(answer, now_s)
        except (MaybeSent, NotSent) as outcome:
            after_s = max(ASKED_AGAIN_S, outcome.after_s if isinstance(outcome, NotSent) else 0.0)
            self._refused, self._refused_until_s = f"no access token: {outcome}", self._now_s() + after_s
            raise NotSent(self._refused, after_s) from None
        return self._token

    def _request(self, now_s: int) -> tuple[str, bytes]:
        account = self._account
        claims = {"iss": account.email, "scope": SCOPE, "aud": account.token_endpoint.url, "iat": now_s, "exp": now_s + SIGNED_FOR_S}
        signed = jwt.encode(claims, account.key, "RS256", headers={"kid": account.key_id} if account.key_id else None)
        return "Content-Type: application/x-www-form-urlencoded\r\n", urlencode({"grant_type": GRANT, "assertion": signed}).encode()

    def _granted(self, answer: ProviderAnswer, now_s: float) -> tuple[str, float]:
        if answer.status != 200:
            raise NotSent(f"{answer.status} {_error(answer.body)}".strip(), retry_after_s(answer.fields, now_s))
        try:
            granted = msgspec.json.decode(answer.body, type=_Granted)
        except msgspec.DecodeError:
            raise NotSent("the answer is none") from None
        if not TOKEN.fullmatch(granted.access_token) or granted.expires_in <= 0:
            raise NotSent("the answer is none")
        return granted.access_token, now_s + max(granted.expires_in - RENEWED_BEFORE_S, granted.expires_in / 2)


def _error(body: bytes) -> str:
    """Return the code of an OAuth error (RFC 6749, section 5.2), empty where there is none."""
    try:
        said = msgspec.json.decode(body, type=_Refused).error
    except msgspec.DecodeError:
        return ""
    return said if ERROR.fullmatch(said) else ""

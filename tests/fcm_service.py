"""A Firebase Cloud Messaging of the tests' own: it gives tokens to who signs with its service account's key, and reads what is sent."""

import asyncio
import json
import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.push_service import PushService

PROJECT, SENDER = "slipstream-tests", "pushes@slipstream-tests.example"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@cache
def sender_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


def key_file(path: Path, origin: str, **changed: Any) -> Path:
    """Write the key file of the service account, whose tokens are had at a place."""
    pem = sender_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    told = {"type": "service_account", "project_id": PROJECT, "client_email": SENDER, "private_key": pem, "private_key_id": "key 1"}
    path.write_text(json.dumps({**told, "token_uri": f"{origin}/token", **changed}))
    return path


class PhonePush(NamedTuple):
    """A push that arrived: who was let in with which access token, and the message."""

    access_token: str
    message: dict[str, Any]

    @property
    def shown(self) -> dict[str, str]:
        return {**self.message["notification"], **self.message["data"]}


class Phone:
    """A phone with its token. `says` is what a push to it is answered with, after what is in `says_first`."""

    def __init__(self, token: str) -> None:
        self.token, self.pushes = token, list[PhonePush]()
        self.says = answer(200, {"name": f"projects/{PROJECT}/messages/0:1500415314455276"})
        self.says_first = list[bytes]()
        self.ends = self.hangs = False

    def answers(self, status: int, code: str = "", *fields: str, message: str = "said so") -> "Phone":
        self.says = failure(status, code, *fields, message=message)
        return self

    def asked(self, device: str = "Ann's phone") -> dict[str, str]:
        """What an app on it tells the site, and what the person calls it."""
        return {"provider": "fcm", "token": self.token, "device": device}

    @property
    def address(self) -> dict[str, str]:
        return {"provider": "fcm", "token": self.token}


def answer(status: int, body: Any, *fields: str) -> bytes:
    text = json.dumps(body, indent=2).encode()
    lines = "".join(f"{field}\r\n" for field in fields)
    return f"HTTP/1.1 {status} Said So\r\n{lines}Content-Length: {len(text)}\r\n\r\n".encode() + text


def failure(status: int, code: str = "", *fields: str, message: str = "said so") -> bytes:
    """An error as FCM words it: the code stands among the details."""
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": "type.googleapis.com/google.rpc.Help"}, {"@type": kind, "errorCode": code}] if code else []
    return answer(status, {"error": {"code": status, "message": message, "status": "SAID_SO", "details": details}}, *fields)


class FcmService(PushService):
    """The server. `grants` is how many access tokens it gave; each holds for `token_s`. `refuses` is what it may say instead."""

    def __init__(self, tls: ssl.SSLContext | None = None, name: str = "127.0.0.1", port: int = 0) -> None:
        self.phones: dict[str, Phone] = {}
        self.grants, self.token_s, self.revoked = 0, 3_600, set[str]()
        self.refuses = b""
        super().__init__(tls, name, port)

    def phone(self, name: str) -> Phone:
        token = f"{name}:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ-{name}"
        return self.phones.setdefault(token, Phone(token))

    async def _served_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(fields["content-length"]))
        assert fields["host"] == self.host
        if first == "POST /token HTTP/1.1":
            writer.write(self._granted(body))
            await writer.drain()
            return True
        assert first == f"POST /v1/projects/{PROJECT}/messages:send HTTP/1.1", first
        access_token = fields["authorization"].removeprefix("Bearer ")
        if access_token in self.revoked or not access_token.startswith("ya29."):
            writer.write(failure(401, message="Request had invalid authentication credentials."))
            await writer.drain()
            return True
        assert len(body) <= 4_096 + 1_000
        message = json.loads(body)["message"]
        phone = self.phones[message["token"]]
        phone.pushes.append(PhonePush(access_token, message))
        if phone.hangs:
            await self._ended.wait()
        writer.write(phone.says_first.pop(0) if phone.says_first else phone.says)
        await writer.drain()
        return not phone.ends

    def _granted(self, body: bytes) -> bytes:
        asked = parse_qs(body.decode())
        (grant,), (signed,) = asked["grant_type"], asked["assertion"]
        assert grant == GRANT
        header = json.loads(b64decode(signed.partition(".")[0] + "=="))
        assert header["kid"] == "key 1"
        claims = jwt.decode(signed, sender_key().public_key(), ["RS256"], audience=f"{self.origin}/token", options={"verify_iat": False})
        assert (claims["iss"], claims["scope"], claims["exp"] - claims["iat"]) == (SENDER, SCOPE, 3_600)
        if self.refuses:
            return self.refuses
        self.grants += 1
        return answer(200, {"access_token": f"ya29.{self.grants}", "expires_in": self.token_s, "token_type": "Bearer"})


@contextmanager
def fcm_service(tls: ssl.SSLContext | None = None, name: str = "127.0.0.1", port: int = 0) -> Iterator[FcmService]:
    running = FcmService(tls, name, port)
    try:
        yield running
    finally:
        running.close()

"""A push service of the tests' own: it checks who signed what is posted, and reads it with the keys of the browser that subscribed."""

import asyncio
import json
import os
import ssl
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.delivery.push_encryption import content_keys

T = TypeVar("T")


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Push(NamedTuple):
    """A push that arrived: its fields, by lower-case names, and what the browser reads."""

    fields: dict[str, str]
    claims: dict[str, Any]
    shown: dict[str, str]


class Browser:
    """A browser that subscribed: what it tells the site, and the keys that it keeps. `says` is what its pushes are answered with."""

    def __init__(self, service: "PushService", name: str) -> None:
        self.name, self.says, self.pushes = name, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", list[Push]()
        self.ends = self.hangs = False
        self.endpoint = f"{service.origin}/send/{name}"
        self.renew()

    def renew(self) -> None:
        """Make other keys for the same endpoint; what is encrypted for those of before is not read."""
        self._key, self._auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self._point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = {"endpoint": self.endpoint, "p256dh": base64url(self._point), "auth": base64url(self._auth)}

    def asked(self, device: str = "Firefox on Linux") -> dict[str, Any]:
        """What the browser tells the site, and what the person calls it."""
        keys = {name: self.subscription[name] for name in ("p256dh", "auth")}
        return {"endpoint": self.endpoint, "keys": keys, "device": device}

    def answers(self, status: int, *fields: str) -> "Browser":
        lines = "".join(f"{field}\r\n" for field in fields)
        self.says = f"HTTP/1.1 {status} Said So\r\n{lines}Content-Length: 4\r\n\r\nsaid".encode()
        return self

    def take(self, fields: dict[str, str], body: bytes) -> None:
        """Read a push as a browser does."""
        assert fields["content-encoding"] == "aes128gcm"
        salt, size, sender, sealed = body[:16], int.from_bytes(body[16:20]), body[21:86], body[86:]
        assert body[20] == len(sender)
        assert len(sealed) <= size
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        key, nonce = content_keys(shared, salt, self._point, sender, self._auth)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain.endswith(b"\x02")
        claims = signed(fields["authorization"])
        assert claims["aud"] == self.endpoint.removesuffix(f"/send/{self.name}")
        self.pushes.append(Push(fields, claims, json.loads(plain[:-1])))


def signed(header: str) -> dict[str, Any]:
    """Return what was signed, checked with the key that the header names, as a push service does."""
    token, key = header.removeprefix("vapid t=").split(", k=")
    point = urlsafe_b64decode(key + "=" * (-len(key) % 4))
    claims = jwt.decode(
        token, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point), ["ES256"], options={"verify_aud": False}
    )
    return {**claims, "key": key}


class PushService:
    """A server in a thread. `origin` is where it is; `connections` is how many it was ever given."""

    def __init__(self, tls: ssl.SSLContext | None = None, name: str = "127.0.0.1", port: int = 0) -> None:
        self.browsers: dict[str, Browser] = {}
        self.connections = 0
        self._loop, self._ended = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._writers: list[asyncio.StreamWriter] = []
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls))
        self.port = self._server.sockets[0].getsockname()[1]
        self.host = f"{name}:{self.port}"
        self.origin = f"{'https' if tls else 'http'}://{self.host}"

    def browser(self, name: str) -> Browser:
        return self.browsers.setdefault(name, Browser(self, name))

    def close(self) -> None:
        """End; who hangs goes on. A second time does nothing."""

        async def end() -> None:
            self._server.close()
            self._ended.set()
            for writer in self._writers:
                writer.transport.abort()
            while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110  (handlers end by themselves)
                await asyncio.sleep(0)

        if self._thread.is_alive():
            self._run(end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(60)
            self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while await self._served_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _served_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(fields["content-length"]))
        browser = self.browsers[first.split(" ")[1].removeprefix("/send/")]
        assert fields["host"] == self.host
        browser.take(fields, body)
        if browser.hangs:
            await self._ended.wait()
        writer.write(browser.says)
        await writer.drain()
        return not browser.ends


@contextmanager
def push_service(tls: ssl.SSLContext | None = None, name: str = "127.0.0.1", port: int = 0) -> Iterator[PushService]:
    running = PushService(tls, name, port)
    try:
        yield running
    finally:
        running.close()

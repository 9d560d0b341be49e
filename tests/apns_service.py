"""An Apple push service of the tests' own: a real HTTP/2 server that checks who signed, and keeps what reaches each phone."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.settings import SettingCodes

from tests.push_service import PushService

KEY_ID, TEAM_ID, TOPIC = "ABC123DEFG", "DEF123GHIJ", "example.slipstream"


@cache
def apple_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def apple_key_file(path: Path) -> Path:
    path.write_bytes(apple_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


class ApplePush(NamedTuple):
    """A push that arrived: its fields, and the payload."""

    fields: dict[str, str]
    payload: dict[str, Any]


class IPhone:
    """A phone with its token. Its pushes are answered with `status` and `reason`, never where it `hangs`."""

    def __init__(self, token: str) -> None:
        self.token, self.pushes = token, list[ApplePush]()
        self.status, self.reason, self.fields, self.first = 200, "", dict[str, str](), list[tuple[int, str]]()
        self.hangs = self.resets = self.gives_up = self.ends = False

    def answers(self, status: int, reason: str = "", **fields: str) -> "IPhone":
        self.status, self.reason = status, reason
        self.fields = {name.replace("_", "-"): value for name, value in fields.items()}
        return self

    def asked(self, device: str = "Ann's iPhone") -> dict[str, str]:
        return {"provider": "apns", "token": self.token, "device": device}

    @property
    def address(self) -> dict[str, str]:
        return {"provider": "apns", "token": self.token}


class ApnsService(PushService):
    """The server. Of a provider token that is among `expired` it takes nothing; `streams_max` is how many requests it takes at a time."""

    def __init__(self, tls: ssl.SSLContext | None = None, name: str = "127.0.0.1", port: int = 0, streams_max: int = 100) -> None:
        self.phones: dict[str, IPhone] = {}
        self.expired, self.streams_max, self.most_at_a_time, self.says_garbage = set[str](), streams_max, 0, False
        super().__init__(tls, name, port)

    def phone(self, name: str) -> IPhone:
        token = name.encode().hex().ljust(64, "0")
        return self.phones.setdefault(token, IPhone(token))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        h2, open_requests = (
            H2Connection(H2Configuration(client_side=False, header_encoding="utf-8")),
            dict[int, tuple[dict[str, str], bytes]](),
        )
        h2.local_settings[SettingCodes.MAX_CONCURRENT_STREAMS] = self.streams_max
        h2.initiate_connection()
        h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self.streams_max})
        writer.write(b"SMTP ready\r\n" * 10 if self.says_garbage else h2.data_to_send())
        try:
            while data := await reader.read(65_536):
                for event in h2.receive_data(data):
                    match event:
                        case RequestReceived(stream_id=stream_id, headers=headers):
                            open_requests[stream_id] = {str(name): str(value) for name, value in headers}, b""
                            self.most_at_a_time = max(self.most_at_a_time, len(open_requests))
                        case DataReceived(stream_id=stream_id, data=part, flow_controlled_length=length):
                            h2.acknowledge_received_data(length, stream_id)
                            open_requests[stream_id] = open_requests[stream_id][0], open_requests[stream_id][1] + part
                        case StreamEnded(stream_id=stream_id):
                            fields, body = open_requests[stream_id]
                            if self._answered(h2, stream_id, fields, body):
                                del open_requests[stream_id]
                        case _:
                            pass
                writer.write(h2.data_to_send())
                await writer.drain()
                if any(phone.ends and phone.pushes for phone in self.phones.values()):
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _answered(self, h2: H2Connection, stream_id: int, fields: dict[str, str], body: bytes) -> bool:
        """Answer a request; say whether it is over."""
        assert fields[":method"] == "POST"
        assert (fields[":authority"], fields["apns-topic"], fields["apns-push-type"]) == (self.host, TOPIC, "alert")
        assert len(body) <= 4_096
        phone = self.phones[fields[":path"].removeprefix("/3/device/")]
        token = fields["authorization"].removeprefix("bearer ")
        claims = jwt.decode(token, apple_key().public_key(), ["ES256"], options={"verify_iat": False})
        assert (claims["iss"], jwt.get_unverified_header(token)["kid"]) == (TEAM_ID, KEY_ID)
        status, reason = phone.first.pop(0) if phone.first else (phone.status, phone.reason)
        if token in self.expired:
            status, reason = 403, "ExpiredProviderToken"
        else:
            phone.pushes.append(ApplePush(fields, json.loads(body)))
        if phone.hangs or phone.ends:
            return False
        if phone.resets:
            h2.reset_stream(stream_id, 2)
            return True
        if phone.gives_up:
            phone.gives_up = False
            h2.close_connection(0, None, max(0, stream_id - 2))
            return True
        headers = [(":status", str(status)), ("apns-id", fields["apns-id"]), *phone.fields.items()]
        h2.send_headers(stream_id, headers, end_stream=not reason)
        if reason:
            h2.send_data(stream_id, json.dumps({"reason": reason}).encode(), end_stream=True)
        return True


@contextmanager
def apns_service(
    tls: ssl.SSLContext | None = None, name: str = "127.0.0.1", port: int = 0, streams_max: int = 100
) -> Iterator[ApnsService]:
    running = ApnsService(tls, name, port, streams_max)
    try:
        yield running
    finally:
        running.close()

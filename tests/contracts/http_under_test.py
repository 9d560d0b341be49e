"""The product's HTTP protocol on a real socket with short deadlines, in front of an app and a hot route that say what they were sent."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from api.client_address import TrustedProxies
from api.http.direct.routes import Answer, DirectRequest, Reply, Routes
from api.http.metrics import Metrics
from infra.clock import Clock
from infra.httpserver.guard import ServerContext
from infra.httpserver.limits import Limits
from infra.httpserver.protocol import LimitedProtocol
from infra.httpserver.server import LimitedServer

SHORT = Limits(first_byte_s=0.4, head_s=0.4, body_s=0.4, idle_s=0.8, stalled_s=0.5, linger_s=0.3, sweep_s=0.05, connections_max=40)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """The framework's part: says what it was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.2)
    told = {"by": "app", "path": scope["path"], "body": body.decode(), "client": scope["client"][0], "method": scope["method"]}
    told["headers"] = [name.decode() for name, _ in scope["headers"]]
    answer = json.dumps(told).encode()
    length = (b"content-length", str(len(answer)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length, (b"x-request-id", scope["state"]["request_id"])]})
    await send({"type": "http.response.body", "body": answer})


HELD: list[Callable[[], object]] = []
"""Answers of the hot route that wait until the test calls them."""


def hot(request: DirectRequest, answer: Answer) -> None:
    """The hot route's part: says what it was sent, a little later where asked."""
    told = {"by": "hot", "path": request.path.decode(), "body": request.body.decode(), "client": request.client}
    reply = Reply(200, b"content-type: application/json\r\n", json.dumps(told).encode())
    if request.body == b"broken":
        raise RuntimeError("a bug of ours")
    if request.body == b"block":
        time.sleep(0.3)
    if request.body == b"later":
        asyncio.get_running_loop().call_later(0.1, answer, reply)
    elif request.body == b"until told":
        HELD.append(partial(asyncio.get_running_loop().call_soon_threadsafe, answer, reply))
    else:
        answer(reply)


class Served:
    """A running server."""

    def __init__(self, limits: Limits, trusted: tuple[str, ...]) -> None:
        self.clients: list[Client] = []
        self.metrics = Metrics()
        routes = Routes()
        routes.add("POST", "/hot", hot)
        for method in ("GET", "HEAD"):
            routes.add(method, "/hot", hot, lambda _query: True)
        self.guard = ServerContext(limits, TrustedProxies(trusted), self.metrics, routes, Clock())
        http: Any = partial(LimitedProtocol, guard=self.guard)
        config = uvicorn.Config(
            echo, loop="uvloop", http=http, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False
        )
        self.server = LimitedServer(config, self.guard)
        self.listener = socket.create_server(("0.0.0.0", 0), backlog=512)  # noqa: S104  (every address of loopback)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        self.server.should_exit = True
        self.thread.join(10)

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def connect(self, address: str = "127.0.0.1", source: str = "") -> "Client":
        connection = socket.create_connection((address, self.port), timeout=30, source_address=(source, 0) if source else None)
        self.clients.append(Client(connection))
        return self.clients[-1]


class Client:
    """A client that sends bytes as it likes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, header fields, body."""
        head = self._until(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for line in lines if line for name, _, value in (line.partition(":"),)}
        length = int(fields.get("content-length", "0"))
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return int(first.split()[1]), fields, body

    def told(self) -> dict[str, Any]:
        """What the next answer says."""
        status, _, body = self.answer()
        assert status == 200, (status, body)
        return dict(json.loads(body))

    def is_closed(self) -> bool:
        """Whether the server has closed, without a further byte."""
        try:
            return self.connection.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.connection.close()

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(end)
        return head

    def _more(self) -> None:
        data = self.connection.recv(65_536)
        assert data, f"closed after {self._buffer!r}"
        self._buffer += data


@contextmanager
def serving(limits: Limits = SHORT, trusted: tuple[str, ...] = ()) -> Iterator[Served]:
    served = Served(limits, trusted)
    try:
        yield served
    finally:
        served.stop()

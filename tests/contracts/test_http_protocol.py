"""The HTTP protocol keeps its limits against clients that mean ill, and says HTTP right to those that mean well."""

import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.refusals import ClockSkewed
from infra.httpserver.limits import PROBES_MAX, connections_within
from tests.contracts.http_under_test import HELD, SHORT, Client, Served, serving

HOST = b"host: x\r\n"
GET = b"GET /somewhere HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as running:
        yield running


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    connected = served.connect()
    yield connected
    connected.close()


def problem(client: Client) -> tuple[int, str]:
    status, fields, body = client.answer()
    assert fields["content-type"] == "application/problem+json"
    assert fields["connection"] == "close"
    assert fields["x-content-type-options"] == "nosniff"
    return status, json.loads(body)["type"].rpartition(":")[2]


def test_an_endless_header_is_refused_when_it_is_too_large_and_its_connection_closed(served: Served, client: Client):
    client.send(b"GET / HTTP/1.1\r\n" + HOST + b"x-endless: ")
    sent = 0
    try:
        while sent < 64 * 1024 * 1024:
            client.send(b"a" * 65_536)
            sent += 65_536
    except OSError:
        pass
    assert sent < 32 * 1024 * 1024
    assert served.figure("slipstream_http_requests_refused_unread_total", problem="head-too-large") >= 1
    assert served.connect().connection


@pytest.mark.parametrize(
    "head",
    [
        b"x: " + b"a" * 70_000 + b"\r\n",
        b"".join(b"x-%d: 1\r\n" % number for number in range(101)),
        b"".join(b"x-%d: %b\r\n" % (number, b"a" * 1_000) for number in range(70)),
    ],
    ids=["one field", "many fields", "many long fields"],
)
def test_a_head_beyond_the_limits_is_told_so(client: Client, head: bytes):
    client.send(b"GET / HTTP/1.1\r\n" + HOST + head + b"\r\n")
    assert problem(client) == (431, "head-too-large")
    assert client.is_closed()


def test_an_endless_address_is_refused(client: Client):
    client.send(b"GET /" + b"a" * 80_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert problem(client) == (431, "head-too-large")


def test_a_head_within_the_limits_is_read_however_it_is_cut(client: Client):
    fields = b"".join(b"x-%d: %b\r\n" % (number, b"a" * 600) for number in range(95))
    whole = b"GET /somewhere HTTP/1.1\r\n" + HOST + fields + b"\r\n"
    for at in range(0, len(whole), 7_001):
        client.send(whole[at : at + 7_001])
    assert len(client.told()["headers"]) == 96


@pytest.mark.parametrize("field", [b"host", b"authorization", b"idempotency-key", b"content-length", b"content-type", b"slipstream-after"])
@pytest.mark.parametrize("path", [b"/hot", b"/somewhere"])
def test_a_field_that_may_be_sent_once_is_refused_twice_on_every_route(client: Client, field: bytes, path: bytes):
    value = b"0" if field == b"content-length" else b"one"
    client.send(b"POST %b HTTP/1.1\r\nhost: x\r\n%b: %b\r\n%b: %b\r\n\r\n" % (path, field, value, field.upper(), value))
    assert problem(client) in ((400, "field-repeated"), (400, "request-malformed"))


@pytest.mark.parametrize("path", [b"/hot", b"/somewhere"])
def test_a_request_without_host_is_refused_unless_it_is_of_a_time_before_hosts(served: Served, path: bytes):
    old = served.connect()
    old.send(b"GET %b HTTP/1.0\r\n\r\n" % path)
    assert old.told()["path"] == path.decode()
    assert old.is_closed()
    new = served.connect()
    new.send(b"GET %b HTTP/1.1\r\n\r\n" % path)
    assert problem(new) == (400, "host-missing")


@pytest.mark.parametrize(
    "line", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET  HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_request_is_told_so(client: Client, line: bytes):
    client.send(line)
    assert problem(client) == (400, "request-malformed")


@pytest.mark.parametrize("path", [b"/hot", b"/somewhere"])
@pytest.mark.parametrize(
    "sent",
    [
        b"transfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"transfer-encoding: chunked\r\n\r\n4\r\nhalf!\r\n",
        b"transfer-encoding: xchunked\r\n\r\n5\r\n",
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_holds_no_connection(client: Client, path: bytes, sent: bytes):
    client.send(b"POST " + path + b" HTTP/1.1\r\nhost: x\r\n" + sent)
    assert problem(client) == (400, "request-malformed")
    assert client.is_closed()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 0),
        (b"GET / HTTP/1.1\r\nhost: x\r\n", 408),
        (b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf", 408),
        (b"POST /somewhere HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf", 408),
        (b"POST /somewhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", 408),
    ],
    ids=["nothing", "half a head", "half a body of the hot route", "half a body", "half of the chunks"],
)
def test_what_does_not_arrive_in_time_is_closed(client: Client, sent: bytes, status: int):
    client.send(sent)
    if status:
        assert problem(client) == (status, "request-too-slow")
    assert client.is_closed()


def test_a_client_that_sends_a_byte_now_and_then_is_not_kept_for_longer(client: Client):
    client.send(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ")
    for _ in range(20):
        try:
            client.send(b"a")
        except OSError:
            break
        time.sleep(0.05)
    assert problem(client) == (408, "request-too-slow")


def test_a_connection_without_requests_is_closed_after_a_while(client: Client):
    client.send(GET)
    client.told()
    began_s = time.monotonic()
    assert client.is_closed()
    assert time.monotonic() - began_s > SHORT.idle_s / 2


def test_a_client_that_does_not_read_its_answers_is_closed(served: Served, client: Client):
    client.connection.settimeout(5)
    before = served.figure("slipstream_http_connections_closed_total", why="stalled")
    request = b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 20000\r\n\r\n" + b"a" * 20_000
    try:
        for _ in range(2_000):
            client.send(request)
    except OSError:
        pass
    deadline_s = time.monotonic() + 20
    while served.figure("slipstream_http_connections_closed_total", why="stalled") == before:
        assert time.monotonic() < deadline_s, "the connection is closed"
        time.sleep(0.05)
    assert served.figure("slipstream_http_connections_closed_total", why="stalled") == before + 1


@pytest.mark.parametrize("path", [b"/hot", b"/somewhere"])
def test_pipelined_requests_are_answered_in_order_whoever_answers_them(client: Client, path: bytes):
    other = b"/hot" if path == b"/somewhere" else b"/somewhere"
    bodies = [b"later" if number == 0 else b"n%d" % number for number in range(200)]
    client.send(
        b"".join(
            b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (other if number % 3 else path, len(body), body)
            for number, body in enumerate(bodies)
        )
    )
    assert [client.told()["body"] for _ in bodies] == [body.decode() for body in bodies]


ODD = [
    b"GET /hot HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    b"GET /hot?a=b HTTP/1.1\r\nhost:x\r\n\r\n",
    b"GET /hot HTTP/1.1\r\nhost: x\r\nx-empty:\r\n\r\n",
    b"GET /hot HTTP/1.1\r\nhost: x \r\n\r\n",
    b"GET /hot HTTP/1.1\r\nhost: x\r\nx-latin: \xfc\r\n\r\n",
    b"GET /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
    b"GET /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc",
    b"HEAD /hot HTTP/1.1\r\nhost: x\r\n\r\n",
    b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 003\r\n\r\nabc",
    b"POST /hot HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 1.2.3.4\r\nCONTENT-LENGTH: 3\r\n\r\nabc",
    b"POST /hot HTTP/1.1\r\nhost: x\r\n\r\n",
    b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: +3\r\n\r\nabc",
    b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc",
    b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc",
    b"POST /hot HTTP/1.1\r\nhost: x\r\nhost: y\r\ncontent-length: 3\r\n\r\nabc",
    b"POST /hot HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc",
    b"GET /hot HTTP/1.1\r\nhost: x\r\n folded\r\n\r\n",
    b"GET /hot HTTP/1.1\nhost: x\n\n",
    b"GET /hot HTTP/1.1\r\nhost: x\r\nbad name: 1\r\n\r\n",
    b"GET /hot HTTP/1.1\r\nhost: x\r\nnull: a\x00b\r\n\r\n",
]


@pytest.mark.parametrize("sent", ODD)
def test_a_request_in_one_piece_is_read_as_the_parser_reads_it_byte_by_byte(served: Served, sent: bytes):
    answers = []
    for pieces in ([sent], [sent[at : at + 1] for at in range(len(sent))]):
        client = served.connect()
        client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.send(piece)
            if len(pieces) > 1:
                time.sleep(0.0005)
        client.connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda client=client: client.connection.recv(65_536), b""))
        answers.append(re.sub(rb"(x-request-id|date): [^\r]*\r\n|connection: close\r\n", b"", answer))
    assert answers[0] == answers[1]
    assert answers[0].startswith(b"HTTP/1.1 ")


def test_thousands_of_pipelined_requests_are_answered_without_holding_them_all(client: Client):
    sent = b"GET /hot HTTP/1.1\r\nhost: x\r\n\r\n" * 3_000
    client.send(sent)
    for _ in range(3_000):
        assert client.told()["by"] == "hot"


def test_a_refusal_comes_after_the_answers_to_the_requests_before_it(client: Client):
    client.send(b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nlater" + GET + b"nonsense\r\n\r\n")
    assert client.told()["body"] == "later"
    assert client.told()["path"] == "/somewhere"
    assert problem(client) == (400, "request-malformed")


def test_a_chunked_body_is_put_together_and_its_trailers_change_nothing(client: Client):
    chunked = b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nauthorization: Bearer evil\r\n\r\n"
    for path in (b"/hot", b"/somewhere"):
        client.send(b"POST %b HTTP/1.1\r\nhost: x\r\n" % path + chunked)
        told = client.told()
        assert told["body"] == "abcde"
        assert "authorization" not in told["headers"]
    client.send(GET)
    assert client.told()["headers"] == ["host"]


def test_a_client_that_waits_to_be_told_to_continue_is_told(client: Client):
    for path in (b"/hot", b"/somewhere"):
        client.send(b"POST %b HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n" % path)
        assert client.connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc")
        assert client.told()["body"] == "abc"


def test_a_request_that_asks_for_another_protocol_is_answered_in_this_one(client: Client):
    client.send(b"GET /hot HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n")
    assert client.told()["path"] == "/hot"


@pytest.mark.parametrize("path", [b"/hot", b"/somewhere"])
def test_a_connection_is_closed_when_the_client_wants_it_so(client: Client, path: bytes):
    client.send(b"GET %b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" % path)
    status, fields, _ = client.answer()
    assert (status, fields["connection"]) == (200, "close")
    assert client.is_closed()


@pytest.mark.parametrize("path", [b"/hot", b"/slow"])
def test_a_client_that_says_no_more_still_gets_its_answer(client: Client, path: bytes):
    client.send(b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nlater" % path)
    client.connection.shutdown(1)
    assert client.told()["body"] == "later"
    assert client.is_closed()


def test_a_bug_in_a_handler_is_one_answer_and_no_more(client: Client):
    client.send(b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nbroken" + GET)
    status, _, body = client.answer()
    assert (status, json.loads(body)["type"]) == (500, "urn:slipstream:problem:something-broke")
    assert client.told()["path"] == "/somewhere"


def test_every_answer_names_its_request_and_a_sane_name_is_kept(client: Client):
    seen = set()
    for path in (b"/hot", b"/somewhere"):
        for given in (b"", b"x-request-id: order-7.a:b_c\r\n", b"x-request-id: evil value\r\n", b"x-request-id: %b\r\n" % (b"a" * 65)):
            client.send(b"GET %b HTTP/1.1\r\nhost: x\r\n%b\r\n" % (path, given))
            _, fields, _ = client.answer()
            assert (fields["x-request-id"] == "order-7.a:b_c") == (b"order-7" in given)
            seen.add(fields["x-request-id"])
    assert len(seen) == 7


def test_connections_beyond_the_limit_make_room_for_new_ones_and_none_under_way_is_lost():
    with serving(replace(SHORT, first_byte_s=30, idle_s=30, connections_max=50, connections_per_address_max=50)) as served:
        busy = served.connect()
        busy.send(b"POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nb")
        silent = [served.connect() for _ in range(120)]
        late = served.connect()
        late.send(GET)
        assert late.told()["path"] == "/somewhere"
        assert busy.told()["body"] == "b"
        assert served.figure("slipstream_http_connections") <= 50
        assert served.figure("slipstream_http_connections_closed_total", why="room") >= 70
        for each in (*silent, busy, late):
            each.close()


def test_one_address_at_its_limit_takes_nothing_from_another():
    with serving(replace(SHORT, first_byte_s=30, idle_s=30, connections_max=60, connections_per_address_max=20)) as served:
        kept = [served.connect(source="127.0.0.2") for _ in range(10)]
        for each in kept:
            each.send(GET)
            each.told()
        flood = [served.connect(source="127.0.0.3") for _ in range(100)]
        for each in kept:
            each.send(GET)
            assert each.told()["path"] == "/somewhere"
        assert served.figure("slipstream_http_connections") <= 30
        for each in (*kept, *flood):
            each.close()


def test_where_every_connection_is_under_way_probes_are_answered_and_others_told_to_come_back():
    with serving(replace(SHORT, first_byte_s=30, head_s=30, body_s=30, connections_max=30, connections_per_address_max=100)) as served:
        busy = [served.connect() for _ in range(30)]
        for each in busy:
            each.send(b"POST /hot HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nuntil told")
        deadline = time.monotonic() + 30
        while len(HELD) < len(busy):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        flood = [served.connect() for _ in range(40)]
        probe, other = served.connect(), served.connect()
        flood += [served.connect() for _ in range(10)]
        probe.send(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        other.send(GET)
        assert probe.told()["path"] == "/healthz"
        status, fields, body = other.answer()
        assert (status, json.loads(body)["type"]) == (503, "urn:slipstream:problem:connections-full")
        assert int(fields["retry-after"]) >= 1
        assert served.figure("slipstream_http_connections_refused_total", how="limited") >= 2
        assert served.figure("slipstream_http_connections") <= 30 + PROBES_MAX
        for each in flood:
            each.close()
        for answer in HELD:
            answer()
        HELD.clear()
        for each in busy:
            assert each.told()["body"] == "until told"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client"),
    [
        ((), b"198.51.100.1", "127.0.0.1"),
        (("10.0.0.0/8",), b"198.51.100.1", "127.0.0.1"),
        (("127.0.0.0/8",), b"198.51.100.1", "198.51.100.1"),
        (("127.0.0.0/8",), b"6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (("127.0.0.0/8", "10.0.0.0/8"), b"6.6.6.6, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        (("127.0.0.0/8",), b"6.6.6.6, nonsense", "127.0.0.1"),
        (("127.0.0.0/8",), b"::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_a_forwarded_address_is_believed_from_trusted_proxies_alone(trusted: tuple[str, ...], forwarded: bytes, client: str):
    with serving(trusted=trusted) as served:
        asking = served.connect()
        for path in (b"/hot", b"/somewhere"):
            asking.send(b"GET %b HTTP/1.1\r\nhost: x\r\nx-forwarded-for: %b\r\n\r\n" % (path, forwarded))
            assert asking.told()["client"] == client
        asking.close()


def test_connections_fit_into_the_files_that_a_process_may_open():
    assert connections_within(1_048_576, 8_192) == 8_192
    assert connections_within(1_024, 8_192) == 1_024 - 256 - 16
    assert connections_within(100, 8_192) == 16


@pytest.mark.parametrize("path", [b"/hot", b"/somewhere"])
def test_a_process_that_may_serve_nothing_says_why_on_every_route_but_the_probes(served: Served, path: bytes):
    served.guard.refusal = lambda: ClockSkewed(6.0, 5.0)
    try:
        client = served.connect()
        client.send(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        assert problem(client) == (503, "clock-skewed")
        for probe in (b"/readyz", b"/healthz"):
            client = served.connect()
            client.send(b"GET " + probe + b" HTTP/1.1\r\n" + HOST + b"\r\n")
            assert client.told()["path"] == probe.decode()
    finally:
        served.guard.refusal = lambda: None
    client = served.connect()
    client.send(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert client.told()["path"] == path.decode()


def test_what_one_turn_cannot_answer_in_time_is_told_to_come_back_reads_first_and_what_stops_betting_never():
    with serving(replace(SHORT, first_byte_s=10.0, idle_s=10.0, turn_clients_min=4, turn_reads_s=0.0, turn_bets_s=10.0)) as busy:
        blocking = busy.connect()
        reads, bets = [busy.connect() for _ in range(20)], [busy.connect() for _ in range(5)]
        trader, probe = busy.connect(), busy.connect()
        for client in (blocking, *reads, *bets, trader, probe):
            client.send(GET)
            assert client.answer()[0] == 200
        blocking.send(b"POST /hot HTTP/1.1\r\n" + HOST + b"content-length: 5\r\n\r\nblock")
        for number, client in enumerate(reads):
            client.send(b"GET /%b HTTP/1.1\r\n" % (b"hot", b"somewhere")[number % 2] + HOST + b"\r\n")
        for client in bets:
            client.send(b"POST /hot HTTP/1.1\r\n" + HOST + b"content-length: 3\r\n\r\nbet")
        trader.send(b"GET /v1/trading/markets HTTP/1.1\r\n" + HOST + b"\r\n")
        probe.send(b"GET /readyz HTTP/1.1\r\n" + HOST + b"\r\n")
        assert [client.answer()[0] for client in (blocking, *bets, trader, probe)] == [200] * 8
        answers = [client.answer() for client in reads]
        shed = [json.loads(body)["type"] for status, fields, body in answers if status == 503 and fields["retry-after"]]
        assert 10 <= len(shed) < 20
        assert set(shed) == {"urn:slipstream:problem:server-busy"}
        assert {status for status, _, _ in answers} == {200, 503}
        assert busy.figure("slipstream_http_requests_shed_total", what="read") == len(shed)
        assert busy.figure("slipstream_http_requests_shed_total", what="bet") == 0
        reads[-1].send(GET)
        assert reads[-1].answer()[0] == 200


def test_a_server_that_leaves_answers_what_comes_on_its_connections_closes_them_and_refuses_nobody():
    with serving() as leaving:
        idle, busy, next_process = leaving.connect(), leaving.connect(), leaving.listener.dup()
        for client in (idle, busy):
            client.send(GET)
            assert "connection" not in client.answer()[1]
        busy.send(b"POST /hot HTTP/1.1\r\n" + HOST + b"content-length: 5\r\n\r\nlater")
        leaving.server.leave()
        status, fields, _ = busy.answer()
        assert (status, fields["connection"]) == (200, "close")
        waiting = leaving.connect()
        waiting.send(GET)
        idle.send(GET)
        status, fields, _ = idle.answer()
        assert (status, fields["connection"]) == (200, "close")
        assert idle.is_closed()
        assert busy.is_closed()
        leaving.thread.join(10)
        assert not leaving.thread.is_alive()
        with next_process, next_process.accept()[0] as taken:
            assert taken.recv(1_000).startswith(b"GET /somewhere"), "what came meanwhile waits for the next process"


def test_a_server_that_shares_closes_every_second_connection_after_its_next_answer_and_goes_on():
    with serving() as sharing:
        clients = [sharing.connect() for _ in range(4)]
        for client in clients:
            client.send(GET)
            assert "connection" not in client.answer()[1]
        sharing.server.share()
        for client in clients:
            client.send(GET)
        told = [client.answer()[1].get("connection") for client in clients]
        assert told == ["close", None, "close", None]
        assert clients[0].is_closed()
        for client in (clients[1], sharing.connect()):
            client.send(GET)
            assert "connection" not in client.answer()[1]

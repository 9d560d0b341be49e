"""What every answer of the product has, whoever gives it; and how the product stands up to clients that mean ill."""

import gzip
import json
import re
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from infra.embedded.server import HOST
from tests.journeys.process_tree import PASSWORD, Person, Tree, number_of, open_match, problem_of

EVERYWHERE = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id", "cache-control")
OPEN = (
    "/",
    "/docs",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/v1/fixtures",
    "/v1/fixtures?status=live&include=markets",
    "/web/css/docs.css",
)
OWN = ("/v1/portfolio", "/v1/wallet", "/v1/wallet/statement", "/v1/bets", "/v1/account")


@pytest.fixture(scope="module")
def market(trader: Person) -> dict[str, Any]:
    return open_match(trader, "front")


def raw(tree: Tree, sent: bytes) -> bytes:
    """What comes back for some bytes until the server closes."""
    with socket.create_connection((HOST, tree.port), timeout=20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_every_answer_has_the_header_fields_that_protect_who_reads_it(tree: Tree, ada: Person, market: dict[str, Any]):
    answers = [ada.client.get(path) for path in (*OPEN, *OWN, "/v1/nothing", f"/v1/markets/{market['market_id']}")]
    answers += [ada.bet(market, "home", 1_00, "headers"), ada.post("/v1/bets", {}), ada.client.delete("/v1/portfolio")]
    for answer in answers:
        assert [name for name in EVERYWHERE if name not in answer.headers] == [], answer.url
        assert answer.headers["x-content-type-options"] == "nosniff"
    for path in OWN:
        assert ada.client.get(path).headers["cache-control"] == "no-store"
    assert answers[-3].headers["cache-control"] == "no-store"
    refused = raw(tree, b"GET / HTTP/1.1\r\n\r\n").decode()
    assert refused.startswith("HTTP/1.1 400")
    assert [name for name in EVERYWHERE if f"\r\n{name}: " not in refused] == []


@pytest.mark.parametrize("path", [*OPEN, *OWN])
def test_head_is_get_without_the_body(ada: Person, path: str):
    head, get = ada.client.head(path), ada.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/v1/fixtures", "/v1/fixtures?include=markets"])
def test_what_is_everybodys_comes_compressed_and_not_again_to_who_has_it(tree: Tree, market: dict[str, Any], path: str):
    assert market
    client = tree.visitor().client
    plain = client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as packed:
        wire = b"".join(packed.iter_raw())
    assert packed.headers.get("content-encoding") == ("gzip" if len(plain.content) >= 1_000 else None)
    assert (gzip.decompress(wire) if "content-encoding" in packed.headers else wire) == plain.content
    assert packed.headers["etag"] == plain.headers["etag"]
    again = client.get(path, headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", plain.headers["etag"])
    assert client.get(path, headers={"if-none-match": '"another"'}).status_code == 200


def test_a_board_is_never_older_than_what_its_reader_has_seen(tree: Tree, trader: Person):
    market = open_match(trader, "moving board")
    board, reader = f"/v1/fixtures/{market['fixture_id']}", tree.visitor()
    for number in range(40):
        odds = f"{2 + number / 100:.2f}"
        prices = {"home": odds, "draw": "3.4", "away": "3.4"}
        moved = trader.put(f"/v1/trading/markets/{market['market_id']}/prices", {"prices": prices})
        assert moved.status_code == 200, moved.text
        reader.position = trader.position
        shown = reader.get(board)
        assert number_of(shown.headers["slipstream-position"]) >= number_of(trader.position)
        assert shown.json()["markets"][0]["selections"][0]["odds"] == odds
        everything = reader.get("/v1/fixtures", include="markets")
        (fixture,) = [each for each in everything.json()["items"] if each["fixture_id"] == market["fixture_id"]]
        assert fixture["markets"][0]["selections"][0]["odds"] == odds


def test_a_board_asked_for_by_many_at_once_is_the_same_for_all_and_loaded_for_few(tree: Tree, market: dict[str, Any]):
    path = f"/v1/fixtures/{market['fixture_id']}"
    with ThreadPoolExecutor(8) as pool, httpx.Client(base_url=tree.url, timeout=20) as client:
        answers = list(pool.map(lambda _: client.get(path), range(200)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {answers[0].content}
    figures = tree.figures()
    assert (
        figures['slipstream_http_board_answers_total{source="memory"}'] > figures['slipstream_http_board_answers_total{source="view"}'] > 0
    )


@pytest.mark.parametrize("field", ["Authorization", "Idempotency-Key"])
@pytest.mark.parametrize("path", ["/v1/bets", "/v1/wallet/deposits", "/v1/trading/fixtures"])
def test_a_session_or_a_key_sent_twice_is_refused_on_every_route(ada: Person, field: str, path: str):
    values = {"Authorization": ada.client.headers["authorization"], "Idempotency-Key": "twice"}
    answer = ada.client.post(path, json={}, headers=[(field, values[field]), (field, values[field])])
    assert (answer.status_code, problem_of(answer)) == (400, "field-repeated")


def test_the_docs_load_nothing_from_elsewhere_and_name_every_operation(tree: Tree):
    client = tree.visitor().client
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    loaded = re.findall(r"(?:src|href)=\"([^\"#]+)", page.text)
    assert loaded
    assert all(address.startswith("/") and client.get(address).status_code == 200 for address in loaded)
    for operations in client.get("/openapi.json").json()["paths"].values():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page.text


def test_an_address_that_has_an_account_is_answered_as_one_that_has_none(tree: Tree):
    visitor = tree.visitor()

    def register(handle: str, email: str, **headers: str) -> httpx.Response:
        return visitor.post("/v1/accounts", {"handle": handle, "email": email, "password": PASSWORD}, **headers)

    assert register("first_of_two", "Same@example.com").status_code == 201
    known, unknown = register("second_of_two", "same@example.com"), register("third_of_two", "other@example.com")
    assert (known.status_code, known.json().keys(), known.headers.keys()) == (201, unknown.json().keys(), unknown.headers.keys())
    for handle in ("second_of_two", "third_of_two"):
        assert visitor.post("/v1/sessions", {"handle": handle, "password": PASSWORD}).status_code == 201
    once = register("again", "same@example.com", idempotency_key="once")
    twice = register("again", "same@example.com", idempotency_key="once")
    assert (once.status_code, once.content) == (201, twice.content)
    assert tree.run("audit", "verify", "--log-only").returncode == 0


def test_details_of_problems_are_words(ada: Person, market: dict[str, Any]):
    answers = [
        ada.post("/v1/wallet/deposits", {"amount_minor": "much", "currency": 1}),
        ada.post("/v1/bets", [], idempotency_key="words"),
        ada.bet(market, "home", 999_999, "words too"),
        ada.post("/v1/accounts", {"handle": "x", "email": "y", "password": PASSWORD}),
    ]
    for answer in answers:
        detail = answer.json()["detail"]
        assert not re.search(r"[{}\[\]]|\('|',\)|None|True|False", detail), detail
        assert len(detail) > 20


def test_clients_that_hang_up_leave_no_traceback(tree: Tree, ada: Person, market: dict[str, Any]):
    log = tree.folder / "api.log"
    before = log.read_text()
    bet = json.dumps({"type": "single", "stake_minor": 1, "currency": "EUR", "legs": [], "accept": "exact"}).encode()
    token = ada.client.headers["authorization"].encode()
    for number in range(40):
        path = (b"/v1/bets", b"/v1/wallet/deposits", b"/v1/sessions", b"/v1/portfolio")[number % 4]
        method = b"GET" if path == b"/v1/portfolio" else b"POST"
        head = b"%b %b HTTP/1.1\r\nhost: x\r\nauthorization: %b\r\nidempotency-key: gone %d\r\ncontent-length: %d\r\n\r\n" % (
            *(method, path, token, number),
            0 if method == b"GET" else len(bet) + 10 * (number % 3),
        )
        connection = socket.create_connection((HOST, tree.port))
        connection.sendall(head + (b"" if method == b"GET" else bet))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a goodbye
        connection.close()
    assert ada.bet(market, "home", 1, "after the drops").status_code == 201
    time.sleep(0.3)
    assert log.read_text()[len(before) :] == ""


def test_a_thousand_sockets_that_say_nothing_keep_nobody_out(tree: Tree, ada: Person, market: dict[str, Any]):
    with ExitStack() as idle:
        for _ in range(1_100):
            idle.enter_context(socket.create_connection((HOST, tree.port), timeout=20))
        with httpx.Client(base_url=tree.url, timeout=20) as late:
            assert late.get("/v1/fixtures").status_code == 200
            assert late.get("/healthz").status_code == 200
        assert ada.bet(market, "home", 1, "beside the idle").status_code == 201
        figures = tree.figures()
        assert figures["slipstream_http_connections"] < figures["slipstream_http_connections_limit"]
        assert figures['slipstream_http_connections_closed_total{why="room"}'] >= 500


def test_a_request_id_is_kept_from_the_client_to_the_answer(ada: Person):
    for path in ("/v1/fixtures", "/v1/wallet", "/healthz"):
        assert ada.client.get(path, headers={"x-request-id": "trace-7"}).headers["x-request-id"] == "trace-7"
        assert ada.client.get(path, headers={"x-request-id": "tr ace"}).headers["x-request-id"] != "tr ace"

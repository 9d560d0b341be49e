"""`slipstream feed uof`: messages from files open markets and settle bets, a corrected one moves the money; a port takes messages."""

import json
import shutil
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx

from infra.embedded.server import free_port
from tests.journeys.process_tree import Person, Tree, until

MESSAGES = Path(__file__).parents[1] / "data" / "uof"
TOKEN = "a token that only the integrator knows"


def add(folder: Path, *names: str) -> None:
    """Put messages where the feed looks, each whole at once."""
    for name in names:
        copied = folder / f"{name}.part"
        shutil.copy(MESSAGES / f"{name}.xml", copied)
        copied.rename(folder / f"{name}.xml")


def market_of_ajax(person: Person) -> dict[str, Any] | None:
    found = person.get("/v1/fixtures", status="scheduled", include="markets")
    markets = [
        market
        for fixture in (found.json()["items"] if found.status_code == 200 else ())
        if fixture["home"] == "Ajax"
        for market in fixture["markets"]
        if (market["type"], market["status"]) == ("match_result", "open")
    ]
    return markets[0] if markets else None


def test_messages_are_bet_on_settled_rolled_back_and_settled_again(tree: Tree, ada: Person, tmp_path: Path):
    add(tmp_path, "1-fixture", "2-odds_change")
    tree.start("feed", "uof", str(tmp_path), "--silent-after", "3600")
    market = until(lambda: market_of_ajax(ada), "the match is on offer")
    home, draw = (ada.bet(market, selection, 10_00, f"on {selection}") for selection in ("home", "draw"))
    assert (home.status_code, draw.status_code) == (201, 201), home.text + draw.text

    def stand(outcomes: tuple[str, str]) -> bool:
        return tuple(ada.get(f"/v1/bets/{bet.json()['bet_id']}").json()["status"] for bet in (home, draw)) == outcomes

    add(tmp_path, "3-ended", "4-bet_settlement")
    until(lambda: stand(("won", "lost")), "the bets are settled")
    add(tmp_path, "5-rollback_bet_settlement")
    log = tree.folder / "feed.log"
    until(lambda: "a result that was taken back stands here until the next one comes" in log.read_text(), "the rollback is told")
    assert stand(("won", "lost"))
    add(tmp_path, "6-corrected", "7-bet_settlement")
    until(lambda: stand(("lost", "won")), "the bets are settled anew")
    assert tree.end("feed") == 0
    kept = [json.loads(line) for line in (tree.folder / "data" / "uof_refused.jsonl").read_text().splitlines()]
    (rollback,) = [one for one in kept if "was taken back" in one["reason"]]
    assert "<rollback_bet_settlement" in rollback["message"]
    assert not [one for one in kept if "does not grade" in one["reason"]]
    audited = tree.run("audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr


def test_the_port_takes_a_message_with_its_token_and_names_what_it_refuses(tree: Tree, ada: Person):
    port = free_port()
    tree.start("feed", "uof", "--listen", str(port), "--silent-after", "3600", SLIPSTREAM_UOF_TOKEN=TOKEN)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, headers={"authorization": f"Bearer {TOKEN}"})

    def post(text: str, **more: Any) -> httpx.Response:
        return client.post("/v1/uof/messages", content=text.encode(), **more)

    def answers() -> bool:
        try:
            return client.get("/").status_code == 405
        except httpx.TransportError:
            return False

    until(answers, "the port answers")
    for name in ("1-fixture", "2-odds_change"):
        text = (MESSAGES / f"{name}.xml").read_text().replace("sr:match:7001", "sr:match:7002").replace("Feyenoord", "Utrecht")
        answer = post(text, headers={"message-id": name})
        assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == "message 2-odds_change"
    assert answer.json()["refused"] == ["message 2-odds_change: line 13: market 188: is a market that the book does not grade"]
    (wanted,) = answer.json()["snapshots_wanted"]
    completed = f'<snapshot_complete product="1" timestamp="1893510000500" request_id="{wanted["request_id"]}"/>'
    assert post(completed).json()["snapshots_wanted"] == []
    until(lambda: market_of_ajax(ada), "the match is on offer once its snapshot is complete")

    for status, name, response in (
        (401, "unauthenticated", post("<a/>", headers={"authorization": "Bearer another"})),
        (404, "not-found", client.post("/elsewhere", content=b"<a/>")),
        (422, "message-refused", post("<surprise/>")),
        (422, "message-refused", post("<!DOCTYPE a><alive/>")),
    ):
        assert (response.status_code, response.json()["type"]) == (status, name), response.text
    assert response.json()["refused"][0].endswith("is no message: has a document type 'a', which is not taken")
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", "/v1/uof/messages")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", "999999999")
    connection.endheaders()
    refused = connection.getresponse()
    assert (refused.status, json.loads(refused.read())["type"]) == (413, "message-too-large")
    connection.close()
    assert tree.end("feed") == 0

"""Everybody looks at anything: pages are answered, or refused by name, whatever stands still."""

from tests.journeys.hands.moderating import an_item
from tests.journeys.hands.world import MADE_UP, World

READERS: dict[str, str] = {
    "listProposals": "trader",
    "previewProposal": "trader",
    "listExposure": "trader",
    "readExposure": "trader",
    "readPriceHistory": "trader",
    "listModerationQueue": "moderator",
    "auditStream": "auditor",
    "auditBalance": "auditor",
}


def look(world: World) -> None:
    """Somebody looks at a market or at the board; what they saw may be long gone when they bet."""
    if world.markets and world.odds(0.6):
        market_id = world.late(list(world.markets), 10)
        answer = world.ask("readMarket", world.who(), market_id=market_id)
        if answer.status_code == 200:
            _learn(world, answer.json())
        return
    client = world.one(world.clients)
    answer = client.get("/v1/fixtures", params={"status": world.one(["scheduled", "live"]), "include": "markets", "limit": "5"})
    if answer.status_code == 200:
        for fixture in answer.json()["items"]:
            known = world.fixtures.setdefault(
                fixture["fixture_id"], {"status": fixture["status"], "goals": (0, 0), "minute": 0, "period": 0}
            )
            known["status"] = fixture["status"]
            for market in fixture["markets"][:2]:
                _learn(world, market | {"fixture_id": fixture["fixture_id"]})


def _learn(world: World, shown: dict[str, object]) -> None:
    known = world.markets.get(str(shown["market_id"]), {})
    world.markets[str(shown["market_id"])] = {**known, **{name: shown[name] for name in shown if name != "specifiers"}}


def read(world: World) -> None:
    """Somebody reads any page."""
    name = world.one(
        sorted(name for name, operation in world.operations.items() if operation.method == "GET" and name not in ("readyz", "healthz"))
    )
    kind, item_id, author = an_item(world)
    ids = {
        "proposal_id": world.late(world.proposals)[0] if world.proposals else MADE_UP,
        "fixture_id": world.late(list(world.fixtures) or [MADE_UP]),
        "market_id": world.late(list(world.markets) or [MADE_UP]),
        "bet_id": world.late(world.bets)[1] if world.bets else MADE_UP,
        "slip_id": world.late(world.slips)[1] if world.slips else MADE_UP,
        "code": world.late(world.drafts)[1] if world.drafts else "AAAA-AAAA",
        "account": author.handle,
        "account_id": author.account_id,
        "stream_id": item_id if kind != "account" else author.account_id,
        "sport": "football",
        "competition": "Cup",
        "tag": "hands",
        "verification_id": MADE_UP,
    }
    path = world.operations[name].path
    world.ask(name, world.who(READERS.get(name, "")), **{each: value for each, value in ids.items() if f"{{{each}}}" in path})

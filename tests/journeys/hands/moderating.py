"""Reports and appeals, what moderators decide, and what auditors ask for."""

from datetime import timedelta
from typing import Any

from infra.clock import Clock
from tests.journeys.hands.people import Member
from tests.journeys.hands.registry import hand
from tests.journeys.hands.social import a_comment, a_slip
from tests.journeys.hands.world import World


def an_item(world: World) -> tuple[str, str, Member]:
    """Choose something that is said to be wrong: a slip, a comment or an account."""
    kind = world.one(["slip", "slip", "comment", "account"])
    if kind == "account":
        whom = world.one(world.members)
        return kind, whom.account_id, whom
    author, item_id = a_slip(world) if kind == "slip" else a_comment(world)
    return kind, item_id, author


def a_case(world: World) -> tuple[str, str, Member]:
    return world.late(world.cases) if world.cases and world.odds(0.75) else an_item(world)


@hand("report", 6)
def report(world: World) -> None:
    kind, item_id, author = an_item(world)
    who = world.who()
    reason = world.one(["spam", "abuse", "hate", "envy"])
    answer = world.ask("report", who if who is not author else world.one(world.members), {f"{kind}_id": item_id, "reason": reason})
    if answer.status_code == 201:
        world.keep(world.cases, (kind, item_id, author))


@hand("decideCase", 8)
def decide(world: World) -> None:
    kind, item_id, author = a_case(world)
    action = world.one(["hold", "hold", "remove", "release", "release", "dismiss", "shadow", "unshadow"])
    body: dict[str, Any] = {"action": action, "reason": world.one(["too often", "not so", ""])}
    if action in ("hold", "remove", "shadow"):
        body["rule"] = world.one(["spam", "spam", "words", ""])
    if action == "hold" and kind == "account":
        body["until"] = (Clock().now() + timedelta(seconds=world.one([1, 2, 3_600_000]))).isoformat()
    answer = world.ask("decideCase", world.who("moderator"), body, kind=kind, item_id=item_id)
    if answer.status_code == 200:
        world.keep(world.cases, (kind, item_id, author))


@hand("appeal", 5)
def appeal(world: World) -> None:
    kind, item_id, author = a_case(world)
    who = author if author.token and world.odds(0.95) else world.who()
    world.ask("appeal", who, {"text": world.one(["please look again", "please look again", ""])}, kind=kind, item_id=item_id)


@hand("decideAppeal", 6)
def decide_appeal(world: World) -> None:
    kind, item_id, _ = a_case(world)
    body = {"granted": world.odds(0.5), "reason": world.one(["it is fine", "it stays"])}
    world.ask("decideAppeal", world.who("moderator"), body, kind=kind, item_id=item_id)


@hand("holdSlip", 2)
def hold_slip(world: World) -> None:
    author, slip_id = a_slip(world)
    if world.ask("holdSlip", world.who("moderator"), {"rule": "spam", "reason": "too often"}, slip_id=slip_id).status_code == 200:
        world.keep(world.cases, ("slip", slip_id, author))


@hand("releaseSlip", 3)
def release_slip(world: World) -> None:
    world.ask("releaseSlip", world.who("moderator"), slip_id=a_slip(world)[1])


@hand("beginVerification", 1)
def verify(world: World) -> None:
    if world.came["beginVerification 202"] < 3:
        world.ask("beginVerification", world.who("auditor"))

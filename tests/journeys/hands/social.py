"""What people ask for among themselves: slips, tails, drafts, comments, reactions, follows, mutes, and how they show themselves."""

from datetime import timedelta
from typing import Any

from infra.clock import Clock
from tests.journeys.hands.betting import a_leg
from tests.journeys.hands.people import Member
from tests.journeys.hands.registry import hand
from tests.journeys.hands.world import MADE_UP, World

OFFENSIVE = "what an asshole"
"""What the word filter marks."""


def a_slip(world: World) -> tuple[Member, str]:
    if not world.slips and world.gathered is None:
        share_pick(world)
    return world.late(world.slips) if world.slips and world.odds(0.97) else (world.members[0], MADE_UP)


def share_pick(world: World) -> None:
    """Somebody shares a pick for everybody, so that there is something to talk about."""
    leg, who = a_leg(world), world.who()
    if leg:
        legs = [{name: leg[name] for name in ("market_id", "selection")} | {"odds": "7/2"}]
        _shared(world, who, {"visibility": "public", "pick": {"legs": legs}})


def a_text(world: World) -> str:
    somebody = world.one(world.members).handle
    right, wrong = ["well done", f"@{somebody} look", OFFENSIVE, "home all the way"], ["@nobody_at_all look", "x" * 5_000, "\u202e"]
    return world.one(right if world.odds(0.8) else wrong)


def an_end(world: World) -> str | None:
    return world.one([None, (Clock().now() + timedelta(seconds=world.one([2, 3_600, 400 * 86_400, -1]))).isoformat()])


@hand("shareSlip", 10)
def share(world: World) -> None:
    body: dict[str, Any] = {"visibility": world.rng.choices(["public", "followers", "all"], [12, 4, 1])[0], "tags": ["hands"]}
    who, leg = world.who(), a_leg(world)
    if world.bets and world.odds(0.75):
        author, body["bet_id"] = world.late(world.bets)
        who = author if author.token and world.odds(0.9) else who
        body |= world.one([{}, {"stake_shown": "units", "unit_minor": 1_00}, {"stake_shown": "amount"}])
    elif leg:
        body["pick"] = {"legs": [{name: leg[name] for name in ("market_id", "selection")} | {"odds": "7/2"}]}
    body["caption"] = a_text(world) if world.odds(0.3) else ""
    _shared(world, who, body)


def _shared(world: World, who: Member, body: dict[str, Any]) -> None:
    answer = world.ask("shareSlip", who, body)
    if answer.status_code == 201:
        world.keep(world.slips, (who, answer.json()["slip_id"]))
        if answer.json()["held_rule"]:
            world.keep(world.cases, ("slip", answer.json()["slip_id"], who))


@hand("changeSlip")
def change_slip(world: World) -> None:
    author, slip_id = a_slip(world)
    body: dict[str, Any] = world.one([{"replies_closed": world.odds(0.2)}, {"visibility": world.one(["public", "followers"])}, {}])
    body |= {"replies_close_at": an_end(world)} if world.odds(0.2) else {}
    world.ask("changeSlip", author if world.odds(0.9) else world.who(), body, slip_id=slip_id)


@hand("removeSlip", 1)
def remove_slip(world: World) -> None:
    author, slip_id = a_slip(world)
    world.ask("removeSlip", author if world.odds(0.7) else world.who(), slip_id=slip_id)


def _stake(world: World) -> dict[str, Any]:
    right: list[dict[str, Any]] = [{"stake_minor": 2_00}, {"units": "1.5", "unit_minor": 1_00}, {"percent_of_balance": 1}]
    chosen = world.one(right if world.odds(0.85) else [{"stake_minor": 0}, {}])
    return {**chosen, "worst_odds": world.one([None, None, None, "1.01", "50"])}


@hand("tailSlip", 10)
def tail(world: World) -> None:
    author, slip_id = a_slip(world)
    who = world.who()
    body = {**_stake(world), "side": world.one(["tail", "tail", "tail", "fade", "none"])}
    body["daily_cap_minor"] = world.one([None, None, 1_000_00, 5_00, 0])
    answer = world.ask("tailSlip", who if who is not author or world.odds(0.2) else world.who(), body, slip_id=slip_id)
    if answer.status_code == 201:
        world.keep(world.bets, (who, answer.json()["bet_id"]))


@hand("makeDraft", 3)
def make_draft(world: World) -> None:
    legs, who = _draft_legs(world), world.who()
    answer = world.ask("makeDraft", who, {"legs": legs})
    if answer.status_code == 201:
        world.keep(world.drafts, (who, answer.json()["code"]))


def _draft_legs(world: World) -> list[dict[str, Any]]:
    leg = a_leg(world)
    return [{name: leg[name] for name in ("market_id", "selection")}] if leg else []


def a_draft(world: World) -> tuple[Member, str]:
    owner, code = world.late(world.drafts, 3) if world.drafts else (world.members[0], "AAAA-AAAA")
    return (owner if world.odds(0.9) else world.who()), code


@hand("replaceDraft", 2)
def replace_draft(world: World) -> None:
    owner, code = a_draft(world)
    world.ask("replaceDraft", owner, {"legs": _draft_legs(world)}, code=code)


@hand("publishDraft", 3)
def publish_draft(world: World) -> None:
    owner, code = a_draft(world)
    world.ask("publishDraft", owner, code=code)


@hand("deleteDraft", 1)
def delete_draft(world: World) -> None:
    owner, code = a_draft(world)
    world.ask("deleteDraft", owner, code=code)


@hand("betOnCode", 4)
def bet_on_code(world: World) -> None:
    _, code = a_draft(world)
    who = world.who()
    answer = world.ask("betOnCode", who, _stake(world), code=code)
    if answer.status_code == 201:
        world.keep(world.bets, (who, answer.json()["bet_id"]))


def _of_a_slip(operation: str, weight: int) -> None:
    def ask(world: World) -> None:
        who = world.who()
        world.ask(operation, who, slip_id=a_slip(world)[1])
        if operation in ("saveSlip", "unsaveSlip"):
            world.ask("listSavedSlips", who)  # what it saved, whoever removed, held or hid it meanwhile

    hand(operation, weight)(ask)


for _operation, _weight in {"likeSlip": 5, "unlikeSlip": 3, "repostSlip": 3, "withdrawRepost": 2, "saveSlip": 2, "unsaveSlip": 2}.items():
    _of_a_slip(_operation, _weight)
_of_a_slip("unmuteThread", 1)


@hand("muteThread", 1)
def mute_thread(world: World) -> None:
    world.ask("muteThread", world.who(), world.one([None, {"until": an_end(world)}]), slip_id=a_slip(world)[1])


@hand("muteWord", 2)
def mute_word(world: World) -> None:
    who = world.who()
    answer = world.ask("muteWord", who, {"word": world.one(["fog", "goal", "\u202e"]), "until": an_end(world)})
    if answer.status_code == 200:
        world.keep(world.words, (who, answer.json()["word_id"]))


@hand("unmuteWord", 1)
def unmute_word(world: World) -> None:
    who, word_id = world.late(world.words) if world.words else (world.who(), MADE_UP)
    world.ask("unmuteWord", who, word_id=word_id)


@hand("postComment", 6)
def comment(world: World) -> None:
    (_, slip_id), who = a_slip(world), world.who()
    replied = [comment_id for _, comment_id, of in world.comments if of == slip_id]
    body = {"text": a_text(world), "parent_id": world.one(replied) if replied and world.odds(0.4) else None}
    answer = world.ask("postComment", who, body, slip_id=slip_id)
    if answer.status_code == 201:
        world.keep(world.comments, (who, answer.json()["comment_id"], slip_id))
        if answer.json()["held_rule"]:
            world.keep(world.cases, ("comment", answer.json()["comment_id"], who))


def a_comment(world: World) -> tuple[Member, str]:
    author, comment_id, _ = world.late(world.comments) if world.comments else (world.members[0], MADE_UP, "")
    return author, comment_id


@hand("editComment", 3)
def edit_comment(world: World) -> None:
    author, comment_id = a_comment(world)
    world.ask("editComment", author if world.odds(0.9) else world.who(), {"text": a_text(world)}, comment_id=comment_id)


@hand("deleteComment", 1)
def delete_comment(world: World) -> None:
    author, comment_id = a_comment(world)
    world.ask("deleteComment", author if world.odds(0.7) else world.who(), comment_id=comment_id)


def _between(operation: str, weight: int) -> None:
    def ask(world: World) -> None:
        who, other = world.who(), world.one(world.members)
        world.ask(operation, who, account_id=other.account_id if world.odds(0.96) else MADE_UP)

    hand(operation, weight)(ask)


for _operation, _weight in {
    "followAccount": 7,
    "unfollowAccount": 2,
    "acceptFollowRequest": 4,
    "declineFollowRequest": 2,
    "removeFollower": 1,
    "blockAccount": 2,
    "unblockAccount": 4,
    "unmuteAccount": 1,
}.items():
    _between(_operation, _weight)


@hand("muteAccount", 2)
def mute_account(world: World) -> None:
    body: Any = world.one([None, {"what": world.one(["all", "reposts", "nothing"]), "until": an_end(world)}])
    world.ask("muteAccount", world.who(), body, account_id=world.one(world.members).account_id)


@hand("changeProfile", 3)
def change_profile(world: World) -> None:
    body: dict[str, Any] = {}
    body |= world.one([{"private": world.odds(0.4)}, {"display_name": world.one(["Ada", "", "\u202e", None])}, {"bio": "I bet."}])
    world.ask("changeProfile", world.who(), body)

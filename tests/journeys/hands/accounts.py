"""Accounts, sessions, passwords and second factors; and what the operator's console does with them."""

from collections.abc import Callable

from tests.journeys.hands.people import Member
from tests.journeys.hands.registry import hand
from tests.journeys.hands.world import World
from tests.journeys.process_tree import PASSWORD

MEMBERS_MAX = 24
ROLES = ("trader", "trader", "moderator", "support", "auditor", "compliance")
KEPT: dict[str, int] = {"trader": 3, "moderator": 2, "support": 1, "auditor": 1, "compliance": 1}
"""How many of each role are kept, so that it can still be acted in."""
ERASED_MAX = 2


@hand("openAccount", 2)
def open_account(world: World) -> None:
    if len(world.members) < MEMBERS_MAX and world.gathered is None:
        world.join(world.name("newcomer"), funds_minor=100_00)
    else:
        taken = world.one(world.members).handle
        body = {"handle": taken, "email": f"{taken}@example.com", "password": world.one([PASSWORD, "short"])}
        world.ask("openAccount", None, body)


@hand("signIn", 3)
def sign_in(world: World) -> None:
    member = world.one(world.members)
    if world.odds(0.08):
        world.ask("signIn", None, {"handle": member.handle, "password": "wrong horse battery", "code": None})
    else:
        world.sign_in(member)


@hand("signOut", 2)
def sign_out(world: World) -> None:
    world.ask("signOut", world.who())


@hand("signOutEverywhere", 2)
def sign_out_everywhere(world: World) -> None:
    world.ask("signOutEverywhere", world.one(world.members))


@hand("changePassword", 2)
def change_password(world: World) -> None:
    who = world.who(world.one(["", "trader", "moderator"]))
    new = world.one([PASSWORD, "another horse battery", "short"])
    answer = world.ask("changePassword", who, {"old": who.password if world.odds(0.9) else "wrong horse", "new": new})
    if answer.status_code == 200:
        who.password = new
        who.take(answer.json())


@hand("askPasswordReset", 1)
def ask_password_reset(world: World) -> None:
    world.ask(
        "askPasswordReset",
        None,
        {"email": world.one([f"{world.one(world.members).handle}@example.com", world.name("nobody") + "@example.com"])},
    )


@hand("resetPassword", 1)
def reset_password(world: World) -> None:
    world.ask("resetPassword", None, {"token": world.one(["", "x" * 80]), "password": PASSWORD})


def _enrol(world: World, who: Member) -> str:
    answer = world.ask("enrolSecondFactor", who)
    if answer.status_code != 200:
        return ""
    who.secret = answer.json()["secret"]
    return str(answer.json()["factor_id"])


@hand("enrolSecondFactor", 1)
def enrol(world: World) -> None:
    """Somebody is offered a second factor, and does not confirm it."""
    who = world.who(world.one(["", "trader"]))
    if not who.secret and _enrol(world, who):
        who.forget_factor()


@hand("confirmSecondFactor", 2)
def confirm(world: World) -> None:
    who = world.who(world.one(["", "trader", "moderator"]))
    factor_id = "" if who.secret else _enrol(world, who)
    if not factor_id:
        return
    code = who.app_code() if world.odds(0.85) else "000000"
    answer = world.ask("confirmSecondFactor", who, {"factor_id": factor_id, "code": code})
    if answer.status_code == 200:
        who.recovery_codes = answer.json()["recovery_codes"]
        who.take(answer.json())
    else:
        who.forget_factor()


def _enrolled(world: World) -> list[Member]:
    return [each for each in world.members if each.secret and each.token]


@hand("removeSecondFactor", 2)
def remove(world: World) -> None:
    if not _enrolled(world):
        confirm(world)
    enrolled = _enrolled(world)
    who = world.one(enrolled) if enrolled and world.odds(0.9) else world.who()
    answer = world.ask("removeSecondFactor", who, {"code": who.code() if who.secret and world.odds(0.85) else "000000"})
    if answer.status_code == 200:
        who.forget_factor()
        who.take(answer.json())


@hand("createSocketToken", 1)
def socket_token(world: World) -> None:
    channel = world.one([None, f"portfolio:{world.one(world.members).account_id}", "nothing:at all"])
    world.ask("createSocketToken", world.who(), {"channel": channel})


# The console of the operator, which has no route.


def grant_or_revoke(world: World) -> None:
    """Somebody is given a role, or it is taken away; enough are kept of each."""
    role = world.one(ROLES)
    held = [each for each in world.members if role in each.roles]
    if len(held) > KEPT[role]:
        world.set_role(world.one(held), role, held=False)
    else:
        new = [each for each in world.members if each.handle.startswith(("newcomer", "staff")) and role not in each.roles]
        world.set_role(world.one(new or world.members), role, held=True)


def staff_is_created(world: World) -> None:
    """The console opens an account and gives it a role."""
    if len(world.members) < MEMBERS_MAX:
        handle = world.name("staff")
        account_id = world.console(lambda console: console.open_account(handle, f"{handle}@example.com", PASSWORD, None))
        member = Member(handle, account_id)
        world.members.append(member)
        world.set_role(member, world.one(ROLES), held=True)


def console_signs_out(world: World) -> None:
    """The console ends every session of somebody."""
    world.console(lambda console: console.sign_out(world.one(world.members).handle))


def console_removes_factor(world: World) -> None:
    """The console removes a second factor, of whoever has one where somebody has."""
    whom = world.one([each for each in world.members if each.secret] or world.members)
    world.console(lambda console: console.remove_second_factor(whom.handle))
    whom.forget_factor()


def console_erases(world: World) -> None:
    """The console erases somebody who came late."""
    late = [each for each in world.members if each.handle.startswith("newcomer")]
    if late and world.came["erased"] < ERASED_MAX:
        world.came["erased"] += 1
        world.console(lambda console: console.erase_account(late[0].handle))
        late[0].is_shut = True


CONSOLE: dict[Callable[[World], None], int] = {
    grant_or_revoke: 5,
    staff_is_created: 1,
    console_signs_out: 2,
    console_removes_factor: 1,
    console_erases: 1,
}
"""What the console does, and how often."""

"""What bettors ask for: bets at what they saw, money in and out, pauses; and what a payment provider tells."""

import json
from datetime import timedelta
from typing import Any

from api.http.signed_requests import SIGNATURE_HEADER, signature_of
from infra.clock import Clock
from tests.journeys.hands.people import Member
from tests.journeys.hands.registry import hand
from tests.journeys.hands.world import MADE_UP, World

KEY = b"a key that only the provider and these hands know"
WEBHOOK_SITE = 1
"""The API that takes deposits from a provider; the other one gives them away."""


KINDS = {1: ["single"], 2: ["multiple", "roundrobin:2"], 3: ["multiple", "trixie", "patent", "roundrobin:2", "roundrobin:2,3"]}


def a_leg(world: World) -> dict[str, Any] | None:
    """Choose a selection at what somebody believes to be on the screen."""
    shown = [each for each in list(world.markets.values())[-10:] if each.get("selections")]
    if not shown:
        return None
    market = world.one(shown)
    offered = [each for each in market["selections"] if each["odds"]]
    if not offered:
        return None
    selection = world.one(offered)
    version = max(1, market["version"] + world.rng.choices([0, -1, 5], [20, 2, 1])[0])
    return {"market_id": market["market_id"], "selection": selection["selection"], "odds": selection["odds"], "version": version}


@hand("placeBet", 30)
def bet(world: World) -> None:
    legs = [leg for _ in range(world.one([1, 1, 1, 2, 3])) if (leg := a_leg(world))]
    if not legs:
        return
    body = {
        "type": world.one(KINDS[len({leg["market_id"] for leg in legs})]),
        "stake_minor": world.rng.choices([1, 5_60, 70_00, 7_000_00, 0, -3, 10**12], [20, 20, 10, 2, 1, 1, 1])[0],
        "currency": "EUR" if world.odds(0.97) else "GBP",
        "legs": legs,
        "accept": world.rng.choices(["exact", "better", "any", "most"], [8, 5, 9, 1])[0],
        "refer": world.odds(0.7),
    }
    who = world.who() if world.odds(0.95) else world.who("trader")
    if world.free_bets and world.odds(0.2):
        who, body["free_bet_id"], body["stake_minor"] = world.late(world.free_bets)
    elif world.bonuses and world.odds(0.2):
        who, body["bonus_id"] = world.late(world.bonuses)
        body["stake_minor"] = world.rng.choices([60, 6_00, 10**6], [8, 4, 1])[0]
    answer = world.ask("placeBet", who, body)
    if answer.status_code in (201, 202):
        world.keep(world.bets, (who, answer.json()["bet_id"]))


@hand("cashOut", 8)
def cash_out(world: World) -> None:
    """Accept an offer for all of a bet or a part, as it was made or as nobody made it; perhaps twice, perhaps under another key."""
    if not world.bets:
        return
    who, bet_id = world.late(world.bets)
    quoted = world.ask("quoteCashOut", who, bet_id=bet_id)
    offer = quoted.json() if quoted.status_code == 200 else {"offer_minor": 1, "version": "1-1-1"}
    share = world.rng.choices([100, 50, 1, 0], [10, 5, 2, 1])[0]
    least_minor = offer["offer_minor"] + world.rng.choices([0, 1], [8, 1])[0] if share == 100 else 1
    version = world.rng.choices([offer["version"], "1-1-1", "never"], [14, 1, 1])[0]
    body, key = {"offer_minor": least_minor, "version": version, "share": share}, world.key()
    for _ in range(world.one([1, 1, 1, 2])):
        world.ask("cashOut", who, body, key=key if world.odds(0.8) else world.key(), bet_id=bet_id)


@hand("calculateReturns", 1)
def calculate(world: World) -> None:
    legs = [{"odds": leg["odds"], "result": world.one(["won", "lost", "void"])} for _ in range(3) if (leg := a_leg(world))]
    if len(legs) == 3:
        world.ask("calculateReturns", world.who(), {"type": world.one(["treble", "trixie", "patent"]), "unit_stake": "0.50", "legs": legs})


@hand("gradeSelection", 1)
def grade_selection(world: World) -> None:
    selection, goals = world.one(["home", "draw", "away", "nobody"]), [world.rng.randrange(4), world.rng.randrange(4)]
    world.ask("gradeSelection", world.who(), {"market": "match_result", "selection": selection, "score": {"full_time": goals}})


def _amount(world: World) -> dict[str, Any]:
    amount_minor = world.rng.choices([1, 50_00, 200_00, 10**13, 0], [8, 8, 8, 1, 1])[0]
    return {"amount_minor": amount_minor, "currency": world.one(["EUR"] * 9 + ["GBP"]), "reference": world.key()}


@hand("deposit", 4)
def deposit(world: World) -> None:
    world.ask("deposit", world.who(), _amount(world), site=0 if world.odds(0.9) else WEBHOOK_SITE)


@hand("withdraw", 4)
def withdraw(world: World) -> None:
    world.ask("withdraw", world.who(), _amount(world))


@hand("receivePayment", 5)
def receive_payment(world: World) -> None:
    """A payment that is told rightly, again, under a reference of another, or by somebody who forges it."""
    told = {"account_id": world.who().account_id, **_amount(world)}
    raw = json.dumps(told).encode()
    signature = signature_of(KEY, raw, int(Clock().now().timestamp()))
    how = world.rng.choices(["rightly", "replayed", "reused", "forged", "too late"], [8, 3, 2, 2, 1])[0]
    if how == "replayed" and world.payments:
        raw, signature = world.late(world.payments)
    elif how == "reused" and world.payments:
        raw = json.dumps({**told, "reference": json.loads(world.late(world.payments)[0])["reference"]}).encode()
        signature = signature_of(KEY, raw, int(Clock().now().timestamp()))
    elif how == "forged":
        signature = signature_of(b"another key, as long as the right one is", raw, int(Clock().now().timestamp()))
    elif how == "too late":
        signature = signature_of(KEY, raw, int(Clock().now().timestamp()) - 3_600)
    answer = world.ask("receivePayment", None, raw, site=WEBHOOK_SITE, **{SIGNATURE_HEADER.lower().replace("-", "_"): signature})
    if how in ("forged", "too late") and answer.status_code < 400:
        world.broken.append(f"a payment was taken that was told {how}: {answer.text}")
    if answer.status_code == 201:
        world.keep(world.payments, (raw, signature))


@hand("timeOut", 2)
def time_out(world: World) -> None:
    until = Clock().now() + timedelta(seconds=world.one([1, 2, 3, -5, 400 * 86_400]))
    world.ask("timeOut", world.who(), {"until": until.isoformat()})


def someone_new(world: World) -> Member:
    """Choose one of the last that joined, who may be lost to betting; without one, anybody."""
    late = [each for each in world.members if each.handle.startswith("newcomer") and not each.is_shut]
    return late[-1] if late else world.who()


@hand("setLimit", 2)
def set_limit(world: World) -> None:
    kind, period = world.one(["deposit", "stake", "loss"]), world.one(["day", "week", "month"])
    world.ask("setLimit", someone_new(world), {"amount_minor": world.one([0, 1, 20_00, 500_00, 10_000_00])}, kind=kind, period=period)


@hand("declineDepositLimit", 1)
def decline_deposit_limit(world: World) -> None:
    world.ask("declineDepositLimit", someone_new(world), {"confirmed": world.odds(0.8)})


@hand("removeLimit", 1)
def remove_limit(world: World) -> None:
    kind, period = world.one(["deposit", "stake", "loss"]), world.one(["day", "week", "month"])
    world.ask("removeLimit", someone_new(world), kind=kind, period=period)


@hand("setStakeFactor", 1)
def set_stake_factor(world: World) -> None:
    body = {"factor": world.one(["1", "0.5", "0.00001", "0", "ten"]), "reason": world.one(["arbitrage", "arbitrage", ""])}
    world.ask("setStakeFactor", world.who("trader"), body, account_id=someone_new(world).account_id)


@hand("grantFreeBet", 4)
def grant_free_bet(world: World) -> None:
    """Grant somebody a free bet, rarely one that cannot be, or that expires at once."""
    who, amount_minor = world.who(), world.rng.choices([60, 6_00, 150_00, 0, 10**9], [8, 8, 1, 1, 1])[0]
    expires_at = Clock().now() + timedelta(seconds=world.rng.choices([86_400, 1, -60], [12, 2, 1])[0])
    body = {"amount_minor": amount_minor, "currency": "EUR", "expires_at": expires_at.isoformat(), "reason": "welcome"}
    giver = world.who("trader")
    answer = world.ask("grantFreeBet", giver, body, account_id=who.account_id)
    if answer.status_code == 202:
        world.keep(world.proposals, (answer.json()["proposal_id"], giver))
    elif answer.status_code == 201:
        world.keep(world.free_bets, (who, answer.json()["free_bet_id"], amount_minor))


@hand("creditBonus", 4)
def credit_bonus(world: World) -> None:
    """Credit somebody with a bonus, rarely one that cannot be, or that expires at once."""
    who, amount_minor = world.who(), world.rng.choices([60, 12_00, 150_00, 0, 10**9], [4, 12, 1, 1, 1])[0]
    expires_at = Clock().now() + timedelta(seconds=world.rng.choices([86_400, 2, -60], [12, 3, 1])[0])
    terms = {"times": world.rng.choices([1, 3, 11], [8, 4, 1])[0], "odds_min": "1.5", "stake_minor_max": amount_minor}
    body = {"amount_minor": amount_minor, "currency": "EUR", "expires_at": expires_at.isoformat(), "reason": "welcome", **terms}
    giver = world.who("trader")
    answer = world.ask("creditBonus", giver, body, account_id=who.account_id)
    if answer.status_code == 202:
        world.keep(world.proposals, (answer.json()["proposal_id"], giver))
    elif answer.status_code == 201:
        world.keep(world.bonuses, (who, answer.json()["bonus_id"]))


@hand("setRealityCheck", 1)
def set_reality_check(world: World) -> None:
    world.ask("setRealityCheck", world.who(), {"interval_minutes": world.one([0, 15, 30, 60, 7, -15])})


@hand("acknowledgeRealityCheck", 1)
def acknowledge_reality_check(world: World) -> None:
    since = Clock().now() - timedelta(seconds=world.one([0, 1, 3_600, -3_600]))
    world.ask("acknowledgeRealityCheck", world.who(), {"counted_from": since.isoformat()})


@hand("excludeSelf", 1)
def exclude(world: World) -> None:
    who = someone_new(world)
    until = world.one([None, Clock().now() + timedelta(days=200), Clock().now() + timedelta(days=3)])
    answer = world.ask("excludeSelf", who, {"until": until and until.isoformat()})
    if answer.status_code == 200:
        who.is_shut = True


@hand("requestReturn", 1)
def request_return(world: World) -> None:
    shut = [each for each in world.members if each.is_shut and each.token]
    world.ask("requestReturn", world.one(shut) if shut else world.who())


@hand("holdWithdrawals", 1)
def hold_withdrawals(world: World) -> None:
    body = {"reason": world.one(["A deposit is checked.", "A deposit is checked.", "Something else.", ""])}
    world.ask("holdWithdrawals", world.who("compliance"), body, account_id=world.one(world.members).account_id)


@hand("releaseWithdrawals", 3)
def release_withdrawals(world: World) -> None:
    world.ask("releaseWithdrawals", world.who("compliance"), account_id=world.one(world.members).account_id)


@hand("closeAlerts", 1)
def close_alerts(world: World) -> None:
    body = {"reason": world.one(["A flat was sold.", "A flat was sold.", ""])}
    where = {"account_id": world.one(world.members).account_id, "number": world.one(["1", "1", "2", "0"])}
    world.ask("closeAlerts", world.who("compliance"), body, **where)


@hand("closeAccount", 1)
def close_account(world: World) -> None:
    whom = world.one(world.members)
    body = {"reason": world.one(["asked for", "asked for", "", "x" * 130])}
    answer = world.ask("closeAccount", world.who("support"), body, account_id=whom.account_id if world.odds(0.95) else MADE_UP)
    if answer.status_code == 200:
        whom.is_closed = True


@hand("reopenAccount", 3)
def reopen_account(world: World) -> None:
    closed = [each for each in world.members if each.is_closed] or world.members
    whom = world.one(closed)
    if world.ask("reopenAccount", world.who("support"), account_id=whom.account_id).status_code == 200:
        whom.is_closed = False

"""What traders ask for: fixtures, gates, markets, prices, results, corrections, and what they say to each other's proposals."""

from datetime import timedelta
from typing import Any

import httpx

from infra.clock import Clock
from tests.journeys.hands.people import Member
from tests.journeys.hands.registry import hand
from tests.journeys.hands.world import MADE_UP, World

BOOKS: dict[str, list[tuple[str, ...]]] = {
    "three": [("2.35", "3.4", "3.1"), ("2.1", "3.3", "3.6"), ("2.9", "3.2", "2.5")],
    "two": [("1.9", "1.9"), ("2.35", "1.6"), ("1.2", "4")],
}
WRONG = ["9", "1.1", "0.5", "1", "nan", "1000000"]
TYPES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "match_result": ({}, ("home", "draw", "away")),
    "first_half_match_result": ({}, ("home", "draw", "away")),
    "both_teams_to_score": ({}, ("yes", "no")),
    "draw_no_bet": ({}, ("home", "away")),
    "total_goals": ({"total": "2.25"}, ("over", "under")),
}
OWN_MAX = 8
PERIODS = ("first_half", "half_time", "second_half")


def prices_of(world: World, names: tuple[str, ...]) -> dict[str, str]:
    """Make up prices: mostly a book, now and then one that needs another trader, or one that is wrong."""
    if world.odds(0.12):
        return {name: world.one(WRONG) for name in names}
    book = world.one(BOOKS["three" if len(names) == 3 else "two"])
    return dict(zip(names, book, strict=True))


def a_fixture(world: World, *statuses: str) -> str:
    """Choose a fixture, mostly one that is believed to stand so."""
    fitting = [fixture_id for fixture_id, each in world.fixtures.items() if each["status"] in statuses]
    if fitting and world.odds(0.85):
        return world.late(fitting, 4)
    return world.late(list(world.fixtures) or [MADE_UP], OWN_MAX)


def a_market(world: World, *, of: str = "") -> str:
    """Choose a market, mostly a late one; `of` a status of its fixture where given."""
    fitting = [
        market_id for market_id, each in world.markets.items() if not of or world.fixtures.get(each["fixture_id"], {}).get("status") == of
    ]
    return world.late(fitting or list(world.markets) or [MADE_UP], OWN_MAX)


def trader(world: World) -> Member:
    return world.who("trader")


def proposed(world: World, who: Member, answer: httpx.Response) -> None:
    """Remember a proposal that was made."""
    if answer.status_code == 202:
        world.keep(world.proposals, (answer.json()["proposal_id"], who))


@hand("scheduleFixture", 4)
def schedule(world: World) -> None:
    world.asked += 1
    sport, competition = "football", world.one(["Cup", "League"])
    kick_off = Clock().now() + timedelta(hours=world.one([-30, -1, 2, 48]))
    body = {"sport": sport, "competition": competition, "home": f"Home {world.asked}", "away": "Away", "kick_off": kick_off.isoformat()}
    answer = world.ask("scheduleFixture", trader(world), body)
    if answer.status_code == 201:
        world.fixtures[answer.json()["fixture_id"]] = {"status": "scheduled", "goals": (0, 0), "minute": 0, "period": 0}


@hand("rescheduleFixture")
def reschedule(world: World) -> None:
    kick_off = Clock().now() + timedelta(hours=world.one([1, 30, 400]))
    world.ask("rescheduleFixture", trader(world), {"kick_off": kick_off.isoformat()}, fixture_id=a_fixture(world, "scheduled"))


@hand("limitShading")
def limit_shading(world: World) -> None:
    body = {"limit_thousandths": world.one([0, 50, 200, 300, 301, -1])}
    world.ask("limitShading", trader(world), body, fixture_id=a_fixture(world, "scheduled"))


@hand("limitFixturePayout", 1)
def limit_fixture_payout(world: World) -> None:
    body = {"payout_minor_max": world.one([5_00, 100_00, 2_500_00, None, None, 10**12]), "reason": world.one(["a rumour", "a rumour", ""])}
    world.ask("limitFixturePayout", trader(world), body, fixture_id=a_fixture(world, "scheduled", "live"))


@hand("kickOff", 6)
def kick_off(world: World) -> None:
    fixture_id = a_fixture(world, "scheduled")
    if world.ask("kickOff", trader(world), fixture_id=fixture_id).status_code == 200:
        world.fixtures.get(fixture_id, {})["status"] = "live"


def _clock(world: World, fixture_id: str) -> dict[str, Any]:
    known = world.fixtures.get(fixture_id, {"minute": 0, "period": 0})
    known["minute"] = min(90, known["minute"] + world.rng.randrange(9))
    known["period"] = min(2, known["period"] + (world.rng.randrange(6) == 0))
    if world.odds(0.1):
        return {"minute": world.rng.randrange(130), "period": world.one([*PERIODS, "tea_time"])}
    return {"minute": known["minute"], "period": PERIODS[known["period"]]}


@hand("advanceClock", 4)
def advance_clock(world: World) -> None:
    fixture_id = a_fixture(world, "live")
    world.ask("advanceClock", trader(world), _clock(world, fixture_id), fixture_id=fixture_id)


@hand("changeScore", 6)
def change_score(world: World) -> None:
    fixture_id = a_fixture(world, "live")
    home, away = world.fixtures.get(fixture_id, {"goals": (0, 0)})["goals"]
    home, away = world.one([(home + 1, away), (home, away + 1), (home, away), (max(0, home - 1), away)])
    body = {"home": home, "away": away, **_clock(world, fixture_id)}
    if world.ask("changeScore", trader(world), body, fixture_id=fixture_id).status_code == 200:
        world.fixtures.get(fixture_id, {})["goals"] = (home, away)


@hand("endFixture", 3)
def end(world: World) -> None:
    fixture_id = a_fixture(world, "live")
    home, away = world.fixtures.get(fixture_id, {"goals": (0, 0)})["goals"]
    later = world.one([0, 0, 1, -1])
    body = {"regular_home": home, "regular_away": away, "final_home": home + later, "final_away": away}
    body |= {"shootout_winner": "home"} if world.odds(0.1) else {}
    if world.ask("endFixture", trader(world), body, fixture_id=fixture_id).status_code == 200:
        world.fixtures.get(fixture_id, {})["status"] = "ended"


@hand("abandonFixture", 1)
def abandon(world: World) -> None:
    fixture_id = a_fixture(world, "live", "scheduled")
    body = {"reason": world.one(["fog", "fog", "", "x" * 500])}
    who = trader(world)
    answer = world.ask("abandonFixture", who, body, fixture_id=fixture_id)
    proposed(world, who, answer)
    if answer.status_code == 200:
        world.fixtures.get(fixture_id, {})["status"] = "abandoned"


REASONS = ({"reason": "goal"}, {"reason": "doubt"}, {"reason": ""})


@hand("suspendFixture", 2)
def suspend_fixture(world: World) -> None:
    world.ask("suspendFixture", trader(world), world.one(REASONS), fixture_id=a_fixture(world, "live", "scheduled"))


@hand("reopenFixture", 5)
def reopen_fixture(world: World) -> None:
    world.ask("reopenFixture", trader(world), fixture_id=a_fixture(world, "live", "scheduled"))


@hand("suspendSport", 1)
def suspend_sport(world: World) -> None:
    world.ask("suspendSport", trader(world), world.one(REASONS), sport=world.one(["football", "football", "tennis"]))


@hand("reopenSport", 5)
def reopen_sport(world: World) -> None:
    world.ask("reopenSport", trader(world), sport="football")


@hand("suspendCompetition", 1)
def suspend_competition(world: World) -> None:
    world.ask(
        "suspendCompetition", trader(world), world.one(REASONS), sport="football", competition=world.one(["Cup", "League", "World Cup"])
    )


@hand("reopenCompetition", 5)
def reopen_competition(world: World) -> None:
    world.ask("reopenCompetition", trader(world), sport="football", competition=world.one(["Cup", "League", "World Cup"]))


def learn_prices(market: dict[str, Any], prices: dict[str, str], answer: httpx.Response) -> None:
    """Keep what a market shows from now on, as whoever priced it was told."""
    if answer.status_code in (200, 201):
        market["version"] = answer.json()["version"]
        market["selections"] = [{"selection": name, "odds": odds} for name, odds in prices.items()]


@hand("openMarket", 8)
def open_market(world: World) -> None:
    kind = world.one(list(TYPES)) if world.odds(0.95) else "banana"
    specifiers, names = TYPES.get(kind, ({"total": "two"}, ("home", "away")))
    prices = prices_of(world, names)
    fixture_id = a_fixture(world, "scheduled", "live")
    selections = [{"selection": name, "name": name.title(), "odds": odds} for name, odds in prices.items()]
    body = {"fixture_id": fixture_id, "type": kind, "specifiers": specifiers, "selections": selections}
    body |= world.one([{}, {"grace_ms": 0, "in_play_grace_ms": 0}, {"grace_ms": 60_000, "in_play_grace_ms": 60_000}])
    who = trader(world)
    answer = world.ask("openMarket", who, body)
    proposed(world, who, answer)
    if answer.status_code in (201, 202):
        market = {"market_id": answer.json()["market_id"], "fixture_id": fixture_id, "type": kind, "version": 1}
        world.markets[market["market_id"]] = market
        market["selections"] = [{"selection": name, "odds": odds} for name, odds in prices.items()]


def _price(world: World, operation: str) -> None:
    market_id = a_market(world)
    market = world.markets.get(market_id, {"type": "match_result"})
    prices = prices_of(world, TYPES.get(market["type"], ({}, ("home", "draw", "away")))[1])
    if world.odds(0.06) and market_id in world.markets:
        prices.popitem()
    if operation == "priceMarket" and world.odds(0.3) and market_id in world.markets:
        prices = {each["selection"]: each["odds"] for each in market["selections"]}
    who = trader(world)
    answer = world.ask(operation, who, {"prices": prices}, market_id=market_id)
    proposed(world, who, answer)
    learn_prices(market, prices, answer)


@hand("priceMarket", 16)
def price(world: World) -> None:
    _price(world, "priceMarket")


@hand("resumeMarket", 10)
def resume(world: World) -> None:
    _price(world, "resumeMarket")


@hand("limitPayout", 1)
def limit_payout(world: World) -> None:
    body = {"payout_minor_max": world.one([5_00, 100_00, 2_500_00, None, 10**12]), "reason": world.one(["few know it", "few know it", ""])}
    body["referral_minor_max"] = world.one([None, 5_000_00, 5_000_00, 50_00])
    body["referral_s"] = world.one([10, 60, 300, 301])
    world.ask("limitPayout", trader(world), body, market_id=a_market(world))


def _referral(world: World) -> str:
    return world.late([bet_id for _, bet_id in world.bets] or [MADE_UP])


@hand("approveReferral", 3)
def approve_referral(world: World) -> None:
    world.ask("approveReferral", trader(world), {"stake_minor": world.one([None, None, 1, 1_00, 10**9])}, bet_id=_referral(world))


@hand("refuseReferral", 1)
def refuse_referral(world: World) -> None:
    world.ask("refuseReferral", trader(world), bet_id=_referral(world))


@hand("suspendMarket", 2)
def suspend(world: World) -> None:
    world.ask("suspendMarket", trader(world), world.one(REASONS), market_id=a_market(world))


@hand("setBetDelay", 3)
def delay_bets(world: World) -> None:
    body = {"delay_s": world.rng.choices([1, 0, 12, 13, -1], [12, 4, 1, 1, 1])[0]}
    world.ask("setBetDelay", trader(world), body, market_id=a_market(world, of="live"))


@hand("closeMarket", 1)
def close(world: World) -> None:
    world.ask("closeMarket", trader(world), market_id=a_market(world))


def _goals(world: World, market_id: str) -> tuple[int, int]:
    known = world.fixtures.get(world.markets.get(market_id, {}).get("fixture_id", ""), {}).get("goals", (0, 0))
    return tuple(known) if world.odds(0.85) else (world.rng.randrange(4), world.rng.randrange(4))  # type: ignore[return-value]


@hand("resultMarket", 8)
def result(world: World) -> None:
    market_id = a_market(world, of=world.one(["ended", "ended", "ended", "live", ""]))
    home, away = _goals(world, market_id)
    body: dict[str, Any] = world.rng.choices([{"home": home, "away": away}, {"void_reason": "fog"}, {}], [12, 2, 1])[0]
    who = trader(world)
    proposed(world, who, world.ask("resultMarket", who, body, market_id=market_id))


@hand("correctResult", 4)
def correct(world: World) -> None:
    market_id = a_market(world, of="ended")
    home, away = world.rng.randrange(4), world.rng.randrange(4)
    body: dict[str, Any] = {"home": home, "away": away, "reason": world.one(["the score was wrong", "miscounted", ""])}
    body |= world.one([{}, {"half_time": {"home": min(1, home), "away": 0}}, {"void_reason": "a wrong pitch"}])
    who = trader(world)
    proposed(world, who, world.ask("correctResult", who, body, market_id=market_id))


def _window(world: World) -> dict[str, Any]:
    """Ten minutes up to a whole one, which is over, but for some: so the same window is asked for again."""
    end = Clock().now().replace(second=0, microsecond=0) + timedelta(minutes=world.one([0, 0, 0, -1, 5]))
    return {"start": (end - timedelta(minutes=10)).isoformat(), "end": end.isoformat(), "reason": world.one(["unseen", "unseen", ""])}


@hand("voidBets", 2)
def void_bets(world: World) -> None:
    who = trader(world)
    proposed(world, who, world.ask("voidBets", who, _window(world), market_id=a_market(world)))


@hand("restoreBets", 2)
def restore_bets(world: World) -> None:
    who = trader(world)
    proposed(world, who, world.ask("restoreBets", who, _window(world), market_id=a_market(world)))


def _price_error(world: World) -> dict[str, Any]:
    right = world.one(["1.2", "1.2", "2", "0.5"])
    return {"selection": "home", "odds": "2.35", "right_odds": right, "first_version": world.one([1, 1, 2]), "reason": "others had it"}


@hand("correctPrice", 2)
def correct_price(world: World) -> None:
    who = trader(world)
    proposed(world, who, world.ask("correctPrice", who, _price_error(world), market_id=a_market(world)))


@hand("restorePrice", 1)
def restore_price(world: World) -> None:
    who = trader(world)
    proposed(world, who, world.ask("restorePrice", who, _price_error(world), market_id=a_market(world)))


@hand("takeBackResult", 2)
def take_back(world: World) -> None:
    body = {"reason": world.one(["entered for another match", "", "wrong"]), "number": world.one([0, 0, 1, 2])}
    who = trader(world)
    proposed(world, who, world.ask("takeBackResult", who, body, market_id=a_market(world, of="ended")))


@hand("approveProposal", 14)
def approve(world: World) -> None:
    proposal_id, proposer = world.late(world.proposals or [(MADE_UP, world.members[0])])
    who = trader(world)
    if who is proposer and world.odds(0.8):
        fitting = [each for each in world.others(proposer) if "trader" in each.roles and each.token]
        who = world.one(fitting) if fitting else who
    shown = world.ask("previewProposal", who, proposal_id=proposal_id)
    body = {"preview": shown.json()["preview"]} if shown.is_success and world.odds(0.95) else {}
    world.ask("approveProposal", who, body, proposal_id=proposal_id)


@hand("rejectProposal", 3)
def reject(world: World) -> None:
    proposal_id, _ = world.late(world.proposals or [(MADE_UP, world.members[0])])
    world.ask("rejectProposal", trader(world), {"reason": world.one(["no", "not so", ""])}, proposal_id=proposal_id)

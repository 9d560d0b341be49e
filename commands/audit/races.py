"""Races: which markets they are, who was withdrawn from them, and how their runners came out, by rules of the audit's own."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from commands.audit.auditor import check_text, check_value
from commands.audit.streams import AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import GradeWrong
from domain.fact import Recorded
from domain.market.facts import MarketResulted, MarketSuspended
from domain.odds import exact
from domain.settling import LOST, VOID, WON, LegResult
from domain.settling.racing import NonRunner, Order

RACE = "race_winner"
ON_PLACES = "race_place"
RACES = frozenset({RACE, ON_PLACES})
RUNNERS_MAX = 40
REASON_CHARACTERS_MAX = 120
PLACES = re.compile(r"[1-9]")
TERMS = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)")
PARTS_MAX = 20


def are_places(market_type: str, specifiers: Mapping[str, str]) -> bool:
    """Say whether specifiers are those of a race: on the places how many are paid; to win none, or those and which part of the odds."""
    if market_type == ON_PLACES:
        return specifiers.keys() == {"places"} and PLACES.fullmatch(specifiers["places"]) is not None
    if not specifiers:
        return True
    terms = TERMS.fullmatch(specifiers.get("place_terms", ""))
    is_read = specifiers.keys() == {"places", "place_terms"} and terms is not None and PLACES.fullmatch(specifiers["places"])
    return bool(is_read and terms and int(terms[1]) <= int(terms[2]) <= PARTS_MAX)


def winners_of(market_type: str, specifiers: Mapping[str, str]) -> int:
    """Return how many runners win on a market of a race."""
    return int(specifiers["places"]) if market_type == ON_PLACES and are_places(market_type, specifiers) else 1


def part_of(market: AuditedMarket) -> tuple[int, int] | None:
    """Return the fraction of the odds that a place on a market pays; None where it pays no places."""
    if market.type != RACE or not market.specifiers:
        return None
    part, of = market.specifiers["place_terms"].split("/")
    return int(part), int(of)


def withdrawn(recorded: Recorded[Any], market: AuditedMarket, fact: MarketSuspended) -> None:
    """Check a suspension for a runner that was withdrawn: one that ran until now, at what it cost last, times the places; keep it."""
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    runs = market.type in RACES and fact.non_runner in market.runners
    check_value(recorded, "non_runner", fact.non_runner, allowed=runs)
    price = market.book.get(fact.non_runner)
    if price is not None and market.type == ON_PLACES:
        price = exact(price.numerator * winners_of(market.type, market.specifiers), price.denominator)
    check_value(recorded, "price", fact.price, allowed=fact.price == price)
    market.non_runners = {**market.non_runners, fact.non_runner: NonRunner(recorded.version, fact.price)}


def check_race(recorded: Recorded[Any], market: AuditedMarket, fact: MarketResulted) -> None:
    """Check what a result says of a race, and that it says nothing of one where there is none; the rest is checked elsewhere."""
    check_value(recorded, "non_runners", tuple(fact.non_runners), allowed=fact.non_runners == market.non_runners)
    if fact.void_reason or market.type not in RACES:
        check_value(recorded, "order", fact.order, allowed=not fact.order)
        expected = dict.fromkeys(fact.results, VOID) if part_of(market) else {}
        check_value(recorded, "placed", tuple(fact.placed), allowed=fact.placed == expected)
        return
    places = int(market.specifiers.get("places", "0"))
    ran = market.selections - market.non_runners.keys()
    named = [runner for tied in fact.order for runner in tied]
    is_order = set(named) <= ran and len(set(named)) == len(named) >= min(max(places, 1), len(ran)) and all(fact.order)
    check_value(recorded, "order", fact.order, allowed=is_order)
    graded = finished(fact.order, market.selections, market.non_runners.keys(), places)
    if market.type == ON_PLACES:
        graded = graded[1], {}
    for found, wanted in ((fact.results, graded[0]), (fact.placed, graded[1])):
        if found != wanted:
            wrong = next(name for name in {**wanted, **found} if wanted.get(name) != found.get(name))
            raise ViolationFound(GradeWrong, recorded, selection=wrong, recorded=repr(found.get(wrong)), graded=repr(wanted.get(wrong)))


def finished(
    order: Order, runners: Collection[str], gone: Collection[str], places: int
) -> tuple[dict[str, LegResult], dict[str, LegResult]]:
    """Return how all came out to win and to be placed: each by how many were before it and beside it."""
    before_of = {runner: sum(map(len, order[:number])) for number, tied in enumerate(order) for runner in tied}
    beside_of = {runner: len(tied) for tied in order for runner in tied}

    def of(runner: str, paid: int) -> LegResult:
        if runner in gone:
            return VOID
        before, beside = before_of.get(runner, len(runners)), beside_of.get(runner, 1)
        if before >= paid:
            return LOST
        return WON if before + beside <= paid else LegResult((1, 1), dead_heat=(beside, paid - before))

    return {runner: of(runner, 1) for runner in runners}, {runner: of(runner, places) for runner in runners} if places else {}

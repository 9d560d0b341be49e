"""Checks legs of one match that a bet has together: related by one grid, at the price that follows from it, and settled as one leg."""

from collections.abc import Sequence
from typing import Any

from commands.audit.auditor import check_value
from commands.audit.bet_leg_checks import offered_at
from commands.audit.races import RACE
from commands.audit.rules import HALF_TIME_FULL_TIME, base_of, is_graded, is_price, regular_score
from commands.audit.score_grid import chance_priced, exponent_of, odds_of_chance, period_of, splits_stake
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedMarket, AuditedOffer
from commands.audit.violation import ViolationFound
from commands.audit.violations import JointChanceWrong, JointOddsWrong, LegsContradictory, LegsUnrelated, OddsNotAgreed, OddsNotBest
from domain.bet.facts import BetPlaced
from domain.bet.lines import MULTIPLE
from domain.fact import Recorded
from domain.odds import Odds
from domain.score_model import ScoreModel
from domain.settling import LOST, VOID, WON, LegResult
from domain.settling.same_game import SameGame

MILLION = 1_000_000
ROUNDING = 1
"""By how many millionths a chance may differ: floating-point numbers are not the same to the last digit on every processor."""


def numbers_together(recorded: Recorded[Any], fact: BetPlaced) -> frozenset[int]:
    """Check that groups of legs are named in a multiple of one line, two or more each and no leg twice; return the legs in them."""
    numbers = [number for group in fact.same_game for number in group.legs]
    is_of_one_line = fact.type == MULTIPLE and fact.lines == 1 and not fact.each_way
    are_apart = len(set(numbers)) == len(numbers) and set(numbers) <= set(range(len(fact.legs)))
    are_groups = all(len(group.legs) > 1 and list(group.legs) == sorted(group.legs) for group in fact.same_game)
    check_value(recorded, "same_game.legs", numbers, allowed=is_of_one_line and are_apart and are_groups)
    return frozenset(numbers)


def check_group(state: AuditState, recorded: Recorded[Any], fact: BetPlaced, group: SameGame, markets: Sequence[AuditedMarket]) -> None:
    """Check a group: legs of one match that one grid relates, its chance and odds as that gives them, and agreed to."""
    numbers = group.legs
    here = [markets[number] for number in numbers]
    _check_related(recorded, fact, group, here)
    offers = [_offer_at(market, fact.legs[number].version) for number, market in zip(numbers, here, strict=True)]
    for number, market in zip(numbers, here, strict=True):
        asked_version = fact.legs[number].asked_version
        check_value(recorded, "legs.asked_version", asked_version, allowed=asked_version is None or 0 <= asked_version <= market.version)
    models = _models(state, recorded, here, offers)
    chance = _chance(models, fact, group, here)
    if not chance:
        raise ViolationFound(LegsContradictory, recorded, fixture_id=here[0].fixture_id)
    if abs(group.chance_millionths - chance * MILLION) > ROUNDING + 1:
        found = {"recorded_millionths": group.chance_millionths, "expected_millionths": round(chance * MILLION)}
        raise ViolationFound(JointChanceWrong, recorded, fixture_id=here[0].fixture_id, **found)
    odds = _price(group.chance_millionths, models, [fact.legs[number].odds for number in numbers])
    if odds != group.odds:
        told = {"recorded": group.odds.text, "expected": "" if odds is None else odds.text}
        raise ViolationFound(JointOddsWrong, recorded, fixture_id=here[0].fixture_id, **told)
    _check_agreed(state, recorded, fact, group, here)


def _check_related(recorded: Recorded[Any], fact: BetPlaced, group: SameGame, markets: Sequence[AuditedMarket]) -> None:
    """Check that the legs are on different markets of one match, of goals of one period or of both halves, that split no stake."""
    types = [market.type for market in markets]
    is_one_match = len({market.fixture_id for market in markets}) == 1
    are_of_goals = all(is_graded(each) and each != HALF_TIME_FULL_TIME and base_of(each) != RACE for each in types)
    periods = {period_of(each) for each in types}
    are_apart = len({market.market_id for market in markets}) == len(markets)
    if not (is_one_match and are_apart and are_of_goals and (len(periods) == 1 or "" not in periods)):
        raise _unrelated(recorded, markets)
    if any(splits_stake(_selection(fact, number, market)) for number, market in zip(group.legs, markets, strict=True)):
        raise _unrelated(recorded, markets)


def _unrelated(recorded: Recorded[Any], markets: Sequence[AuditedMarket]) -> ViolationFound:
    return ViolationFound(LegsUnrelated, recorded, types=tuple([market.type for market in markets]))


def _models(
    state: AuditState, recorded: Recorded[Any], markets: Sequence[AuditedMarket], offers: Sequence[AuditedOffer]
) -> list[ScoreModel]:
    """Return what the prices of a group were computed from; check that each says so, at the score of the match."""
    models = [offer.model for offer in offers if offer.model is not None and _is_at(state, markets[0].fixture_id, offer.model)]
    if len(models) < len(offers):
        raise _unrelated(recorded, markets)
    return models


def _chance(models: Sequence[ScoreModel], fact: BetPlaced, group: SameGame, markets: Sequence[AuditedMarket]) -> float:
    legs = [_selection(fact, number, market) for number, market in zip(group.legs, markets, strict=True)]
    exponent = exponent_of([model.exponent_millionths for model in models])
    return max(chance_priced(model, legs, exponent) for model in models)


def _price(chance_millionths: int, models: Sequence[ScoreModel], alone: Sequence[Odds]) -> Odds | None:
    return odds_of_chance(chance_millionths, [model.exponent_millionths for model in models], alone)


def _selection(fact: BetPlaced, number: int, market: AuditedMarket) -> tuple[str, tuple[tuple[str, str], ...], str]:
    return market.type, tuple(sorted(market.specifiers.items())), fact.legs[number].selection


def _offer_at(market: AuditedMarket, version: int) -> AuditedOffer:
    """Return the prices that stood at a version, which was checked to be one that could be struck."""
    return next(offer for offer in reversed(market.offers) if offer.version <= version)


def _check_agreed(state: AuditState, recorded: Recorded[Any], fact: BetPlaced, group: SameGame, markets: Sequence[AuditedMarket]) -> None:
    """Check that the bettor had agreed to the odds together, and that no better ones could be had that they had agreed to as well."""
    odds, asked, accept = group.odds, group.asked, fact.accept
    check_value(recorded, "same_game.asked", asked, allowed=asked is None or is_price(asked))
    if asked is not None and (accept == "exact" or odds == asked or (accept == "better" and odds < asked)):
        raise ViolationFound(OddsNotAgreed, recorded, accept=accept, struck=odds.text, asked=asked.text)
    if accept == "exact":
        return
    best = _together(state, fact, group, markets, [market.offers[-1] for market in markets])
    if best is not None and best > (asked or odds) and odds < best:
        raise ViolationFound(OddsNotBest, recorded, accept=accept, struck=odds.text, best=best.text)
    if asked is not None and odds < asked:
        legs = [fact.legs[number] for number in group.legs]
        versions = [leg.version if leg.asked_version is None else leg.asked_version for leg in legs]
        then = [offered_at(state, market, version, state.committed_us) for market, version in zip(markets, versions, strict=True)]
        shown = [offer for offer in then if offer is not None]
        if len(shown) == len(then) and _together(state, fact, group, markets, shown) == asked:
            raise ViolationFound(OddsNotBest, recorded, accept=accept, struck=odds.text, best=asked.text)


def _together(
    state: AuditState,
    fact: BetPlaced,
    group: SameGame,
    markets: Sequence[AuditedMarket],
    offers: Sequence[AuditedOffer],
) -> Odds | None:
    """Return what a group costs by these prices, None where it has no price."""
    prices = [offer.prices.get(fact.legs[number].selection) for number, offer in zip(group.legs, offers, strict=True)]
    alone = [price for price in prices if price is not None]
    models = [offer.model for offer in offers if offer.model is not None and _is_at(state, markets[0].fixture_id, offer.model)]
    if len(alone) < len(prices) or len(models) < len(offers):
        return None
    return _price(-int(-_chance(models, fact, group, markets) * MILLION // 1), models, alone)


def _is_at(state: AuditState, fixture_id: str, model: ScoreModel) -> bool:
    """Say whether a model is of the score that the match has."""
    fixture = state.of(AuditedFixture, fixture_id)
    return fixture is not None and regular_score(fixture) == (model.home, model.away)


def odds_of_line(odds: Sequence[Odds], same_game: Sequence[SameGame]) -> list[Odds]:
    """Return the odds of a line, those of a group as one."""
    together = {number for group in same_game for number in group.legs}
    return [*[each for number, each in enumerate(odds) if number not in together], *[group.odds for group in same_game]]


def results_of_line(results: Sequence[LegResult], same_game: Sequence[SameGame]) -> list[LegResult]:
    """Return the results of a line in the same order: a group is lost with one lost leg, else void with one void leg, else won."""
    together = {number for group in same_game for number in group.legs}
    alone = [each for number, each in enumerate(results) if number not in together]
    for group in same_game:
        came = [results[number] for number in group.legs]
        alone.append(next((each for each in (LOST, VOID) if each in came), WON))
    return alone

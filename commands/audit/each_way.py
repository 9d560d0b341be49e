"""Each-way bets, places and Rule 4: what a bet's legs came to on both of its parts, and what it must have returned."""

from collections.abc import Sequence
from fractions import Fraction

from commands.audit.races import part_of
from commands.audit.same_game import odds_of_line, results_of_line
from commands.audit.streams import AuditedBet, AuditedLeg, AuditedMarket
from commands.audit.ways import added_up, groups_of, lines_in, ratios, returned
from domain.bet.facts import BetPlaced
from domain.bet.lines import folds_of, line_count
from domain.odds import Odds
from domain.settling import HOUSE_RULES, LegResult, returns_minor, returns_of_folds_minor
from domain.settling.each_way import EACH_WAY_RULES, each_way_sum, place_odds
from domain.settling.folds import Ratio
from domain.settling.returns import factor
from domain.settling.rule4 import deduction_pence, reduced


def lines_of(fact: BetPlaced) -> int:
    """Return how many lines a bet has, each way both parts counted; 0 where it is none."""
    if fact.each_way and fact.each_way not in EACH_WAY_RULES:
        return 0
    groups = groups_of(fact.legs)
    lines = lines_in(fact.type, groups) if groups else line_count(fact.type, len(fact.legs))
    return lines * (2 if fact.each_way else 1)


def are_terms_right(fact: BetPlaced, markets: Sequence[AuditedMarket]) -> bool:
    """Say whether the legs name what their markets pay for a place, in an each-way bet, and nothing in any other."""
    if not fact.each_way:
        return all(leg.place_terms is None for leg in fact.legs)
    terms = [part_of(market) for market in markets]
    return None not in terms and terms == [leg.place_terms for leg in fact.legs]


def pence_of(leg: AuditedLeg, market: AuditedMarket, rules: int) -> int:
    """Return what Rule 4 takes off a leg: for each runner that was withdrawn, at a price, after the leg was struck."""
    late = [gone.price for gone in market.non_runners.values() if leg.version < gone.version and gone.price is not None]
    return deduction_pence(HOUSE_RULES[rules].rule4_table, late) if late else 0


def returns_of(bet: AuditedBet, results: Sequence[LegResult], placed: Sequence[LegResult], deductions: Sequence[int]) -> int:
    """Return what a bet must return: the exact sum of its lines, rounded once, by the rules that it was struck under."""
    odds: list[Odds] = [leg.pays for leg in bet.legs]
    if deductions:
        odds = [reduced(price, pence) for price, pence in zip(odds, deductions, strict=True)]
    legs, groups = list(zip(odds, results, strict=True)), groups_of(bet.legs)
    lines = lines_in(bet.type, groups) if groups else line_count(bet.type, len(odds))
    if bet.each_way:
        numerator, denominator = _both(bet, legs, placed)
        return HOUSE_RULES[bet.rules].rounding(bet.stake // (2 * lines) * numerator, denominator)
    if groups:
        paid = bet.stake // lines * returned(bet.type, groups, legs)
        return HOUSE_RULES[bet.rules].rounding(paid.numerator, paid.denominator)
    if lines == 1:
        if bet.same_game:
            line = zip(odds_of_line(odds, bet.same_game), results_of_line(results, bet.same_game), strict=True)
            return returns_minor(bet.stake, list(line), bet.rules)
        return returns_minor(bet.stake, legs, bet.rules)
    return returns_of_folds_minor(bet.stake // lines, folds_of(bet.type, len(legs)), legs, bet.rules)


def _both(bet: AuditedBet, legs: Sequence[tuple[Odds, LegResult]], placed: Sequence[LegResult]) -> Ratio:
    to_place = []
    for (price, _), leg, result in zip(legs, bet.legs, placed, strict=True):
        assert leg.place_terms is not None, "an each-way bet was struck with place terms"
        to_place.append(factor(place_odds(price, leg.place_terms), result))
    to_win = [factor(*leg) for leg in legs]
    if groups := groups_of(bet.legs):
        sizes = folds_of(bet.type, len(groups))
        to_win, to_place = (ratios(added_up(groups, [Fraction(*each) for each in made])) for made in (to_win, to_place))
        return each_way_sum(sizes, to_win, to_place, bet.each_way)
    return each_way_sum(folds_of(bet.type, len(legs)), to_win, to_place, bet.each_way)

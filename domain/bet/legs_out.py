"""How the legs of a bet came out so far: to win, to be placed where the bet is each way, what Rule 4 takes off, and what odds they pay."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.bet.commands import ResultLegs
from domain.bet.facts import BetPlaced
from domain.odds import Odds
from domain.settling import HOUSE_RULES, LegResult, check_leg_result
from domain.settling.racing import pence_of


class LegsOut(NamedTuple):
    """Results in the order of the legs, None of a leg that is awaited; the others are empty where there are none."""

    results: tuple[LegResult | None, ...]
    placed: tuple[LegResult | None, ...]
    deductions: tuple[int, ...]
    repriced: tuple[Odds | None, ...] = ()

    def after(self, bet: BetPlaced, command: ResultLegs, indexes: Iterable[int]) -> "list[tuple[int, LegsOut]]":
        """Return the legs among these that are told anew, each with how all legs stand from then on.

        Raises:
            LegResultMalformed: for a result that no selection can have.

        """
        told, out = list[tuple[int, LegsOut]](), self
        for index in indexes:
            leg = bet.legs[index]
            results, placed, deductions = list(out.results), list(out.placed), list(out.deductions)
            results[index] = command.results[leg.selection]
            pence = pence_of(HOUSE_RULES[bet.rules].rule4_table, leg.version, command.non_runners) if command.non_runners else 0
            if pence or deductions:
                deductions = deductions or [0] * len(results)
                deductions[index] = pence
            repriced = list(out.repriced)
            if index in command.repriced or repriced:
                repriced = repriced or [None] * len(results)
                repriced[index] = command.repriced.get(index)
            if bet.each_way:
                placed = placed or [None] * len(results)
                placed[index] = command.placed[leg.selection]
            kept = tuple(deductions) if any(deductions) else (), tuple(repriced) if any(repriced) else ()
            came = LegsOut(tuple(results), tuple(placed), *kept)
            if came != out:
                for result in (results[index], placed[index] if placed else None):
                    if result is not None:
                        check_leg_result(result)
                told.append((index, came))
                out = came
        return told

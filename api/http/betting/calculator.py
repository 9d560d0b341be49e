"""Routes of the bet calculator: what a bet returns, and how a selection came out. They need no session and write nothing."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api import calculator as asked
from api.http.openapi.document import problems
from domain import odds
from domain.bet.decider import StakeUneven
from domain.bet.lines import ROUND_ROBIN, SINGLE
from domain.calculator import calculation, grading
from domain.refused import Refused
from domain.settling import each_way, rule4
from domain.settling.folds import FULL_COVER
from domain.settling.grading import MarketTypeUnknown, SpecifierMalformed

OF_RETURNS: tuple[type[Refused], ...] = (
    asked.MoneyMalformed,
    asked.StakeUnclear,
    asked.FeedResultUnknown,
    StakeUneven,
    odds.OddsMalformed,
    odds.OddsTooFine,
    odds.OddsOutOfRange,
    rule4.Rule4TableUnknown,
    calculation.CalculatedTypeUnknown,
    calculation.FoldsMalformed,
    calculation.EachWayRuleUnknown,
    calculation.PlaceTermsMissing,
    calculation.PlaceTermsMalformed,
    calculation.LegOutcomeUnknown,
    calculation.LegUndecided,
    calculation.DeadHeatMalformed,
    calculation.DeductionOutOfRange,
    calculation.CalculatedStakeOutOfRange,
)
OF_GRADING: tuple[type[Refused], ...] = (MarketTypeUnknown, SpecifierMalformed, grading.GradedSelectionUnknown)


class CalculatedTypeShape(BaseModel):
    """A type of bet, and how many legs it takes."""

    type: str = Field(examples=[SINGLE])
    legs_min: int = Field(examples=[1])
    legs_max: int = Field(examples=[1])


class CalculatorShape(BaseModel):
    """What the calculator knows: for football, markets of either half too, as `first_half_` and `second_half_` before the name."""

    types: list[CalculatedTypeShape]
    each_way_rules: list[str] = Field(examples=[list(each_way.EACH_WAY_RULES)])
    rule4_tables: list[str] = Field(examples=[list(rule4.RULE4_TABLES)])
    results: list[str] = Field(examples=[list(calculation.RESULTS)])
    markets: list[str] = Field(examples=[["match_result"]])


def _legs(bet_type: str) -> tuple[int, int]:
    if bet_type in (calculation.FOLD, ROUND_ROBIN):
        return 1, calculation.LEGS_MAX
    legs = calculation.FOLDS.get(bet_type) or FULL_COVER[bet_type][0]
    return legs, legs


SHOWN = {
    "types": [dict(zip(("type", "legs_min", "legs_max"), (name, *_legs(name)), strict=True)) for name in calculation.CALCULATED_TYPES],
    "each_way_rules": list(each_way.EACH_WAY_RULES),
    "rule4_tables": list(rule4.RULE4_TABLES),
    "results": list(calculation.RESULTS),
    "markets": [*grading.OF_A_PERIOD, *grading.WHOLE_EVENT, *grading.RACING],
}


def calculators() -> APIRouter:
    """Return the routes of the calculator."""
    router = APIRouter(prefix="/v1/calculator", tags=["calculator"])

    @router.get("", operation_id="readCalculator", response_model=CalculatorShape, responses=problems())
    async def known() -> dict[str, Any]:
        """List the types of bet, the tables of Rule 4 and the markets that the calculator knows. They change with a release alone."""
        return SHOWN

    @router.post("", operation_id="calculateReturns", response_model=asked.CalculatorAnswer, responses=problems(*OF_RETURNS))
    async def returns(body: asked.CalculatorQuestion) -> dict[str, Any]:
        """Say what a bet of any type returns, from the results of its legs: each way, with dead heats and Rule 4, rounded half up once."""
        return asked.answer_of(body)

    @router.post(
        "/grading",
        operation_id="gradeSelection",
        response_model=asked.GradingAnswer,
        response_model_exclude_none=True,
        responses=problems(*OF_GRADING),
    )
    async def graded(body: asked.GradingQuestion) -> dict[str, Any]:
        """Say how a selection of a market came out, from the score."""
        return asked.grading_of(body)

    return router

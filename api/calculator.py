"""The bet calculator's questions and answers in JSON, the same over HTTP and on the command line. Money is text with two decimals."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.bet.decider import StakeUneven
from domain.bet.lines import ROUND_ROBIN, SINGLE
from domain.calculator.calculation import (
    CALCULATED_TYPES,
    FOLDS,
    LEGS_MAX,
    RESULTS,
    CalculatedBet,
    CalculatedLeg,
    DeadHeatMalformed,
    DeductionOutOfRange,
    LegUndecided,
    PlaceTermsMalformed,
    calculate,
    result_of,
    sizes_of,
)
from domain.calculator.grading import AskedGrade, grade_selection
from domain.calculator.scores import EventScores
from domain.odds import parse
from domain.refused import Refused
from domain.settling import LegResult
from domain.settling.each_way import EACH_WAY_RULES, WIN_TO_WIN
from domain.settling.folds import Ratio, lines_in
from domain.settling.rule4 import DEDUCTION_PENCE_MAX, RULE4_TABLES, TATTERSALLS, deduction_pence

MONEY = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
RATIO = re.compile(r"([0-9]{1,3})(?:/([0-9]{1,3}))?")
RUNNERS_MAX, GOALS_MAX, SETS_MAX, WITHDRAWN_MAX = 200, 200, 9, 40


class MoneyMalformed(Refused):
    """Money is text with at most two decimals, such as "2.50"."""

    money: str


class StakeUnclear(Refused):
    """A bet names its unit stake or its total stake, one of the two."""


class FeedResultUnknown(Refused):
    """A result as feeds tell it is 0 or 1 with a void factor of 0, 0.5 or 1, or -1; only a whole win has a dead heat factor, up to 1."""

    result: int
    void_factor: str
    dead_heat_factor: str


class _Question(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


MoneyText = Annotated[str, Field(max_length=20, description="Money, with at most two decimals.", examples=["2.50"])]
RatioText = Annotated[str, Field(max_length=20)]


class FeedResult(_Question):
    """A result as the Unified Odds Feed tells it: `result` 0 lost, 1 won, -1 undecided; `void_factor` of the stake is given back."""

    result: Literal[0, 1, -1] = Field(examples=[1])
    void_factor: Decimal = Field(Decimal(0), ge=0, le=1, strict=False, examples=[0.5])
    dead_heat_factor: Decimal = Field(Decimal(1), gt=0, le=1, strict=False, examples=[1])


class CalculatorLeg(_Question):
    """A leg of the bet, and how it came out."""

    odds: str = Field(max_length=40, description="Text: decimal, fractional or American.", examples=["7/2"])
    result: Annotated[str, Field(max_length=60)] | FeedResult = Field(
        "won", description=f"{', '.join(RESULTS)}; or what a feed told.", examples=["won"]
    )
    place_terms: RatioText | None = Field(None, description="The part of the odds that a place pays, each way.", examples=["1/5"])
    dead_heat: int | RatioText = Field(1, description="How many tied: 2 for one place, or 3/2 for two.", examples=[1])
    rule4_pence: int = Field(0, description="What Rule 4 takes off every pound won.", examples=[0])
    withdrawn: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=WITHDRAWN_MAX)] = Field(
        [], description="Prices of withdrawn horses; the deduction is looked up in the bet's table.", examples=[[]]
    )


class CalculatorQuestion(_Question):
    """A bet to calculate."""

    type: str = Field(max_length=60, description=", ".join(CALCULATED_TYPES), examples=[SINGLE])
    folds: list[int] = Field([], max_length=LEGS_MAX, description=f"The sizes of the folds of a {ROUND_ROBIN}.", examples=[[]])
    unit_stake: MoneyText | None = Field(None, description="The stake on every line; each way, on each part of it.")
    total_stake: MoneyText | None = Field(None, description="The stake of the whole bet, instead.", examples=[None])
    each_way: bool = Field(False, examples=[False])
    each_way_rule: str = Field(WIN_TO_WIN, max_length=60, description=", ".join(EACH_WAY_RULES), examples=[WIN_TO_WIN])
    rule4_table: str = Field(TATTERSALLS, max_length=60, description=", ".join(RULE4_TABLES), examples=[TATTERSALLS])
    legs: list[CalculatorLeg] = Field(max_length=LEGS_MAX)


class CalculatorAnswer(BaseModel):
    """What the bet costs, how many lines it has, each way both parts counted, and what it returns, rounded half up once."""

    total_stake: str = Field(examples=["2.50"])
    lines: int = Field(examples=[1])
    returns: str = Field(examples=["11.25"])


Side = Annotated[int, Field(ge=0, le=999)]
PairOf = Annotated[list[Side], Field(min_length=2, max_length=2)]
Name = Annotated[str, Field(max_length=120)]


class ScoreQuestion(_Question):
    """How the event ended, as far as it is known: home first. `positions` are those of a race, null for a non-runner."""

    full_time: PairOf | None = Field(None, examples=[[2, 0]])
    half_time: PairOf | None = Field(None, examples=[[1, 0]])
    second_half: PairOf | None = Field(None, examples=[None])
    first_ten_minutes: PairOf | None = Field(None, examples=[None])
    scorers: list[Name] | None = Field(None, max_length=GOALS_MAX, examples=[None])
    sets: list[PairOf] | None = Field(None, max_length=SETS_MAX, examples=[None])
    retired: bool = Field(False, examples=[False])
    positions: dict[Name, Annotated[int, Field(ge=1, le=RUNNERS_MAX)] | None] | None = Field(None, max_length=RUNNERS_MAX, examples=[None])
    places: int = Field(0, ge=0, le=RUNNERS_MAX, examples=[0])


class GradingQuestion(_Question):
    """A selection to grade. The line is the selection's own: away at +0.25 is 0.25."""

    market: str = Field(max_length=60, examples=["asian_handicap"])
    selection: str = Field(max_length=120, examples=["home"])
    line: str | None = Field(None, max_length=20, examples=["-0.75"])
    score: ScoreQuestion
    in_play_from: PairOf | None = Field(None, description="The score when an Asian handicap was struck.", examples=[None])


class GradingAnswer(BaseModel):
    """won, lost, void, half_won, half_lost, placed or undecided; `dead_heat` says how many tied, and is left out where none did."""

    result: str = Field(examples=["won"])
    dead_heat: str | None = Field(None, examples=[None])


def answer_of(question: CalculatorQuestion) -> dict[str, Any]:
    """Return what the bet costs and returns, as `CalculatorAnswer` has it.

    Raises:
        MoneyMalformed, StakeUnclear, StakeUneven: of its stake.
        OddsMalformed, PlaceTermsMalformed, DeadHeatMalformed, FeedResultUnknown, LegUndecided, LegOutcomeUnknown,
            Rule4TableUnknown: of a leg.
        CalculatedTypeUnknown, FoldsMalformed and what `calculate` raises: of the whole bet.

    """
    sizes = sizes_of(question.type, len(question.legs), question.folds)
    lines = lines_in(len(question.legs), sizes) * (2 if question.each_way else 1)
    legs = tuple([_leg(index, leg, question.rule4_table) for index, leg in enumerate(question.legs)])
    bet = CalculatedBet(sizes, legs, _unit_minor(question, lines), question.each_way, question.each_way_rule)
    calculated = calculate(bet)
    return {
        "total_stake": money_text(calculated.stake_minor),
        "lines": calculated.lines,
        "returns": money_text(calculated.returns_minor),
    }


def grading_of(question: GradingQuestion) -> dict[str, Any]:
    """Return how a selection came out, as `GradingAnswer` has it.

    Raises:
        MarketTypeUnknown, GradedSelectionUnknown, SpecifierMalformed: as `domain.calculator.grading.grade_selection`.

    """
    told = question.score
    scores = EventScores(
        full_time=_pair(told.full_time),
        half_time=_pair(told.half_time),
        second_half=_pair(told.second_half),
        first_ten_minutes=_pair(told.first_ten_minutes),
        scorers=None if told.scorers is None else tuple(told.scorers),
        sets=None if told.sets is None else tuple([(home, away) for home, away in told.sets]),
        retired=told.retired,
        positions=told.positions,
        places=told.places,
    )
    asked = AskedGrade(question.market, question.selection, scores, question.line or "", _pair(question.in_play_from) or (0, 0))
    graded = grade_selection(asked)
    tied, places = graded.dead_heat
    return {"result": graded.result} if tied == places else {"result": graded.result, "dead_heat": ratio_text(graded.dead_heat)}


def money_text(amount_minor: int) -> str:
    """Return an amount as text with two decimals."""
    whole, cents = divmod(amount_minor, 100)
    return f"{whole}.{cents:02d}"


def ratio_text(ratio: Ratio) -> str:
    """Return a ratio as it is asked for: "2", "3/2"."""
    return str(ratio[0]) if ratio[1] == 1 else f"{ratio[0]}/{ratio[1]}"


def _pair(score: list[int] | None) -> tuple[int, int] | None:
    return None if score is None else (score[0], score[1])


def _minor(text: str) -> int:
    found = MONEY.fullmatch(text)
    if found is None:
        raise MoneyMalformed(text)
    return int(found[1] + (found[2] or "").ljust(2, "0"))


def _unit_minor(question: CalculatorQuestion, lines: int) -> int:
    """Return the stake on one line, each way on one part of it."""
    if question.unit_stake is not None and question.total_stake is None:
        return _minor(question.unit_stake)
    if question.total_stake is None or question.unit_stake is not None:
        raise StakeUnclear
    stake_minor = _minor(question.total_stake)
    if stake_minor % lines:
        raise StakeUneven(stake_minor, lines)
    return stake_minor // lines


def _leg(index: int, leg: CalculatorLeg, rule4_table: str) -> CalculatedLeg:
    if isinstance(leg.result, FeedResult):
        to_win = to_place = _of_feed(index, leg.result)
    else:
        to_win, to_place = result_of(leg.result, _ratio(leg.dead_heat))
    if not 0 <= leg.rule4_pence <= 100:
        raise DeductionOutOfRange(leg.rule4_pence)
    looked_up = deduction_pence(rule4_table, [parse(price) for price in leg.withdrawn])
    pence = leg.rule4_pence if not leg.withdrawn else min(DEDUCTION_PENCE_MAX, leg.rule4_pence + looked_up)
    return CalculatedLeg(parse(leg.odds), to_win, to_place, _terms(leg.place_terms), pence)


def _of_feed(index: int, told: FeedResult) -> LegResult:
    """Return a result that a feed told: its dead heat factor is the share of the stake that counts, ours by how much it is divided."""
    if told.result == -1:
        raise LegUndecided(index)
    void, heat = Fraction(told.void_factor), Fraction(told.dead_heat_factor)
    if void not in (0, Fraction(1, 2), 1) or (heat != 1 and not (told.result == 1 and void == 0)) or (void == 1 and told.result):
        raise FeedResultUnknown(told.result, str(told.void_factor)[:20], str(told.dead_heat_factor)[:20])
    return LegResult((told.result, 1), (void.numerator, void.denominator), (heat.denominator, heat.numerator))


def _ratio(dead_heat: int | str) -> Ratio:
    found = RATIO.fullmatch(str(dead_heat))
    if found is None or not int(found[2] or 1):
        raise DeadHeatMalformed(str(dead_heat)[:20])
    return int(found[1]), int(found[2] or 1)


def _terms(text: str | None) -> Ratio | None:
    if text is None:
        return None
    found = RATIO.fullmatch(text)
    if found is None or not 0 < int(found[1]) <= int(found[2] or 1):
        raise PlaceTermsMalformed(text)
    return int(found[1]), int(found[2] or 1)


assert len(FOLDS) == LEGS_MAX, "every number of legs has a name"

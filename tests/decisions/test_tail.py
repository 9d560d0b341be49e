"""The rules of a tail: recorded once, with its bet, of somebody else's slip."""

from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import strategies

from domain.refused import Refused
from domain.tail.commands import CountTail, RecordTail
from domain.tail.decider import TAIL, TAIL_DAY, DailyCapReached, OwnSlipTailed, SideUnknown, TailKeyReused
from domain.tail.facts import SlipTailed, TailCounted
from tests.decisions.given import NOON, given, later

TAILED = SlipTailed("bob", "slip-1", "ann", "bet-1", "tail", NOON)


def record(**changed: Any) -> RecordTail:
    return RecordTail(**{**msgspec.structs.asdict(TAILED), **changed})


def test_a_tail_names_the_slip_its_author_and_the_bet():
    given(TAIL).when(record()).then(TAILED)
    given(TAIL, TAILED).when(record(at=later(hours=1))).nothing()


@pytest.mark.parametrize(
    ("facts", "changed", "refusal", "evidence"),
    [
        ([], {"side": "both"}, SideUnknown, {"side": "both"}),
        ([], {"tailer_id": "ann"}, OwnSlipTailed, {"slip_id": "slip-1"}),
        ([TAILED], {"slip_id": "slip-2"}, TailKeyReused, {"bet_id": "bet-1"}),
        ([TAILED], {"side": "fade"}, TailKeyReused, {}),
        ([TAILED], {"tailer_id": "eve"}, TailKeyReused, {}),
    ],
)
def test_a_tail_refuses(facts: list[SlipTailed], changed: dict[str, Any], refusal: type[Refused], evidence: dict[str, Any]):
    given(TAIL, *facts).when(record(**changed)).refused(refusal, **evidence)


def test_a_tail_is_recorded_once():
    with pytest.raises(AssertionError):
        given(TAIL, TAILED, TAILED)


DAY = "2026-06-14"


def count(stake_minor: int, cap_minor: int | None = None, bet_id: str = "bet-2") -> CountTail:
    return CountTail("bob", DAY, bet_id, stake_minor, cap_minor, NOON)


def counted(stake_minor: int, cap_minor: int | None = None, bet_id: str = "bet-2") -> TailCounted:
    return TailCounted("bob", DAY, bet_id, stake_minor, cap_minor, NOON)


def test_what_is_staked_by_tails_on_a_day_comes_up_to_the_cap_and_not_above_it():
    before = [counted(6_00, bet_id="bet-0"), counted(3_00, 9_00, "bet-1")]
    given(TAIL_DAY, *before).when(count(1_00, 10_00)).then(counted(1_00, 10_00))
    given(TAIL_DAY, *before).when(count(1_01, 10_00)).refused(DailyCapReached, daily_cap_minor=10_00, staked_minor=9_00, stake_minor=1_01)
    given(TAIL_DAY, *before).when(count(1_00)).then(counted(1_00))
    given(TAIL_DAY).when(count(1, 0)).refused(DailyCapReached, daily_cap_minor=0, staked_minor=0, stake_minor=1)


@hypothesis.given(strategies.lists(strategies.tuples(strategies.integers(1, 30), strategies.none() | strategies.integers(-1, 100))))
def test_no_tail_that_is_counted_takes_its_day_above_its_cap(asked: list[tuple[int, int | None]]):
    day, staked_minor = TAIL_DAY.initial, 0
    for stake_minor, cap_minor in asked:
        if cap_minor is not None and staked_minor + stake_minor > cap_minor:
            with pytest.raises(DailyCapReached):
                TAIL_DAY.decide(day, count(stake_minor, cap_minor))
            continue
        (fact,) = TAIL_DAY.decide(day, count(stake_minor, cap_minor))
        day, staked_minor = TAIL_DAY.evolve(day, fact), staked_minor + stake_minor
    assert day.staked_minor == staked_minor

"""Features are switched off in one order under overload, and come back in the other; one slow look changes nothing."""

import asyncio
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.circuit_breakers import BOUNDS, CALM, LOOKS_TO_SWITCH_OFF, LOOKS_TO_SWITCH_ON, ORDER, CircuitBreakers, Feature, ProcessLoad
from api.refusals import FeatureOff
from infra.breakers import TICKS, watch

CALM_LOAD = ProcessLoad(0.0, 0.0, 0.0)
SINGLES = [BOUNDS._replace(**{name: 2 * getattr(BOUNDS, name)}) for name in ProcessLoad._fields]
SAID = (
    "a command has waited for 0.5 s to be decided, more than 0.25 s",
    "the event loop is 0.5 s late, more than 0.25 s",
    "all views are 30.0 s behind the log, more than 15 s",
)
BETWEEN = ProcessLoad(*((CALM + 0.2) * bound for bound in BOUNDS))


def looked(breakers: CircuitBreakers, load: ProcessLoad, looks: int) -> CircuitBreakers:
    for _ in range(looks):
        breakers.look(load)
    return breakers


@pytest.mark.parametrize("load", SINGLES, ids=ProcessLoad._fields)
def test_any_measure_alone_switches_all_off_one_by_one_in_order_and_says_so(load: ProcessLoad):
    breakers = CircuitBreakers()
    assert [feature.value for feature in ORDER] == ["search", "suggestions", "trending", "feed-blending", "engagement-pushes"]
    for number, feature in enumerate(ORDER):
        breakers.check(feature)
        looked(breakers, load, LOOKS_TO_SWITCH_OFF)
        assert breakers.off == ORDER[: number + 1]
        with pytest.raises(FeatureOff) as off:
            breakers.check(feature)
        assert (off.value.feature, off.value.retry_after_s) == (feature.value, 5)
        assert breakers.alarms[number] == f"{feature.value} is switched off: {SAID[SINGLES.index(load)]}"
    assert looked(breakers, load, 100).off == ORDER


def test_they_come_back_in_the_other_order_once_all_is_calm():
    breakers = looked(CircuitBreakers(), SINGLES[0], LOOKS_TO_SWITCH_OFF * len(ORDER))
    for left in reversed(range(len(ORDER))):
        assert len(breakers.off) == left + 1
        looked(breakers, CALM_LOAD, LOOKS_TO_SWITCH_ON)
        assert breakers.off == ORDER[:left]
    assert breakers.alarms == []


def test_a_moment_switches_nothing_and_what_lies_between_the_bounds_changes_nothing():
    breakers = CircuitBreakers()
    for _ in range(20):
        looked(breakers, SINGLES[0], LOOKS_TO_SWITCH_OFF - 1)
        looked(breakers, BETWEEN, 1)
    assert breakers.off == ()
    looked(breakers, SINGLES[0], LOOKS_TO_SWITCH_OFF)
    assert looked(breakers, BETWEEN, 100).off == (Feature.SEARCH,)
    for _ in range(20):
        looked(breakers, CALM_LOAD, LOOKS_TO_SWITCH_ON - 1)
        looked(breakers, BETWEEN, 1)
    assert breakers.off == (Feature.SEARCH,)


@given(loads=st.lists(st.builds(ProcessLoad, *(st.floats(0, 3 * bound) for bound in BOUNDS)), max_size=80))
def test_whatever_is_measured_a_prefix_of_the_order_is_off_and_changes_by_one_for_a_reason(loads: list[ProcessLoad]):
    breakers, before = CircuitBreakers(), 0
    for number, load in enumerate(loads):
        breakers.look(load)
        after = len(breakers.off)
        assert breakers.off == ORDER[:after]
        assert len(breakers.alarms) == after
        last = loads[max(0, number - 2) : number + 1]
        if after > before:
            assert len(last) == LOOKS_TO_SWITCH_OFF
            assert all(any(value > bound for value, bound in zip(each, BOUNDS, strict=True)) for each in last)
        if after < before:
            assert len(last) == LOOKS_TO_SWITCH_ON
            assert all(value < CALM * bound for each in last for value, bound in zip(each, BOUNDS, strict=True))
        assert abs(after - before) <= 1
        before = after


class LateLoop:
    """A loop that is late by so much at each of these ticks, and ends after them."""

    def __init__(self, *late_s: float) -> None:
        self.now_s = 100.0
        self._late_s = list(late_s)

    async def sleep(self, seconds: float) -> None:
        if not self._late_s:
            raise asyncio.CancelledError
        self.now_s += seconds + self._late_s.pop(0)


def watched(loop: LateLoop, *, breaks: bool = False) -> tuple[CircuitBreakers, list[float]]:
    breakers, measured = CircuitBreakers(), []

    def load(loop_late_s: float) -> ProcessLoad:
        measured.append(round(loop_late_s, 6))
        if breaks and len(measured) == 1:
            raise ValueError("the first look breaks")
        return ProcessLoad(0.0, loop_late_s, 0.0)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(watch(breakers, load, loop.sleep, lambda: loop.now_s))
    return breakers, measured


def test_a_loop_is_as_late_as_at_the_quickest_tick_of_a_look():
    one_slow_call = (0.0, *repeat(2.0, TICKS - 1))
    assert watched(LateLoop(*chain(*repeat(one_slow_call, LOOKS_TO_SWITCH_OFF))))[1] == [0.0] * LOOKS_TO_SWITCH_OFF
    breakers, measured = watched(LateLoop(*repeat(0.5, TICKS * LOOKS_TO_SWITCH_OFF)))
    assert measured == [0.5] * LOOKS_TO_SWITCH_OFF
    assert breakers.off == (Feature.SEARCH,)


def test_a_look_that_breaks_is_not_the_last():
    breakers, measured = watched(LateLoop(*repeat(0.5, TICKS * (LOOKS_TO_SWITCH_OFF + 1))), breaks=True)
    assert len(measured) == LOOKS_TO_SWITCH_OFF + 1
    assert breakers.off == (Feature.SEARCH,)

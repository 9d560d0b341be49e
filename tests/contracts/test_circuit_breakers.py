"""Features are switched off in one order under overload, and come back in the other; one slow look changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.circuit_breakers import BOUNDS, CALM, LOOKS_TO_SWITCH_OFF, LOOKS_TO_SWITCH_ON, ORDER, CircuitBreakers, Feature, ProcessLoad
from api.refusals import FeatureOff

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

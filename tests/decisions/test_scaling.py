"""How many API processes `slipstream up --api 1..4` wants, by the load of the last looks."""

from hypothesis import given
from hypothesis import strategies as st

from infra.processes.scaling import GROW_AFTER_LOOKS, SETTLE_S, ApiLoad, Scaling

QUIET, BUSY, SLOW = ApiLoad(0.0, 0.0), ApiLoad(150.0, 1.0), ApiLoad(10.0, 80.0)


def scaling(fewest: int = 1, most: int = 4) -> Scaling:
    return Scaling(fewest, most, bets_per_s=100.0, queue_wait_ms=50.0, down_after_s=60.0)


def test_bets_beyond_what_one_process_takes_ask_for_a_second_after_three_looks():
    one = scaling()
    assert [one.note(BUSY, float(second)) for second in range(GROW_AFTER_LOOKS)] == [1, 1, 2]


def test_a_burst_of_two_seconds_asks_for_nothing():
    one = scaling()
    assert [one.note(load, float(second)) for second, load in enumerate((BUSY, BUSY, QUIET, BUSY, BUSY, QUIET))] == [1] * 6


def test_commands_that_wait_ask_for_another_process_however_few_they_are():
    one = scaling()
    assert [one.note(SLOW, float(second)) for second in range(GROW_AFTER_LOOKS)][-1] == 2


def test_after_a_change_nothing_is_decided_until_the_load_has_spread():
    one = scaling()
    for second in range(GROW_AFTER_LOOKS):
        one.note(ApiLoad(1_000.0, 1.0), float(second))
    begun = float(GROW_AFTER_LOOKS - 1)
    assert one.note(ApiLoad(1_000.0, 1.0), begun + SETTLE_S - 0.1) == 2
    assert [one.note(ApiLoad(1_000.0, 1.0), begun + SETTLE_S + second) for second in range(GROW_AFTER_LOOKS)][-1] == 3


def test_a_process_fewer_is_wanted_only_once_it_has_been_enough_for_a_minute():
    one = scaling()
    one.wanted = 2
    assert one.note(ApiLoad(70.0, 1.0), 0.0) == 2
    assert one.note(ApiLoad(71.0, 1.0), 30.0) == 2, "more than one process should have: the minute begins anew"
    assert one.note(ApiLoad(70.0, 1.0), 60.0) == 2
    assert one.note(ApiLoad(70.0, 26.0), 90.0) == 2, "commands wait"
    assert one.note(QUIET, 91.0) == 2
    assert one.note(QUIET, 151.0) == 1


loads = st.builds(ApiLoad, st.floats(0, 10_000), st.floats(0, 1_000))


@given(st.integers(1, 8), st.integers(0, 8), st.lists(st.tuples(loads, st.floats(0.5, 40)), max_size=60))
def test_what_is_wanted_stays_within_what_is_allowed_and_moves_by_one(fewest, more, looks):
    one, now_s, before = scaling(fewest, fewest + more), 0.0, fewest
    changed_at_s = None
    for load, pause_s in looks:
        now_s += pause_s
        wanted = one.note(load, now_s)
        assert fewest <= wanted <= fewest + more
        assert abs(wanted - before) <= 1
        if wanted != before:
            assert changed_at_s is None or now_s - changed_at_s >= SETTLE_S
            changed_at_s = now_s
        before = wanted


@given(st.lists(st.floats(100.1, 10_000), min_size=60, max_size=60))
def test_load_that_never_ends_reaches_the_most_that_is_allowed(bets_per_s):
    one = scaling(1, 2)
    for second, bets in enumerate(bets_per_s):
        one.note(ApiLoad(bets, 1.0), float(second))
    assert one.wanted == 2

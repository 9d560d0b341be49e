"""Rate limits that processes share: what one took, the others do not have."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.rate_limits import LocalFirst, RateLimiter
from api.refusals import TooManyRequests
from infra.limits.rate_limits import GUESSES_BURST, SOCIAL_WRITES_BURST, SOCIAL_WRITES_PER_S, shared_rate_limits
from infra.limits.shared_buckets import WAYS, SharedBuckets, SharedKeys

TAKERS, TRIES, BURST = 4, 2_000, 3_000
TAKE = f"""
import sys
from pathlib import Path
from api.refusals import TooManyRequests
from infra.limits.shared_buckets import SharedBuckets
buckets, taken = SharedBuckets(Path(sys.argv[1]), 0.001, {BURST}), 0
for number in range({TRIES}):
    try:
        buckets.take("ada", 100.0)
        taken += 1
    except TooManyRequests:
        pass
print(taken)
"""


def seconds_to_wait(buckets: SharedBuckets, key: str, now_s: float) -> int:
    with pytest.raises(TooManyRequests) as refused:
        buckets.take(key, now_s)
    return int(refused.value.retry_after_s)


@pytest.fixture
def buckets(tmp_path: Path) -> Iterator[SharedBuckets]:
    with closing(SharedBuckets(tmp_path / "limits", 0.5, 3)) as made:
        yield made


def test_processes_that_take_at_once_never_take_more_than_there_is(tmp_path: Path):
    path = str(tmp_path / "limits")
    takers = [subprocess.Popen([sys.executable, "-c", TAKE, path], stdout=subprocess.PIPE, text=True) for _ in range(TAKERS)]
    taken = [int(taker.communicate(timeout=60)[0]) for taker in takers]
    assert sum(taken) == BURST
    assert BURST < TAKERS * TRIES


def test_what_one_took_another_does_not_have_and_gets_as_it_comes_in(buckets: SharedBuckets, tmp_path: Path):
    with closing(SharedBuckets(tmp_path / "limits", 0.5, 3)) as other:
        for each in (buckets, other, buckets):
            each.take("ada", 100.0)
        assert seconds_to_wait(other, "ada", 100.0) == 2
        other.take("grace", 100.0)
        assert seconds_to_wait(buckets, "ada", 101.9) == 1
        other.take("ada", 102.0)
        assert seconds_to_wait(buckets, "ada", 102.0) == 2
        buckets.give_back("ada", 102.0)
        other.take("ada", 102.0)


def test_of_ten_thousand_follows_in_a_minute_those_within_the_limit_are_taken_and_nobody_else_waits(tmp_path: Path):
    with closing(SharedBuckets(tmp_path / "limits", SOCIAL_WRITES_PER_S, SOCIAL_WRITES_BURST)) as writes:
        refused = []
        for number in range(10_000):
            now_s = 100 + number * 0.006
            try:
                writes.take("spammer", now_s)
            except TooManyRequests as refusal:
                refused.append(refusal.retry_after_s)
            if number % 500 == 0:
                writes.take("ada", now_s)
        taken = 10_000 - len(refused)
        assert abs(taken - (SOCIAL_WRITES_BURST + 60 * SOCIAL_WRITES_PER_S)) <= 1
        assert set(refused) == {1}


def test_after_a_restart_of_the_machine_nobody_waits_for_a_time_that_was(buckets: SharedBuckets):
    for _ in range(3):
        buckets.take("ada", 1_000_000.0)
    assert seconds_to_wait(buckets, "ada", 1_000_000.0 - 1) == 2
    buckets.take("ada", 5.0)


def test_a_full_set_forgets_the_key_that_was_used_longest_ago(tmp_path: Path):
    with closing(SharedBuckets(tmp_path / "limits", 0.001, 1, keys_max=WAYS)) as buckets:
        for number in range(WAYS):
            buckets.take(str(number), 1.0 + number)
        seconds_to_wait(buckets, "0", 10.0)
        buckets.take("another", 11.0)
        seconds_to_wait(buckets, "0", 12.0)
        buckets.take("1", 12.0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["take", "give"]), st.floats(0, 5)), max_size=40))
def test_shared_buckets_do_what_those_of_one_process_do(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, float]]):
    one, now_s = RateLimiter(0.5, 3), 0.0
    with closing(SharedBuckets(tmp_path_factory.mktemp("limits") / "limits", 0.5, 3)) as shared:
        for key, what, later_s in steps:
            now_s += later_s
            if what == "give":
                one.give_back(key, now_s)
                shared.give_back(key, now_s)
                continue
            waits: list[int] = []
            for buckets in (one, shared):
                try:
                    buckets.take(key, now_s)
                    waits.append(0)
                except TooManyRequests as refused:
                    waits.append(refused.retry_after_s)
            assert waits[0] == waits[1]


def test_keys_that_one_process_has_seen_are_known_to_all(tmp_path: Path):
    with closing(SharedKeys(tmp_path / "known")) as one, closing(SharedKeys(tmp_path / "known")) as other:
        one.add("10.0.0.1 ada", 1.0)
        assert "10.0.0.1 ada" in other
        assert "10.0.0.1 grace" not in other


def test_requests_are_let_through_by_each_process_for_a_part_and_by_all_for_the_rest(tmp_path: Path):
    with closing(SharedBuckets(tmp_path / "limits", 0.001, 10)) as shared:
        processes = [LocalFirst(RateLimiter(0.001, 2), shared) for _ in range(3)]
        taken = 0
        for number in range(60):
            try:
                processes[number % 3].take("ada", 0.0)
                taken += 1
            except TooManyRequests:
                pass
        assert taken == 10 + 3 * 2


def test_guesses_are_counted_over_all_processes_and_the_owner_is_known_to_all(tmp_path: Path):
    here, elsewhere = shared_rate_limits(tmp_path), shared_rate_limits(tmp_path)
    for number in range(int(GUESSES_BURST)):
        (here, elsewhere)[number % 2].sign_ins.begin("10.0.0.1", "ada", 100.0)
    for process in (here, elsewhere):
        with pytest.raises(TooManyRequests):
            process.sign_ins.begin("10.0.0.1", "ada", 100.0)
    here.sign_ins.begin("10.0.0.2", "grace", 100.0)
    here.sign_ins.succeeded("10.0.0.2", "grace", 100.0)
    for number in range(200):
        try:
            elsewhere.sign_ins.begin(f"10.1.0.{number}", "grace", 100.0)
        except TooManyRequests:
            break
    else:
        pytest.fail("guesses from many addresses are limited")
    elsewhere.sign_ins.begin("10.0.0.2", "grace", 100.0)

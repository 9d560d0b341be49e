import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from itertools import pairwise

import infra.clock as clock_module
from infra.clock import Clock


def test_now_is_aware_and_in_utc():
    assert Clock().now().tzinfo is UTC


def test_monotonic_seconds_never_go_back():
    clock = Clock()
    readings = [clock.monotonic_s() for _ in range(1000)]
    assert readings == sorted(readings)


def test_an_id_is_a_uuid_version_7_of_the_rfc_variant_in_lowercase_text():
    text = Clock().new_id()
    parsed = uuid.UUID(text)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, text)


def test_an_id_carries_the_millisecond_it_was_minted_in():
    clock = Clock()
    before = clock.now()
    minted_ms = uuid.UUID(clock.new_id()).int >> 80
    assert before - timedelta(milliseconds=1) <= before.fromtimestamp(minted_ms / 1000, UTC) <= clock.now()


def test_ids_of_one_clock_grow_in_the_order_they_are_minted():
    clock = Clock()
    minted = [clock.new_id() for _ in range(20_000)]
    assert all(earlier < later for earlier, later in pairwise(minted))


def test_ids_are_unique_and_growing_in_each_of_many_threads():
    clock = Clock()
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(lambda _: [clock.new_id() for _ in range(2_000)], range(8)))
    assert all(batch == sorted(batch) for batch in batches)
    assert len({minted for batch in batches for minted in batch}) == 16_000


def test_a_clock_that_steps_back_still_mints_growing_ids(monkeypatch):
    clock, times_ns = Clock(), iter([5_000_000_000, 1_000_000_000, 5_001_000_000])
    monkeypatch.setattr(clock_module.time, "time_ns", lambda: next(times_ns))
    first, stepped_back, caught_up = (clock.new_id() for _ in range(3))
    assert first < stepped_back < caught_up
    assert [uuid.UUID(minted).int >> 80 for minted in (first, stepped_back, caught_up)] == [5_000, 5_000, 5_001]


def test_a_counter_that_ran_out_borrows_the_next_millisecond(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(clock_module.time, "time_ns", lambda: 5_000_000_000)
    clock.new_id()
    clock._counter = (1 << 42) - 1
    last = f"{clock._last_ms:012x}"
    assert clock.new_id().replace("-", "")[:12] > last

"""What a process keeps is moved into huge pages, and nothing else is; tried in processes of their own, since memory is a process' own."""

import subprocess
import sys

import pytest

from infra.processes.huge_pages import THREAD

FILLED = """
import threading
from pathlib import Path
from infra.processes.huge_pages import collapse_into_huge_pages

def kib(name):
    return int(Path("/proc/self/smaps_rollup").read_text().split(name + ":")[1].split()[0])

idle = threading.Event()
for _ in range(40):
    threading.Thread(target=idle.wait, daemon=True).start()
kept = [(number, str(number)) for number in range(300_000)]
before = kib("AnonHugePages"), kib("Rss")
moved = collapse_into_huge_pages()
after = kib("AnonHugePages"), kib("Rss")
assert all(text == str(number) for number, text in kept)
idle.set()
print(moved, *before, *after)
"""
STACKS_KIB = 40 * 2_048
"""What forty idle threads' stacks would take, were each moved into a huge page."""


def ran(script: str) -> list[int]:
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return [int(word) for word in said.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has MADV_COLLAPSE")
def test_dense_memory_is_moved_into_huge_pages_and_keeps_what_it_held_and_idle_stacks_are_left():
    moved, huge_before, resident_before, huge_after, resident_after = ran(FILLED)
    if not moved:
        pytest.skip("this kernel has no MADV_COLLAPSE (Linux 6.1), or no huge page to give")
    assert huge_after - huge_before > 10 * 1_024
    assert resident_after - resident_before < STACKS_KIB / 2


def test_a_process_that_is_tuned_twice_has_one_thread_for_it_and_one_that_does_not_want_it_none():
    count = f"import threading; print(sum(thread.name == {THREAD!r} for thread in threading.enumerate()))"
    tuned = "from infra.interpreter import tune_interpreter as tune; "
    assert ran(f"{tuned} tune(); tune(); {count}") == [1]
    assert ran(f"{tuned} tune(huge_pages=False); {count}") == [0]

"""Settings of the interpreter in every role: thread switching, garbage collection, and where its memory lies."""

import gc
import sys

from infra.processes.huge_pages import keep_in_huge_pages

SWITCH_INTERVAL_S = 0.0005
"""A thread that waits for the interpreter gets it after this, not after the default 5 ms, which a commit's few waits would add up."""

GC_THRESHOLDS = (50_000, 20, 100)
"""Facts and states cannot form cycles and are not tracked; what remains is not worth a look every 700 allocations."""


def tune_interpreter(*, huge_pages: bool = True) -> None:
    """Set them all, and leave what start-up allocated out of every later collection."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    if huge_pages:
        keep_in_huge_pages()

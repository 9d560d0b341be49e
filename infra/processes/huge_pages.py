"""Huge pages for what a process keeps in memory, on Linux.

States, versions and accounts are many small objects in tens to hundreds of MiB, and a decision touches some dozens of them in no order.
With pages of 4 KiB nearly every touch misses the processor's table of pages as well as its caches; a page of 2 MiB covers 512 of those.
CPython cannot ask for them (https://github.com/python/cpython/issues/144319), so its memory is collapsed into huge pages once it is
there: `madvise(MADV_COLLAPSE)`, Linux 6.1 and later, which does not depend on the machine's setting short of `never`. Only dense memory
is: in a thread's stack, of which most was never touched, a huge page would be memory for nothing.
"""

import ctypes
import re
import sys
import threading
import time
from pathlib import Path

import structlog

HUGE_PAGE_BYTES = 2 << 20
MADV_COLLAPSE = 25
DENSE = 0.9
"""How much of a stretch of memory must have been touched to be collapsed."""

THREAD = "huge pages"
EVERY_S = 20.0
"""How often new memory is looked for. A look costs about two milliseconds in a process of 200 MiB, a page that is collapsed half of one."""

_ANONYMOUS = re.compile(
    rb"^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(?:\[heap\])?\n"
    rb"(?:[A-Z]\w+: .*\n)*?Rss: +(\d+) kB\n"
    rb"(?:[A-Z]\w+: .*\n)*?AnonHugePages: +(\d+) kB\n",
    re.MULTILINE,
)

logger = structlog.get_logger()


def collapse_into_huge_pages() -> int:
    """Move this process' dense memory into huge pages; return how many were asked for, 0 where there is nothing to do or no way to."""
    if sys.platform != "linux":
        return 0
    asked = 0
    for found in _ANONYMOUS.finditer(Path("/proc/self/smaps").read_bytes()):
        begin, end = int(found[1], 16), int(found[2], 16)
        touched_bytes, huge_bytes = int(found[3]) * 1024, int(found[4]) * 1024
        first = -(-begin // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES
        last = end // HUGE_PAGE_BYTES * HUGE_PAGE_BYTES
        if touched_bytes < DENSE * (end - begin) or huge_bytes >= last - first:
            continue
        for address in range(first, last, HUGE_PAGE_BYTES):
            asked += _collapse(address)
    return asked


def _collapse(address: int) -> bool:
    """Collapse one page. What the kernel refuses (no free huge page, memory that was given back meanwhile) stays as it is."""
    error: int = _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(HUGE_PAGE_BYTES), MADV_COLLAPSE)
    return error == 0


_libc = ctypes.CDLL(None)


def keep_in_huge_pages(every_s: float = EVERY_S) -> None:
    """Collapse what is new every so often, from a thread that lives as long as the process. A second call starts no second thread."""
    if not any(thread.name == THREAD for thread in threading.enumerate()):
        threading.Thread(target=_keep, args=(every_s,), name=THREAD, daemon=True).start()


def _keep(every_s: float) -> None:
    while True:
        time.sleep(every_s)
        try:
            collapse_into_huge_pages()
        except OSError as error:
            logger.info("memory stays in small pages", error=str(error))
            return

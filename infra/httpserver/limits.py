"""Limits per client: how long each step of a request may take, how large a head may be, how many connections."""

import resource
from dataclasses import dataclass

HEAD_BYTES_MAX = 64 * 1024
FIELDS_MAX = 100
BODY_BYTES_DIRECT_MAX = 256 * 1024
"""Bodies beyond this are read by the framework's side, which says how large they may be."""

SLICE_BYTES = 16 * 1024
"""Input is parsed in slices, so that one read of pipelined requests is not hundreds of kilobytes of requests under way."""
LINGER_BYTES_MAX = 4 * 1024 * 1024
"""What is read and thrown away after a refusal, so that a client that is still sending gets to read it."""

FILES_KEPT = 256
"""Of the files a process may open, those that are no connections: the log, the views, the process's own."""
PROBES_MAX = 16
"""Connections beyond the limit that may ask whether the process is alive and ready, and nothing else."""


@dataclass(frozen=True)
class Limits:
    """Seconds for each step, and connections in all and from one address.

    A turn of the event loop that has heard `turn_clients_min` clients sheds reads after `turn_reads_s`, bets after `turn_bets_s`.
    """

    first_byte_s: float = 10.0
    head_s: float = 10.0
    body_s: float = 30.0
    idle_s: float = 60.0
    stalled_s: float = 30.0
    linger_s: float = 2.0
    sweep_s: float = 0.25
    connections_max: int = 8_192
    connections_per_address_max: int = 512
    turn_clients_min: int = 16
    turn_reads_s: float = 0.03
    turn_bets_s: float = 0.1


def raise_file_limit() -> int:
    """Let this process open as many files as the system allows it; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, 1_048_576)
    if soft < hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # an operating system that promises more than it gives
            return soft
        return hard
    return soft


def connections_within(files_max: int, wanted: int) -> int:
    """Return how many connections fit into the files that a process may open, at most those wanted."""
    return max(PROBES_MAX, min(wanted, files_max - FILES_KEPT - PROBES_MAX))

"""What processes make of signals."""

import signal
from pathlib import Path


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has begun to handle a signal, as Linux tells it; elsewhere nobody tells, and it is taken to have."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True
    caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(caught >> (number - 1) & 1)

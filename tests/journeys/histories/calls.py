"""A history: every call of every client to an account and its answer, on one monotonic clock, and what may be said of it at once."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

UNKNOWN = "unknown"


@dataclass
class Call:
    """A call; see `checker/model.go` for what it may be.

    `position` is the log position that the answer named, 0 where it named none; `settlement` counts the settlements of a bet from 1.
    """

    account: str
    client: int
    op: str
    key: str = ""
    called_ns: int = 0
    answered_ns: int = 0
    result: str = UNKNOWN
    id: str = ""
    amount_minor: int = 0
    stake_minor: int = 0
    available_minor: int = 0
    at_risk_minor: int = 0
    position: int = 0
    settlement: int = 0


class History:
    """All calls, in the order in which they were made. Any thread may call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.broken: list[str] = []
        """What a client saw that it must never see, whatever the order of calls is."""

    @contextmanager
    def call(self, call: Call) -> Iterator[Call]:
        """Note a call when it is made, and when it was answered; what ends with an error stays without an answer."""
        call.called_ns = time.monotonic_ns()
        self.calls.append(call)
        yield call
        call.answered_ns = time.monotonic_ns()

    def done(self, op: str) -> list[Call]:
        """Return the calls of a kind that were done."""
        return [each for each in self.calls if each.op == op and each.result == "done"]

    def counts(self) -> dict[str, int]:
        """Return how many calls had which result."""
        return dict(sorted(Counter(f"{each.op} {each.result}" for each in self.calls).items()))

    def lines(self) -> str:
        """Return the history as the checker reads it."""
        return "".join(json.dumps(asdict(each)) + "\n" for each in self.calls)

    def save(self, path: Path) -> Path:
        """Keep the history for whoever looks into it."""
        path.write_text(self.lines())
        return path

    def reads_that_differ(self) -> list[str]:
        """Return balances of one account at one position that are not the same: a position names one state."""
        seen: dict[tuple[str, int], tuple[int, int]] = {}
        found = []
        for each in self.done("balance"):
            shown = (each.available_minor, each.at_risk_minor)
            before = seen.setdefault((each.account, each.position), shown)
            if before != shown:
                found.append(f"{each.account} at position {each.position}: {before}, then {shown}")
        return found

"""The checker (porcupine, in Go): finds the histories that no order of the calls explains."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.journeys.histories.calls import History

CHECKER = Path(sys.prefix) / "bin" / "linearizable"
"""Where `scripts/install-system --checker` puts it."""


class NotDecided(AssertionError):  # noqa: N818  (named for what happened)
    """The checker tried so many orders of an account's calls that its time ran out: nothing is known to be wrong, nor to be right."""


def why_no_checker() -> str:
    """Return what is missing for the checker, nothing where it is there."""
    if CHECKER.exists():
        return ""
    return "the checker of histories is not built" if shutil.which("go") else "Go is not installed"


def report_on(lines: str) -> dict[str, Any]:
    """Return what the checker says of a history; `violations` names each account whose calls have no order that explains them.

    Raises:
        NotDecided: where nothing is known to be wrong, and there was no time for all.

    """
    checked = subprocess.run([CHECKER], input=lines, capture_output=True, text=True, check=False)
    assert checked.stdout, checked.stderr
    report: dict[str, Any] = json.loads(checked.stdout)
    if report["undecided"] and not report["violations"]:
        raise NotDecided(f"not decided in time: {report['undecided']}")
    return report


def inconsistencies(history: History) -> list[str]:
    """Return everything that is wrong with a history, nothing where it is consistent.

    Raises:
        NotDecided: see `report_on`.

    """
    unexplained = [
        f"{each['account']}: no order explains {each['operation']} after {each['linearized']} of {each['operations']} calls"
        for each in report_on(history.lines())["violations"]
    ]
    return [*history.broken, *history.reads_that_differ(), *unexplained]

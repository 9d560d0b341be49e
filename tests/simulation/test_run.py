"""`make sim` counts what it did, replays from its seed (`test_managed` does so with a database), and ends at the first broken promise."""

import subprocess
import sys
from typing import Any

import pytest

from tests.simulation import run
from tests.simulation.judge.record import Violation


def test_a_run_tells_histories_faults_and_checks_and_is_the_same_again():
    script = [sys.executable, "-m", "tests.simulation.run", "--seed", "15", "--histories", "2", "--managed-every", "0"]
    first, again = (subprocess.run(script, check=True, capture_output=True, text=True).stdout for _ in range(2))
    assert first == again
    assert first.startswith("first seed 15\n2 histories, ")
    counts = dict(part.split(" ")[::-1] for part in first.splitlines()[1].split(", "))
    assert all(int(counts[what]) > 100 for what in ("facts", "faults", "checks"))


def test_a_broken_promise_ends_the_run_with_its_seed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def breaks(seed: int, **_: Any) -> Any:
        if seed == 12:
            raise Violation("money is conserved")
        return run.Lived("", 1, 1, run.Counter(), run.Counter(), run.Counter())

    monkeypatch.setattr(run, "live", breaks)
    monkeypatch.setattr(sys, "argv", ["sim", "--seed", "10", "--seconds", "60", "--managed-every", "0"])
    assert run.main() == 1
    told = capsys.readouterr().out
    assert "2 histories" in told
    assert "make sim HISTORIES=1 SEED=12" in told

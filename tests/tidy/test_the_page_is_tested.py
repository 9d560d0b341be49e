"""`make test` runs the tests of the web page with all others; without Chromium they are skipped, and say what is missing."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_make_test_installs_chromium_where_it_can_and_leaves_no_test_out():
    plan = subprocess.run(["make", "--always-make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert "install-system --browser" in plan
    run = next(line for line in plan.splitlines() if "pytest" in line)
    assert "--ignore" not in run
    assert "tests/" not in run, "all of them"


def test_without_chromium_the_tests_of_the_page_are_skipped_and_name_it():
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SLIPSTREAM_", "PYTEST_"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/page/test_arithmetic.py",
        "tests/page/test_trouble.py",
    ]
    ran = subprocess.run(command, cwd=ROOT, env={**env, "PATH": "/nonexistent"}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Chromium is not installed: scripts/install-system does it where it can" in ran.stdout
    assert " passed" not in ran.stdout.splitlines()[-1]
